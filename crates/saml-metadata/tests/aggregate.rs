//! What is read from an aggregate, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

use std::io::{Error as ReadError, ErrorKind as ReadErrorKind, Read};
use std::sync::OnceLock;
use std::time::Duration;

use saml_metadata::{Aggregate, Error, Metadata};
use saml_protocol::parse_date_time;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SignOptions, SigningKey, sign, verify};

const ONE: &str = "https://one.example.nl/saml";
const TWO: &str = "https://two.example.nl/saml";

fn keys() -> &'static [SigningKey; 2] {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        ["federation", "other"].map(|name| SigningKey::generate_self_signed(2048, name, 0, 4_000_000_000).unwrap())
    })
}

fn entity(attributes: &str, entity_id: &str) -> String {
    format!(
        "<md:EntityDescriptor entityID=\"{entity_id}\"{attributes}><md:Organization>\
         <md:OrganizationName xml:lang=\"nl\">Gemeente Voorbeeld</md:OrganizationName>\
         <md:OrganizationDisplayName xml:lang=\"nl\">Voorbeeld</md:OrganizationDisplayName>\
         <md:OrganizationURL xml:lang=\"nl\">https://example.nl</md:OrganizationURL></md:Organization>\
         </md:EntityDescriptor>"
    )
}

fn aggregate(attributes: &str, content: &str) -> String {
    format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_all\"{attributes}>{content}\
         </md:EntitiesDescriptor>"
    )
}

fn two() -> String {
    aggregate("", &format!("\n{}\n<!-- between -->\n{}\n", entity(" ID=\"_1\"", ONE), entity(" ID=\"_2\"", TWO)))
}

fn signed(xml: &str) -> String {
    sign(xml, &keys()[0], &SignOptions::default()).unwrap()
}

fn read(xml: &str) -> Result<Aggregate, Error> {
    Aggregate::parse_unverified(xml.as_bytes())
}

fn verified(xml: &str) -> Result<Aggregate, Error> {
    verified_by(xml, 0)
}

fn verified_by(xml: &str, key: usize) -> Result<Aggregate, Error> {
    Aggregate::verify(xml.as_bytes(), &[keys()[key].verifying_key().clone()], &AlgorithmPolicy::modern())
}

fn code(result: Result<Aggregate, Error>) -> &'static str {
    result.unwrap_err().code()
}

fn bytes<'f>(file: &'f str, aggregate: &Aggregate, entity_id: &str) -> &'f [u8] {
    let place = aggregate.place(entity_id).unwrap();
    &file.as_bytes()[usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap()]
}

/// Gives one byte each time.
struct ByteByByte<'b>(&'b [u8]);

impl Read for ByteByByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn each_entity_is_found_where_it_stands() {
    let file = two();
    let aggregate = read(&file).unwrap();
    assert_eq!(aggregate.entity_ids().collect::<Vec<_>>(), [ONE, TWO]);
    assert_eq!(aggregate.len(), 2);
    assert_eq!(bytes(&file, &aggregate, ONE), entity(" ID=\"_1\"", ONE).as_bytes());
    assert_eq!(bytes(&file, &aggregate, TWO), entity(" ID=\"_2\"", TWO).as_bytes());
    assert_eq!(aggregate.place("https://three.example.nl/saml"), None);
    assert_eq!(aggregate.key_fingerprint(), None);
}

#[test]
fn a_byte_order_mark_counts_in_the_place() {
    let file = format!("\u{FEFF}<?xml version=\"1.0\"?>\n{}", two());
    let aggregate = read(&file).unwrap();
    assert!(bytes(&file, &aggregate, TWO).starts_with(b"<md:EntityDescriptor entityID=\"https://two"));
}

#[test]
fn a_verified_aggregate_says_whose_key_signed_it_and_so_do_its_entities() {
    let file = signed(&two());
    let aggregate = verified(&file).unwrap();
    let fingerprint = keys()[0].verifying_key().sha256_fingerprint();
    assert_eq!(aggregate.key_fingerprint(), Some(fingerprint));
    let metadata = aggregate.metadata(ONE, bytes(&file, &aggregate, ONE)).unwrap();
    assert_eq!(metadata.key_fingerprint(), Some(fingerprint));
    assert!(metadata.is_signed());

    let unverified = read(&file).unwrap();
    let metadata = unverified.metadata(ONE, bytes(&file, &unverified, ONE)).unwrap();
    assert_eq!((metadata.key_fingerprint(), metadata.is_signed()), (None, false));
}

