//! Which algorithms open, and that a broken ciphertext fails like everything else.

use openssl::hash::MessageDigest;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Authenticated, ContentCipher, DecryptionKey, Error, SigningKey, decrypt, encrypt};

use crate::message::{
    CBC_128, CBC_256, GCM_128, GCM_256, MGF1P, US, algorithm, cbc, gcm, open, our_key, structure, wrap,
};

#[test]
fn gcm_opens_without_a_signature_over_it() {
    assert_eq!(gcm(GCM_128, b"text").open(Authenticated::No), Ok(b"text".to_vec()));
    assert_eq!(gcm(GCM_256, b"text").open(Authenticated::No), Ok(b"text".to_vec()));
}

#[test]
fn cbc_opens_only_under_a_signature_or_where_danger_is_accepted() {
    for cipher in [CBC_128, CBC_256] {
        let message = cbc(cipher, b"text........\x00\xff\x00\x0c");
        assert_eq!(message.open(Authenticated::BySignature), Ok(b"text".to_vec()));
        assert_eq!(message.open(Authenticated::DangerNo), Ok(b"text".to_vec()));
        assert_eq!(message.open(Authenticated::No), algorithm(&format!("{cipher} without a signature over it")));
    }
}

#[test]
fn each_cipher_opens_with_each_key_transport() {
    const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    let digests = [
        ("", MessageDigest::sha1()),
        ("<ds:DigestMethod Algorithm='http://www.w3.org/2000/09/xmldsig#sha1'/>", MessageDigest::sha1()),
        ("<ds:DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/>", MessageDigest::sha256()),
    ];
    let masks = [
        (OAEP, "", MessageDigest::sha1()),
        (OAEP, "<xenc11:MGF Algorithm='http://www.w3.org/2009/xmlenc11#mgf1sha1'/>", MessageDigest::sha1()),
        (OAEP, "<xenc11:MGF Algorithm='http://www.w3.org/2009/xmlenc11#mgf1sha256'/>", MessageDigest::sha256()),
        (MGF1P, "", MessageDigest::sha1()),
    ];
    let mut count = 0;
    for (uri, mask_method, mask) in masks {
        for (digest_method, digest) in digests {
            let method = format!(
                "<xenc:EncryptionMethod Algorithm='{uri}'>{digest_method}{mask_method}</xenc:EncryptionMethod>"
            );
            for mut message in [
                gcm(GCM_128, b"text"),
                gcm(GCM_256, b"text"),
                cbc(CBC_128, b"text........\x00\xff\x00\x0c"),
                cbc(CBC_256, b"text........\x00\xff\x00\x0c"),
            ] {
                let length = if message.cipher.contains("128") { 16 } else { 32 };
                message.transport.clone_from(&method);
                message.content_key = wrap(&[7; 32][..length], digest, mask);
                assert_eq!(
                    message.open(Authenticated::BySignature),
                    Ok(b"text".to_vec()),
                    "{} {method}",
                    message.cipher
                );
                // With the other digest or the other mask it is another key.
                let other = |one: MessageDigest| {
                    if one.type_() == MessageDigest::sha1().type_() {
                        MessageDigest::sha256()
                    } else {
                        MessageDigest::sha1()
                    }
                };
                for (digest, mask) in [(other(digest), mask), (digest, other(mask))] {
                    message.content_key = wrap(&[7; 32][..length], digest, mask);
                    assert_eq!(message.open(Authenticated::BySignature), Err(Error::DecryptionFailed));
                }
                count += 1;
            }
        }
    }
    assert_eq!(count, 48);
}

#[test]
fn padding_counts_from_one_to_a_block() {
    assert_eq!(cbc(CBC_128, &[16; 16]).open(Authenticated::BySignature), Ok(Vec::new()));
    for last in [0, 17, 255] {
        let mut blocks = [b'x'; 32];
        blocks[31] = last;
        assert_eq!(cbc(CBC_128, &blocks).open(Authenticated::BySignature), Err(Error::DecryptionFailed), "{last}");
    }
}

#[test]
fn a_changed_bit_fails_like_everything_else() {
    for place in [0, 13, 20] {
        let mut message = gcm(GCM_256, b"text");
        message.ciphertext[place] ^= 1;
        assert_eq!(message.open(Authenticated::BySignature), Err(Error::DecryptionFailed));
    }
    let mut message = gcm(GCM_256, b"text");
    message.content_key[40] ^= 1;
    assert_eq!(message.open(Authenticated::BySignature), Err(Error::DecryptionFailed));
}

#[test]
fn ciphertext_of_any_length_fails_without_panic() {
    for cipher in [GCM_128, GCM_256, CBC_128, CBC_256] {
        for length in 0..40 {
            let mut message = gcm(GCM_128, b"");
            message.cipher = cipher;
            message.ciphertext = vec![9; length];
            assert_eq!(message.open(Authenticated::BySignature), Err(Error::DecryptionFailed), "{cipher} {length}");
        }
    }
}

