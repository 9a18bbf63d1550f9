//! A second opinion: what we sign `xmlsec1` accepts, what it signs we accept, and both refuse one changed byte.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Name};
use saml_xml::{Document, ParseOptions, Parts};
use saml_xml_security::{
    AlgorithmPolicy, DigestAlgorithm, Error, KeyInfo, PartsVerifier, SignOptions, SignatureAlgorithm, SigningKey, sign,
    verify,
};

#[test]
fn what_we_sign_with_rsa_xmlsec1_accepts() {
    // RSA-PSS is not among them: xmlsec1 knows it from version 1.3 on, and Debian 12 has 1.2.37.
    for signature in [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha384, SignatureAlgorithm::RsaSha512] {
        both_agree(rsa_key(), &SignOptions { signature, ..SignOptions::default() });
    }
}

#[test]
fn what_we_sign_with_an_elliptic_curve_xmlsec1_accepts() {
    for (curve, signature) in [
        (Nid::X9_62_PRIME256V1, SignatureAlgorithm::EcdsaSha256),
        (Nid::SECP384R1, SignatureAlgorithm::EcdsaSha384),
        (Nid::SECP521R1, SignatureAlgorithm::EcdsaSha512),
    ] {
        both_agree(&ec_key(curve), &SignOptions { signature, ..SignOptions::default() });
    }
}

#[test]
fn what_we_sign_with_each_digest_xmlsec1_accepts() {
    for digest in [DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        both_agree(rsa_key(), &SignOptions { digest, ..SignOptions::default() });
    }
}

#[test]
fn what_we_sign_with_a_prefix_list_xmlsec1_accepts() {
    let inclusive_prefixes = vec!["xs".to_owned()];
    let options = SignOptions { inclusive_prefixes, ..SignOptions::default() };
    both_agree(rsa_key(), &options);
    let Some(xmlsec1) = Xmlsec1::here() else { return };
    let rebound = sign(XML, rsa_key(), &options).unwrap().replace("urn:xs", "urn:other");
    assert!(!xmlsec1.accepts(&rebound, rsa_key()));
}

#[test]
fn what_we_sign_with_a_key_name_xmlsec1_accepts() {
    let key_info = KeyInfo::KeyName("a key".to_owned());
    both_agree(rsa_key(), &SignOptions { key_info, ..SignOptions::default() });
}

#[test]
fn xmlsec1_refuses_another_key_whatever_the_message_brings() {
    let Some(xmlsec1) = Xmlsec1::here() else { return };
    let signed = sign(XML, rsa_key(), &SignOptions::default()).unwrap();
    let other = SigningKey::generate_self_signed(2048, "other", 0, 4_000_000_000).unwrap();
    assert!(xmlsec1.accepts(&signed, rsa_key()));
    assert!(!xmlsec1.accepts(&signed, &other));
    assert_eq!(ours(&signed, &other), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn what_xmlsec1_signs_we_accept() {
    let Some(xmlsec1) = Xmlsec1::here() else { return };
    for (signature, digest, list) in [
        (SignatureAlgorithm::RsaSha256, DigestAlgorithm::Sha256, ""),
        (SignatureAlgorithm::RsaSha384, DigestAlgorithm::Sha384, "xs"),
        (SignatureAlgorithm::RsaSha512, DigestAlgorithm::Sha512, "a xs"),
    ] {
        let signed = xmlsec1.sign(&template(signature, digest, list), rsa_key());
        assert_eq!(ours(&signed, rsa_key()), Ok(()), "{signature:?}");
        assert_eq!(ours(&one_byte_changed(&signed), rsa_key()), Err(Error::DigestMismatch));
    }
    let key = ec_key(Nid::X9_62_PRIME256V1);
    let signed = xmlsec1.sign(&template(SignatureAlgorithm::EcdsaSha256, DigestAlgorithm::Sha256, ""), &key);
    assert_eq!(ours(&signed, &key), Ok(()));
}

#[test]
fn what_xmlsec1_signs_we_accept_in_parts() {
    let Some(xmlsec1) = Xmlsec1::here() else { return };
    for (digest, list) in
        [(DigestAlgorithm::Sha256, ""), (DigestAlgorithm::Sha384, "xs"), (DigestAlgorithm::Sha512, "a xs")]
    {
        let template =
            template(SignatureAlgorithm::RsaSha256, digest, list).replace("<a:Issuer>urn:idp</a:Issuer>", "");
        let signed = xmlsec1.sign(&template, rsa_key());
        assert_eq!(in_parts(&signed, rsa_key()), Ok(()), "{digest:?}");
        assert_eq!(in_parts(&one_byte_changed(&signed), rsa_key()), Err(Error::DigestMismatch));
    }
}

fn in_parts(signed: &str, key: &SigningKey) -> Result<(), Error> {
    let options = ParseOptions::metadata();
    let mut parts = Parts::new(signed.as_bytes(), options).unwrap();
    let trusted = [key.verifying_key().clone()];
    let first = parts.next_part().unwrap().unwrap();
    let mut verifier = PartsVerifier::begin(first, &trusted, &AlgorithmPolicy::modern(), &options)?;
    while let Some(part) = parts.next_part().unwrap() {
        verifier.update(part)?;
    }
    verifier.finish().map(drop)
}

fn both_agree(key: &SigningKey, options: &SignOptions) {
    let Some(xmlsec1) = Xmlsec1::here() else { return };
    let signed = sign(XML, key, options).unwrap();
    assert_eq!(ours(&signed, key), Ok(()));
    assert!(xmlsec1.accepts(&signed, key), "{options:?}");
    let changed = one_byte_changed(&signed);
    assert_eq!(ours(&changed, key), Err(Error::DigestMismatch));
    assert!(!xmlsec1.accepts(&changed, key), "{options:?}");
}

fn one_byte_changed(signed: &str) -> String {
    let changed = signed.replace("caf", "cag");
    assert_ne!(changed, signed);
    changed
}

fn ours(signed: &str, key: &SigningKey) -> Result<(), Error> {
    let document = Document::parse(signed.as_bytes(), &ParseOptions::message()).unwrap();
    let trusted = [key.verifying_key().clone()];
    verify(document.root(), &trusted, &AlgorithmPolicy::modern(), &ParseOptions::message()).map(|_| ())
}

/// Puts a signature without values into [`XML`], for `xmlsec1` to fill in.
fn template(signature: SignatureAlgorithm, digest: DigestAlgorithm, list: &str) -> String {
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let list = match list {
        "" => String::new(),
        list => format!("<InclusiveNamespaces xmlns='{exclusive}' PrefixList='{list}'/>"),
    };
    let template = format!(
        "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'>\n<SignedInfo>\n\
         <CanonicalizationMethod Algorithm='{exclusive}'/>\n<SignatureMethod Algorithm='{}'/>\n\
         <Reference URI='#_1'>\n<Transforms>\n\
         <Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/>\n\
         <Transform Algorithm='{exclusive}'>{list}</Transform>\n</Transforms>\n\
         <DigestMethod Algorithm='{}'/>\n<DigestValue/>\n</Reference>\n</SignedInfo>\n<SignatureValue/>\n</Signature>",
        signature.uri(),
        digest.uri()
    );
    XML.replace("</a:Issuer>", &format!("</a:Issuer>{template}"))
}

fn rsa_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "genuine", 0, 4_000_000_000).unwrap())
}

