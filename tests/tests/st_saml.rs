//! The examples of Stelsel Toegang: their shapes are read, and accepted once our own keys sign and encrypt them.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::LazyLock;

use saml_digid::{Environment, LevelOfAssurance, Profile, Subject};
use saml_forge::EncryptedIdentifier;
use saml_metadata::Metadata;
use saml_name_id::{Bsn, Identity};
use saml_protocol::{AssertionConsumerService, AuthnRequest, IntendedAudience, parse_date_time};
use saml_response::{Expectation, ReceivedResponse, Trace, TrustedSender};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_tests::{corpus, read};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{DecryptionKey, SignOptions, SigningKey, sign};

const AD: &str = "urn:nl-eid-gdi:1.0:AD:0000000273813120000:entities:0000";
const DV: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:0000";
const SERVICE: &str = "375b1cb114b7-12e9-3534-16cc-4d8997b0";
const ACS: &str = "http://sp.example.com";
const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

struct Keys {
    routing_service: SigningKey,
    portal: SigningKey,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = || SigningKey::generate_self_signed(2048, "st-saml.example", 0, 4_000_000_000).unwrap();
    Keys { routing_service: key(), portal: key() }
});

/// An example, with who acts in it by the mandate of whom, and the mandate service involved.
struct Example {
    file: &'static str,
    request: &'static str,
    at: &'static str,
    mandate_service: Option<&'static str>,
    subject: fn() -> Subject,
}

const EXAMPLES: [Example; 3] = [
    Example {
        file: "artifact_response.xml",
        request: "_e1234e91b14755343ff8c69c046cc4abfd37c116",
        at: "2021-10-06T08:10:00Z",
        mandate_service: None,
        subject: || Subject { identity: bsn(ACTING), acting: None },
    },
    Example {
        file: "artifact_response_with_bvd.xml",
        request: "_a658d2c5c7426b11dfbdb1e30d4b0cbdf6586c9b",
        at: "2021-10-06T08:11:00Z",
        mandate_service: Some("urn:nl-eid-gdi:1.0:BVD:00000004003214345001:entities:9000"),
        subject: represented,
    },
    Example {
        file: "artifact_response_with_legal_representation.xml",
        request: "_a658d2c5c7426b11dfbdb1e30d4b0cbdf6586c9b",
        at: "2021-10-06T08:11:00Z",
        mandate_service: Some("urn:nl-eid-gdi:1.0:BVD:00000004003214345001:entities:9001"),
        subject: represented,
    },
];

const ACTING: &str = "900026236";
const LEGAL: &str = "900029365";

fn bsn(text: &str) -> Identity {
    Identity::Bsn(Bsn::parse(text).unwrap())
}

fn represented() -> Subject {
    Subject { identity: bsn(LEGAL), acting: Some(Bsn::parse(ACTING).unwrap()) }
}

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::metadata()).unwrap()
}

fn child<'d>(parent: Element<'d>, name: &str) -> Element<'d> {
    parent.children().find(|child| child.local_name() == name).unwrap()
}

fn replaced(xml: &str, element: Element<'_>, new: &str) -> String {
    let range = element.source_range();
    format!("{}{new}{}", &xml[..range.start], &xml[range.end..])
}

/// Takes out the signatures of example keys that have no value, and every comment.
fn unsigned(xml: &str) -> String {
    let mut xml = xml.to_owned();
    loop {
        let document = parse(&xml);
        let advice = document.elements().find(|element| element.local_name() == "Advice").map(Element::source_range);
        let in_advice = |at: usize| advice.as_ref().is_some_and(|range| range.contains(&at));
        let found = document
            .elements()
            .find(|element| element.is(XMLDSIG, "Signature") && !in_advice(element.source_range().start));
        match found {
            Some(signature) => xml = replaced(&xml, signature, ""),
            None => return xml,
        }
    }
}