#[test]
fn the_verdict_is_that_on_the_whole_document() {
    let shapes = [
        two(),
        two().replace("><md:Entity", ">\r\n<md:Entity"),
        two().replace("md:", "").replace("xmlns:md", "xmlns"),
        two().replace("ID=\"_all\"", "xmlns:alg='urn:alg' xmlns='urn:other' Name = 'a&#10;b' ID='_all'"),
        two().replace("<!-- between -->", "<!-- a --><!-- > -->"),
        format!("<?xml version='1.0' encoding='utf-8'?>\r\n<!-- x -->{}\r\n<!-- y -->", two()),
    ];
    let options = ParseOptions::metadata();
    let whole = |xml: &str| {
        let document = Document::parse(xml.as_bytes(), &options).unwrap();
        let keys = [keys()[0].verifying_key().clone()];
        verify(document.root(), &keys, &AlgorithmPolicy::modern(), &options).map(drop).map_err(Error::from)
    };
    for shape in shapes {
        let good = signed(&shape);
        let changed = good.replacen("two.example", "own.example", 1);
        assert_ne!(good, changed);
        assert_eq!((whole(&good), verified(&good).map(drop)), (Ok(()), Ok(())), "{shape}");
        assert_eq!(verified(&changed).map(drop), whole(&changed), "{shape}");
        assert_eq!(code(verified(&changed)), "signature_digest_mismatch");
        assert_eq!(verified(&good).unwrap().len(), 2);
    }
}

#[test]
fn a_source_that_gives_one_byte_at_a_time_gives_the_same() {
    let file = signed(&two());
    let keys = [keys()[0].verifying_key().clone()];
    let aggregate = Aggregate::verify(ByteByByte(file.as_bytes()), &keys, &AlgorithmPolicy::modern()).unwrap();
    for entity_id in [ONE, TWO] {
        assert_eq!(aggregate.place(entity_id), verified(&file).unwrap().place(entity_id));
    }
}

#[test]
fn a_changed_byte_of_any_entity_is_refused() {
    let file = signed(&two());
    assert!(verified(&file).is_ok());
    for (place, _) in file.match_indices("Voorbeeld") {
        let mut changed = file.clone();
        changed.replace_range(place..=place, "v");
        assert_eq!(code(verified(&changed)), "signature_digest_mismatch");
        assert!(read(&changed).is_ok());
    }
    // What no parser can tell apart is the same entity.
    assert!(verified(&file.replace("<!-- between -->", "")).is_ok());
}

#[test]
fn an_aggregate_by_another_key_is_refused_even_when_it_brings_the_key() {
    let file = signed(&two());
    assert!(verified_by(&file, 0).is_ok());
    assert_eq!(code(verified_by(&file, 1)), "signature_invalid");
}

#[test]
fn an_aggregate_that_is_not_signed_is_read_but_not_verified() {
    assert!(read(&two()).is_ok());
    assert_eq!(code(verified(&two())), "signature_missing");
    // A signature of an entity is not the root's own.
    let inner = signed(&entity(" ID=\"_1\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"", ONE));
    assert!(read(&aggregate("", &inner)).is_ok());
    assert_eq!(code(verified(&aggregate("", &inner))), "signature_missing");
}

#[test]
fn a_signature_over_something_else_in_the_file_is_refused() {
    let file = signed(&two());
    assert_eq!(code(verified(&file.replace("ID=\"_all\"", "ID=\"_other\""))), "signature_reference_uri");
}

#[test]
fn an_aggregate_that_ends_early_is_refused_although_its_signature_came_first() {
    let file = signed(&two());
    let start = &file[..file.find("</md:EntitiesDescriptor>").unwrap()];
    assert_eq!(code(verified(start)), "xml_unexpected_end");
    assert_eq!(code(read(start)), "xml_unexpected_end");
}

#[test]
fn a_source_that_fails_gives_no_index() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> Result<usize, ReadError> {
            Err(ReadErrorKind::TimedOut.into())
        }
    }
    let file = signed(&two());
    assert_eq!(code(Aggregate::parse_unverified(file.as_bytes().chain(Failing))), "xml_read");
    assert!(Aggregate::parse_unverified(file.as_bytes().chain(std::io::empty())).is_ok());
}

