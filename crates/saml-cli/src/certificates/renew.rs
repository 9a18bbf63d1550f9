//! The renewal of the key that signs: a new key, its certificate, the metadata with it, the switch, and the end of the
//! old one.

mod edit;
mod make;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use pkioverheid::Certificate;
use saml_config::{ConfigFile, Deployment, NextKeyFiles, PartnerProfile, Parts, environment_name};
use saml_digid::Environment;
use saml_doctor::{Outcome, Subject, examine};

use crate::config::{Configured, EnvironmentArgument, folder, read_file};
use crate::failure::Failure;
use crate::files::replace;
use crate::init::Written;
use crate::metadata::Publish;
use crate::output::{moment, say};
use crate::values::time;
use make::Names;

/// Renew the key that signs, step by step: run it again to see where the renewal stands
///
/// First it makes the private key, for its owner alone to read, and a request for a certificate of PKIoverheid with the
/// fields of the present one; for Signicat and any other identity provider it makes the certificate itself. With the
/// certificate it writes [*.keys.next] into the configuration file, and the metadata to hand in. It then says by when
/// to do what. Restart the portal before the switch: it reads the file at its start, and then signs with the next key
/// from the moment that is given. After that moment, --finish makes the next key the present one.
///
/// Nothing is overwritten but the configuration file, whose comments, mode and group stay; no key is ever deleted. The
/// certificate of PKIoverheid that a broker holds is renewed in the broker's dashboard.
///
/// Exit status: 0 done, or waiting for you; 1 a certificate that will not do, or --finish before the switch; 2 wrong
/// usage or a file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Renew {
    /// The configuration file
    #[arg(long, value_name = "saml.toml")]
    config: PathBuf,

    /// The environment in the configuration file; may be left out where that has one only
    #[arg(long, value_enum)]
    environment: Option<EnvironmentArgument>,

    /// The first moment at which the next key signs, such as 2027-06-30T22:00:00Z
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    signs_from: Option<DateTime<Utc>>,

    /// Which certificates stand in our metadata until then [default: next at DigiD and Stelsel Toegang, else both]
    #[arg(long, value_enum, requires = "signs_from")]
    publish: Option<Publish>,

    /// With --publish both: until when; --signs-from when absent
    #[arg(long, value_name = "RFC3339", requires = "publish", value_parser = time)]
    both_until: Option<DateTime<Utc>>,

    /// The certificate that the issuer sent, .pem or .cer, with the ones between it and the root behind it
    #[arg(long, value_name = "FILE", requires = "signs_from")]
    certificate: Option<PathBuf>,

    /// Make the next key the present one, after the switch
    #[arg(long, conflicts_with = "signs_from")]
    finish: bool,

    /// The moment to judge at; now when absent
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,
}

/// What a renewal is of.
struct Renewal<'a> {
    path: &'a Path,
    text: String,
    config: ConfigFile,
    environment: Environment,
    at: DateTime<Utc>,
    current: Certificate,
}

pub(super) fn run(arguments: &Renew) -> Result<ExitCode, Failure> {
    let path = arguments.config.as_path();
    let configured = Configured::read(path, arguments.environment)?;
    let environment = configured.parts().environment();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    let at = arguments.at.unwrap_or_else(Utc::now);
    let file = configured.path(&configured.parts().deployment().keys.signing.certificate);
    let current = make::certificates(&file)?.0;
    let renewal = Renewal { path, text, config: read_file(path)?, environment, at, current };
    let next = renewal.deployment()?.keys.next.clone();
    let said = match (next, arguments.finish) {
        (Some(next), true) => renewal.finish(&next)?,
        (None, true) => {
            return Err(Failure::usage(format!(
                "expected [{}.keys.next], found none: there is nothing to finish",
                renewal.name()
            )));
        }
        (Some(next), false) => {
            renewal.require_same(arguments, &next)?;
            steps::waits(&renewal, &next)?
        }
        (None, false) => renewal.begin(arguments)?,
    };
    say(&said)?;
    Ok(ExitCode::SUCCESS)
}