#[test]
fn a_content_key_of_another_length_is_refused() {
    let mut message = gcm(GCM_128, b"text");
    message.cipher = GCM_256;
    assert_eq!(message.open(Authenticated::No), Err(Error::DecryptionFailed));
}

#[test]
fn other_algorithms_are_refused_by_name() {
    for uri in [
        "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
        "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    ] {
        let mut message = gcm(GCM_128, b"text");
        message.cipher = uri;
        assert_eq!(message.open(Authenticated::BySignature), algorithm(uri));
    }
    let mgf1p = |content: &str| MGF1P.replace("/>", &format!(">{content}</xenc:EncryptionMethod>"));
    for (transport, found) in [
        (MGF1P.replace("rsa-oaep-mgf1p", "rsa-1_5"), "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
        (mgf1p("<xenc:OAEPparams>eA==</xenc:OAEPparams>"), "a label in OAEP"),
        (
            mgf1p("<ds:DigestMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#md5'/>"),
            "http://www.w3.org/2001/04/xmldsig-more#md5",
        ),
        // The mask of rsa-oaep-mgf1p is fixed.
        (
            mgf1p("<xenc11:MGF Algorithm='http://www.w3.org/2009/xmlenc11#mgf1sha256'/>"),
            "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
        ),
        (
            mgf1p("<xenc11:MGF Algorithm='http://www.w3.org/2009/xmlenc11#mgf1sha512'/>")
                .replace("2001/04/xmlenc#rsa-oaep-mgf1p", "2009/xmlenc11#rsa-oaep"),
            "http://www.w3.org/2009/xmlenc11#mgf1sha512",
        ),
    ] {
        let mut message = gcm(GCM_128, b"text");
        message.transport = transport;
        assert_eq!(message.open(Authenticated::BySignature), algorithm(found));
    }
}

#[test]
fn what_is_encrypted_is_an_element_where_its_type_is_said() {
    let mut message = gcm(GCM_128, b"text");
    message.data_attributes = "Type='http://www.w3.org/2001/04/xmlenc#Element'";
    assert_eq!(message.open(Authenticated::No), Ok(b"text".to_vec()));
    message.data_attributes = "Type='http://www.w3.org/2001/04/xmlenc#Content'";
    assert_eq!(message.open(Authenticated::No), structure("the Type of an element", "EncryptedData"));
}

#[test]
fn a_reference_to_data_elsewhere_is_refused() {
    let xml = gcm(GCM_128, b"text").write();
    let reference = "<xenc:CipherData><xenc:CipherReference URI='http://attacker.example/'/></xenc:CipherData>";
    let start = xml.rfind("<xenc:CipherData>").unwrap();
    let end = xml.rfind("</xenc:CipherData>").unwrap() + "</xenc:CipherData>".len();
    let changed = format!("{}{reference}{}", &xml[..start], &xml[end..]);
    let expected = "CipherData with a CipherValue";
    let refused = Error::EncryptionStructure { expected, parent: "EncryptedData".to_owned() };
    assert_eq!(open(&changed, Authenticated::No), Err(refused));
}

#[test]
fn a_second_encrypted_data_is_refused() {
    let xml = gcm(GCM_128, b"text").write();
    let changed = xml.replace("</EncryptedAssertion>", "<xenc:EncryptedData/></EncryptedAssertion>");
    let refused = Error::EncryptionStructure { expected: "one EncryptedData", parent: "EncryptedAssertion".to_owned() };
    assert_eq!(open(&changed, Authenticated::No), Err(refused));
}

#[test]
fn what_we_encrypt_opens_for_the_recipient_alone_and_is_fresh_each_time() {
    let recipient = SigningKey::generate_self_signed(2048, "portal", 0, 4_000_000_000).unwrap();
    let open = |data: &str, pem: &[u8]| {
        let document = Document::parse(format!("<a>{data}</a>").as_bytes(), &ParseOptions::message()).unwrap();
        decrypt(document.root(), &[DecryptionKey::from_pem(pem).unwrap()], US, Authenticated::BySignature)
    };
    let (own, other) = (recipient.private_key_pem().unwrap(), our_key().private_key_to_pem_pkcs8().unwrap());
    for cipher in
        [ContentCipher::Aes128Gcm, ContentCipher::Aes256Gcm, ContentCipher::Aes128Cbc, ContentCipher::Aes256Cbc]
    {
        let data = encrypt(b"<b/>", recipient.verifying_key(), cipher).unwrap();
        assert_eq!(open(&data, &own).unwrap(), b"<b/>");
        assert_eq!(open(&data, &other).unwrap_err().code(), "decryption_failed");
        assert_ne!(data, encrypt(b"<b/>", recipient.verifying_key(), cipher).unwrap());
    }
}
