//! The input is a message in which each element with a `Signature` is signed anew with the key that is trusted, so that
//! the code behind the signature is reached with whatever the fuzzer writes.
//!
//! Properties: nothing panics; and of what is accepted, a second reader finds in the octets that were signed one
//! assertion with the same ID, NameID, level and attributes, by the issuer, for this service provider, this endpoint
//! and this request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_fuzz::{
    ASSERTION_CONSUMER_SERVICE, ISSUER, REQUEST_ID, SERVICE_PROVIDER, Seen, judge, second_reader, sign_anew,
};
use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_response::ValidAssertion;
use saml_xml::{Document, ParseOptions};

fuzz_target!(|bytes: &[u8]| {
    let Some(signed) = sign_anew(bytes) else {
        assert!(judge(bytes).is_err());
        return;
    };
    let Ok(accepted) = judge(signed.xml.as_bytes()) else { return };
    // What the forge encrypted is opened too; only of what was encrypted here is the plaintext known here.
    if is_encrypted(bytes) {
        return;
    }
    assert_eq!(accepted.issuer(), ISSUER);
    assert!(signed.octets.iter().any(|octets| tells(&second_reader(octets), &accepted)), "{}", signed.xml);
});

fn is_encrypted(bytes: &[u8]) -> bool {
    let document = Document::parse(bytes, &ParseOptions::metadata());
    document.is_ok_and(|document| document.elements().any(|element| element.local_name() == "EncryptedData"))
}

/// Tells whether the signed element is, or holds in its place, the assertion that was accepted.
fn tells(seen: &[Seen], accepted: &ValidAssertion) -> bool {
    let mut assertions = (0..seen.len()).filter(|place| is_in_its_place(seen, *place));
    let (Some(assertion), None) = (assertions.next(), assertions.next()) else { return false };
    let within = |path: &[&str]| below(seen, assertion, path);
    let texts = |path: &[&str]| -> Vec<&str> {
        within(path).into_iter().filter_map(|place| seen[place].trimmed_text()).collect()
    };

    let confirmed = within(&["Subject", "SubjectConfirmation", "SubjectConfirmationData"]).into_iter().any(|place| {
        seen[place].attribute("Recipient") == Some(ASSERTION_CONSUMER_SERVICE)
            && seen[place].attribute("InResponseTo") == Some(REQUEST_ID)
    });
    let restrictions = within(&["Conditions", "AudienceRestriction"]);
    let for_us = |place: &usize| {
        below(seen, *place, &["Audience"])
            .into_iter()
            .any(|audience| seen[audience].trimmed_text() == Some(SERVICE_PROVIDER))
    };
    let names: Vec<&str> =
        within(&["Subject", "NameID"]).into_iter().filter_map(|place| seen[place].text.as_deref()).collect();
    let attributes = accepted.attributes().iter().all(|attribute| {
        let mut same = within(&["AttributeStatement", "Attribute"])
            .into_iter()
            .filter(|place| seen[*place].attribute("Name") == Some(attribute.name()));
        same.next().is_some_and(|place| below(seen, place, &["AttributeValue"]).len() == attribute.expose().len())
            && same.next().is_none()
    });
    seen[assertion].attribute("ID") == Some(accepted.id())
        && texts(&["Issuer"]) == [ISSUER]
        && names == [accepted.name_id().expose()]
        && confirmed
        && !restrictions.is_empty()
        && restrictions.iter().all(for_us)
        && texts(&["AuthnStatement", "AuthnContext", "AuthnContextClassRef"]).first().copied() == accepted.level()
        && attributes
}

/// Tells whether an element is an assertion, and the whole or the direct child of the response.
fn is_in_its_place(seen: &[Seen], place: usize) -> bool {
    let is = |place: usize, namespace: &str, name: &str| seen[place].namespace == namespace && seen[place].name == name;
    if !is(place, ASSERTION, "Assertion") {
        return false;
    }
    match seen[place].parent {
        None => true,
        Some(response) if is(response, PROTOCOL, "Response") => match seen[response].parent {
            None => true,
            Some(artifact) => is(artifact, PROTOCOL, "ArtifactResponse") && seen[artifact].parent.is_none(),
        },
        Some(_) => false,
    }
}

/// Returns the elements at the end of a path of names in the namespace of assertions.
fn below(seen: &[Seen], top: usize, path: &[&str]) -> Vec<usize> {
    path.iter().fold(vec![top], |parents, name| {
        let is_next = |place: &usize| {
            let element = &seen[*place];
            element.namespace == ASSERTION
                && element.name == *name
                && element.parent.is_some_and(|parent| parents.contains(&parent))
        };
        (0..seen.len()).filter(is_next).collect()
    })
}