impl Renewal<'_> {
    const fn name(&self) -> &'static str {
        environment_name(self.environment)
    }

    fn folder(&self) -> &Path {
        folder(self.path)
    }

    fn deployment(&self) -> Result<&Deployment, Failure> {
        self.config.deployment(self.environment).ok_or_else(|| Failure::usage("the environment is not in the file"))
    }

    fn is_pkioverheid(&self) -> Result<bool, Failure> {
        Ok(matches!(self.deployment()?.profile, PartnerProfile::Digid | PartnerProfile::StSaml))
    }

    /// Refuses what contradicts the renewal that is in the file.
    fn require_same(&self, arguments: &Renew, next: &NextKeyFiles) -> Result<(), Failure> {
        match arguments.signs_from {
            Some(wanted) if wanted != next.signs_from => Err(Failure::usage(format!(
                "the file has [{}.keys.next] already, with signs_from = {}: change it there, or finish that renewal first",
                self.name(),
                moment(next.signs_from)
            ))),
            _ => Ok(()),
        }
    }

    /// Makes what is not there yet, and takes the certificate where there is one.
    fn begin(&self, arguments: &Renew) -> Result<String, Failure> {
        let signs_from = arguments.signs_from.ok_or_else(|| {
            Failure::usage(
                "expected --signs-from with the moment at which the next key signs; no renewal is in the file",
            )
        })?;
        self.require_moment(signs_from)?;
        let is_pkioverheid = self.is_pkioverheid()?;
        let publish = arguments.publish.unwrap_or(if is_pkioverheid { Publish::Next } else { Publish::Both });
        if arguments.both_until.is_some_and(|until| publish != Publish::Both || until < signs_from) {
            return Err(Failure::usage("--both-until goes with --publish both, and is not before --signs-from"));
        }
        if arguments.certificate.is_some() && !is_pkioverheid {
            return Err(Failure::usage(
                "--certificate is for certificates of PKIoverheid: here the certificate is made",
            ));
        }
        let names = Names::of(&self.deployment()?.keys.signing.key, signs_from);
        let mut written = Written::default();
        if is_pkioverheid {
            make::key_and_request(self, &names, &mut written)?;
            let made = written.keep();
            written = Written::default();
            match &arguments.certificate {
                Some(file) => make::take_certificate(self, &names, file, &mut written)?,
                None if !self.folder().join(&names.certificate).exists() => {
                    return Ok(steps::order(self, &names, signs_from, &made));
                }
                None => {}
            }
        } else {
            make::self_signed(self, &names, &mut written)?;
        }
        self.add(arguments, publish, signs_from, &names, written)
    }

    /// Refuses a switch that has passed, or at which nothing would sign.
    fn require_moment(&self, signs_from: DateTime<Utc>) -> Result<(), Failure> {
        let until = self.current.not_after();
        if signs_from <= self.at || signs_from > until {
            return Err(Failure::usage(format!(
                "expected --signs-from after {} and not after {}, when the present certificate ends, found {}",
                moment(self.at),
                moment(until),
                moment(signs_from)
            )));
        }
        Ok(())
    }

    /// Writes the next key into the configuration file, and the metadata that goes with it.
    fn add(
        &self,
        arguments: &Renew,
        publish: Publish,
        signs_from: DateTime<Utc>,
        names: &Names,
        mut written: Written,
    ) -> Result<String, Failure> {
        let until = arguments.both_until.map(|until| format!("both_until = {}\n", moment(until))).unwrap_or_default();
        let table = format!(
            "[{}.keys.next]\nkey = {}\ncertificate = {}\nsigns_from = {}\npublish = \"{}\"\n{until}",
            self.name(),
            edit::quoted(&names.key),
            edit::quoted(&names.certificate),
            moment(signs_from),
            publish.as_str()
        );
        let (text, config) = edit::add_next(&self.text, &table, &self.config, self.environment)?;
        let none = || Failure::new("the file lacks its environment");
        let deployment = config.deployment(self.environment).ok_or_else(none)?;
        self.require_good(&config)?;
        let parts = Parts::new(deployment, self.environment, self.folder());
        let metadata = parts.metadata(self.at).map_err(Failure::usage)?;
        written.add(&self.folder().join(&names.metadata), metadata.as_bytes(), false)?;
        replace(self.path, text.as_bytes())?;
        let next = deployment.keys.next.as_ref().ok_or_else(none)?;
        Ok(steps::written(&written.keep(), self.path) + &steps::waits(self, next)?)
    }

    /// Has the doctor look at the next key and its certificate, which must be without a problem.
    fn require_good(&self, config: &ConfigFile) -> Result<(), Failure> {
        let subject = Subject::new(config, self.environment, self.folder(), self.at);
        let report = examine(&subject.ok_or_else(|| Failure::new("the file lacks its environment"))?);
        let problem = report.findings.iter().find(|finding| {
            // What is wrong with the present certificate is a reason to renew it, and none to refuse.
            let is_of_next = finding.check.code == "next_key" || finding.found.contains("keys.next");
            finding.outcome == Outcome::Problem && is_of_next
        });
        problem.map_or(Ok(()), |finding| {
            let mend = finding.mend.as_deref().unwrap_or_default();
            Err(Failure::new(format!("refused: {}: {}: {mend}", finding.check.code, finding.found)))
        })
    }

    /// Makes the next key the present one in the configuration file, once it signs.
    fn finish(&self, next: &NextKeyFiles) -> Result<String, Failure> {
        if self.at < next.signs_from {
            return Err(Failure::new(format!(
                "the next key signs from {}; finish the renewal after that",
                moment(next.signs_from)
            )));
        }
        let old = self.deployment()?.keys.signing.clone();
        let text = edit::finish(&self.text, &self.config, self.environment, next)?;
        replace(self.path, text.as_bytes())?;
        Ok(steps::finished(self, next, &old))
    }
}

const EXAMPLE: &str = "Examples:
  saml certificates renew --config saml.toml --environment production --signs-from 2027-06-30T22:00:00Z
  saml certificates renew --config saml.toml --environment production --signs-from 2027-06-30T22:00:00Z \\
      --certificate from-the-issuer.cer
  saml certificates renew --config saml.toml --environment production             where it stands
  saml certificates renew --config saml.toml --environment production --finish    after the switch";
