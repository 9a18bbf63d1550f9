//! Positive controls: what honest partners send is accepted, so that no strictness has to be switched off.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{MessageParameter, decode_post, decode_redirect, encode_redirect};
use saml_forge::attack::{self, Carrier, HARMLESS};
use saml_forge::{Attribute, Outcome, Signed};
use saml_tests::escaped;
use saml_xml::{Canonicalization, Document, ParseOptions, canonicalize};
use saml_xml_security::{AlgorithmPolicy, KeyInfo, SignOptions, SignatureAlgorithm, sign, sign_octets};

use crate::world::{CITIZEN, PORTAL, World, answer, genuine, good, keys};

/// Signs the response anew, with a change to how that is done.
fn signed_with(unsigned: &str, options: &SignOptions) -> String {
    sign(unsigned, &keys()[0], options).unwrap()
}

/// The message with a signature on the assertion only, to sign around.
fn inner() -> String {
    genuine(Signed::Assertion)
}

#[test]
fn one_signature_or_both_are_enough() {
    for signed in [Signed::Assertion, Signed::Both, Signed::Response] {
        World::new().accepts(&genuine(signed));
    }
}

#[test]
fn what_is_harmless_lets_the_genuine_citizen_in() {
    let mut count = 0;
    for attack in attack::all().filter(|attack| attack.carrier == Carrier::Response) {
        for variant in attack.variants(good()).unwrap().iter().filter(|variant| variant.expect == HARMLESS) {
            assert_eq!(
                World::new().judge(attack.carrier, &variant.message).as_deref(),
                Ok(CITIZEN),
                "{}",
                variant.name
            );
            count += 1;
        }
    }
    assert!(count >= 30, "{count}");
}

#[test]
fn signed_assertions_in_the_advice_are_passed_over() {
    let attack = attack::all().find(|attack| attack.id == "ATT-036").unwrap();
    let variants = attack.variants(good()).unwrap();
    let advised = variants.iter().find(|variant| variant.name == "signed").unwrap();
    World::new().accepts(std::str::from_utf8(&advised.message).unwrap());
}

#[test]
fn white_space_in_digest_and_signature_value_is_accepted() {
    let folded = |xml: &str, name: &str| {
        let (before, rest) = xml.split_once(&format!("<ds:{name}>")).unwrap();
        let (value, after) = rest.split_once(&format!("</ds:{name}>")).unwrap();
        let value = format!("\n    {}\r\n\t{}\n", &value[..20], &value[20..]);
        format!("{before}<ds:{name}>{value}</ds:{name}>{after}")
    };
    World::new().accepts(&folded(&genuine(Signed::Response), "SignatureValue"));
    World::new().accepts(&folded(&genuine(Signed::Assertion), "SignatureValue"));
    World::new().accepts(&folded(&genuine(Signed::Response), "X509Certificate"));
    // In the digest it is part of what is signed.
    let xml = folded(&genuine(Signed::Response), "DigestValue");
    World::new().rejects(&xml, "signature_invalid");
    World::new().accepts(&signed_info_anew(&xml));
}

/// Signs the first `SignedInfo` anew, as it stands there now.
fn signed_info_anew(xml: &str) -> String {
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    let mut octets = Vec::new();
    let signed_info = document.elements().find(|element| element.local_name() == "SignedInfo").unwrap();
    canonicalize(signed_info, &Canonicalization::default(), &mut octets);
    let value = STANDARD.encode(sign_octets(&octets, SignatureAlgorithm::RsaSha256, &keys()[0]).unwrap());
    let old = document.elements().find(|element| element.local_name() == "SignatureValue").unwrap();
    xml.replacen(old.text().unwrap(), &value, 1)
}

#[test]
fn a_pretty_printed_message_with_any_line_ends_is_accepted() {
    let pretty = inner().replace("><saml", ">\n    <saml");
    let pretty = remove_signatures(&pretty);
    let signed = signed_with(&pretty, &SignOptions::default());
    World::new().accepts(&signed);
    World::new().accepts(&signed.replace('\n', "\r\n"));
    World::new().accepts(&signed.replace('\n', "\r"));
}

/// Takes out what a change has broken.
fn remove_signatures(xml: &str) -> String {
    let mut xml = xml.to_owned();
    while let Some(start) = xml.find("<ds:Signature ") {
        let end = xml[start..].find("</ds:Signature>").unwrap() + start + "</ds:Signature>".len();
        xml.replace_range(start..end, "");
    }
    xml
}

#[test]
fn a_prefix_list_with_unused_and_unknown_prefixes_is_accepted() {
    let inclusive_prefixes = ["xs", "xsi", "saml", "unknown", "#default"].map(str::to_owned).to_vec();
    World::new().accepts(&signed_with(&inner(), &SignOptions { inclusive_prefixes, ..SignOptions::default() }));
}

#[test]
fn the_prefix_of_signatures_may_be_declared_on_the_root() {
    let declared = inner().replacen(" ID=", " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID=", 1);
    World::new().accepts(&declared);
    World::new().accepts(&signed_with(&declared, &SignOptions::default()));
}

