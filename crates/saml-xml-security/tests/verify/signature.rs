//! Where the `Signature` stands, and what stands in it.

use saml_xml::{Document, ErrorKind, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, Error, SignOptions, SignatureAlgorithm, sign, signature_of, verify};

use crate::by_hand::{ByHand, ENVELOPED, EXCLUSIVE, find, key, parse, reference, verdict, verified};

fn structure(found: &str) -> Error {
    Error::SignatureStructure {
        parent: "Signature",
        expected: "SignedInfo, SignatureValue and at most one KeyInfo",
        found: found.to_owned(),
    }
}

#[test]
fn a_signature_behind_the_issuer_is_accepted() {
    let verified = verified(&ByHand::default().xml()).unwrap();
    assert_eq!(verified.algorithm(), SignatureAlgorithm::RsaSha256);
    assert_eq!(verified.key_fingerprint(), key().verifying_key().sha256_fingerprint());
    let children: Vec<_> = verified.root().children().map(|child| child.local_name()).collect();
    assert_eq!(children, ["Issuer", "Assertion"]);
}

#[test]
fn a_signature_before_all_else_is_accepted() {
    let first = ByHand { before: String::new(), ..ByHand::default() };
    assert_eq!(verdict(&first.xml()), Ok(()));
}

#[test]
fn a_signature_behind_another_element_than_the_issuer_is_rejected() {
    let behind = |before: &str| ByHand { before: before.to_owned(), ..ByHand::default() }.xml();
    assert_eq!(verdict(&behind("<saml:Issuer>urn:idp</saml:Issuer>")), Ok(()));
    assert_eq!(verdict(&behind("<saml:Subject>urn:idp</saml:Subject>")), Err(Error::SignaturePosition));
}

#[test]
fn a_signature_at_the_end_is_rejected() {
    let at_the_end = |before: &str| {
        let issuer = "<saml:Issuer>urn:idp</saml:Issuer>";
        ByHand { before: format!("{issuer}{before}"), after: String::new(), ..ByHand::default() }.xml()
    };
    assert_eq!(verdict(&at_the_end("")), Ok(()));
    assert_eq!(verdict(&at_the_end("<saml:Advice/>")), Err(Error::SignaturePosition));
}

#[test]
fn an_element_without_signature_is_rejected() {
    let xml = ByHand::default().xml();
    let document = parse(&xml);
    let without = xml.replace(find(&document, "Signature").source(), "");
    assert_eq!(verdict(&without), Err(Error::SignatureMissing));
    assert_eq!(signature_of(parse(&without).root()), Ok(None));
}

