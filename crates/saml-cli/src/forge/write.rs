//! `saml forge write`: every attack as a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use saml_bindings::Received;
use saml_forge::attack::{Carrier, Variant};
use saml_forge::{GoodMessage, Signed};
use saml_protocol::parse_date_time;
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::files::read;
use crate::forge::case::{Selection, carrier, number, title, variants};
use crate::forge::judge::Judge;
use crate::forge::list::EXAMPLE_REQUEST;
use crate::forge::message::{MessageArguments, Names, Template, signing_key};
use crate::output::{say, tell};

/// Write every message as a file, with the good ones and an index
///
/// A message is called after its attack and variant. `index.json` says of each what it changes, which code refuses it,
/// and which good message it differs from in the attack alone. Without --key, the key and the certificate of an
/// identity provider are made, and written too.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The folder to write to, which must be new or empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// A captured Response, XML or base64 or a form, which is signed anew and becomes the good message
    #[arg(long, value_name = "FILE", requires = "key")]
    from: Option<PathBuf>,

    /// Private key (PEM) of the identity provider
    #[arg(long, value_name = "KEY.pem", requires = "cert")]
    key: Option<PathBuf>,

    /// Certificate (PEM) of that key
    #[arg(long, value_name = "CERT.pem", requires = "key")]
    cert: Option<PathBuf>,

    /// Entity ID of the identity provider [default: an example]
    #[arg(long, value_name = "URI", conflicts_with = "from")]
    issuer: Option<String>,

    /// Entity ID of the service provider, which is the audience [default: an example]
    #[arg(long, value_name = "URI", alias = "audience", conflicts_with = "from")]
    entity_id: Option<String>,

    /// URL of the assertion consumer service [default: an example]
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    acs: Option<String>,

    /// The ID of the request that is answered [default: an example]
    #[arg(long, value_name = "ID", conflicts_with = "from")]
    in_response_to: Option<String>,

    #[command(flatten)]
    message: MessageArguments,

    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let attacks = arguments.selection.attacks()?;
    let base = Base::of(arguments)?;
    let mut folder = Folder::new(&arguments.out)?;
    let judge = base.judge(&arguments.message)?;
    let signed = [("assertion", Signed::Assertion), ("both", Signed::Both), ("response", Signed::Response)];
    for (name, signed) in signed {
        folder.good(&format!("good-{name}.xml"), base.good.signed(signed).as_bytes())?;
    }

    let (mut entries, mut left_out) = (Vec::new(), Vec::new());
    for attack in attacks {
        let variants = match variants(attack, &base.good) {
            Ok(variants) => variants,
            Err(reason) => {
                left_out.push(reason);
                continue;
            }
        };
        for variant in &variants {
            let (file, twin) = folder.variant(attack.id, attack.carrier, variant)?;
            let code = judge.as_ref().map_or(variant.expect, |judge| judge.expected(attack, variant).code());
            entries.push(json!({
                "id": attack.id, "variant": variant.name, "title": title(attack), "changes": attack.changes,
                "carrier": carrier(attack.carrier), "expected": code, "file": file, "good_twin": twin,
            }));
        }
    }
    let keys = folder.keys(&base.template, arguments.key.is_none())?;
    let left: Vec<Value> = left_out
        .iter()
        .map(|left| json!({ "id": left.attack.id, "title": title(left.attack), "reason": left.reason }))
        .collect();
    let names = &base.template.names;
    let index = json!({
        "issuer": names.issuer, "entity_id": names.entity_id, "acs": names.acs, "in_response_to": base.request_id,
        "made_at": base.made_at.to_rfc3339(), "keys": keys, "messages": entries, "not_written": left,
    });
    folder.put("index.json", format!("{index:#}\n").as_bytes())?;

    let twins = folder.goods.len();
    say(&format!(
        "{}: {}, {twins} good ones, and index.json",
        arguments.out.display(),
        number(entries.len(), "message")
    ))?;
    if !left_out.is_empty() {
        say(&format!("not written, {}:", number(left_out.len(), "attack")))?;
    }
    for left in &left_out {
        say(&format!("  {} {}: {}", left.attack.id, title(left.attack), left.reason))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The good message that the attacks start from.
struct Base {
    template: Template,
    good: GoodMessage,
    request_id: String,
    made_at: DateTime<Utc>,
}

impl Base {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let key = match (&arguments.key, &arguments.cert) {
            (Some(key), Some(certificate)) => Some(signing_key(key, certificate)?),
            _ => None,
        };
        match &arguments.from {
            Some(path) => Self::captured(path, arguments, key),
            None => Self::made(arguments, key),
        }
    }

    /// Makes the good message.
    fn made(arguments: &Arguments, key: Option<SigningKey>) -> Result<Self, Failure> {
        let examples = Names::examples();
        let names = Names {
            issuer: arguments.issuer.clone().unwrap_or(examples.issuer),
            entity_id: arguments.entity_id.clone().unwrap_or(examples.entity_id),
            acs: arguments.acs.clone().unwrap_or(examples.acs),
        };
        let request_id = arguments.in_response_to.clone().unwrap_or_else(|| EXAMPLE_REQUEST.to_owned());
        let made_at = Utc::now();
        let template = Template::of_our_own(&arguments.message, names, key, made_at)?;
        let good = template.good(&request_id, made_at)?;
        Ok(Self { template, good, request_id, made_at })
    }

    /// Takes a message that was received for the good one, signed anew.
    fn captured(path: &Path, arguments: &Arguments, key: Option<SigningKey>) -> Result<Self, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::usage(format!(
                "{}: {error}; expected a Response with an Assertion that is not encrypted, as XML or base64",
                path.display()
            ))
        };
        let received = Received::detect(&read(path)?).map_err(|error| wrong(&error))?;
        let document = Document::parse(received.xml(), &ParseOptions::metadata()).map_err(|error| wrong(&error))?;
        let said = |path: &[&str]| descend(document.root(), path).and_then(|element| element.text().ok());
        let of = |path: &[&str], name| descend(document.root(), path).and_then(|element| element.attribute(name));
        let data = ["Assertion", "Subject", "SubjectConfirmation", "SubjectConfirmationData"];
        let context = |leaf| said(&["Assertion", "AuthnStatement", "AuthnContext", leaf]);
        let issuer = said(&["Assertion", "Issuer"]).or_else(|| said(&["Issuer"])).unwrap_or_default();
        let acs = of(&[], "Destination").or_else(|| of(&data, "Recipient")).unwrap_or_default();
        let audience = said(&["Assertion", "Conditions", "AudienceRestriction", "Audience"]).unwrap_or_default();
        let names = Names { issuer: issuer.to_owned(), entity_id: audience.to_owned(), acs: acs.to_owned() };
        let request_id = of(&[], "InResponseTo").or_else(|| of(&data, "InResponseTo")).unwrap_or_default().to_owned();
        let made_at = of(&[], "IssueInstant").and_then(parse_date_time).unwrap_or_default();

        let mut message = arguments.message.clone();
        let authority = context("AuthenticatingAuthority")
            .or_else(|| of(&["Assertion", "Subject", "NameID"], "NameQualifier"))
            .map(str::to_owned);
        message.authority = message.authority.or(authority);
        message.level = message.level.or_else(|| context("AuthnContextClassRef").map(str::to_owned));
        let template = Template::of_our_own(&message, names, key, Utc::now())?;
        let xml = String::from_utf8_lossy(received.xml());
        let good = GoodMessage::captured(&xml, template.keys.clone(), &template.forged_name_id)
            .map_err(|error| wrong(&error))?;
        Ok(Self { template, good, request_id, made_at })
    }

    /// Returns our validator, unless it refuses the good message itself.
    fn judge(&self, message: &MessageArguments) -> Result<Option<Judge>, Failure> {
        let judge = Judge::new(&self.template, &self.request_id, message.force_authn, self.made_at + MOMENT);
        let judged = judge.map_err(|failure| failure.to_string()).and_then(|judge| {
            let refused = judge.refuses(Carrier::Response, self.good.signed(Signed::Both).as_bytes());
            refused.map_or(Ok(judge), |code| Err(code.to_owned()))
        });
        Ok(judged
            .inspect_err(|code| {
                tell(&format!(
                    "saml forge write: under this --profile our own validator refuses the good message too ({code}): the \
                     codes in the index are those of the catalogue"
                ));
            })
            .ok())
    }
}