#[test]
fn a_signature_without_key_info_or_with_any_that_describes_the_key_is_accepted() {
    let xml = genuine(Signed::Response);
    let (before, rest) = xml.split_once("<ds:KeyInfo>").unwrap();
    let (key_info, after) = rest.split_once("</ds:KeyInfo>").unwrap();
    World::new().accepts(&format!("{before}{after}"));
    let value = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>\
                 </ds:RSAKeyValue></ds:KeyValue>";
    for other in [value.to_owned(), format!("<ds:KeyName>x</ds:KeyName>{key_info}"), key_info.repeat(2), String::new()]
    {
        World::new().accepts(&format!("{before}<ds:KeyInfo>{other}</ds:KeyInfo>{after}"));
    }
    let name = KeyInfo::KeyName("broker".to_owned());
    World::new().accepts(&signed_with(&inner(), &SignOptions { key_info: name, ..SignOptions::default() }));
}

#[test]
fn either_of_two_keys_may_have_signed() {
    let both = World { keys: keys()[..2].iter().map(|key| key.verifying_key().clone()).collect(), ..World::new() };
    both.accepts(&answer().write(&keys()[0]).unwrap());
    both.accepts(&answer().write(&keys()[1]).unwrap());
}

#[test]
fn times_of_any_precision_are_accepted() {
    for (from, to) in [("12:00:00.000Z", "12:00:00Z"), ("12:00:00.000Z", "12:00:00.123456789012Z")] {
        let xml = remove_signatures(&inner()).replace(from, to);
        World::new().accepts(&signed_with(&xml, &SignOptions::default()));
    }
}

#[test]
fn attributes_with_ampersands_and_other_letters_are_accepted() {
    let mut message = answer();
    let Outcome::Login(login) = &mut message.outcome else { panic!("a login") };
    login.attributes = vec![
        Attribute::new("urn:organisation", "Café & Zonen <Ærøskøbing> \"x\" 日本"),
        Attribute::new("nin", CITIZEN),
    ];
    World::new().accepts(&message.write(&keys()[0]).unwrap());
}

#[test]
fn a_query_with_lower_case_escapes_that_were_signed_is_accepted() {
    let attack = attack::all().find(|attack| attack.id == "ATT-152").unwrap();
    let variants = attack.variants(good()).unwrap();
    let lower = variants.iter().find(|variant| variant.name == "signed_with_lower_case_escapes").unwrap();
    let query = std::str::from_utf8(&lower.message).unwrap();
    let redirect = decode_redirect(query, MessageParameter::SamlResponse).unwrap();
    assert!(redirect.verify(&World::new().keys, &AlgorithmPolicy::rsa()).is_ok());
    let signer = Some((&keys()[0], SignatureAlgorithm::RsaSha256));
    assert!(encode_redirect("https://x.example/", MessageParameter::SamlResponse, "<a/>", Some(""), signer).is_ok());
}

#[test]
fn base64_in_lines_is_accepted() {
    let encoded = STANDARD.encode(genuine(Signed::Both));
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let value = escaped(&lines.join("\r\n")).replace("\r\n", "%0D%0A");
    let body = format!("SAMLResponse={value}&RelayState=x");
    let post = decode_post(body.as_bytes(), MessageParameter::SamlResponse).unwrap();
    assert_eq!(World::new().response(post.xml(), false).as_deref(), Ok(CITIZEN));
}

#[test]
fn what_is_encrypted_is_accepted_signed_inside_around_or_both() {
    for id in ["ATT-085", "ATT-086", "ATT-091", "ATT-093", "ATT-094", "ATT-095", "ATT-100", "ATT-101"] {
        let attack = attack::all().find(|attack| attack.id == id).unwrap();
        for variant in attack.variants(good()).unwrap() {
            assert_eq!(World::new().judge(attack.carrier, &variant.twin).as_deref(), Ok(CITIZEN), "{id}");
        }
    }
}

#[test]
fn a_key_beside_the_data_that_a_retrieval_method_names_is_accepted() {
    let attack = attack::all().find(|attack| attack.id == "ATT-085").unwrap();
    let xml = String::from_utf8(attack.variants(good()).unwrap()[0].twin.clone()).unwrap();
    World::new().accepts(&xml);
    let (before, rest) = xml.split_once("<xenc:EncryptedKey>").unwrap();
    let (key, after) = rest.split_once("</xenc:EncryptedKey>").unwrap();
    let (data, behind) = after.split_once("</xenc:EncryptedData>").unwrap();
    let retrieval = "<ds:RetrievalMethod Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\" URI=\"#_key\"/>";
    let key = format!(
        "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Id=\"_key\" Recipient=\"{PORTAL}\">{key}\
         </xenc:EncryptedKey>"
    );
    World::new().accepts(&format!("{before}{retrieval}{data}</xenc:EncryptedData>{key}{behind}"));
}
