//! What is written is what was asked for, in the order of the schema, and signed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::{env, fs, process};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeZone, Utc};
use saml_authn_request::{AssertionConsumerServiceChoice, AuthnRequestSettings, Error, LoginOptions, UnsignedRequest};
use saml_bindings::{MessageParameter, decode_redirect};
use saml_protocol::{
    AssertionConsumerService, AuthnRequest, Binding, Comparison, IntendedAudience, RequestedAttribute,
    RequestedAuthnContext,
};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{
    AlgorithmPolicy, Error as SignatureError, ExternalSigner, SignatureAlgorithm, SigningKey, VerifyingKey,
    random_bytes, sign_octets, verify,
};

const ENTITY_ID: &str = "https://portal.example/saml";
const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
const ACS: &str = "https://portal.example/saml/acs";
const BROKER: &str = "https://broker.example/auth/saml";
const DESTINATION: &str = "https://broker.example/auth/saml/login";
const SUBSTANTIAL: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
const HIGH: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";
const RANDOM: [[u8; 20]; 2] = [[0x1D; 20], [0x5E; 20]];
/// What breaks out of XML that is put together from strings (ATT-196).
const HOSTILE: &str = "\"<>&'\r\n\t]]>\u{e9}<!--x-->";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_self_signed(2048, "portal.example", 0, 4_000_000_000).unwrap());

fn keys() -> [VerifyingKey; 1] {
    [KEY.verifying_key().clone()]
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

fn signicat() -> AuthnRequestSettings {
    AuthnRequestSettings::signicat(ENTITY_ID, ACS).with_requested_level(SUBSTANTIAL)
}

fn everything() -> AuthnRequestSettings {
    signicat()
        .with_attribute_consuming_service_index(9052)
        .with_provider_name("Portal")
        .with_language("nl")
        .with_requested_attribute("nin", &["a", "b"])
        .with_requested_attribute("idpId", &[])
        .with_scoping(&["digid", "simulator"])
}

fn create(settings: &AuthnRequestSettings, options: &LoginOptions) -> (UnsignedRequest, PendingRequest) {
    let return_to = ReturnPath::parse("/permits").unwrap();
    settings.create(DESTINATION, BROKER, options, RANDOM, return_to, now()).unwrap()
}

fn redirected(settings: &AuthnRequestSettings, options: &LoginOptions) -> Document {
    let url = create(settings, options).0.redirect(&KEY).unwrap();
    let message = decode_redirect(url.split_once('?').unwrap().1, MessageParameter::SamlRequest).unwrap();
    assert_eq!(message.relay_state(), Some(RelayState::from_random([0x5E; 20]).as_str()));
    message.verify(&keys(), &AlgorithmPolicy::modern()).unwrap();
    Document::parse(message.xml(), &ParseOptions::message()).unwrap()
}

fn posted(settings: &AuthnRequestSettings) -> String {
    let form = create(settings, &LoginOptions::default()).0.post(&KEY).unwrap();
    assert_eq!((form.action(), form.parameter()), (DESTINATION, MessageParameter::SamlRequest));
    assert_eq!(form.relay_state(), Some(RelayState::from_random([0x5E; 20]).as_str()));
    String::from_utf8(STANDARD.decode(form.message_base64()).unwrap()).unwrap()
}

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap()
}

fn minimum(class_ref: &str) -> Option<RequestedAuthnContext<'_>> {
    Some(RequestedAuthnContext { comparison: Comparison::Minimum, class_refs: vec![class_ref] })
}

/// Stands for an HSM.
struct Token;

impl ExternalSigner for Token {
    fn sign(&self, octets: &[u8], algorithm: SignatureAlgorithm) -> Result<Vec<u8>, SignatureError> {
        sign_octets(octets, algorithm, &KEY)
    }
}

