//! A signed message put together by hand, so that every part of it can be made wrong before it is signed.

use std::sync::OnceLock;

use openssl::asn1::Asn1Time;
use openssl::base64::encode_block;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::{PKey, PKeyRef, Private};
use openssl::x509::{X509, X509Name};
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};
use saml_xml_security::{
    AlgorithmPolicy, Error, SignatureAlgorithm, SigningKey, VerifiedElement, VerifyingKey, sign_octets, verify,
};

pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const EXCLUSIVE: &str = r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#;
pub(crate) const ENVELOPED: &str =
    r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>"#;

/// The parts of a signed `Response`, each as it is written into the message.
pub(crate) struct ByHand {
    /// The attributes of the root element.
    pub(crate) attributes: String,
    /// What stands before the signature, and what stands behind it.
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) canonicalization_method: String,
    pub(crate) signature_method: String,
    /// The references, `{digest}` standing for the digest of the message.
    pub(crate) references: String,
    /// The children of the signature, `{signed_info}` and `{value}` standing for what is made.
    pub(crate) signature: String,
    /// The prefix lists by which the message and the `SignedInfo` are canonicalised.
    pub(crate) prefixes: Vec<&'static str>,
    pub(crate) own_prefixes: Vec<&'static str>,
    pub(crate) digest: MessageDigest,
    /// Makes the signature value of the canonical `SignedInfo`.
    #[expect(clippy::type_complexity, reason = "a name for it would say no more")]
    pub(crate) sign: Box<dyn Fn(&[u8]) -> Vec<u8>>,
}

impl Default for ByHand {
    fn default() -> Self {
        Self {
            attributes: r#"ID="_1""#.to_owned(),
            before: "<saml:Issuer>urn:idp</saml:Issuer>".to_owned(),
            after: r#"<saml:Assertion ID="_2">text</saml:Assertion>"#.to_owned(),
            canonicalization_method:
                r#"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#.to_owned(),
            signature_method: signature_method(SignatureAlgorithm::RsaSha256.uri()),
            references: reference(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}")),
            signature: "{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>".to_owned(),
            prefixes: Vec::new(),
            own_prefixes: Vec::new(),
            digest: MessageDigest::sha256(),
            sign: Box::new(|octets| sign_octets(octets, SignatureAlgorithm::RsaSha256, key()).unwrap()),
        }
    }
}

impl ByHand {
    /// Puts the message together, digest and signature value computed for the parts as they are.
    pub(crate) fn xml(&self) -> String {
        let unsigned = self.assemble("", "");
        let document = parse(&unsigned);
        let signature = find(&document, "Signature");
        let mut content = Vec::new();
        let own = Canonicalization { without: Some(signature.id()), inclusive_prefixes: &self.prefixes };
        canonicalize(document.root(), &own, &mut content);
        let digest = encode_block(&hash(self.digest, &content).unwrap());

        let document = parse(&self.assemble(&digest, ""));
        let mut octets = Vec::new();
        let own = Canonicalization { without: None, inclusive_prefixes: &self.own_prefixes };
        canonicalize(find(&document, "SignedInfo"), &own, &mut octets);
        self.assemble(&digest, &encode_block(&(self.sign)(&octets)))
    }

    fn assemble(&self, digest: &str, value: &str) -> String {
        let Self { attributes, before, after, canonicalization_method, signature_method, .. } = self;
        let references = self.references.replace("{digest}", digest);
        let signed_info =
            format!("<ds:SignedInfo>{canonicalization_method}{signature_method}{references}</ds:SignedInfo>");
        let signature = self.signature.replace("{signed_info}", &signed_info).replace("{value}", value);
        format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" {attributes}>{before}<ds:Signature xmlns:ds="{DS}">{signature}</ds:Signature>{after}</samlp:Response>"#
        )
    }
}

pub(crate) fn signature_method(uri: &str) -> String {
    format!(r#"<ds:SignatureMethod Algorithm="{uri}"/>"#)
}

pub(crate) fn reference(attributes: &str, transforms: &str) -> String {
    reference_with(attributes, transforms, "http://www.w3.org/2001/04/xmlenc#sha256")
}

pub(crate) fn reference_with(attributes: &str, transforms: &str, digest_method: &str) -> String {
    format!(
        r#"<ds:Reference {attributes}><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"/><ds:DigestValue>{{digest}}</ds:DigestValue></ds:Reference>"#
    )
}

pub(crate) fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap()
}

/// Finds the first element of this name.
pub(crate) fn find<'d>(document: &'d Document, local_name: &str) -> Element<'d> {
    document.elements().find(|element| element.local_name() == local_name).unwrap()
}

/// Verifies the root of `xml` with the genuine key.
pub(crate) fn verified(xml: &str) -> Result<VerifiedElement, Error> {
    verified_with(xml, &[key().verifying_key().clone()])
}

pub(crate) fn verified_with(xml: &str, keys: &[VerifyingKey]) -> Result<VerifiedElement, Error> {
    verify(parse(xml).root(), keys, &AlgorithmPolicy::modern(), &ParseOptions::message())
}

/// Tells the outcome for the root of `xml` alone.
pub(crate) fn verdict(xml: &str) -> Result<(), Error> {
    verified(xml).map(|_| ())
}

/// Returns the genuine RSA key.
pub(crate) fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "genuine", 0, 4_000_000_000).unwrap())
}

/// Returns an RSA key that nobody trusts.
pub(crate) fn other_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate_self_signed(2048, "other", 0, 4_000_000_000).unwrap())
}

/// Makes a key on an elliptic curve, with its certificate.
pub(crate) fn ec_key(curve: Nid) -> Result<SigningKey, Error> {
    let key = ec_private_key(curve);
    SigningKey::from_pem(&key.private_key_to_pem_pkcs8().unwrap(), &certificate_pem(&key))
}

pub(crate) fn ec_private_key(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// Makes a self-signed certificate for any kind of key.
pub(crate) fn certificate_pem(key: &PKeyRef<Private>) -> Vec<u8> {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "test").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    let digest = if key.id() == openssl::pkey::Id::ED25519 { MessageDigest::null() } else { MessageDigest::sha256() };
    builder.sign(key, digest).unwrap();
    builder.build().to_pem().unwrap()
}
