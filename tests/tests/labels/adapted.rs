use std::sync::OnceLock;

use saml_protocol::namespaces::XMLDSIG;
use saml_tests::Setting;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{SignOptions, SigningKey, sign};

use crate::doors::{Outcome, metadata};
use crate::lists::Changes;

/// Judges a message by what it says, where it is refused before that for what we ask of every message.
///
/// Most of the corpus is signed with SHA-1 or 1024 bits, or not at all: here all signatures of a `Response` are taken
/// out, and one of our own is put over the whole. In metadata, signatures are taken out and locations become `https`.
pub(crate) fn judge(message: &[u8], setting: &Setting, changes: &Changes) -> Option<Outcome> {
    let document = Document::parse(message, &ParseOptions::metadata()).ok()?;
    let text = without_signatures(&document);
    match document.root().local_name() {
        "Response" => {
            let text = changes.value("drop").map_or_else(|| text.clone(), |drop| text.replace(drop, ""));
            let resigned = match sign(&text, key(), &SignOptions::default()) {
                Ok(resigned) => resigned,
                Err(error) => return Some(Outcome::Refused(error.code())),
            };
            let setting = Setting { keys: vec![key().verifying_key().clone()], ..setting.clone() };
            Some(setting.judge(resigned.as_bytes(), false).into())
        }
        "EntityDescriptor" => {
            let text = text.replace("Location=\"http://", "Location=\"https://");
            Some(metadata(text.as_bytes(), setting).into())
        }
        _ => None,
    }
}

fn without_signatures(document: &Document) -> String {
    let mut text = String::new();
    let mut end = 0;
    for signature in document.elements().filter(|element| element.is(XMLDSIG, "Signature")) {
        let range = signature.source_range();
        if range.start >= end {
            text.push_str(&document.source()[end..range.start]);
            end = range.end;
        }
    }
    text + &document.source()[end..]
}

fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "corpus", 0, 4_000_000_000).unwrap())
}