/// Follows local names down from the root; the first child of a name is taken.
fn descend<'d>(root: Element<'d>, path: &[&str]) -> Option<Element<'d>> {
    path.iter().try_fold(root, |element, name| element.children().find(|child| child.local_name() == *name))
}

/// The folder that is written to.
struct Folder {
    path: PathBuf,
    /// The good messages that are written, and their files.
    goods: BTreeMap<Vec<u8>, String>,
    names: BTreeMap<String, usize>,
}

impl Folder {
    fn new(path: &Path) -> Result<Self, Failure> {
        let wrong = |error| Failure::usage(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(path).map_err(wrong)?;
        if std::fs::read_dir(path).map_err(wrong)?.next().is_some() {
            return Err(Failure::usage(format!(
                "expected --out to name a new or an empty folder, found files in {}",
                path.display()
            )));
        }
        Ok(Self { path: path.to_owned(), goods: BTreeMap::new(), names: BTreeMap::new() })
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.path.join(name);
        std::fs::write(&path, content).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
    }

    /// Writes a good message once, and returns its file.
    fn good(&mut self, name: &str, content: &[u8]) -> Result<String, Failure> {
        if let Some(file) = self.goods.get(content) {
            return Ok(file.clone());
        }
        self.put(name, content)?;
        self.goods.insert(content.to_vec(), name.to_owned());
        Ok(name.to_owned())
    }

    /// Writes a variant, and its good twin unless that stands there already; returns both names.
    fn variant(&mut self, id: &str, carrier: Carrier, variant: &Variant) -> Result<(String, String), Failure> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let mut name = format!("{id}-{}", variant.name.chars().map(plain).collect::<String>());
        // Two variants may differ in what no file name can hold.
        let taken = self.names.entry(name.clone()).or_insert(0);
        *taken += 1;
        if *taken > 1 {
            name = format!("{name}-{taken}");
        }
        let extension = match carrier {
            Carrier::Form => "form.txt",
            Carrier::Redirect => "query.txt",
            _ => "xml",
        };
        let file = format!("{name}.{extension}");
        self.put(&file, &variant.message)?;
        let twin = self.good(&format!("good-for-{name}.{extension}"), &variant.twin)?;
        Ok((file, twin))
    }