#[test]
fn a_signature_of_another_namespace_is_none() {
    let xml = ByHand::default().xml();
    let foreign = xml.replace(r#"xmlns:ds="http://www.w3.org/2000/09/xmldsig#""#, r#"xmlns:ds="urn:x""#);
    assert_ne!(foreign, xml);
    assert_eq!(verdict(&foreign), Err(Error::SignatureMissing));
}

#[test]
fn two_signatures_are_rejected() {
    let xml = ByHand::default().xml();
    let document = parse(&xml);
    let signature = find(&document, "Signature").source();
    assert_eq!(verdict(&xml), Ok(()));
    let twice = xml.replace(signature, &format!("{signature}{signature}"));
    assert_eq!(verdict(&twice), Err(Error::SignatureCount { found: 2 }));
    let at_both_ends = xml.replace("</samlp:Response>", &format!("{signature}</samlp:Response>"));
    assert_eq!(verdict(&at_both_ends), Err(Error::SignatureCount { found: 2 }));
}

#[test]
fn anything_else_in_a_signature_is_rejected() {
    let with = |signature: &str| verdict(&ByHand { signature: signature.to_owned(), ..ByHand::default() }.xml());
    let value = "<ds:SignatureValue>{value}</ds:SignatureValue>";
    let key_info = "<ds:KeyInfo/>";
    assert_eq!(with(&format!("{{signed_info}}{value}")), Ok(()));
    assert_eq!(with(&format!(" {{signed_info}}\n{value}\t{key_info}")), Ok(()));
    assert_eq!(with(&format!("{{signed_info}}{value}<ds:Object/>")), Err(structure("Object")));
    assert_eq!(with(&format!("{{signed_info}}{value}{key_info}<ds:Object/>")), Err(structure("KeyInfo")));
    assert_eq!(with(&format!("{{signed_info}}{value}<ds:Object/>{key_info}")), Err(structure("Object")));
    assert_eq!(with(&format!("{{signed_info}}{value}{key_info}{key_info}")), Err(structure("KeyInfo")));
    assert_eq!(with(&format!("{{signed_info}}<ds:SignedInfo/>{value}")), Err(structure("SignedInfo")));
    assert_eq!(with(&format!("<ds:Object/>{{signed_info}}{value}")), Err(structure("Object")));
    assert_eq!(with(&format!("{{signed_info}}{value}{value}")), Err(structure("SignatureValue")));
    assert_eq!(with("{signed_info}"), Err(structure("less")));
    assert_eq!(with(&format!("{{signed_info}}x{value}")), Err(structure("text")));
    let foreign = r#"<x:SignatureValue xmlns:x="urn:x">{value}</x:SignatureValue>"#;
    assert_eq!(with(&format!("{{signed_info}}{foreign}")), Err(structure("SignatureValue")));
}

#[test]
fn a_signature_value_may_hold_white_space_and_nothing_else() {
    let with = |value: &str| {
        let signature = format!("{{signed_info}}<ds:SignatureValue>{value}</ds:SignatureValue>");
        verdict(&ByHand { signature, ..ByHand::default() }.xml())
    };
    let refused = Err(Error::Value { element: "SignatureValue" });
    assert_eq!(with("\n {value}\t\r\n"), Ok(()));
    assert_eq!(with("{value}&#13;"), Ok(()));
    assert_eq!(with("{value}&#xA0;"), refused);
    assert_eq!(with("{value}-"), refused);
    assert_eq!(with("{value}="), refused);
    assert_eq!(with("{value}<ds:x/>"), refused);
    assert_eq!(with(""), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn white_space_within_the_base64_is_accepted() {
    let xml = ByHand::default().xml();
    let document = parse(&xml);
    let value = find(&document, "SignatureValue").text().unwrap();
    let (left, right) = value.split_at(76);
    assert_eq!(verdict(&xml.replace(value, &format!("{left}\n{right}"))), Ok(()));
}

#[test]
fn one_changed_bit_of_the_signature_value_is_rejected() {
    let with_bit = |bit: u8| ByHand {
        sign: Box::new(move |octets| {
            let mut value = (ByHand::default().sign)(octets);
            value[100] ^= bit;
            value
        }),
        ..ByHand::default()
    };
    assert_eq!(verdict(&with_bit(0).xml()), Ok(()));
    assert_eq!(verdict(&with_bit(1).xml()), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn a_changed_signed_info_is_rejected() {
    let xml = ByHand::default().xml();
    let other = r##"<ds:Reference URI="#_1" Type="urn:x">"##;
    let changed = xml.replace(r##"<ds:Reference URI="#_1">"##, other);
    assert_eq!(verdict(&changed), Err(Error::SignatureInvalid { keys: 1 }));
    let signed_so = ByHand {
        references: reference(r##"URI="#_1" Type="urn:x""##, &format!("{ENVELOPED}{EXCLUSIVE}")),
        ..ByHand::default()
    };
    assert_eq!(verdict(&signed_so.xml()), Ok(()));
}

#[test]
fn changed_content_is_rejected() {
    let xml = ByHand::default().xml();
    for (from, to) in [
        (">text<", ">texu<"),
        (">text<", "> text<"),
        (r#"ID="_2""#, r#"ID="_3""#),
        ("<saml:Assertion ", r#"<saml:Assertion Version="2.0" "#),
        ("</samlp:Response>", "<saml:Assertion/></samlp:Response>"),
        ("urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:protocol"),
    ] {
        let changed = xml.replace(from, to);
        assert_ne!(changed, xml);
        assert_eq!(verdict(&changed), Err(Error::DigestMismatch), "{to}");
    }
}

#[test]
fn another_spelling_of_the_same_content_is_accepted() {
    let xml = ByHand::default().xml();
    for (from, to) in
        [(">text<", ">te&#120;t<"), (">text<", "><![CDATA[text]]><"), (r#"ID="_2""#, "ID  = '_2' xmlns:unused='urn:x'")]
    {
        let spelled = xml.replace(from, to);
        assert_ne!(spelled, xml);
        let verified = verified(&spelled).unwrap();
        let assertion = verified.root().children().last().unwrap();
        assert_eq!((assertion.attribute("ID"), assertion.text().unwrap()), (Some("_2"), "text"), "{to}");
    }
}

#[test]
fn a_comment_in_the_digest_value_ends_the_parse() {
    let parsed = |xml: &str| Document::parse(xml.as_bytes(), &ParseOptions::message()).map_err(|error| error.kind);
    let xml = ByHand::default().xml();
    assert!(parsed(&xml).is_ok());
    assert_eq!(parsed(&xml.replace("<ds:DigestValue>", "<ds:DigestValue><!---->")).unwrap_err(), ErrorKind::Comment);
}

#[test]
fn the_signature_of_a_child_stays_in_the_digest() {
    let child = sign(
        r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_2">text</saml:Assertion>"#,
        key(),
        &SignOptions::default(),
    )
    .unwrap();
    let xml = ByHand { after: child, ..ByHand::default() }.xml();
    let outer = verified(&xml).unwrap();
    let assertion = outer.root().children().last().unwrap();
    assert!(signature_of(assertion).unwrap().is_some());
    let trusted = [key().verifying_key().clone()];
    let inner = verify(assertion, &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message()).unwrap();
    assert_eq!(inner.root().text().unwrap(), "text");

    let document = parse(&xml);
    let inner_signature = signature_of(find(&document, "Assertion")).unwrap().unwrap().source();
    assert_eq!(verdict(&xml.replace(inner_signature, "")), Err(Error::DigestMismatch));
}
