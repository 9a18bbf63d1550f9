use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_xml::{Canonicalization, Document, ParseOptions, Writer, canonicalize};

use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use crate::error::Error;
use crate::key::SigningKey;
use crate::octets::sign_octets;
use crate::{ENVELOPED_SIGNATURE, EXCLUSIVE_CANONICALIZATION, XMLDSIG_NAMESPACE};

/// How a signature is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOptions {
    /// The signature algorithm; it must fit the key.
    pub signature: SignatureAlgorithm,
    /// The digest algorithm.
    pub digest: DigestAlgorithm,
    /// The prefixes that are used in values, such as `xs` in `xsi:type="xs:string"`.
    pub inclusive_prefixes: Vec<String>,
    /// What the `KeyInfo` says.
    pub key_info: KeyInfo,
}

/// What a `KeyInfo` says about the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyInfo {
    /// The certificate.
    Certificate,
    /// The name that the key has in our metadata.
    KeyName(String),
}

impl Default for SignOptions {
    /// Returns what DigiD and Signicat ask for: RSA with SHA-256, digest SHA-256, the certificate in `KeyInfo`.
    fn default() -> Self {
        Self {
            signature: SignatureAlgorithm::RsaSha256,
            digest: DigestAlgorithm::Sha256,
            inclusive_prefixes: Vec::new(),
            key_info: KeyInfo::Certificate,
        }
    }
}

/// Signs the root element of `xml` with an enveloped signature, and returns the document with it.
///
/// The signature goes directly after the `Issuer`, where there is one, else before all other children. Signing comes
/// last: every later change breaks the signature.
///
/// # Errors
/// [`Error::CanonicalForm`] when `xml` is no document, [`Error::IdMissing`] when its root has no `ID`,
/// [`Error::SignaturePosition`] when its root is an empty-element tag, [`Error::Write`] for a name of the key that XML
/// cannot hold, and those of [`sign_octets`].
pub fn sign(xml: &str, key: &SigningKey, options: &SignOptions) -> Result<String, Error> {
    let document = Document::parse(xml.as_bytes(), &ParseOptions::metadata()).map_err(Error::CanonicalForm)?;
    let root = document.root();
    let id = root.attribute("ID").ok_or(Error::IdMissing)?;
    let prefixes: Vec<&str> = options.inclusive_prefixes.iter().map(String::as_str).collect();
    let mut content = Vec::new();
    canonicalize(root, &Canonicalization { without: None, inclusive_prefixes: &prefixes }, &mut content);
    let digest = options.digest.of(&content);

    let mut writer = Writer::new();
    write_signed_info(&mut writer, id, &digest, options);
    let signed_info = writer.finish()?;
    let signed_info =
        Document::parse(signed_info.as_bytes(), &ParseOptions::message()).map_err(Error::CanonicalForm)?;
    let mut octets = Vec::new();
    canonicalize(signed_info.root(), &Canonicalization::default(), &mut octets);
    let value = sign_octets(&octets, options.signature, key)?;

    let mut writer = Writer::new();
    writer.start("ds:Signature").attribute("xmlns:ds", XMLDSIG_NAMESPACE);
    writer.fragment(&signed_info);
    writer.leaf("ds:SignatureValue", &STANDARD.encode(value));
    writer.start("ds:KeyInfo");
    match &options.key_info {
        KeyInfo::Certificate => {
            let certificate = STANDARD.encode(key.verifying_key().certificate_der()?);
            writer.start("ds:X509Data").leaf("ds:X509Certificate", &certificate).end();
        }
        KeyInfo::KeyName(name) => {
            writer.leaf("ds:KeyName", name);
        }
    }
    writer.end().end();
    let signature = writer.finish()?;

    let mut signed = document.source().to_owned();
    signed.insert_str(place(&document).ok_or(Error::SignaturePosition)?, &signature);
    Ok(signed)
}

/// Finds the offset for the signature: behind the `Issuer` that comes first, or before the first child.
fn place(document: &Document) -> Option<usize> {
    let root = document.root();
    match root.children().next() {
        Some(first) if first.local_name() == "Issuer" => Some(first.source_range().end),
        Some(first) => Some(first.source_range().start),
        // An empty-element tag has no inside to put the signature in.
        None => root.source().rfind("</").map(|end| root.source_range().start + end),
    }
}

fn write_signed_info(writer: &mut Writer, id: &str, digest: &[u8], options: &SignOptions) {
    writer.start("ds:SignedInfo").attribute("xmlns:ds", XMLDSIG_NAMESPACE);
    writer.start("ds:CanonicalizationMethod").attribute("Algorithm", EXCLUSIVE_CANONICALIZATION).end();
    writer.start("ds:SignatureMethod").attribute("Algorithm", options.signature.uri()).end();
    writer.start("ds:Reference").attribute("URI", &format!("#{id}"));
    writer.start("ds:Transforms");
    writer.start("ds:Transform").attribute("Algorithm", ENVELOPED_SIGNATURE).end();
    writer.start("ds:Transform").attribute("Algorithm", EXCLUSIVE_CANONICALIZATION);
    if !options.inclusive_prefixes.is_empty() {
        writer.start("ec:InclusiveNamespaces").attribute("xmlns:ec", EXCLUSIVE_CANONICALIZATION);
        writer.attribute("PrefixList", &options.inclusive_prefixes.join(" ")).end();
    }
    writer.end().end();
    writer.start("ds:DigestMethod").attribute("Algorithm", options.digest.uri()).end();
    writer.leaf("ds:DigestValue", &STANDARD.encode(digest));
    writer.end().end();
}