    /// Writes the keys that were made here, and returns the files of all.
    fn keys(&self, template: &Template, made: bool) -> Result<Value, Failure> {
        let mut files = serde_json::Map::new();
        let mut put = |role: &str, file: &str, content: Result<Vec<u8>, saml_xml_security::Error>| {
            files.insert(role.to_owned(), json!(file));
            self.put(file, &content.map_err(Failure::new)?)
        };
        let certificate = VerifyingKey::certificate_pem;
        let key = &template.keys.identity_provider;
        put("identity_provider_certificate", "identity-provider.crt.pem", certificate(key.verifying_key()))?;
        if made {
            put("identity_provider_key", "identity-provider.key.pem", key.private_key_pem())?;
        }
        put("recipient_certificate", "recipient.crt.pem", certificate(&template.keys.recipient))?;
        if let Some(key) = &template.recipient_key {
            put("recipient_key", "recipient.key.pem", key.private_key_pem())?;
        }
        Ok(Value::Object(files))
    }
}

/// A message is judged a moment after it was made.
const MOMENT: TimeDelta = TimeDelta::seconds(2);

const EXAMPLE: &str = "\
Examples:
  saml forge write --out attacks
  saml forge write --out attacks --from response.xml --key idp.key.pem --cert idp.crt.pem --profile web-sso
  saml forge write --out attacks --only ATT-024,ATT-025";
