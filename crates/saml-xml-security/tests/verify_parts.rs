//! A signature that is verified part by part has the verdict that it has in the whole, wherever the parts end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use saml_xml::{Document, Limits, ParseOptions, Parts};
use saml_xml_security::{
    AlgorithmPolicy, DigestAlgorithm, Error, PartsVerifier, SignOptions, SignatureAlgorithm, SigningKey, sign, verify,
};

const SHAPES: &[&str] = &[
    "<r ID='_1'><b/></r>",
    "<r ID='_1'>text<b>1</b>more<b>2</b>last</r>",
    "<r xmlns='urn:d' ID='_1'>\n  <b><c/></b>\n  <b xmlns=''/>\n</r>",
    "<p:r xmlns:p='urn:p' xmlns:q='urn:q' xmlns='urn:d' ID='_1' q:z='1' a='&gt;\"'><q:b><p:c/></q:b><b q:c='1'/><p:b/></p:r>",
    "<p:r xmlns:p='urn:p' xmlns:u='urn:u' ID='_1'><u:b><u:c xmlns:u='urn:v'/></u:b><u:b/><b x='u:y'/></p:r>",
    "<?xml version='1.0'?>\r\n<!-- x --><r ID='_1'>\r\n<b/>\r\n<!-- y --><b>\r</b><!-- z -->\r\n</r>\r\n<!-- end -->",
    "<r ID='_1'><b><![CDATA[<&>]]>&#13;</b><b c = '&#10;&lt;\t'  a=\"&quot;'\" ></b ></r>",
    "<r ID='_1'>\u{e9}<b>\u{20ac}</b>\u{10348}<\u{e9}/></r>",
];

fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "genuine", 0, 4_000_000_000).unwrap())
}

fn other_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "other", 0, 4_000_000_000).unwrap())
}

fn signed(xml: &str) -> String {
    sign(xml, key(), &SignOptions::default()).unwrap()
}

fn whole(xml: &str) -> Result<String, Error> {
    let options = ParseOptions::metadata();
    let document = Document::parse(xml.as_bytes(), &options).unwrap();
    let verified = verify(document.root(), &[key().verifying_key().clone()], &AlgorithmPolicy::modern(), &options)?;
    Ok(verified.key_fingerprint().to_owned())
}

fn in_parts(xml: &str, bytes: usize) -> Result<String, Error> {
    by(xml, bytes, key(), &AlgorithmPolicy::modern())
}

fn by(xml: &str, bytes: usize, key: &SigningKey, policy: &AlgorithmPolicy) -> Result<String, Error> {
    let options = ParseOptions { limits: Limits { bytes, ..Limits::metadata() }, ..ParseOptions::metadata() };
    let mut parts = Parts::new(xml.as_bytes(), options).unwrap();
    let first = parts.next_part().unwrap().unwrap();
    let mut verifier = PartsVerifier::begin(first, &[key.verifying_key().clone()], policy, &options)?;
    while let Some(part) = parts.next_part().unwrap() {
        verifier.update(part)?;
    }
    verifier.finish()
}

/// Parts begin to be an eighth of the limit. Over the length of the content, each end that it can have is tried.
fn limits(xml: &str) -> impl Iterator<Item = usize> {
    let behind = xml.find("Signature>").unwrap_or(0);
    let all = 8 * behind..=8 * xml.len() + 8;
    [xml.len(), 2 * xml.len()].into_iter().chain(all.step_by(8))
}

fn large(xml: &str) -> usize {
    8 * xml.len() + 8
}

#[test]
fn parts_have_the_verdict_of_the_whole_wherever_they_end() {
    for shape in SHAPES {
        let signed = signed(shape);
        let expected = Ok(key().verifying_key().sha256_fingerprint().to_owned());
        assert_eq!(whole(&signed), expected, "{shape}");
        for limit in limits(&signed) {
            assert_eq!(in_parts(&signed, limit), expected, "{shape} in parts of {limit}");
        }
    }
}

#[test]
fn each_prefix_list_and_digest_has_the_verdict_of_the_whole() {
    for inclusive_prefixes in [vec![], vec!["u"], vec!["#default", "q"], vec!["nowhere"]] {
        for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
            let inclusive_prefixes = inclusive_prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
            let options = SignOptions { inclusive_prefixes, digest, ..SignOptions::default() };
            for shape in SHAPES {
                let signed = sign(shape, key(), &options).unwrap();
                assert!(whole(&signed).is_ok());
                for limit in [signed.len(), large(&signed)] {
                    assert_eq!(in_parts(&signed, limit), whole(&signed), "{shape} {options:?}");
                }
            }
        }
    }
}

