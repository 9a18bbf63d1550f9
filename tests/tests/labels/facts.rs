use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use saml_digid::Profile;
use saml_protocol::parse_date_time;
use saml_tests::{Setting, files, read};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{DecryptionKey, VerifyingKey};

use crate::lists::Changes;
use crate::rows::Row;

/// Certificates and private keys of the projects in the corpus.
#[derive(Default)]
pub(crate) struct Keys {
    certificates: HashMap<String, Vec<VerifyingKey>>,
    decryption: HashMap<String, Vec<DecryptionKey>>,
}

impl Keys {
    /// Collects what the projects of `rows` have in their folders.
    pub(crate) fn read(corpus: &Path, rows: &[Row]) -> Self {
        let mut keys = Self::default();
        for row in rows {
            if !keys.certificates.contains_key(&row.repo) {
                let (certificates, decryption) = keys_in(&corpus.join("public").join(&row.repo));
                keys.certificates.insert(row.repo.clone(), certificates);
                keys.decryption.insert(row.repo.clone(), decryption);
            }
        }
        keys
    }

    /// Returns the certificates of a project, and those that `document` brings.
    ///
    /// Only here is a key from a message trusted: so that a bad message is refused for what is bad in it.
    pub(crate) fn verifying(&self, repo: &str, document: Option<&Document>) -> Vec<VerifyingKey> {
        let mut keys: Vec<_> = document.into_iter().flat_map(embedded).collect();
        keys.extend(self.certificates.get(repo).into_iter().flatten().cloned());
        keys
    }

    fn decryption(&self, repo: &str) -> Vec<DecryptionKey> {
        self.decryption.get(repo).cloned().unwrap_or_default()
    }
}

/// Returns a setting in which the message is for us and for now, as far as it says for whom and when it is.
///
/// `changes` are the values that upstream's test has instead.
pub(crate) fn setting(row: &Row, message: &[u8], keys: &Keys, changes: &Changes) -> Setting {
    let document = Document::parse(message, &ParseOptions::metadata()).ok();
    let decryption_keys = keys.decryption(&row.repo);
    let changed = |name: &str| changes.value(name).map(str::to_owned);
    let text = |names: &[&str], otherwise: &str| {
        names.iter().find_map(|name| fact(document.as_ref()?, name)).unwrap_or_else(|| otherwise.to_owned())
    };
    let request_id = text(&["Response@InResponseTo", "SubjectConfirmationData@InResponseTo"], "_none");
    let at = text(&["Assertion@IssueInstant", "Response@IssueInstant"], "2026-01-01T00:00:00Z");
    Setting {
        profile: Profile::web_sso(),
        partner: changed("issuer").unwrap_or_else(|| text(&["Issuer"], "https://idp.example")),
        keys: keys.verifying(&row.repo, document.as_ref()),
        decryption_keys,
        entity_id: changed("audience")
            .unwrap_or_else(|| text(&["Audience", "NameID@SPNameQualifier"], "https://sp.example")),
        acs: changed("acs").unwrap_or_else(|| {
            text(&["Response@Destination", "SubjectConfirmationData@Recipient"], "https://sp.example/acs")
        }),
        request_id: changed("request").unwrap_or(request_id),
        level: None,
        at: time(&changed("at").unwrap_or(at)),
    }
}

/// Returns the first value at `name`, which is an element, or an element and an attribute.
fn fact(document: &Document, name: &str) -> Option<String> {
    let (element, attribute) = name.split_once('@').map_or((name, None), |(element, name)| (element, Some(name)));
    let value = |found: Element<'_>| {
        let value = attribute.map_or_else(|| found.text().ok(), |attribute| found.attribute(attribute))?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    document.elements().filter(|found| found.local_name() == element).find_map(value)
}

fn time(text: &str) -> DateTime<Utc> {
    parse_date_time(text).unwrap_or_default()
}

/// Returns the certificates that a message brings and that may be used at all.
fn embedded(document: &Document) -> Vec<VerifyingKey> {
    let texts = document.elements().filter(|element| element.local_name() == "X509Certificate");
    texts
        .filter_map(|element| {
            let text: String = element.text().ok()?.split_ascii_whitespace().collect();
            VerifyingKey::from_certificate_der(&STANDARD.decode(text).ok()?).ok()
        })
        .collect()
}

/// Collects the certificates and private keys in a folder that may be used at all.
fn keys_in(folder: &Path) -> (Vec<VerifyingKey>, Vec<DecryptionKey>) {
    let (mut certificates, mut decryption) = (Vec::new(), Vec::new());
    for file in files(folder) {
        let small = std::fs::metadata(&file).unwrap().len() < 20_000;
        let is_key = |name: &str| ["crt", "der", "key", "pem"].iter().any(|ending| name.ends_with(ending));
        if small && is_key(file.to_str().unwrap()) {
            let bytes = read(&file);
            certificates.extend(VerifyingKey::from_certificate_pem(&bytes).ok());
            certificates.extend(VerifyingKey::from_certificate_der(&bytes).ok());
            decryption.extend(DecryptionKey::from_pem(&bytes).ok());
        }
    }
    (certificates, decryption)
}
