//! What `sign` writes, and what it refuses.

use saml_xml::ErrorKind;
use saml_xml_security::{Error, KeyInfo, SignOptions, sign, signature_of};

use crate::by_hand::{find, key, parse, verdict, verified};

fn signed(xml: &str) -> Result<String, Error> {
    sign(xml, key(), &SignOptions::default())
}

#[test]
fn the_signature_goes_behind_the_issuer_or_first() {
    let names = |xml: &str| -> Vec<String> {
        parse(&signed(xml).unwrap()).root().children().map(|child| child.local_name().to_owned()).collect()
    };
    assert_eq!(names("<a ID='_1'><Issuer>x</Issuer><b/></a>"), ["Issuer", "Signature", "b"]);
    assert_eq!(names("<a ID='_1'><b/><Issuer>x</Issuer></a>"), ["Signature", "b", "Issuer"]);
    assert_eq!(names("<a ID='_1'>text</a>"), ["Signature"]);
}

#[test]
fn every_place_of_the_signature_is_one_that_verifies() {
    for xml in [
        "<a ID='_1'><Issuer>x</Issuer><b/></a>",
        "<?xml version='1.0'?>\n<a ID='_1'>\n <b/>\n</a>\n",
        "<a ID='_1'>text</a>",
        "<a ID='_1'></a>",
    ] {
        assert_eq!(verdict(&signed(xml).unwrap()), Ok(()), "{xml}");
    }
}

#[test]
fn what_cannot_be_signed_is_refused() {
    assert!(signed("<a ID='_1'></a>").is_ok());
    assert_eq!(signed("<a></a>"), Err(Error::IdMissing));
    assert_eq!(signed("<a ID='_1'/>"), Err(Error::SignaturePosition));
    let Err(Error::CanonicalForm(error)) = signed("<a ID='_1'>") else { panic!("no document was signed") };
    assert_eq!(error.kind, ErrorKind::UnexpectedEnd);
}

#[test]
fn a_second_signature_on_one_element_does_not_verify() {
    let once = signed("<a ID='_1'>text</a>").unwrap();
    assert_eq!(verdict(&once), Ok(()));
    assert_eq!(verdict(&signed(&once).unwrap()), Err(Error::SignatureCount { found: 2 }));
}

#[test]
fn a_listed_prefix_is_part_of_what_is_signed() {
    let xml = "<a ID='_1' xmlns:xs='urn:xs' xmlns:i='urn:i' i:type='xs:string'>text</a>";
    let with = |prefixes: &[&str]| {
        let inclusive_prefixes = prefixes.iter().copied().map(str::to_owned).collect();
        sign(xml, key(), &SignOptions { inclusive_prefixes, ..SignOptions::default() }).unwrap()
    };
    let rebound = |xml: &str| xml.replace("urn:xs", "urn:other");
    assert_eq!(verdict(&with(&["xs", "absent"])), Ok(()));
    assert_eq!(verdict(&rebound(&with(&["xs", "absent"]))), Err(Error::DigestMismatch));
    // Without the list nobody signs what a prefix in a value means.
    assert_eq!(verdict(&rebound(&with(&[]))), Ok(()));
    let listed = with(&["xs"]);
    assert_eq!(verified(&listed).unwrap().root().lookup_namespace("xs"), Some("urn:xs"));
}

#[test]
fn the_key_is_described_as_asked() {
    let with = |key_info: KeyInfo| {
        let options = SignOptions { key_info, ..SignOptions::default() };
        let xml = sign("<a ID='_1'>text</a>", key(), &options).unwrap();
        assert_eq!(verdict(&xml), Ok(()));
        let document = parse(&xml);
        assert_eq!(signature_of(document.root()).unwrap().map(|found| found.local_name()), Some("Signature"));
        find(&document, "KeyInfo").children().next().map(|child| child.local_name().to_owned())
    };
    assert_eq!(with(KeyInfo::Certificate).as_deref(), Some("X509Data"));
    assert_eq!(with(KeyInfo::KeyName("<name>".to_owned())).as_deref(), Some("KeyName"));
}
