//! The arithmetic below which no validator goes, by OpenSSL, on the same messages.
//!
//! For a message: base64 decoded, each byte looked at once, what is signed hashed, each signature verified, and what is
//! encrypted decrypted. Where things stand is known before: nothing is parsed, and nothing is allocated.
//! For an aggregate: the file read, each byte looked at once, and hashed once.

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::md::Md;
use openssl::pkey::{PKey, Private, Public};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::sha::{Sha256, sha256};
use openssl::x509::X509;
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};
use saml_xml_security::{Authenticated, XMLDSIG_NAMESPACE, decrypt};

use crate::cases::{Case, Kind};
use crate::clock::thread_cpu_nanoseconds;
use crate::message::{self, Carrier, Message};
use crate::world::{ATTACKER_KEY, BROKER_4096_KEY, BROKER_KEY, PORTAL_KEY, World};
use crate::{Result, aggregate};

/// A case that is ready to be run.
pub(crate) enum Limit {
    /// A file, which is read in pieces.
    Aggregate {
        file: PathBuf,
        buffer: Vec<u8>,
    },
    Messages {
        items: Vec<Item>,
        keys: Box<Contexts>,
        buffer: Vec<u8>,
        next: usize,
    },
    Sign(PkeyCtx<Private>),
}

/// Where things stand in a message.
pub(crate) struct Item {
    text: Text,
    signatures: Vec<Signed>,
    encrypted: Option<Encrypted>,
}

enum Text {
    Base64(String),
    Plain(Vec<u8>),
}

struct Signed {
    /// As many bytes as the signature is over.
    length: usize,
    signed_info: Vec<u8>,
    value: Vec<u8>,
}

struct Encrypted {
    key: Vec<u8>,
    content: String,
    plaintext: Vec<u8>,
    signatures: Vec<Signed>,
}

/// Contexts, made once for each key.
pub(crate) struct Contexts {
    verify: PkeyCtx<Public>,
    decrypt: PkeyCtx<Private>,
    cipher: CipherCtx,
}

impl Limit {
    /// Finds out where everything stands.
    pub(crate) fn prepare(case: Case, world: &World) -> Result<Self> {
        if !case.has_limit() {
            return Err("there is no arithmetic to compare with".into());
        }
        let broker = match case.name {
            "soap-artifact" => BROKER_4096_KEY,
            // A forged message was signed by its forger: verifying it with his key takes as long as refusing it with
            // ours.
            "rejected-early-signature" => ATTACKER_KEY,
            _ => BROKER_KEY,
        };
        let messages = match case.kind {
            Kind::Aggregate { .. } => {
                let file = world.directory().join(aggregate::FILE);
                return Ok(Self::Aggregate { file, buffer: vec![0; 1 << 16] });
            }
            Kind::Request => return Ok(Self::Sign(signing_context(world)?)),
            Kind::Metadata => {
                vec![crate::cases::message("metadata", 0, Carrier::Soap, world.metadata(BROKER_KEY)?, "accept")]
            }
            _ => message::read(&world.directory().join(case.name))?.1,
        };
        let items: Result<Vec<_>> = messages.iter().map(|message| Item::of(message, world)).collect();
        let items = items?;
        let longest = messages.iter().map(|message| message.bytes.len()).max().unwrap_or(0);
        let keys = Box::new(Contexts::of(world, broker)?);
        Ok(Self::Messages { items, keys, buffer: vec![0; longest * 2 + 64], next: 0 })
    }

    /// Runs the case, and returns the nanoseconds of processor time that `iterations` took.
    pub(crate) fn run(&mut self, iterations: usize) -> Result<u64> {
        let start = thread_cpu_nanoseconds();
        match self {
            Self::Aggregate { file, buffer } => {
                for _ in 0..iterations {
                    hash_file(file, buffer)?;
                }
            }
            Self::Sign(context) => {
                let mut signature = [0; 512];
                for _ in 0..iterations {
                    context.sign(black_box(&[7; 32]), Some(&mut signature))?;
                    black_box(&signature);
                }
            }
            Self::Messages { items, keys, buffer, next } => {
                for _ in 0..iterations {
                    let item = items.get(*next).ok_or("a case without messages")?;
                    *next = (*next + 1) % items.len();
                    item.compute(keys, buffer)?;
                }
            }
        }
        Ok(thread_cpu_nanoseconds() - start)
    }
}

impl Item {
    fn of(message: &Message, world: &World) -> Result<Self> {
        let document = Document::parse(&message.bytes, &ParseOptions::metadata())?;
        let text = match message.carrier {
            Carrier::Soap => Text::Plain(message.bytes.clone()),
            _ => Text::Base64(STANDARD.encode(&message.bytes)),
        };
        let encrypted = document.elements().find(|element| element.local_name() == "EncryptedAssertion");
        let encrypted = encrypted.map(|element| Encrypted::of(element, world)).transpose()?;
        Ok(Self { text, signatures: signatures(&document)?, encrypted })
    }