#[test]
fn a_request_is_signed_by_a_key_that_lives_elsewhere() {
    let certificate = KEY.verifying_key().certificate_pem().unwrap();
    let key = SigningKey::external(Arc::new(Token), &certificate).unwrap();
    let url = create(&signicat(), &LoginOptions::default()).0.redirect(&key).unwrap();
    let message = decode_redirect(url.split_once('?').unwrap().1, MessageParameter::SamlRequest).unwrap();
    message.verify(&keys(), &AlgorithmPolicy::modern()).unwrap();
    assert!(create(&signicat(), &LoginOptions::default()).0.post(&key).is_ok());
}

#[test]
fn every_setting_stands_in_the_request() {
    let id = RequestId::from_random([0x1D; 20]);
    let expected = AuthnRequest {
        id: id.as_str(),
        issue_instant: now(),
        destination: Some(DESTINATION),
        force_authn: true,
        assertion_consumer_service: AssertionConsumerService::Url { url: ACS, binding: Some(Binding::HttpPost) },
        attribute_consuming_service_index: Some(9052),
        provider_name: Some("Portal"),
        issuer: ENTITY_ID,
        intended_audience: None,
        requested_attributes: vec![
            RequestedAttribute { name: "signicat:param:language", values: vec!["nl"] },
            RequestedAttribute { name: "nin", values: vec!["a", "b"] },
            RequestedAttribute { name: "idpId", values: vec![] },
        ],
        requested_authn_context: minimum(SUBSTANTIAL),
        scoping: vec!["digid", "simulator"],
    };
    let document = redirected(&everything(), &LoginOptions::default());
    assert_eq!(AuthnRequest::read(document.root()), Ok(expected.clone()));
    let document = parse(&posted(&everything()));
    assert_eq!(AuthnRequest::read(document.root()), Ok(expected));
}

#[test]
fn signicat_is_scoped_to_digid_and_asks_for_credentials() {
    let document = redirected(&AuthnRequestSettings::signicat(ENTITY_ID, ACS), &LoginOptions::default());
    let request = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(request.scoping, ["digid"]);
    assert!(request.force_authn);
    assert_eq!(request.requested_authn_context, None);
    assert!(request.requested_attributes.is_empty());
}

#[test]
fn digid_is_not_scoped_and_gets_the_index_only() {
    let settings = AuthnRequestSettings::digid(ENTITY_ID, 3, ACS).with_requested_level(SUBSTANTIAL);
    let document = redirected(&settings, &LoginOptions::default());
    let request = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(request.assertion_consumer_service, AssertionConsumerService::Index(3));
    assert_eq!(document.root().attribute("AssertionConsumerServiceURL"), None);
    assert_eq!(document.root().attribute("ProtocolBinding"), None);
    assert!(request.scoping.is_empty());
    assert!(request.force_authn);
    assert_eq!(create(&settings, &LoginOptions::default()).1.assertion_consumer_service, ACS);
}

#[test]
fn index_and_url_never_stand_together() {
    for choice in [
        AssertionConsumerServiceChoice::Default,
        AssertionConsumerServiceChoice::Index(0),
        AssertionConsumerServiceChoice::Url { binding: None },
        AssertionConsumerServiceChoice::Url { binding: Some(Binding::HttpArtifact) },
    ] {
        let document = redirected(&signicat().with_assertion_consumer_service(choice), &LoginOptions::default());
        let has = |attribute: &str| document.root().attribute(attribute).is_some();
        let found = (has("AssertionConsumerServiceIndex"), has("AssertionConsumerServiceURL"), has("ProtocolBinding"));
        let expected = match choice {
            AssertionConsumerServiceChoice::Default => (false, false, false),
            AssertionConsumerServiceChoice::Index(_) => (true, false, false),
            AssertionConsumerServiceChoice::Url { binding } => (false, true, binding.is_some()),
        };
        assert_eq!(found, expected, "{choice:?}");
    }
}

#[test]
fn the_pending_request_says_what_was_sent() {
    let (_, pending) = create(&signicat(), &LoginOptions::default());
    let expected = PendingRequest {
        id: RequestId::from_random([0x1D; 20]),
        issued_at: now(),
        identity_provider: BROKER.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
        requested_level: Some(SUBSTANTIAL.to_owned()),
        force_authn: true,
        return_to: ReturnPath::parse("/permits").unwrap(),
        relay_state: RelayState::from_random([0x5E; 20]),
    };
    assert_eq!(pending, expected);
    let (_, pending) = create(&signicat().with_force_authn(false), &LoginOptions::default());
    assert_eq!(pending, PendingRequest { force_authn: false, ..expected });
}

