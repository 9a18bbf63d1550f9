//! Sentences about the form of a message: its place in the protocol, its elements, its signatures, what is encrypted.

use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_xml::Element;

use super::Facts;

pub(super) fn message_type(facts: &Facts<'_>) -> String {
    match facts.found().as_str() {
        "AuthnRequest" => {
            "This is our question, not the answer: explain the message that came back to the assertion consumer \
                           service."
                .to_owned()
        }
        "LogoutRequest" | "LogoutResponse" => {
            "This is a message of single logout: `saml explain` explains the answer to a login.".to_owned()
        }
        found => format!("Expected is {}, and this is {found}: take the message of the login.", facts.expected()),
    }
}

/// For XML that is not well-formed, or that is refused whatever it says.
pub(super) fn not_xml(facts: &Facts<'_>) -> String {
    let what = match facts.record.code {
        "xml_unexpected_end" => "The message was cut off: take the whole of it.",
        "xml_comment" => {
            "The message has a comment, by which readers come to read different names: identity providers write none. \
             Take the message as it was received; if this is it, refuse it."
        }
        "xml_document_type" | "xml_processing_instruction" => {
            "No SAML message has such a thing, and it can make a parser read other files: refuse it, and look for who sent it."
        }
        "xml_trailing_content" => "Something stands behind the message: take the message alone.",
        "xml_encoding" => {
            "Take the bytes as they were received: a program has written them in another encoding than UTF-8."
        }
        "xml_long_namespace"
        | "xml_too_deep"
        | "xml_too_large"
        | "xml_too_many_attributes"
        | "xml_too_many_namespaces"
        | "xml_too_many_nodes" => "No real message is so large: refuse it, and look for who sent it.",
        _ => {
            "It is not well-formed: take the message as it was received, byte for byte. If this is it, tell the identity provider."
        }
    };
    match facts.found().rsplit_once(" at ") {
        Some((_, place)) => format!("{what} The place is {place}."),
        None => what.to_owned(),
    }
}

/// For what the schema does not have there, a second assertion above all.
pub(super) fn schema(facts: &Facts<'_>) -> String {
    // In an Advice, a routing service passes on the assertion that it got itself.
    let in_advice = |element: &Element<'_>| element.parent().is_some_and(|parent| parent.is(ASSERTION, "Advice"));
    let assertions = elements(facts, ASSERTION, "Assertion").into_iter().filter(|element| !in_advice(element)).count();
    if assertions > 1 {
        return format!(
            "The message has {assertions} assertions, and one is expected: a forged one was put beside a signed one \
             (signature wrapping), or the identity provider answers twice. Never accept it: see which of them a \
             signature covers."
        );
    }
    let responses = elements(facts, PROTOCOL, "Response").len();
    if responses > 1 {
        return format!(
            "The message has {responses} responses, and one is expected (signature wrapping). Never accept it: see \
             which of them a signature covers."
        );
    }
    "The message does not follow the schema of SAML 2.0. Take it as it was received; if this is it, tell the identity \
     provider what was expected and what was found, or look for who changes it on the way."
        .to_owned()
}

pub(super) fn duplicate_id(_: &Facts<'_>) -> String {
    "Two elements have one ID, so that what was signed and what is read can be two things (signature wrapping). Never accept it."
        .to_owned()
}

pub(super) fn reference(facts: &Facts<'_>) -> String {
    format!(
        "The signature is over another element than the one it stands in ({}): it was moved here from elsewhere \
         (signature wrapping). Never accept it.",
        facts.found()
    )
}

/// For a signature that is not there: what is signed instead.
pub(super) fn signature_missing(facts: &Facts<'_>) -> String {
    if facts.is_metadata() {
        return "The metadata has no signature: fetch it from where it is signed.".to_owned();
    }
    let coverage = facts.decision.coverage();
    let document = facts.decision.document.as_ref();
    let held: Vec<&str> = coverage
        .iter()
        .flat_map(|coverage| coverage.signatures())
        .filter(|place| place.outcome.is_ok())
        .filter_map(|place| Some(document?.element(place.element)?.local_name()))
        .collect();
    if held.is_empty() {
        return "Nothing in the message is signed: have the identity provider sign the assertion (WantAssertionsSigned \
                in our metadata, registered anew). If it does, somebody took the signature away."
            .to_owned();
    }
    let signed = held.join(" and ");
    if elements(facts, ASSERTION, "Assertion").len() > 1 {
        return format!(
            "A signature holds over {signed}, but not over the assertion in the place that counts: a forged one was \
             put around or before it (signature wrapping). Never accept it."
        );
    }
    format!(
        "A signature holds over {signed}, and that is not enough for this profile: {} is expected. Have the identity \
         provider sign the other level too; after a change of our metadata it must be registered anew.",
        facts.expected()
    )
}

pub(super) fn algorithm(facts: &Facts<'_>) -> String {
    let found = facts.found();
    let weak = ["#rsa-sha1", "#sha1", "#dsa-sha1", "md5"].iter().any(|weak| found.contains(weak));
    if weak {
        return "It is signed with SHA-1 or weaker, which is forgeable: have the identity provider sign with RSA-SHA256.".to_owned();
    }
    "The algorithm is not one that is accepted here: have the identity provider sign with RSA-SHA256 and SHA-256."
        .to_owned()
}

pub(super) fn encrypted(facts: &Facts<'_>) -> String {
    if facts.decision.decryption_keys == 0 {
        return format!("It is encrypted for us: give our private key {}.", place_of_keys(facts));
    }
    "It stands encrypted in a place where this profile opens nothing: have the identity provider encrypt the \
     assertion, or the NameID."
        .to_owned()
}

pub(super) fn decryption_failed(facts: &Facts<'_>) -> String {
    format!(
        "None of the {} keys given {} opens it: the identity provider encrypted for the certificate in the metadata \
         that it has of us, which may be an older or a newer one.",
        facts.decision.decryption_keys,
        place_of_keys(facts)
    )
}

/// Says where keys to decrypt with are given.
const fn place_of_keys(facts: &Facts<'_>) -> &'static str {
    let is_configured = facts.settings.config.config.is_some() && facts.settings.decrypt.is_empty();
    if is_configured { "in keys.decryption of the configuration file" } else { "with --decrypt" }
}

fn elements<'a>(facts: &Facts<'a>, namespace: &str, name: &str) -> Vec<Element<'a>> {
    let all = facts.decision.document.iter().flat_map(|document| document.elements());
    all.filter(|element| element.is(namespace, name)).collect()
}
