//! An aggregate of metadata in the size of a national federation, signed, written as a stream.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::sha::Sha256;
use saml_forge::{SignicatPaths, signicat_metadata};
use saml_xml::{Canonicalization, Document, ParseOptions, canonicalize};
use saml_xml_security::{SignOptions, SignatureAlgorithm, sign, sign_octets};

use crate::Result;
use crate::world::{ATTACKER_KEY, BROKER_KEY, World};

/// Writes `entities` identity providers, each of some 8 KB with two keys; signed with the key of the broker.
///
/// What is written is canonical as it stands, so that it can be hashed while it is made.
pub(crate) fn write(world: &World, file: &Path, entities: usize) -> Result<()> {
    let template = entity(world)?;
    let mut hash = Sha256::new();
    hash.update(HEAD.as_bytes());
    for number in 0..entities {
        hash.update(template.replace(PLACE, &number.to_string()).as_bytes());
    }
    hash.update(TAIL.as_bytes());
    let signature = signature(world, &hash.finish())?;

    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(HEAD.as_bytes())?;
    out.write_all(signature.as_bytes())?;
    for number in 0..entities {
        out.write_all(template.replace(PLACE, &number.to_string()).as_bytes())?;
    }
    out.write_all(TAIL.as_bytes())?;
    Ok(out.flush()?)
}

/// Returns one entity in its canonical form within the aggregate, with [`PLACE`] for its number.
fn entity(world: &World) -> Result<String> {
    let keys = vec![world.key(BROKER_KEY)?.verifying_key().clone(), world.key(ATTACKER_KEY)?.verifying_key().clone()];
    let origin = format!("https://idp-{PLACE}.example.nl");
    let xml = signicat_metadata(&format!("_entity{PLACE}"), &origin, SignicatPaths::Broker, keys, None).write()?;
    // What federations add for people: names, logos and contacts in two languages.
    let contact = format!(
        "<md:ContactPerson contactType=\"technical\"><md:Company>Gemeente Voorbeeld {PLACE}</md:Company>\
         <md:EmailAddress>mailto:beheer@idp-{PLACE}.example.nl</md:EmailAddress></md:ContactPerson>"
    );
    let end = "</md:EntityDescriptor>";
    let missing = ENTITY_SIZE.saturating_sub(xml.len()) / contact.len();
    let whole = xml.replace(end, &format!("{}{end}", contact.repeat(missing)));
    let (_, whole) = whole.split_once("<md:EntityDescriptor").ok_or("expected an EntityDescriptor")?;
    let wrapped = format!("{HEAD}<md:EntityDescriptor{whole}{TAIL}");
    let document = Document::parse(wrapped.as_bytes(), &ParseOptions::metadata())?;
    let mut octets = Vec::new();
    canonicalize(document.root(), &Canonicalization::default(), &mut octets);
    let octets = String::from_utf8(octets)?;
    let inside = octets.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(TAIL));
    Ok(inside.ok_or("expected the frame of the aggregate to be canonical")?.to_owned())
}

/// Returns the signature over content with `digest`: that over an empty aggregate, with another digest signed in it.
fn signature(world: &World, digest: &[u8; 32]) -> Result<String> {
    let key = world.key(BROKER_KEY)?;
    let empty = format!("{HEAD}{TAIL}");
    let signed = sign(&empty.replace(TAIL, &format!("<md:EntityDescriptor/>{TAIL}")), &key, &SignOptions::default())?;
    let document = Document::parse(signed.as_bytes(), &ParseOptions::metadata())?;
    let element = document.root().children().next().ok_or("expected a signature")?;
    let leaf = |name: &str| -> Result<String> {
        let found = document.elements().find(|element| element.local_name() == name);
        Ok(found.ok_or_else(|| format!("expected {name}"))?.text()?.to_owned())
    };
    let other = element.source().replace(&leaf("DigestValue")?, &STANDARD.encode(digest));
    let document = Document::parse(other.as_bytes(), &ParseOptions::metadata())?;
    let info = document.root().children().next().ok_or("expected a SignedInfo")?;
    let mut octets = Vec::new();
    canonicalize(info, &Canonicalization::default(), &mut octets);
    let value = sign_octets(&octets, SignatureAlgorithm::RsaSha256, &key)?;
    Ok(other.replace(&leaf("SignatureValue")?, &STANDARD.encode(value)))
}

/// The file of the cases, and how many entities are in it.
pub(crate) const FILE: &str = "aggregate.xml";
pub(crate) const ENTITIES: usize = 5_000;
/// As many bytes as it has, to a thousandth: a signature and a number are not always as long.
pub(crate) const BYTES: usize = 40_480_000;

/// Stands where the number of an entity goes.
const PLACE: &str = "NUMBER";
const ENTITY_SIZE: usize = 8_200;
const HEAD: &str = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_aggregate\">";
const TAIL: &str = "</md:EntitiesDescriptor>";

#[cfg(test)]
mod tests {
    use saml_xml_security::{AlgorithmPolicy, verify};

    use super::*;

    #[test]
    fn the_signature_of_an_aggregate_holds() {
        let directory = std::env::temp_dir().join(format!("saml-bench-aggregate-{}", std::process::id()));
        let world = World::create(&directory).unwrap();
        let file = directory.join("aggregate.xml");
        write(&world, &file, 20).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let keys = [world.key(BROKER_KEY).unwrap().verifying_key().clone()];
        let options = ParseOptions::metadata();
        let document = Document::parse(&bytes, &options).unwrap();
        let verified = verify(document.root(), &keys, &AlgorithmPolicy::rsa(), &options).unwrap();
        assert_eq!(verified.root().children().filter(|child| child.local_name() == "EntityDescriptor").count(), 20);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
