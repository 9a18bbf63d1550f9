//! How often our key may be used for one message, and what is refused before it is.

use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Authenticated, Decryptor, Error};

use crate::message::{GCM_128, Message, US, gcm, keys};

#[test]
fn private_operations_are_bounded_over_the_whole_message() {
    let several = |message: &Message, count: usize| {
        let xml = format!("<all>{}</all>", message.write().repeat(count));
        let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        let holders: Vec<_> = document.root().children().collect();
        Decryptor::new(&keys(), US).decrypt(&holders, Authenticated::BySignature).map(|opened| opened.len())
    };
    let message = gcm(GCM_128, b"text");
    assert_eq!(several(&message, 32), Ok(32));
    let refused =
        Error::EncryptionStructure { expected: "fewer encrypted elements", parent: "EncryptedAssertion".to_owned() };
    assert_eq!(several(&message, 33), Err(refused));

    // Keys that do not open anything use the operations up: 2 elements at 16 each, but not a third.
    let mut decryptor = Decryptor::new(&keys(), US);
    let mut try_one = |message: &Message| {
        let xml = message.write();
        let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        decryptor.decrypt(&[document.root()], Authenticated::BySignature).map(|_| ())
    };
    let mut wrong = gcm(GCM_128, b"text");
    wrong.copies = 16;
    wrong.content_key[40] ^= 1;
    assert_eq!(try_one(&wrong), Err(Error::DecryptionFailed));
    assert_eq!(try_one(&message), Ok(()));
    assert_eq!(try_one(&wrong), Err(Error::DecryptionFailed));
    assert_eq!(try_one(&message).unwrap_err().code(), "encryption_structure");
}

#[test]
fn a_message_without_a_signature_gets_four_private_operations() {
    let with = |copies: usize, authenticated| {
        let mut message = gcm(GCM_128, b"text");
        message.copies = copies;
        message.content_key[40] ^= 1;
        let (wrong, good) = (message.write(), gcm(GCM_128, b"text").write());
        let mut decryptor = Decryptor::new(&keys(), US);
        let mut open = |xml: &str| {
            let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
            decryptor.decrypt(&[document.root()], authenticated).map(|_| ())
        };
        (open(&wrong), open(&good))
    };
    // Each key of the message is tried with each of ours.
    let copies = 4 / keys().len();
    assert_eq!(with(copies, Authenticated::BySignature), (Err(Error::DecryptionFailed), Ok(())));
    let (wrong, good) = with(copies, Authenticated::No);
    assert_eq!((wrong, good.unwrap_err().code()), (Err(Error::DecryptionFailed), "encryption_structure"));
}

#[test]
fn what_is_opened_without_a_signature_leaves_the_rest_to_what_is_under_one() {
    let good = gcm(GCM_128, b"text").write();
    let document = Document::parse(good.as_bytes(), &ParseOptions::message()).unwrap();
    let mut decryptor = Decryptor::new(&keys(), US);
    let mut open = |count: usize, authenticated| {
        decryptor.decrypt(&vec![document.root(); count], authenticated).map(|opened| opened.len())
    };
    assert_eq!(open(1, Authenticated::No), Ok(1));
    assert_eq!(open(31, Authenticated::BySignature), Ok(31));
    assert_eq!(open(1, Authenticated::BySignature).unwrap_err().code(), "encryption_structure");
}

#[test]
fn a_broken_element_is_refused_before_another_is_opened() {
    let good = gcm(GCM_128, b"text");
    let mut broken = gcm(GCM_128, b"text");
    broken.cipher = "urn:x";
    let mut unopened = gcm(GCM_128, b"text");
    unopened.content_key[40] ^= 1;
    for first in [&good, &unopened] {
        let xml = format!("<all>{}{}</all>", first.write(), broken.write());
        let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
        let holders: Vec<_> = document.root().children().collect();
        let error = Decryptor::new(&keys(), US).decrypt(&holders, Authenticated::No).unwrap_err();
        assert_eq!(error.code(), "encryption_algorithm");
    }
}

#[test]
fn more_than_sixteen_keys_are_refused() {
    let mut message = gcm(GCM_128, b"text");
    message.copies = 16;
    assert_eq!(message.open(Authenticated::No), Ok(b"text".to_vec()));
    for copies in [0, 17] {
        message.copies = copies;
        let refused =
            Error::EncryptionStructure { expected: "1 to 16 EncryptedKey", parent: "EncryptedAssertion".to_owned() };
        assert_eq!(message.open(Authenticated::No), Err(refused));
    }
}
