//! What both engines must find good: `verify` with the feature `xmlsec`.

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use saml_xml::ParseOptions;
use saml_xml_security::{
    AlgorithmPolicy, DigestAlgorithm, Error, SignOptions, SignatureAlgorithm, SigningKey, sign, verify,
};
use xmlsec::bindings::{XMLSEC_VERSION_MAJOR, XMLSEC_VERSION_MINOR};

use crate::by_hand::{ByHand, ENVELOPED, EXCLUSIVE, ec_key, key, other_key, parse, reference, reference_with, verdict};

#[test]
fn what_both_find_good_is_accepted_and_read_from_what_was_hashed_here() {
    let rsa = [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha384, SignatureAlgorithm::RsaSha512];
    let curves = [
        (Nid::X9_62_PRIME256V1, SignatureAlgorithm::EcdsaSha256),
        (Nid::SECP384R1, SignatureAlgorithm::EcdsaSha384),
        (Nid::SECP521R1, SignatureAlgorithm::EcdsaSha512),
    ];
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        for signature in rsa {
            assert_eq!(round_trip(signature, digest, key()), Ok("text".to_owned()), "{signature:?} {digest:?}");
        }
        for (curve, signature) in curves {
            let key = ec_key(curve).unwrap();
            assert_eq!(round_trip(signature, digest, &key), Ok("text".to_owned()), "{signature:?} {digest:?}");
        }
    }
}

#[test]
fn an_algorithm_that_libxmlsec1_does_not_know_is_refused() {
    for signature in
        [SignatureAlgorithm::RsaPssSha256, SignatureAlgorithm::RsaPssSha384, SignatureAlgorithm::RsaPssSha512]
    {
        let expected = if (XMLSEC_VERSION_MAJOR, XMLSEC_VERSION_MINOR) < (1, 3) {
            Err(Error::SecondOpinionMissing { signature: signature.uri() })
        } else {
            Ok("text".to_owned())
        };
        assert_eq!(round_trip(signature, DigestAlgorithm::Sha256, key()), expected);
    }
}

#[test]
fn the_name_of_sha_512_that_libxmlsec1_does_not_know_is_refused() {
    let with = |digest_method: &str| {
        let references = reference_with(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}"), digest_method);
        verdict(&ByHand { references, digest: MessageDigest::sha512(), ..ByHand::default() }.xml())
    };
    assert_eq!(with("http://www.w3.org/2001/04/xmlenc#sha512"), Ok(()));
    assert_eq!(with("http://www.w3.org/2001/04/xmldsig-more#sha512"), Err(MISSING));
}

#[test]
fn what_libxml2_cannot_canonicalise_is_refused() {
    let with = |namespace: &str| {
        let attributes = format!(r#"ID="_1" xmlns:n="{namespace}""#);
        verdict(&ByHand { attributes, ..ByHand::default() }.xml())
    };
    assert_eq!(with("urn:absolute"), Ok(()));
    // libxml2 takes a namespace name for relative where it cannot read it as a URI.
    assert_eq!(with("urn:&lt;"), Err(MISSING));
}

#[test]
fn an_identifier_that_libxml2_finds_twice_is_refused() {
    let with = |id: &str| {
        let after = format!(r#"<saml:Assertion xml:id="{id}"/>"#);
        verdict(&ByHand { after, ..ByHand::default() }.xml())
    };
    assert_eq!(with("_2"), Ok(()));
    assert_eq!(with("_1"), Err(MISSING));
}

#[test]
fn the_signature_asked_about_is_the_one_on_the_element() {
    // Left to itself libxmlsec1 takes the first Signature of the document.
    let decoy = sign("<b ID='_3'>decoy</b>", other_key(), &SignOptions::default()).unwrap();
    let xml = format!("<a ID='_1'><Issuer>{decoy}</Issuer>text</a>");
    let signed = sign(&xml, key(), &SignOptions::default()).unwrap();
    assert_eq!(verdict(&signed), Ok(()));
    assert_eq!(verdict(&signed.replace(">text<", ">texu<")), Err(Error::DigestMismatch));
}

#[test]
fn what_stands_around_the_element_has_no_part_in_it() {
    let signed = ByHand::default().xml();
    let decoy = sign("<b ID='_1'>decoy</b>", other_key(), &SignOptions::default()).unwrap();
    let document = parse(&format!("<r xmlns='urn:r'>{decoy}<b ID='_1'/>{signed}</r>"));
    let element = document.root().children().last().unwrap();
    let trusted = [key().verifying_key().clone()];
    let verified = verify(element, &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message());
    assert_eq!(verified.map(|verified| verified.root().local_name().to_owned()), Ok("Response".to_owned()));
}

#[test]
fn namespaces_declared_around_the_element_go_with_it() {
    let prefixes = vec!["xs", "#default"];
    let list = EXCLUSIVE.replace(
        "/>",
        r##"><i:InclusiveNamespaces xmlns:i="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs #default"/></ds:Transform>"##,
    );
    let references = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{list}"));
    let attributes = r#"ID="_1" xmlns:xs="urn:&#x78;s" xmlns="urn:d""#.to_owned();
    let signed = ByHand { prefixes, references, attributes, ..ByHand::default() }.xml();
    assert_eq!(verdict(&signed), Ok(()));

    let declared = r#" xmlns:xs="urn:&#x78;s" xmlns="urn:d""#;
    let moved = format!("<r{declared}>{}</r>", signed.replace(declared, ""));
    let document = parse(&moved);
    let element = document.root().children().next().unwrap();
    let trusted = [key().verifying_key().clone()];
    assert!(verify(element, &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message()).is_ok());
}

fn round_trip(signature: SignatureAlgorithm, digest: DigestAlgorithm, key: &SigningKey) -> Result<String, Error> {
    let options = SignOptions { signature, digest, ..SignOptions::default() };
    let signed = sign("<a ID='_1'>text</a>", key, &options).unwrap();
    let document = parse(&signed);
    let trusted = [other_key().verifying_key().clone(), key.verifying_key().clone()];
    verify(document.root(), &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message())
        .map(|verified| verified.root().text().unwrap().to_owned())
}

const MISSING: Error = Error::SecondOpinionMissing { signature: SignatureAlgorithm::RsaSha256.uri() };
