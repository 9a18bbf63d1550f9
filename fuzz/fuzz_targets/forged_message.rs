//! The input picks a genuine message or one of the catalogue of attacks, and edits of it: parts are moved, copied,
//! taken from other messages, deleted, renamed, wrapped; attributes and texts change. Nothing is signed anew.
//!
//! Property: whoever is let in is the one that the genuine message is about, with nothing else said of them.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use saml_fuzz::{CITIZEN, Edits, forged_messages, genuine, judge};
use saml_response::ValidAssertion;
use saml_xml::{Document, Element, ParseOptions};

fuzz_target!(|bytes: &[u8]| {
    let mut edits = Edits::new(bytes);
    let Some(message) = edits.pick(messages()) else { return };
    let Ok(xml) = std::str::from_utf8(message) else {
        assert!(judge(message).is_err());
        return;
    };
    let xml = edits.apply(xml, messages());
    let Ok(accepted) = judge(xml.as_bytes()) else { return };
    assert!(genuinely_said().iter().any(|genuine| said(genuine) == said(&accepted)), "{xml}");
});

/// The genuine messages come first and often: most edits of an attack are refused for what the attack did.
fn messages() -> &'static [Vec<u8>] {
    static MESSAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let genuine = genuine().map(String::into_bytes);
        genuine.iter().cycle().take(256).chain(forged_messages()).cloned().collect()
    })
}

/// Returns what the genuine messages say, and what the catalogue has of the partner's own word: messages that are let in
/// as harmless, with white space around the number, say; and assertions that the partner signed, alone in an answer.
fn genuinely_said() -> &'static [ValidAssertion] {
    static SAID: OnceLock<Vec<ValidAssertion>> = OnceLock::new();
    SAID.get_or_init(|| {
        let mut found: Vec<ValidAssertion> = genuine().map(|xml| judge(xml.as_bytes()).expect("it is genuine")).into();
        let alone = forged_messages().iter().flat_map(|message| each_assertion_alone(message));
        for accepted in forged_messages().iter().cloned().chain(alone).filter_map(|message| judge(&message).ok()) {
            assert_eq!(accepted.name_id().expose().trim(), CITIZEN);
            if !found.iter().any(|genuine| said(genuine) == said(&accepted)) {
                found.push(accepted);
            }
        }
        found
    })
}

/// Puts each assertion of a message into an answer in which nothing else is signed.
fn each_assertion_alone(message: &[u8]) -> Vec<Vec<u8>> {
    let [answer, ..] = genuine();
    let parse = |xml: &[u8]| Document::parse(xml, &ParseOptions::message()).ok();
    let (Some(answer), Some(message)) = (parse(answer.as_bytes()), parse(message)) else { return Vec::new() };
    let is_assertion = |element: &Element<'_>| element.local_name() == "Assertion";
    let place = answer.elements().find(is_assertion).expect("it has an assertion").source_range();
    let (before, after) = (&answer.source()[..place.start], &answer.source()[place.end..]);
    let assertions = message.elements().filter(is_assertion);
    assertions.map(|assertion| [before, assertion.source(), after].concat().into_bytes()).collect()
}

/// All that is said of the one who is let in.
fn said(assertion: &ValidAssertion) -> impl PartialEq {
    let attributes: Vec<_> =
        assertion.attributes().iter().map(|attribute| (attribute.name(), attribute.expose())).collect();
    (
        (assertion.issuer(), assertion.id(), assertion.name_id(), assertion.level(), assertion.authority()),
        (assertion.session_index(), assertion.session_not_on_or_after(), assertion.authn_instant()),
        (assertion.replay_until(), attributes),
    )
}