#[test]
fn a_request_that_does_not_force_says_so() {
    let document = redirected(&signicat().with_force_authn(false), &LoginOptions::default());
    assert!(!AuthnRequest::read(document.root()).unwrap().force_authn);
}

#[test]
fn level_and_language_of_one_login_go_before_the_settings() {
    let options = LoginOptions::default().with_level(HIGH).with_language("en");
    let document = redirected(&everything(), &options);
    let request = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(request.requested_authn_context, minimum(HIGH));
    let language = RequestedAttribute { name: "signicat:param:language", values: vec!["en"] };
    assert_eq!(request.requested_attributes.first(), Some(&language));
    assert_eq!(request.requested_attributes.len(), 3);
    assert_eq!(create(&everything(), &options).1.requested_level.as_deref(), Some(HIGH));
}

#[test]
fn the_children_stand_in_the_order_of_the_schema() {
    // SAML Core 3.4.1 and 3.2.1.
    let names = |document: &Document| -> Vec<String> {
        document.root().children().map(|child| child.local_name().to_owned()).collect()
    };
    let document = redirected(&everything(), &LoginOptions::default());
    assert_eq!(names(&document), ["Issuer", "Extensions", "RequestedAuthnContext", "Scoping"]);
    let document = parse(&posted(&everything()));
    assert_eq!(names(&document), ["Issuer", "Signature", "Extensions", "RequestedAuthnContext", "Scoping"]);
}

#[test]
fn no_value_can_break_out_of_the_xml() {
    let settings = AuthnRequestSettings::signicat(HOSTILE, HOSTILE)
        .with_requested_level(HOSTILE)
        .with_provider_name(HOSTILE)
        .with_language(HOSTILE)
        .with_requested_attribute(HOSTILE, &[HOSTILE, HOSTILE])
        .with_scoping(&[HOSTILE, HOSTILE]);
    for document in [redirected(&settings, &LoginOptions::default()), parse(&posted(&settings))] {
        let request = AuthnRequest::read(document.root()).unwrap();
        assert_eq!(request.issuer, HOSTILE);
        let service = AssertionConsumerService::Url { url: HOSTILE, binding: Some(Binding::HttpPost) };
        assert_eq!(request.assertion_consumer_service, service);
        assert_eq!(request.requested_authn_context, minimum(HOSTILE));
        assert_eq!(request.provider_name, Some(HOSTILE));
        let attributes = [
            RequestedAttribute { name: "signicat:param:language", values: vec![HOSTILE] },
            RequestedAttribute { name: HOSTILE, values: vec![HOSTILE, HOSTILE] },
        ];
        assert_eq!(request.requested_attributes, attributes);
        assert_eq!(request.scoping, [HOSTILE, HOSTILE]);
    }
    verify(parse(&posted(&settings)).root(), &keys(), &AlgorithmPolicy::modern(), &ParseOptions::message()).unwrap();
}

#[test]
fn a_destination_that_is_no_url_is_not_sent_to() {
    for destination in [HOSTILE, "javascript:alert(1)", "https://broker.example/\"x"] {
        let unsigned = || {
            let return_to = ReturnPath::parse("/").unwrap();
            signicat().create(destination, BROKER, &LoginOptions::default(), RANDOM, return_to, now()).unwrap().0
        };
        let refused = Error::Binding(saml_bindings::Error::Endpoint);
        assert_eq!(unsigned().redirect(&KEY), Err(refused.clone()));
        assert_eq!(unsigned().post(&KEY), Err(refused));
    }
}