#[test]
fn an_entity_is_read_only_from_the_bytes_that_were_indexed() {
    let file = two();
    let aggregate = read(&file).unwrap();
    let own = bytes(&file, &aggregate, ONE);
    assert_eq!(aggregate.metadata(ONE, own).unwrap().entity_id(), ONE);
    let changed = String::from_utf8(own.to_vec()).unwrap().replacen("Voorbeeld", "voorbeeld", 1);
    let longer = [own, b" "].concat();
    for other in [changed.as_bytes(), &longer, bytes(&file, &aggregate, TWO), b""] {
        assert_eq!(aggregate.metadata(ONE, other).unwrap_err().code(), "metadata_entity_changed");
    }
    let unknown = aggregate.metadata("https://three.example.nl/saml", own).unwrap_err();
    assert_eq!(unknown.code(), "metadata_entity_missing");
}

#[test]
fn an_entity_reads_as_it_does_alone() {
    let role = "<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
                <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>KEY</ds:X509Certificate></ds:X509Data>\
                </ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService \
                Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://one.example.nl/login\"/>\
                </md:IDPSSODescriptor>";
    let certificate = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(keys()[1].verifying_key().certificate_der().unwrap())
    };
    let role = role.replace("KEY", &certificate);
    let within = format!("<md:EntityDescriptor entityID=\"{ONE}\">{role}</md:EntityDescriptor>");
    // The prefixes are declared at the root only.
    let declarations = " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    let file = signed(&aggregate(declarations, &within));
    let aggregate = verified(&file).unwrap();
    let read = aggregate.metadata(ONE, bytes(&file, &aggregate, ONE)).unwrap();
    let alone = within.replacen(
        "<md:EntityDescriptor",
        &format!("<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"{declarations}"),
        1,
    );
    let alone = Metadata::parse_unverified(alone.as_bytes()).unwrap();
    let (read, alone) = (read.identity_provider().unwrap(), alone.identity_provider().unwrap());
    assert_eq!(read.signing_keys(), alone.signing_keys());
    assert_eq!(read.signing_keys(), [keys()[1].verifying_key().clone()]);
    assert_eq!(read.entity_id(), alone.entity_id());
}

#[test]
fn an_entity_is_valid_no_longer_than_the_aggregate() {
    let early = parse_date_time("2030-01-01T00:00:00Z");
    let late = parse_date_time("2031-01-01T00:00:00Z");
    let until =
        |year: &str| if year.is_empty() { String::new() } else { format!(" validUntil=\"{year}-01-01T00:00:00Z\"") };
    for (of_all, of_one, expected) in
        [("", "", None), ("2030", "", early), ("", "2031", late), ("2030", "2031", early), ("2031", "2030", early)]
    {
        let file = aggregate(&until(of_all), &entity(&until(of_one), ONE));
        let aggregate = read(&file).unwrap();
        assert_eq!(aggregate.valid_until().is_some(), !of_all.is_empty());
        assert_eq!(aggregate.metadata(ONE, bytes(&file, &aggregate, ONE)).unwrap().valid_until(), expected);
    }
    assert_eq!(code(read(&aggregate(" validUntil=\"soon\"", &entity("", ONE)))), "date_time");
}

#[test]
fn a_cache_duration_is_read() {
    let with = |duration: &str| read(&aggregate(&format!(" cacheDuration=\"{duration}\""), &entity("", ONE)));
    assert_eq!(with("PT6H").unwrap().cache_duration(), Some(Duration::from_secs(6 * 3600)));
    assert_eq!(read(&two()).unwrap().cache_duration(), None);
    assert_eq!(code(with("6 hours")), "attribute_value");
}

#[test]
fn an_entity_that_stands_twice_is_refused() {
    let twice = aggregate("", &format!("{}{}", entity("", ONE), entity("", ONE)));
    assert_eq!(code(read(&twice)), "metadata_duplicate_entity");
    assert!(read(&aggregate("", &format!("{}{}", entity("", ONE), entity("", TWO)))).is_ok());
}

