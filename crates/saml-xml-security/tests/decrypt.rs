//! What is encrypted to us opens, and everything else fails: by name before our key is used, in one way after.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::symm::{Cipher, Crypter, Mode, encrypt_aead};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Authenticated, ContentCipher, DecryptionKey, Decryptor, Error, SigningKey, decrypt, encrypt};

const US: &str = "https://portal.example.nl/saml";
const GCM_128: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
const GCM_256: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const CBC_128: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
const CBC_256: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
const MGF1P: &str = "<xenc:EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'/>";

/// A message before it is written, each part of which a test can change.
struct Message {
    cipher: &'static str,
    transport: String,
    content_key: Vec<u8>,
    ciphertext: Vec<u8>,
    key_attributes: String,
    copies: usize,
    beside: bool,
    data_attributes: &'static str,
    key_info: &'static str,
}

fn our_key() -> &'static PKey<Private> {
    static KEY: OnceLock<PKey<Private>> = OnceLock::new();
    KEY.get_or_init(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
}

fn keys() -> [DecryptionKey; 1] {
    [DecryptionKey::from_pem(&our_key().private_key_to_pem_pkcs8().unwrap()).unwrap()]
}

fn wrap(content_key: &[u8], digest: MessageDigest, mask: MessageDigest) -> Vec<u8> {
    let mut encrypter = Encrypter::new(our_key()).unwrap();
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
    encrypter.set_rsa_oaep_md(digest).unwrap();
    encrypter.set_rsa_mgf1_md(mask).unwrap();
    let mut wrapped = vec![0; encrypter.encrypt_len(content_key).unwrap()];
    let length = encrypter.encrypt(content_key, &mut wrapped).unwrap();
    wrapped.truncate(length);
    wrapped
}

fn gcm(cipher: &'static str, plaintext: &[u8]) -> Message {
    let algorithm = if cipher == GCM_128 { Cipher::aes_128_gcm() } else { Cipher::aes_256_gcm() };
    let content_key = vec![7; algorithm.key_len()];
    let mut tag = [0; 16];
    let content = encrypt_aead(algorithm, &content_key, Some(&[3; 12]), &[], plaintext, &mut tag).unwrap();
    let ciphertext = [&[3; 12][..], &content, &tag].concat();
    message(cipher, &content_key, ciphertext)
}

/// Encrypts whole blocks as they are, so that a test decides what the padding is.
fn cbc(cipher: &'static str, blocks: &[u8]) -> Message {
    let algorithm = if cipher == CBC_128 { Cipher::aes_128_cbc() } else { Cipher::aes_256_cbc() };
    let content_key = vec![7; algorithm.key_len()];
    let mut crypter = Crypter::new(algorithm, Mode::Encrypt, &content_key, Some(&[3; 16])).unwrap();
    crypter.pad(false);
    let mut content = vec![0; blocks.len() + 16];
    let length = crypter.update(blocks, &mut content).unwrap();
    content.truncate(length);
    message(cipher, &content_key, [&[3; 16][..], &content].concat())
}

fn message(cipher: &'static str, content_key: &[u8], ciphertext: Vec<u8>) -> Message {
    let content_key = wrap(content_key, MessageDigest::sha1(), MessageDigest::sha1());
    Message {
        cipher,
        transport: MGF1P.to_owned(),
        content_key,
        ciphertext,
        key_attributes: String::new(),
        copies: 1,
        beside: false,
        data_attributes: "",
        key_info: "",
    }
}

impl Message {
    fn write(&self) -> String {
        let key = format!(
            "<xenc:EncryptedKey {}>{}<xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
            self.key_attributes, self.transport, STANDARD.encode(&self.content_key)
        )
        .repeat(self.copies);
        let (inside, beside) = if self.beside { (String::new(), key) } else { (key, String::new()) };
        format!(
            "<EncryptedAssertion xmlns:xenc='http://www.w3.org/2001/04/xmlenc#' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' \
             xmlns:xenc11='http://www.w3.org/2009/xmlenc11#'><xenc:EncryptedData {}><xenc:EncryptionMethod Algorithm='{}'/>\
             <ds:KeyInfo>{}{inside}</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData>\
             </xenc:EncryptedData>{beside}</EncryptedAssertion>",
            self.data_attributes,
            self.cipher,
            self.key_info,
            STANDARD.encode(&self.ciphertext)
        )
    }

    fn open(&self, authenticated: Authenticated) -> Result<Vec<u8>, Error> {
        open(&self.write(), authenticated)
    }
}

fn open(xml: &str, authenticated: Authenticated) -> Result<Vec<u8>, Error> {
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    decrypt(document.root(), &keys(), US, authenticated)
}

fn algorithm(found: &str) -> Result<Vec<u8>, Error> {
    Err(Error::EncryptionAlgorithm { found: found.to_owned() })
}

fn structure(expected: &'static str, parent: &str) -> Result<Vec<u8>, Error> {
    Err(Error::EncryptionStructure { expected, parent: parent.to_owned() })
}

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
fn a_decryption_key_is_rsa_of_at_least_2048_bits() {
    let pem = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap().private_key_to_pem_pkcs8().unwrap();
    assert!(DecryptionKey::from_pem(&pem(2048)).is_ok());
    let weak = DecryptionKey::from_pem(&pem(1024)).unwrap_err();
    assert_eq!(weak, Error::WeakKey { found: "RSA of 1024 bits".to_owned() });
    assert_eq!(DecryptionKey::from_pem(b"no key").unwrap_err(), Error::PrivateKey);
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