#[test]
fn a_changed_letter_of_the_content_is_refused_wherever_the_parts_end() {
    let good = signed("<r ID='_1' v='root'>one<b a='two'>three</b>four<b>five</b>six</r>");
    for word in ["root", "one", "two", "three", "four", "five", "six"] {
        let changed = good.replacen(word, "seven", 1);
        assert_eq!(whole(&changed), Err(Error::DigestMismatch));
        for limit in limits(&good).step_by(7) {
            assert!(in_parts(&good, limit).is_ok());
            assert_eq!(in_parts(&changed, limit), Err(Error::DigestMismatch), "{word} in parts of {limit}");
        }
    }
}

#[test]
fn a_child_that_is_added_dropped_or_moved_is_refused() {
    let good = signed("<r ID='_1'><b>1</b><b>2</b></r>");
    let swapped = good.replace("<b>1</b><b>2</b>", "<b>2</b><b>1</b>");
    let added = good.replace("<b>2</b>", "<b>2</b><b>2</b>");
    let dropped = good.replace("<b>2</b>", "");
    assert!(in_parts(&good, large(&good)).is_ok());
    for changed in [swapped, added, dropped] {
        assert_ne!(changed, good);
        for limit in [changed.len(), large(&changed)] {
            assert_eq!(in_parts(&changed, limit), Err(Error::DigestMismatch));
        }
    }
}

#[test]
fn another_key_is_refused_whatever_the_document_brings() {
    let good = signed("<r ID='_1'><b/></r>");
    let modern = AlgorithmPolicy::modern();
    assert!(by(&good, large(&good), key(), &modern).is_ok());
    assert_eq!(by(&good, large(&good), other_key(), &modern), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn an_algorithm_that_is_not_listed_is_refused() {
    let options = SignOptions { signature: SignatureAlgorithm::RsaPssSha256, ..SignOptions::default() };
    let signed = sign("<r ID='_1'><b/></r>", key(), &options).unwrap();
    assert!(by(&signed, large(&signed), key(), &AlgorithmPolicy::modern()).is_ok());
    let refused = by(&signed, large(&signed), key(), &AlgorithmPolicy::rsa()).unwrap_err();
    assert_eq!(refused.code(), "signature_algorithm");
}

#[test]
fn a_changed_signed_info_is_refused_before_the_content_is_hashed() {
    let good = signed("<r ID='_1'><b/></r>");
    let digest = good.split_once("DigestValue>").unwrap().1.split_once('<').unwrap().0;
    let changed = good.replace(digest, &format!("{}=", "A".repeat(43)));
    assert!(in_parts(&good, large(&good)).is_ok());
    assert_eq!(in_parts(&changed, large(&changed)), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn no_signature_is_refused() {
    assert_eq!(in_parts("<r ID='_1'><b/></r>", 1000), Err(Error::SignatureMissing));
    let good = signed("<r ID='_1'><b/></r>");
    // One of a child is not the root's own.
    let child = format!("<r ID='_0'>{}</r>", good.trim());
    assert_eq!(in_parts(&child, large(&child)), Err(Error::SignatureMissing));
}

#[test]
fn a_signature_that_is_not_the_first_child_is_refused() {
    let good = signed("<r ID='_1'><b/><c/></r>");
    let (head, rest) = good.split_once("<ds:Signature").unwrap();
    let (signature, tail) = rest.split_once("</ds:Signature>").unwrap();
    let put = |before: &str, behind: &str| format!("{head}{before}<ds:Signature{signature}</ds:Signature>{behind}");
    assert_eq!(put("", tail), good);
    let behind = put("<Issuer/>", tail);
    assert_eq!(in_parts(&behind, large(&behind)), Err(Error::SignaturePosition));
}

#[test]
fn a_second_signature_is_refused_in_whichever_part() {
    let good = signed("<r ID='_1'><b/><c/></r>");
    let (_, signature) = good.split_once("<ds:Signature").unwrap();
    let (signature, _) = signature.split_once("</ds:Signature>").unwrap();
    let twice = good.replace("<c/>", &format!("<c/><ds:Signature{signature}</ds:Signature>"));
    for limit in [large(&twice), twice.len()] {
        assert_eq!(in_parts(&twice, limit), Err(Error::SignatureCount { found: 2 }));
    }
}

#[test]
fn a_reference_to_anything_but_the_root_is_refused() {
    let good = signed("<r ID='_1'><b ID='_2'/></r>");
    let changed = good.replace("<r ID='_1'>", "<r ID='_3'>");
    assert!(in_parts(&good, large(&good)).is_ok());
    assert_eq!(in_parts(&changed, large(&changed)).unwrap_err().code(), "signature_reference_uri");
    let other = good.replace("<r ID='_1'>", "<r ID='_1' Id='_3'>");
    assert_eq!(in_parts(&other, large(&other)).unwrap_err().code(), "id_attribute");
}