#[test]
fn a_character_that_xml_does_not_allow_is_rejected() {
    let error = signicat()
        .with_provider_name("a\0")
        .create(DESTINATION, BROKER, &LoginOptions::default(), RANDOM, ReturnPath::parse("/").unwrap(), now())
        .unwrap_err();
    let expected = saml_xml::WriteError::ForbiddenCharacter { name: "ProviderName", character: 0 };
    assert_eq!(error, Error::Write(expected));
}

#[test]
fn an_empty_value_is_rejected() {
    let level = |class_ref: &str| LoginOptions::default().with_level(class_ref);
    let language = |language: &str| LoginOptions::default().with_language(language);
    let none = LoginOptions::default;
    for (settings, options, destination, identity_provider, field) in [
        (AuthnRequestSettings::signicat("", ACS), none(), DESTINATION, BROKER, "Issuer"),
        (AuthnRequestSettings::signicat(ENTITY_ID, ""), none(), DESTINATION, BROKER, "AssertionConsumerServiceURL"),
        (signicat(), none(), "", BROKER, "Destination"),
        (signicat(), none(), DESTINATION, " ", "identity provider"),
        (signicat(), level("\n"), DESTINATION, BROKER, "AuthnContextClassRef"),
        (signicat(), language(""), DESTINATION, BROKER, "signicat:param:language"),
        (signicat().with_scoping(&["digid", ""]), none(), DESTINATION, BROKER, "ProviderID"),
        (signicat().with_requested_attribute("", &[]), none(), DESTINATION, BROKER, "RequestedAttribute"),
    ] {
        let return_to = ReturnPath::parse("/").unwrap();
        let created = settings.create(destination, identity_provider, &options, RANDOM, return_to, now());
        assert_eq!(created.map(drop), Err(Error::Empty { field }));
    }
}

#[test]
fn a_posted_request_verifies_and_a_changed_one_does_not() {
    for settings in [signicat(), everything()] {
        let xml = posted(&settings);
        let check = |xml: &str| {
            verify(parse(xml).root(), &keys(), &AlgorithmPolicy::modern(), &ParseOptions::message()).map(drop)
        };
        assert_eq!(check(&xml), Ok(()));
        for (from, to) in [(ACS, "https://portal.example/saml/acx"), ("Smartcard", "Smartcarc"), ("digid", "digie")] {
            assert_eq!(check(&xml.replace(from, to)), Err(saml_xml_security::Error::DigestMismatch));
        }
    }
}

#[test]
fn the_type_of_a_value_is_covered_by_the_signature() {
    let xml = posted(&everything());
    let changed = xml.replace("xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"", "xmlns:xs=\"urn:x\"");
    assert_ne!(xml, changed);
    let verified = verify(parse(&changed).root(), &keys(), &AlgorithmPolicy::modern(), &ParseOptions::message());
    assert_eq!(verified.map(drop), Err(saml_xml_security::Error::DigestMismatch));
}

#[test]
fn the_algorithm_of_the_settings_signs() {
    let settings = signicat().with_signature_algorithm(SignatureAlgorithm::RsaSha512);
    let xml = posted(&settings);
    let verified = verify(parse(&xml).root(), &keys(), &AlgorithmPolicy::modern(), &ParseOptions::message()).unwrap();
    assert_eq!(verified.algorithm(), SignatureAlgorithm::RsaSha512);
    let url = create(&settings, &LoginOptions::default()).0.redirect(&KEY).unwrap();
    let message = decode_redirect(url.split_once('?').unwrap().1, MessageParameter::SamlRequest).unwrap();
    assert_eq!(message.signature().unwrap().algorithm(), SignatureAlgorithm::RsaSha512.uri());
}

#[test]
fn a_key_that_does_not_fit_the_algorithm_leaves_nothing_unsigned() {
    let settings = signicat().with_signature_algorithm(SignatureAlgorithm::EcdsaSha256);
    let expected = saml_xml_security::Error::KeyType { algorithm: SignatureAlgorithm::EcdsaSha256.uri() };
    let unsigned = || create(&settings, &LoginOptions::default()).0;
    let by_redirect = Error::Binding(saml_bindings::Error::Signature(expected.clone()));
    assert_eq!(unsigned().redirect(&KEY), Err(by_redirect));
    assert_eq!(unsigned().post(&KEY), Err(Error::Signature(expected)));
}

