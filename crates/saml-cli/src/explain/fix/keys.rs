//! Sentences about who signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use saml_protocol::namespaces::XMLDSIG;
use saml_response::SignaturePlace;
use saml_xml::{Element, ParseOptions};
use saml_xml_security::{Error, VerifyingKey, verify};

use super::Facts;
use crate::explain::partner::Partner;
use crate::explain::settings::rfc3339;
use crate::explain::words::capital;

/// For a signature that no known key made.
pub(super) fn signature_invalid(facts: &Facts<'_>) -> String {
    if facts.is_metadata() {
        return "The metadata was not signed by the --trust-key: fetch it again from its own address, and compare the \
                fingerprint of the key with the one that the identity provider gave you by another way."
            .to_owned();
    }
    let source = facts.source_of_keys();
    let known = known_keys(facts);
    let Some(claimed) = claimed(facts) else {
        return format!(
            "None of the keys of {source} made the signature, and the message does not bring the certificate of the \
             one that did. {source_capital} has {known}. Fetch the metadata again: the key was changed, or this is \
             the metadata of another environment.",
            source_capital = capital(source)
        );
    };
    let key = describe(&claimed.key);
    if facts.decision.partner.as_ref().is_some_and(|partner| partner.keys().contains(&claimed.key)) {
        return format!(
            "The message brings {key}, which {source} has too, but that key did not make this signature: the \
             signature or its SignedInfo was changed on the way, or made with another private key."
        );
    }
    if !claimed.holds {
        return format!(
            "The message says that it was signed with {key}, but the signature does not hold with that key either: it \
             was changed after it was signed. {} has {known}.",
            capital(source)
        );
    }
    format!(
        "Signed with {key}; {source} has {known}. If the identity provider announced the new key, fetch its metadata \
         again; if not, ask: this is the metadata of another environment, or somebody else signed. Never take the key \
         from the message."
    )
}

/// For keys that cannot make such a signature, or none at all.
pub(super) fn no_such_key(facts: &Facts<'_>) -> String {
    if facts.is_metadata() {
        return "The --trust-key is not of the kind that signed the metadata: give the certificate of the one that did."
            .to_owned();
    }
    format!(
        "{} has {}, and the signature takes a key of another kind: fetch the metadata again.",
        capital(facts.source_of_keys()),
        known_keys(facts)
    )
}

/// For content that is not what was signed.
pub(super) fn digest_mismatch(facts: &Facts<'_>) -> String {
    if facts.is_metadata() {
        return "The metadata file was changed after it was signed: fetch it again, and keep it byte for byte."
            .to_owned();
    }
    let place = place(facts, |error| *error == Error::DigestMismatch);
    let element = place.and_then(|place| facts.decision.document.as_ref()?.element(place.element));
    let id = element.and_then(|element| element.attribute("ID")).unwrap_or("none");
    let what = format!("The element with the ID {id} was changed after it was signed");
    if element.is_some_and(is_indented) {
        return format!(
            "{what}. It has line breaks between its elements: if a program that shows XML put them there, take the \
             message as it was received. If it was received so, somebody on the way changes it."
        );
    }
    format!(
        "{what}. Take the message as it was received, byte for byte. If this is it, somebody on the way changes it: \
         refuse it, and look for who does."
    )
}

struct Claimed {
    key: VerifyingKey,
    /// Whether the signature holds with that key. It says who made it, not that it may be trusted.
    holds: bool,
}

/// Reads the certificate that the message itself brings, to name it. Nothing is accepted because of it.
fn claimed(facts: &Facts<'_>) -> Option<Claimed> {
    let place = place(facts, |error| matches!(error, Error::SignatureInvalid { .. }))?;
    let element = facts.decision.document.as_ref()?.element(place.element)?;
    let mut at = element;
    for name in ["Signature", "KeyInfo", "X509Data", "X509Certificate"] {
        at = at.children().find(|child| child.is(XMLDSIG, name))?;
    }
    let text: String = at.text().ok()?.split_ascii_whitespace().collect();
    let key = VerifyingKey::from_certificate_der(&STANDARD.decode(text).ok()?).ok()?;
    let algorithms = facts.decision.profile.response().algorithms();
    let holds = verify(element, std::slice::from_ref(&key), algorithms, &ParseOptions::message()).is_ok();
    Some(Claimed { key, holds })
}

/// Finds the first signature that does not hold for this reason.
fn place(facts: &Facts<'_>, is_reason: impl Fn(&Error) -> bool) -> Option<SignaturePlace> {
    let coverage = facts.decision.coverage()?;
    coverage.signatures().iter().find(|place| place.outcome.as_ref().is_err_and(&is_reason)).cloned()
}

fn is_indented(element: Element<'_>) -> bool {
    let source = element.source();
    source.split('>').skip(1).any(|between| between.starts_with('\n') && between.trim_start().starts_with('<'))
}

fn known_keys(facts: &Facts<'_>) -> String {
    let keys = facts.decision.partner.as_ref().map_or(&[][..], Partner::keys);
    if keys.is_empty() { "no key".to_owned() } else { keys.iter().map(describe).collect::<Vec<_>>().join(" and ") }
}

/// Names a key by what people compare: the start of its fingerprint, its subject, its end.
pub(crate) fn describe(key: &VerifyingKey) -> String {
    let fingerprint = key.sha256_fingerprint().get(..16).unwrap_or_default();
    let until = DateTime::from_timestamp(key.validity().1, 0).map_or_else(|| "unknown".to_owned(), rfc3339);
    let subject: String = key.subject().chars().filter(|character| !character.is_control()).take(80).collect();
    format!("key {fingerprint}… ({subject}, valid until {until})")
}
