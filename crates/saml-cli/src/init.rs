//! `saml init`: asks what a portal needs to know, and writes its configuration, its keys and a first metadata file.

mod answers;
mod ask;
mod key_files;
mod next_steps;
mod template;
mod write;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::Utc;
use clap::{Args, ValueEnum};
use pkioverheid::Generation;
use saml_config::{ConfigFile, Parts, environment_name};

use crate::config::{CONFIG, EnvironmentArgument};
use crate::explain::ProfileArgument;
use crate::failure::Failure;
use crate::files::replace;
use crate::output::{say, tell};
use answers::Answers;
use ask::Asker;
pub(crate) use key_files::{BITS, DAYS};
pub(crate) use write::Written;

/// Write saml.toml, keys and a first metadata file for a portal
///
/// Asks on a terminal for what no option says; elsewhere, and with --yes, takes the defaults. No file is ever
/// overwritten. Where saml.toml is there and lacks the environment, that is added to it.
///
/// For Signicat and any other identity provider it makes a key with a certificate of its own, and the metadata to
/// register. DigiD itself and Stelsel Toegang want certificates of PKIoverheid: for these it makes keys and requests to
/// send to an issuer.
///
/// Exit status: 0 written, 2 an answer is missing or will not do, or a file is there already.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The environment [default: preproduction]
    #[arg(long, value_enum)]
    environment: Option<EnvironmentArgument>,

    /// The partner [default: signicat-broker]
    #[arg(long, value_enum)]
    profile: Option<ProfileArgument>,

    /// The URL that browsers reach the portal at, without a path
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// The organisation that may use the BSN
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,

    /// Our entity ID [default: the URL of our metadata; for st-saml a name with the OIN]
    #[arg(long, value_name = "URI")]
    entity_id: Option<String>,

    /// The lowest level of assurance: basic, middle, substantial or high [default: substantial]
    #[arg(long, value_name = "LEVEL")]
    level: Option<String>,

    /// How answers come: post or artifact; for signicat-broker and web-sso [default: post]
    #[arg(long, value_name = "BINDING")]
    binding: Option<String>,

    /// The domain of the account at Signicat; for signicat-broker
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// The name of the web service that users read [default: that of the organisation]
    #[arg(long, value_name = "NAME")]
    web_service_name: Option<String>,

    /// The OIN of the organisation, twenty digits; for digid and st-saml
    #[arg(long, value_name = "OIN")]
    oin: Option<String>,

    /// The number in the trade register, eight digits; for digid and st-saml
    #[arg(long, value_name = "NUMBER")]
    trade_register_number: Option<String>,

    /// The UUID of the service in the service catalogue; for st-saml
    #[arg(long, value_name = "UUID")]
    service: Option<String>,

    /// The generation of PKIoverheid that the certificates are asked of; for digid and st-saml
    #[arg(long, value_enum, default_value = "g4")]
    generation: GenerationArgument,

    /// The directory to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,

    /// Ask nothing: take the default where no option says otherwise
    #[arg(long)]
    yes: bool,
}

/// The generations of PKIoverheid.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum GenerationArgument {
    /// Ends in November 2028
    G1,
    /// Its successor
    G4,
}

/// Runs the command: 0 when everything is written, 2 when something stands in the way.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let stdin = io::stdin();
    let ended = if arguments.yes || !stdin.is_terminal() {
        write(arguments, Asker::silent())
    } else {
        write(arguments, Asker::on(stdin.lock(), io::stderr()))
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("saml init: {failure}"));
            failure.exit_code()
        }
    }
}

/// Gathers the answers, and writes all files or none.
fn write<R: io::BufRead, W: io::Write>(arguments: &Arguments, asker: Asker<R, W>) -> Result<(), Failure> {
    let now = Utc::now();
    let answers = Answers::gather(arguments, asker)?;
    // Shown as one would type them.
    let out = if arguments.out == Path::new(".") { Path::new("") } else { arguments.out.as_path() };
    let path = out.join(CONFIG);
    let before = before(&path, &answers)?;
    let text = template::fill(&answers);
    let whole = before.as_ref().map_or_else(|| format!("{HEAD}\n{text}"), |before| format!("{before}\n{text}"));
    let config = ConfigFile::parse(&whole).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let environment = answers.environment.into();
    let deployment = config.deployment(environment).ok_or_else(|| Failure::new("the file lacks its environment"))?;
    let parts = Parts::new(deployment, environment, out);
    if let Some(conflict) = parts.conflicts().first() {
        return Err(Failure::usage(conflict));
    }

    let mut written = Written::default();
    let folder = out.join(environment_name(environment));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))?;
    for file in key_files::make(&answers, now)? {
        written.add(&folder.join(file.name), &file.bytes, file.secret)?;
    }
    if !answers.is_pkioverheid() {
        let metadata = parts.metadata(now).map_err(Failure::usage)?;
        written.add(&folder.join(METADATA), metadata.as_bytes(), false)?;
    }
    match before {
        Some(_) => replace(&path, whole.as_bytes())?,
        None => written.add(&path, whole.as_bytes(), false)?,
    }
    say(&next_steps::text(&answers, &path, &written.keep()))
}

/// Returns the file that is there, which must not have the environment yet.
fn before(path: &Path, answers: &Answers) -> Result<Option<String>, Failure> {
    let name = environment_name(answers.environment.into());
    let shown = path.display();
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("{shown}: {error}"))),
        Ok(text) => {
            let file = ConfigFile::parse(&text).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
            match file.deployment(answers.environment.into()) {
                Some(_) => Err(Failure::usage(format!(
                    "{shown} has [{name}] already: edit it, or choose another directory with --out"
                ))),
                None => Ok(Some(text)),
            }
        }
    }
}

impl From<GenerationArgument> for Generation {
    fn from(generation: GenerationArgument) -> Self {
        match generation {
            GenerationArgument::G1 => Self::G1,
            GenerationArgument::G4 => Self::G4,
        }
    }
}

const METADATA: &str = "metadata.xml";

/// How the file begins.
const HEAD: &str = "\
# One configuration file for a portal that logs citizens in with DigiD; paths are relative to it.
# A key behind a # is not set: what stands there is its default, or an example where it has none.
# Secrets never stand here: name a file or an environment variable.
";

const EXAMPLE: &str = "Examples:
  saml init                                    on a terminal: asks
  saml init --yes --base-url https://portal.example.nl --organisation 'Gemeente Voorbeeld' --domain login.example.nl
  saml init --environment production --profile digid --base-url https://portal.example.nl \\
      --organisation 'Gemeente Voorbeeld' --oin 00000001823288444000 --trade-register-number 12345678 --out /etc/saml";
