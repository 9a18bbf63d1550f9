//! Properties: a document is accepted in parts where the whole is, and nowhere else, wherever the parts end; its
//! canonical form is the same; a signature has the verdict that it has on the whole; and each entity of an aggregate is
//! read back from its place.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use saml_fuzz::{identity_provider_key, sign_anew};
use saml_metadata::Aggregate;
use saml_xml::{Canonicalization, Document, Element, Limits, ParseOptions, PartError, Parts, canonicalize};
use saml_xml_security::{AlgorithmPolicy, Error, PartsVerifier, VerifyingKey, verify};

fuzz_target!(|bytes: &[u8]| {
    // The last byte chooses where parts end: they begin to be an eighth of the limit.
    let Some((last, bytes)) = bytes.split_last() else { return };
    let limit = (bytes.len() + 1) * (1 + usize::from(*last % 16)) + usize::from(*last);
    let options = ParseOptions { limits: Limits { bytes: limit, ..Limits::metadata() }, ..ParseOptions::metadata() };
    let whole = Document::parse(bytes, &ParseOptions::metadata());
    assert_eq!(joined(bytes, options).ok(), whole.ok().map(|document| canonical(document.root())));

    read_back(bytes, Aggregate::parse_unverified(bytes));
    let Some(signed) = sign_anew(bytes) else { return };
    let bytes = signed.xml.as_bytes();
    let Ok(document) = Document::parse(bytes, &ParseOptions::metadata()) else { return };
    // What is signed anew may have become longer than what it was made from.
    let options = ParseOptions { limits: Limits { bytes: limit + bytes.len(), ..options.limits }, ..options };
    let whole = verify(document.root(), trusted(), &AlgorithmPolicy::rsa(), &options).map(drop);
    match (whole, in_parts(bytes, options)) {
        // In parts, what the whole has first counts first.
        (Ok(()), found) => assert!(matches!(found, Ok(()) | Err(Error::SignaturePosition | Error::SignatureMissing))),
        (Err(_), found) => assert!(found.is_err()),
    }
    read_back(bytes, Aggregate::verify(bytes, trusted(), &AlgorithmPolicy::rsa()));
});

fn trusted() -> &'static [VerifyingKey; 1] {
    static TRUSTED: OnceLock<[VerifyingKey; 1]> = OnceLock::new();
    TRUSTED.get_or_init(|| [identity_provider_key().verifying_key().clone()])
}

fn joined(bytes: &[u8], options: ParseOptions) -> Result<Vec<u8>, PartError> {
    let mut parts = Parts::new(bytes, options)?;
    let head = canonical(parts.head().root());
    let end = head.windows(2).rposition(|pair| pair == b"</").expect("an end tag");
    let (start, end) = head.split_at(end);
    let mut joined = start.to_vec();
    while let Some(part) = parts.next_part()? {
        let octets = canonical(part.root());
        let content = octets.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        joined.extend_from_slice(content.expect("the tags of the root"));
    }
    joined.extend_from_slice(end);
    Ok(joined)
}

fn in_parts(bytes: &[u8], options: ParseOptions) -> Result<(), Error> {
    let mut parts = Parts::new(bytes, options).expect("the whole was parsed");
    let first = parts.next_part().expect("the whole was parsed").ok_or(Error::SignatureMissing)?;
    let mut verifier = PartsVerifier::begin(first, trusted(), &AlgorithmPolicy::rsa(), &options)?;
    while let Some(part) = parts.next_part().expect("the whole was parsed") {
        verifier.update(part)?;
    }
    verifier.finish().map(drop)
}

fn read_back(bytes: &[u8], aggregate: Result<Aggregate, saml_metadata::Error>) {
    let Ok(aggregate) = aggregate else { return };
    assert!(Document::parse(bytes, &ParseOptions::metadata()).is_ok());
    for entity_id in aggregate.entity_ids() {
        let place = aggregate.place(entity_id).expect("it is in the index");
        let own = &bytes[place.start as usize..place.end as usize];
        if let Ok(metadata) = aggregate.metadata(entity_id, own) {
            assert_eq!(metadata.entity_id(), entity_id);
            assert_eq!(metadata.key_fingerprint(), aggregate.key_fingerprint());
        }
        assert!(aggregate.metadata(entity_id, &own[1..]).is_err());
    }
}

fn canonical(element: Element<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    canonicalize(element, &Canonicalization::default(), &mut octets);
    octets
}
