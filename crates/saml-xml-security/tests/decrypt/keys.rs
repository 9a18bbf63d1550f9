//! Which key opens it: of ours, and of those that stand in the message.

use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Authenticated, DecryptionKey, Error, decrypt};

use crate::message::{GCM_128, US, gcm, keys, structure};

#[test]
fn a_retrieval_method_names_a_key_beside_it() {
    let mut message = gcm(GCM_128, b"text");
    message.beside = true;
    message.key_attributes = "Id='_key'".to_owned();
    message.key_info = "<ds:RetrievalMethod Type='http://www.w3.org/2001/04/xmlenc#EncryptedKey' URI='#_key'/>";
    assert_eq!(message.open(Authenticated::No), Ok(b"text".to_vec()));
    for elsewhere in [
        "<ds:RetrievalMethod URI='http://attacker.example/key'/>",
        "<ds:RetrievalMethod URI='#xpointer(/)'/>",
        "<ds:RetrievalMethod/>",
        "<ds:RetrievalMethod Type='http://www.w3.org/2000/09/xmldsig#X509Data' URI='#_key'/>",
        "<ds:RetrievalMethod URI='#_key'><ds:Transforms/></ds:RetrievalMethod>",
    ] {
        message.key_info = elsewhere;
        let refused = structure("a RetrievalMethod of an EncryptedKey beside it", "RetrievalMethod");
        assert_eq!(message.open(Authenticated::BySignature), refused, "{elsewhere}");
    }
}

#[test]
fn any_of_several_keys_of_ours_opens_it() {
    let other = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let other = DecryptionKey::from_pem(&other.private_key_to_pem_pkcs8().unwrap()).unwrap();
    let [ours] = keys();
    let xml = gcm(GCM_128, b"text").write();
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    let open = |keys: &[DecryptionKey]| decrypt(document.root(), keys, US, Authenticated::No);
    assert_eq!(open(&[other.clone(), ours.clone()]), Ok(b"text".to_vec()));
    assert_eq!(open(&[ours, other.clone()]), Ok(b"text".to_vec()));
    assert_eq!(open(&[other]), Err(Error::DecryptionFailed));
    assert_eq!(open(&[]), Err(Error::DecryptionFailed));
}

#[test]
fn a_key_beside_the_data_opens_it() {
    let mut message = gcm(GCM_128, b"text");
    message.beside = true;
    assert_eq!(message.open(Authenticated::No), Ok(b"text".to_vec()));
}

#[test]
fn a_key_for_another_recipient_is_passed_over() {
    let mut message = gcm(GCM_128, b"text");
    message.key_attributes = format!("Recipient='{US}'");
    assert_eq!(message.open(Authenticated::No), Ok(b"text".to_vec()));
    message.key_attributes = "Recipient='https://other.example.nl'".to_owned();
    assert_eq!(message.open(Authenticated::No), Err(Error::EncryptionRecipient { expected: US.to_owned() }));
}

#[test]
fn a_decryption_key_is_rsa_of_at_least_2048_bits() {
    let pem = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap().private_key_to_pem_pkcs8().unwrap();
    assert!(DecryptionKey::from_pem(&pem(2048)).is_ok());
    let weak = DecryptionKey::from_pem(&pem(1024)).unwrap_err();
    assert_eq!(weak, Error::WeakKey { found: "RSA of 1024 bits".to_owned() });
    assert_eq!(DecryptionKey::from_pem(b"no key").unwrap_err(), Error::PrivateKey);
}
