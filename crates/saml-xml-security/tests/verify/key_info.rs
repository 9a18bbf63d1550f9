//! `KeyInfo` may be there, and decides nothing.

use openssl::base64::encode_block;
use saml_xml_security::{Error, SignatureAlgorithm, sign_octets};

use crate::by_hand::{ByHand, key, other_key, verdict};

fn by_hand(key_info: &str) -> ByHand {
    let signature =
        format!("{{signed_info}}<ds:SignatureValue>{{value}}</ds:SignatureValue><ds:KeyInfo>{key_info}</ds:KeyInfo>");
    ByHand { signature, ..ByHand::default() }
}

fn certificate_of(key: &saml_xml_security::SigningKey) -> String {
    let der = encode_block(&key.verifying_key().certificate_der().unwrap());
    format!("<ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data>")
}

#[test]
fn what_only_describes_the_key_is_accepted() {
    for key_info in ["", "<ds:KeyName>\n name </ds:KeyName>", "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"] {
        assert_eq!(verdict(&by_hand(key_info).xml()), Ok(()), "{key_info}");
    }
    assert_eq!(verdict(&by_hand(&certificate_of(key())).xml()), Ok(()));
}

#[test]
fn the_certificate_of_another_key_changes_nothing() {
    assert_eq!(verdict(&by_hand(&certificate_of(other_key())).xml()), Ok(()));
}

#[test]
fn a_key_that_the_message_brings_is_not_trusted() {
    let genuine = by_hand(&certificate_of(other_key()));
    let forged = ByHand {
        sign: Box::new(|octets| sign_octets(octets, SignatureAlgorithm::RsaSha256, other_key()).unwrap()),
        ..by_hand(&certificate_of(other_key()))
    };
    assert_eq!(verdict(&genuine.xml()), Ok(()));
    assert_eq!(verdict(&forged.xml()), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn what_could_lead_elsewhere_is_rejected() {
    let refused = |found: &str| Err(Error::KeyInfo { found: found.to_owned() });
    for (key_info, found) in [
        (r##"<ds:RetrievalMethod URI="#_2"/>"##, "RetrievalMethod"),
        ("<ds:KeyName>name</ds:KeyName><ds:RetrievalMethod/>", "RetrievalMethod"),
        ("<ds:PGPData/>", "PGPData"),
        ("<ds:SPKIData/>", "SPKIData"),
        ("<ds:MgmtData/>", "MgmtData"),
        (r#"<x:KeyName xmlns:x="urn:x">name</x:KeyName>"#, "KeyName"),
        (r##"<x:KeyInfoReference xmlns:x="http://www.w3.org/2009/xmldsig11#" URI="#_2"/>"##, "KeyInfoReference"),
        ("<saml:Assertion/>", "Assertion"),
    ] {
        assert_eq!(verdict(&by_hand(key_info).xml()), refused(found), "{key_info}");
    }
}