#[test]
fn an_id_that_stands_twice_is_refused_wherever() {
    let with = |one: &str, two: &str| {
        let ids = [one, two].map(|id| format!(" ID=\"{id}\""));
        read(&aggregate("", &format!("{}{}", entity(&ids[0], ONE), entity(&ids[1], TWO))))
    };
    assert!(with("_1", "_2").is_ok());
    assert_eq!(code(with("_1", "_1")), "duplicate_id");
    assert_eq!(code(with("_1", "_all")), "duplicate_id");
    let in_role = aggregate("", &entity(" ID=\"_1\"", ONE).replace("<md:Organization>", "<md:Organization ID=\"_1\">"));
    assert_eq!(code(read(&in_role)), "duplicate_id");
}

#[test]
fn an_id_that_stands_twice_in_different_parts_is_refused() {
    let far = "<!-- x -->".repeat(50_000);
    let with = |second: &str| {
        read(&aggregate(
            "",
            &format!("{}{far}{}", entity(" ID=\"_1\"", ONE), entity(&format!(" ID=\"{second}\""), TWO)),
        ))
    };
    assert!(with("_2").is_ok());
    assert_eq!(code(with("_1")), "duplicate_id");
}

#[test]
fn an_aggregate_in_an_aggregate_is_refused() {
    let inner = "<md:EntitiesDescriptor>".to_owned() + &entity("", TWO) + "</md:EntitiesDescriptor>";
    assert_eq!(code(read(&aggregate("", &(entity("", ONE) + &inner)))), "metadata_aggregate_nested");
    assert_eq!(code(read(&aggregate("", &inner))), "metadata_aggregate_nested");
}

#[test]
fn another_document_is_refused() {
    let entity = entity(" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"", ONE);
    assert_eq!(code(read(&entity)), "message_type");
    assert_eq!(code(read(&two().replace("SAML:2.0:metadata", "SAML:2.0:other"))), "message_type");
    assert_eq!(code(read("")), "xml_unexpected_end");
    assert_eq!(code(read(&format!("<!DOCTYPE x>{}", two()))), "xml_document_type");
}

#[test]
fn children_out_of_the_order_of_the_schema_are_refused() {
    let one = entity("", ONE);
    let extensions = "<md:Extensions><x:y xmlns:x=\"urn:x\"/></md:Extensions>";
    assert!(read(&aggregate("", &format!("{extensions}{one}"))).is_ok());
    assert!(verified(&signed(&aggregate("", &format!("{extensions}{one}")))).is_ok());
    assert_eq!(code(read(&aggregate("", &format!("{one}{extensions}")))), "element_unexpected");
    assert_eq!(code(read(&aggregate("", &format!("{extensions}{extensions}{one}")))), "element_unexpected");
    assert_eq!(code(read(&aggregate("", &format!("{one}<other/>")))), "element_unexpected");
    assert_eq!(code(read(&aggregate("", &format!("{one}text")))), "text_unexpected");
    assert_eq!(code(read(&aggregate("", ""))), "metadata_element_missing");
    assert_eq!(code(read(&aggregate("", &one.replace(" entityID", " other")))), "attribute_missing");
}

#[test]
fn an_entity_of_more_than_a_mebibyte_is_refused_and_any_number_of_smaller_ones_is_not() {
    let sized = |entity_id: &str, length: usize| {
        let plain = entity("", entity_id);
        let text = "x".repeat(length - plain.len());
        plain.replace("Gemeente Voorbeeld", &format!("Gemeente Voorbeeld{text}"))
    };
    let ids = [ONE, TWO, "https://three.example.nl", "https://four.example.nl"];
    let large = ids.map(|id| sized(id, 1 << 20)).concat();
    let file = aggregate("", &large);
    let read_all = read(&file).unwrap();
    assert_eq!(read_all.len(), 4);
    assert!(read_all.metadata(TWO, bytes(&file, &read_all, TWO)).is_ok());
    assert_eq!(code(read(&aggregate("", &sized(ONE, (1 << 20) + 1)))), "xml_too_large");
}

#[test]
fn more_entities_than_fifty_thousand_are_refused() {
    let entities = |count: usize| {
        let all: String =
            (0..count).map(|number| format!("<md:EntityDescriptor entityID=\"urn:{number}\"/>")).collect();
        aggregate("", &all)
    };
    assert_eq!(read(&entities(50_000)).unwrap().len(), 50_000);
    assert_eq!(code(read(&entities(50_001))), "metadata_aggregate_limit");
}

#[test]
fn an_aggregate_shows_nothing_but_its_size() {
    assert_eq!(format!("{:?}", read(&two()).unwrap()), "Aggregate(2 entities)");
}