/// Signs and encrypts an example with our own keys; all else stays as it is, the `Advice` with its dots for signatures
/// too.
fn rebuilt(xml: &str, change: impl Fn(String) -> String) -> String {
    let mut xml = unsigned(xml);
    for (name, bsn) in [("ActingSubjectID", ACTING), ("LegalSubjectID", LEGAL)] {
        let document = parse(&xml);
        let message = child(child(document.root(), "Body"), "ArtifactResponse");
        let statement = child(child(child(message, "Response"), "Assertion"), "AttributeStatement");
        let full = format!("urn:nl-eid-gdi:1.0:{name}");
        let attribute = statement.children().find(|attribute| attribute.attribute("Name") == Some(&full));
        let Some(attribute) = attribute else { continue };
        let recipients = vec![(DV.to_owned(), KEYS.portal.verifying_key().clone())];
        let identifier = EncryptedIdentifier {
            attribute: full.clone(),
            id: format!("_{name}"),
            ..EncryptedIdentifier::acting_subject(bsn, recipients)
        };
        let encrypted = child(child(attribute, "AttributeValue"), "EncryptedID");
        xml = replaced(&xml, encrypted, &identifier.write().unwrap());
    }
    // The examples write the one without its scheme.
    let xml = change(xml.replace("Destination=\"sp.example.com\"", &format!("Destination=\"{ACS}\"")));
    let document = parse(&xml);
    let message = child(child(document.root(), "Body"), "ArtifactResponse");
    let assertion = child(child(message, "Response"), "Assertion");
    let signed = |xml: &str| sign(xml, &KEYS.routing_service, &SignOptions::default()).unwrap();
    let xml = replaced(&xml, assertion, &signed(assertion.source()));
    let document = parse(&xml);
    let message = child(child(document.root(), "Body"), "ArtifactResponse");
    replaced(&xml, message, &signed(message.source()))
}

fn judge(xml: &str, example: &Example, profile: &Profile) -> Result<Subject, &'static str> {
    let trace = &mut Trace::new();
    let received = ReceivedResponse::danger_parse_soap_of_unknown_resolve(xml.as_bytes(), trace).unwrap();
    let issuer = received.issuer().unwrap().to_owned();
    let request = PendingRequest {
        id: RequestId::parse(example.request).unwrap(),
        issued_at: parse_date_time("2021-10-06T08:09:00Z").unwrap(),
        identity_provider: issuer.clone(),
        assertion_consumer_service: ACS.to_owned(),
        requested_level: None,
        force_authn: true,
        return_to: ReturnPath::parse("/").unwrap(),
        relay_state: RelayState::from_random([1; 20]),
    };
    let keys = [DecryptionKey::from_pem(&KEYS.portal.private_key_pem().unwrap()).unwrap()];
    let sender = TrustedSender { entity_id: &issuer, keys: &[KEYS.routing_service.verifying_key().clone()] };
    let now = parse_date_time(example.at).unwrap();
    let expectation = Expectation { request: &request, entity_id: DV, now };
    let road = || {
        let assertion = received
            .decrypt_with(&keys, DV)
            .authenticate(&sender, profile.response(), trace)?
            .validate(&expectation, trace)?;
        profile.subject(&assertion, trace)
    };
    road().map_err(|error: saml_response::Error| error.code())
}

fn profile(example: &Example) -> Profile {
    let authorities = [AD].into_iter().chain(example.mandate_service).map(str::to_owned);
    let profile = Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Basic, SERVICE, authorities).unwrap();
    if example.mandate_service.is_some() { profile.with_representation() } else { profile }
}

fn example(corpus: &Path, file: &str) -> String {
    String::from_utf8(read(&corpus.join("digid/st-saml-examples").join(file))).unwrap()
}

