//! What is left for a person when the files are there.

use std::path::{Path, PathBuf};

use saml_config::environment_name;
use saml_digid::{Environment, SIMULATOR};

use super::answers::Answers;
use super::{METADATA, key_files};
use crate::config::EnvironmentArgument;
use crate::explain::ProfileArgument;

/// Says what was written, and what only a human can do next.
pub(super) fn text(answers: &Answers, config: &Path, written: &[PathBuf]) -> String {
    let environment = environment_name(answers.environment.into());
    let command = format!("--config {} --environment {environment}", config.display());
    let folder = config.parent().unwrap_or(config).join(environment);
    let file = |name: &str| folder.join(name).display().to_string();
    let mut steps: Vec<String> = Vec::new();
    if answers.is_pkioverheid() {
        let roles = key_files::roles(answers.profile);
        let requests: Vec<String> = roles.iter().map(|role| file(&format!("{role}.csr.pem"))).collect();
        let certificates: Vec<String> = roles.iter().map(|role| file(&format!("{role}.crt.pem"))).collect();
        steps.push(format!(
            "Send {} to an issuer of PKIoverheid; put what comes back at {}, with the certificates between it and the root behind it.",
            requests.join(", "),
            certificates.join(", ")
        ));
        steps
            .push(format!("Download the issuers and roots of PKIoverheid from Logius to {}.", file("pkioverheid.pem")));
        steps.push(format!(
            "Until then there is nothing to sign with. Then: saml metadata new {command} --out {}",
            file(METADATA)
        ));
    }
    let (whose, registered) = match answers.profile {
        ProfileArgument::SignicatBroker => (
            "Signicat (Dashboard, SAML 2.0, \"Get Signicat's metadata\")",
            "the Signicat Dashboard (eID and Wallet Hub, SAML 2.0), by file or by its URL",
        ),
        ProfileArgument::Digid => ("DigiD", "Logius, with the Aanvraagformulier"),
        ProfileArgument::StSaml => ("the routing service", "Stelsel Toegang"),
        ProfileArgument::WebSso => ("the identity provider", "the identity provider"),
    };
    steps.push(format!("Get the metadata of {whose}, and put it at {}.", file("identity-provider.xml")));
    steps.push(format!(
        "Get the certificate that signs it by another way than that file, such as by telephone its SHA-256, and put it at {}.",
        file("identity-provider.crt.pem")
    ));
    if answers.is_by_artifact() {
        steps.push(format!(
            "Put the root certificates of its server, of PKIoverheid's private hierarchy at DigiD, at {}.",
            file("back-channel-roots.pem")
        ));
    }
    steps.push(format!("Register {} at {registered}.", file(METADATA)));
    if answers.profile == ProfileArgument::SignicatBroker {
        steps.push("Upload the certificate of PKIoverheid there, and add DigiD under eIDs; Logius registers what \"Get Signicat metadata\" gives.".to_owned());
    }
    if answers.environment == EnvironmentArgument::Preproduction && !answers.is_by_artifact() {
        steps.push(format!("Until you have these, a partner for tests: saml demo {command}"));
    }
    if answers.profile == ProfileArgument::SignicatBroker && answers.environment == EnvironmentArgument::Preproduction {
        steps.push(format!(
            "To log in at Signicat's simulator, as in its sandbox, set in [{environment}.login]: authorities = [{:?}, {SIMULATOR:?}] and \
             sector_code = \"optional\", as it sends a bare BSN.",
            Environment::PreProduction.digid()
        ));
    }
    steps.push(format!("See what is left: saml doctor {command}"));
    steps.push(format!("Run it: saml portal {command}"));

    let written: String = written.iter().map(|path| format!("  {}\n", path.display())).collect();
    let steps: String = (1..).zip(&steps).map(|(number, step): (usize, _)| format!("  {number}. {step}\n")).collect();
    format!("Written:\n{written}\nWhat only you can do:\n{steps}")
}