fn ec_key(curve: Nid) -> SigningKey {
    let key = PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "genuine").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let certificate = builder.build().to_pem().unwrap();
    SigningKey::from_pem(&key.private_key_to_pem_pkcs8().unwrap(), &certificate).unwrap()
}

/// The command, and a directory of its own for the files that it reads.
struct Xmlsec1 {
    directory: PathBuf,
}

impl Xmlsec1 {
    fn here() -> Option<Self> {
        static DIRECTORIES: AtomicU32 = AtomicU32::new(0);
        if !Command::new("xmlsec1").arg("--version").output().is_ok_and(|output| output.status.success()) {
            let said = "not run: comparison with xmlsec1, because it is not installed\n";
            // Past the capture of the test runner.
            std::io::stderr().write_all(said.as_bytes()).unwrap();
            return None;
        }
        let number = DIRECTORIES.fetch_add(1, Ordering::Relaxed);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("xmlsec1-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Some(Self { directory })
    }

    fn accepts(&self, signed: &str, key: &SigningKey) -> bool {
        let message = self.file("message.xml", signed.as_bytes());
        // The bare public key: what the signature's own KeyInfo says must not matter.
        let certificate = X509::from_der(&key.verifying_key().certificate_der().unwrap()).unwrap();
        let public = self.file("public.pem", &certificate.public_key().unwrap().public_key_to_pem().unwrap());
        self.run(&["--verify", "--enabled-key-data", "", "--pubkey-pem"], &public, &message).0
    }

    fn sign(&self, template: &str, key: &SigningKey) -> String {
        let message = self.file("template.xml", template.as_bytes());
        let private = self.file("private.pem", &key.private_key_pem().unwrap());
        let (signed, output) = self.run(&["--sign", "--privkey-pem"], &private, &message);
        assert!(signed);
        output
    }

    fn run(&self, arguments: &[&str], key: &Path, message: &Path) -> (bool, String) {
        let id = ["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"];
        let (first, rest) = arguments.split_first().unwrap();
        let output = Command::new("xmlsec1").arg(first).args(id).args(rest).args([key, message]).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.directory.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Xmlsec1 {
    fn drop(&mut self) {
        // What is left behind stays below the build directory.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

const XML: &str = "<a:Assertion xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion' xmlns:xs='urn:xs' ID='_1'>\
    <a:Issuer>urn:idp</a:Issuer><a:Value xmlns:i='urn:i' i:type='xs:string' b='2' a='&lt;&#10;'>caf\u{E9}&#13;</a:Value>\
    </a:Assertion>";