#[test]
fn examples_that_we_signed_and_encrypted_are_accepted_and_one_change_is_refused() {
    let Some(corpus) = corpus(8 * EXAMPLES.len(), "examples of Stelsel Toegang, rebuilt") else { return };
    for case in &EXAMPLES {
        let original = example(&corpus, case.file);
        let profile = profile(case);
        let with = |change: &dyn Fn(String) -> String| judge(&rebuilt(&original, change), case, &profile);
        assert_eq!(with(&|xml| xml), Ok((case.subject)()), "{}", case.file);

        let service = |xml: String| xml.replace(SERVICE, "464f504d-5857-5946-304f-494449414a4d");
        assert_eq!(with(&service), Err("service_uuid"), "{}", case.file);
        let audience = |xml: String| xml.replace(&format!("<saml2:Audience>{DV}"), "<saml2:Audience>urn:another");
        assert_eq!(with(&audience), Err("audience_restriction"), "{}", case.file);
        let recipient = |xml: String| xml.replace(&format!("Recipient=\"{DV}\""), "Recipient=\"urn:another\"");
        assert_eq!(with(&recipient), Err("encryption_recipient"), "{}", case.file);
        let level = |xml: String| xml.replace("LoA/basic", "LoA/none");
        assert_eq!(with(&level), Err("level_unknown"), "{}", case.file);
        let destination = |xml: String| xml.replace(&format!("Destination=\"{ACS}\""), "");
        assert_eq!(with(&destination), Err("destination"), "{}", case.file);
        let authority = |xml: String| xml.replace(&format!("Authority>{AD}"), "Authority>urn:another");
        assert_eq!(with(&authority), Err("authenticating_authority"), "{}", case.file);

        // As published, the value of the signature is three dots.
        assert_eq!(judge(&original, case, &profile), Err("signature_value"), "{}", case.file);
    }
}

#[test]
fn an_example_with_a_representative_is_refused_unless_that_is_allowed() {
    let Some(corpus) = corpus(2, "examples of Stelsel Toegang with a representative") else { return };
    for case in EXAMPLES.iter().filter(|case| case.mandate_service.is_some()) {
        let xml = rebuilt(&example(&corpus, case.file), |xml| xml);
        let authorities = [AD].into_iter().chain(case.mandate_service).map(str::to_owned);
        let strict =
            Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Basic, SERVICE, authorities).unwrap();
        assert_eq!(judge(&xml, case, &strict), Err("representation_not_allowed"), "{}", case.file);
    }
}

#[test]
fn the_requests_of_the_examples_ask_for_a_service_by_index_or_by_extension() {
    let Some(corpus) = corpus(3, "requests of Stelsel Toegang") else { return };
    let intended = IntendedAudience {
        entity_id: "urn:nl-eid-gdi:1.0:DV:00000009999999999001:entities:0000",
        service_uuid: "336fa5edb569-13fb-b3e4-8968-86c62aea",
    };
    for (file, consumer, service, intended) in [
        ("authn_request.xml", AssertionConsumerService::Index(0), Some(1), None),
        ("authn_request_bvd.xml", AssertionConsumerService::Index(0), Some(1), None),
        ("authn_request_extensions.xml", AssertionConsumerService::Default, None, Some(intended)),
    ] {
        let document = parse(&example(&corpus, file));
        let request = AuthnRequest::read(document.root()).unwrap();
        assert_eq!(request.issuer, "urn:nl-eid-gdi:1.0:DV:00000009999999999001:entities:0000", "{file}");
        assert_eq!(request.assertion_consumer_service, consumer, "{file}");
        assert_eq!(request.attribute_consuming_service_index, service, "{file}");
        assert_eq!(request.intended_audience, intended, "{file}");
        assert_eq!(request.requested_authn_context, None, "{file}");
    }
}

#[test]
fn metadata_whose_certificates_are_left_out_gives_no_partner() {
    let Some(corpus) = corpus(3, "metadata of Stelsel Toegang") else { return };
    let metadata = |file: &str| Metadata::parse_unverified(example(&corpus, file).as_bytes());
    let code = |error: saml_metadata::Error| error.code();
    let provider = metadata("saml_metadata_dv_for_rd.xml").unwrap().service_provider();
    assert_eq!(provider.map(|_| ()).map_err(code), Err("metadata_no_signing_key"));
    let provider = metadata("saml_metadata_rd_for_dv.xml").unwrap().identity_provider();
    assert_eq!(provider.map(|_| ()).map_err(code), Err("metadata_no_signing_key"));
    // That of a cluster holds many entities.
    assert_eq!(metadata("saml_metadata_lc_for_rd.xml").map(|_| ()).map_err(code), Err("metadata_aggregate"));
}