    fn compute(&self, keys: &mut Contexts, buffer: &mut [u8]) -> Result<()> {
        let bytes: &[u8] = match &self.text {
            Text::Plain(bytes) => black_box(bytes),
            Text::Base64(text) => {
                let length = STANDARD.decode_slice(black_box(text), buffer)?;
                buffer.get(..length).unwrap_or_default()
            }
        };
        scan(bytes);
        keys.verify_all(&self.signatures, bytes)?;
        let Some(encrypted) = &self.encrypted else { return Ok(()) };

        let mut content_key = [0; 512];
        let length = keys.decrypt.decrypt(black_box(&encrypted.key), Some(&mut content_key))?;
        let (head, rest) = buffer.split_at_mut(buffer.len() / 2);
        let length_of_content = STANDARD.decode_slice(black_box(&encrypted.content), head)?;
        let content = head.get(..length_of_content).unwrap_or_default();
        let (vector, content) = content.split_at_checked(12).ok_or("a short ciphertext")?;
        let (content, tag) = content.split_at_checked(content.len().saturating_sub(16)).ok_or("no tag")?;
        let key = content_key.get(..length).unwrap_or_default();
        keys.cipher.decrypt_init(Some(Cipher::aes_256_gcm()), Some(key), Some(vector))?;
        let written = keys.cipher.cipher_update(content, Some(rest))?;
        keys.cipher.set_tag(tag)?;
        keys.cipher.cipher_final(rest.get_mut(written..).unwrap_or_default())?;
        scan(black_box(rest.get(..written).unwrap_or_default()));
        keys.verify_all(&encrypted.signatures, &encrypted.plaintext)
    }
}

impl Encrypted {
    fn of(element: Element<'_>, world: &World) -> Result<Self> {
        let values: Vec<&str> =
            descendants(element).filter(|element| element.local_name() == "CipherValue").map(text).collect();
        let [key, content] = values.as_slice() else { return Err("expected two cipher values".into()) };
        let keys = [world.decryption_key()?];
        let plaintext = decrypt(element, &keys, crate::world::PORTAL, Authenticated::No)?;
        let document = Document::parse(&plaintext, &ParseOptions::message())?;
        let signatures = signatures(&document)?;
        Ok(Self { key: STANDARD.decode(key)?, content: (*content).to_owned(), plaintext, signatures })
    }
}

impl Contexts {
    fn of(world: &World, broker: &str) -> Result<Self> {
        let public = X509::from_pem(&world.certificate_pem(broker)?)?.public_key()?;
        let mut verify = PkeyCtx::new(&public)?;
        verify.verify_init()?;
        verify.set_rsa_padding(Padding::PKCS1)?;
        verify.set_signature_md(Md::sha256())?;
        let private = PKey::private_key_from_pem(&world.private_key_pem(PORTAL_KEY)?)?;
        let mut decrypt = PkeyCtx::new(&private)?;
        decrypt.decrypt_init()?;
        decrypt.set_rsa_padding(Padding::PKCS1_OAEP)?;
        Ok(Self { verify, decrypt, cipher: CipherCtx::new()? })
    }

    fn verify_all(&mut self, signatures: &[Signed], bytes: &[u8]) -> Result<()> {
        for signature in signatures {
            black_box(sha256(bytes.get(..signature.length).unwrap_or(bytes)));
            let digest = sha256(black_box(&signature.signed_info));
            if !self.verify.verify(&digest, &signature.value)? {
                return Err("the signature does not hold".into());
            }
        }
        Ok(())
    }
}

fn signing_context(world: &World) -> Result<PkeyCtx<Private>> {
    let private = PKey::private_key_from_pem(&world.private_key_pem(PORTAL_KEY)?)?;
    let mut context = PkeyCtx::new(&private)?;
    context.sign_init()?;
    context.set_rsa_padding(Padding::PKCS1)?;
    context.set_signature_md(Md::sha256())?;
    Ok(context)
}

/// Reads a file, looks at each byte and hashes it once: what is signed, or what the index is to prove of each entity.
fn hash_file(file: &Path, buffer: &mut [u8]) -> Result<()> {
    let mut file = File::open(file)?;
    let mut hash = Sha256::new();
    loop {
        let read = file.read(buffer)?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            black_box(hash.finish());
            return Ok(());
        }
        scan(piece);
        hash.update(piece);
    }
}

/// Looks at each byte once.
fn scan(bytes: &[u8]) {
    black_box(bytes.iter().filter(|byte| **byte == b'<').count());
}

fn signatures(document: &Document) -> Result<Vec<Signed>> {
    let mut found = Vec::new();
    for signature in document.elements().filter(|element| element.is(XMLDSIG_NAMESPACE, "Signature")) {
        let parent = signature.parent().ok_or("a signature without a parent")?;
        let child = |name| signature.children().find(|child| child.is(XMLDSIG_NAMESPACE, name));
        let (info, value) = child("SignedInfo").zip(child("SignatureValue")).ok_or("expected a whole signature")?;
        let mut signed_info = Vec::new();
        canonicalize(info, &Canonicalization::default(), &mut signed_info);
        let length = parent.source().len() - signature.source().len();
        found.push(Signed { length, signed_info, value: STANDARD.decode(text(value))? });
    }
    Ok(found)
}

fn descendants<'d>(element: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    let mut waiting: Vec<Element<'d>> = vec![element];
    std::iter::from_fn(move || {
        let next = waiting.pop()?;
        let mut children: Vec<_> = next.children().collect();
        children.reverse();
        waiting.extend(children);
        Some(next)
    })
}

fn text(element: Element<'_>) -> &str {
    element.text().unwrap_or_default()
}