#[test]
fn two_requests_have_different_ids_and_relay_states() {
    let pending = || {
        let random = [random_bytes().unwrap(), random_bytes().unwrap()];
        let return_to = ReturnPath::parse("/").unwrap();
        signicat().create(DESTINATION, BROKER, &LoginOptions::default(), random, return_to, now()).unwrap().1
    };
    let (one, other) = (pending(), pending());
    assert_ne!(one.id, other.id);
    assert_ne!(one.relay_state, other.relay_state);
    assert_ne!(one.relay_state.as_str(), one.id.as_str().trim_start_matches('_'));
}

#[test]
fn debug_shows_nothing_that_could_be_sent() {
    let (request, _) = create(&signicat(), &LoginOptions::default());
    assert_eq!(format!("{request:?}"), format!("UnsignedRequest(to {DESTINATION})"));
}

#[test]
fn xmlsec1_accepts_a_posted_request() {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        let said = "not run: 1 case of a posted request in xmlsec1, because xmlsec1 is not installed";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    }
    let folder = env::temp_dir().join(format!("saml-authn-request-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (certificate, message) = (folder.join("certificate.pem"), folder.join("request.xml"));
    fs::write(&certificate, KEY.verifying_key().certificate_pem().unwrap()).unwrap();
    let accepts = |xml: &str| {
        fs::write(&message, xml).unwrap();
        let output = Command::new("xmlsec1")
            .args(["--verify", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest", "--trusted-pem"])
            .args([&certificate, &message])
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for settings in [signicat(), everything(), signicat().with_provider_name(HOSTILE)] {
        let xml = posted(&settings);
        let (accepted, output) = accepts(&xml);
        assert!(accepted, "{output}");
        assert!(!accepts(&xml.replace("digid", "digie")).0);
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn stelsel_toegang_is_asked_by_index_alone_and_never_from_the_future() {
    let settings = AuthnRequestSettings::st_saml(ENTITY_ID, 0, ACS, 1);
    let xml = posted(&settings);
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    let request = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(request.assertion_consumer_service, AssertionConsumerService::Index(0));
    assert_eq!(request.attribute_consuming_service_index, Some(1));
    assert_eq!((request.requested_authn_context, request.provider_name), (None, None));
    assert_eq!(request.issue_instant, now() - chrono::TimeDelta::seconds(2));
    assert!(request.force_authn && request.scoping.is_empty() && request.requested_attributes.is_empty());
    let (_, pending) = create(&settings, &LoginOptions::default());
    assert_eq!((pending.issued_at, pending.assertion_consumer_service.as_str()), (now(), ACS));
    assert_eq!(pending.requested_level, None);
}

#[test]
fn a_supplier_says_for_whom_it_asks_in_the_extensions_and_not_by_an_index() {
    let member = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9001";
    let settings = AuthnRequestSettings::st_saml_cluster(ENTITY_ID, 0, ACS, member, SERVICE);
    let xml = posted(&settings);
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    let request = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(request.intended_audience, Some(IntendedAudience { entity_id: member, service_uuid: SERVICE }));
    assert_eq!((request.issuer, request.attribute_consuming_service_index), (ENTITY_ID, None));
    assert_eq!(request.issue_instant, now() - chrono::TimeDelta::seconds(2));
    assert_eq!((settings.issuer(), settings.recipient()), (ENTITY_ID, member));
    assert_eq!(AuthnRequestSettings::st_saml(ENTITY_ID, 0, ACS, 1).recipient(), ENTITY_ID);

    let without = AuthnRequestSettings::st_saml_cluster(ENTITY_ID, 0, ACS, " ", SERVICE);
    let created =
        without.create(DESTINATION, BROKER, &LoginOptions::default(), RANDOM, ReturnPath::parse("/").unwrap(), now());
    assert_eq!(created.unwrap_err(), Error::Empty { field: "IntendedAudience" });
}
