//! The text of the configuration file: the template with every key, and the answers in it.

use std::collections::BTreeMap;

use saml_config::environment_name;
use saml_digid::Environment;
use toml::Value;

use super::answers::{Answers, value};
use crate::explain::ProfileArgument;

/// Writes the tables of one environment: every key is there, those without an answer behind a `#`.
pub(super) fn fill(answers: &Answers) -> String {
    let environment = Environment::from(answers.environment);
    let values = values(answers, environment);
    let template = TEMPLATE.replace("ENV", environment_name(environment));
    let mut lines: Vec<String> = Vec::new();
    // The place of the header of the table, until a key of it is set.
    let mut header: Option<usize> = None;
    let mut table = String::new();
    for line in template.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_matches(['[', ']']).to_owned();
            header = Some(lines.len());
            lines.push(format!("#{line}"));
            continue;
        }
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            lines.push(line.to_owned());
            continue;
        };
        let path = format!("{table}.{key}");
        let path = path.split_once('.').map_or("", |(_, path)| path);
        match values.get(path) {
            Some(value) => {
                lines.push(format!("{key} = {value}"));
                if let Some(line) = header.take().and_then(|place| lines.get_mut(place)) {
                    line.remove(0);
                }
            }
            None => lines.push(format!("#{line}")),
        }
    }
    lines.join("\n") + "\n"
}

/// Returns what is set, by the path of its key below the environment.
fn values(answers: &Answers, environment: Environment) -> BTreeMap<&'static str, Value> {
    let text = |text: &str| Value::String(text.to_owned());
    let list = |texts: &[&str]| Value::Array(texts.iter().map(|one| text(one)).collect());
    let file = |name: &str| text(&format!("{}/{name}", environment_name(environment)));
    let mut values = BTreeMap::from([
        ("profile", text(&value(answers.profile))),
        ("portal.base_url", text(&answers.base_url)),
        ("portal.organisation", text(&answers.organisation)),
        ("login.level", text(&answers.level)),
        ("identity_provider.metadata", file("identity-provider.xml")),
        ("identity_provider.trust_keys", Value::Array(vec![file("identity-provider.crt.pem")])),
        ("keys.signing.key", file("signing.key.pem")),
        ("keys.signing.certificate", file("signing.crt.pem")),
        ("registration.web_service_name", text(&answers.web_service_name)),
    ]);
    if answers.entity_id != format!("{}/saml/metadata", answers.base_url) {
        values.insert("portal.entity_id", text(&answers.entity_id));
    }
    match answers.profile {
        ProfileArgument::SignicatBroker => {
            values.insert("login.authorities", list(&[environment.digid()]));
        }
        ProfileArgument::StSaml => {
            values.insert("login.authorities", list(&[environment.digid_ad()]));
            values.insert("keys.decryption.key", file("encryption.key.pem"));
            values.insert("keys.decryption.certificate", file("encryption.crt.pem"));
        }
        ProfileArgument::Digid | ProfileArgument::WebSso => {}
    }
    if answers.is_by_artifact() {
        values.insert("back_channel.roots", file("back-channel-roots.pem"));
    }
    if answers.is_pkioverheid() {
        values.insert("back_channel.client.key", file("tls.key.pem"));
        values.insert("back_channel.client.certificate", file("tls.crt.pem"));
        values.insert("keys.issuers", file("pkioverheid.pem"));
    }
    let given = [
        ("portal.binding", &answers.binding),
        ("signicat.domain", &answers.domain),
        ("login.service", &answers.service),
        ("registration.oin", &answers.oin),
    ];
    for (key, answer) in given {
        if let Some(answer) = answer {
            values.insert(key, text(answer));
        }
    }
    values
}

const TEMPLATE: &str = include_str!("../../templates/saml.toml");
