//! samael's messages through us, and ours through samael.
//!
//! Each side signs with its own code, samael with libxmlsec1, and the other verifies.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use openssl::pkey::{PKey, Private};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider, UrlVerifier};
use samael::idp::response_builder::{ResponseAttribute, build_response_template};
use samael::idp::sp_extractor::{RequiredAttribute, SPMetadataExtractor};
use samael::idp::verified_request::UnverifiedAuthnRequest;
use samael::metadata::EntityDescriptor;
use samael::schema::{AuthnContextClassRef, Response};
use samael::service_provider::{Error, ServiceProvider};
use samael::signature::{DigestAlgorithm, Signature};
use samael::traits::ToXml;
use saml_authn_request::{AuthnRequestSettings, LoginOptions, UnsignedRequest};
use saml_bindings::{MessageParameter, decode_redirect};
use saml_digid::{LevelOfAssurance, Profile};
use saml_forge::{Answer, Answered, Identifiers, Login, Outcome, Signed, SignicatPaths, signicat_metadata};
use saml_metadata::{IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_name_id::{NameIdRules, SectorCode};
use saml_protocol::{AssertionConsumerService, AuthnRequest, Binding};
use saml_state::{PendingRequest, ReturnPath};
use saml_tests::Setting;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, random_bytes, verify};

#[test]
fn a_redirected_request_of_ours_verifies_there_and_not_with_another_key() {
    let key = key();
    let (request, pending) = request();
    let url: String = request.redirect(&key).unwrap();
    let url = url.parse().unwrap();

    let verified =
        |key: &SigningKey| UrlVerifier::from_x509(&certificate(key)).unwrap().verify_signed_request_url(&url);

    assert!(verified(&key).unwrap());
    assert!(!verified(&self::key()).unwrap());
    let message = decode_redirect(url.query().unwrap(), MessageParameter::SamlRequest).unwrap();
    let read = UnverifiedAuthnRequest::from_xml(std::str::from_utf8(message.xml()).unwrap()).unwrap().request;
    assert_eq!((read.id.as_str(), read.issuer_value().as_deref()), (pending.id.as_str(), Some(PORTAL)));
    assert_eq!((read.destination.as_deref(), read.assertion_consumer_service_index), (Some(SSO), Some(0)));
    assert_eq!(
        read.requested_authn_context.unwrap().authn_context_class_refs.unwrap()[0].value.as_deref(),
        Some(MIDDLE)
    );
    assert_eq!(read.force_authn, Some(true));
}

#[test]
fn a_posted_request_of_ours_verifies_there_and_not_with_another_key() {
    let key = key();
    let (request, pending) = request();
    let xml = STANDARD.decode(request.post(&key).unwrap().message_base64()).unwrap();
    let xml = String::from_utf8(xml).unwrap();

    let verified = |key| UnverifiedAuthnRequest::from_xml(&xml).unwrap().try_verify_with_cert(&certificate(key));

    assert_eq!(verified(&key).unwrap().id, pending.id.as_str());
    assert!(verified(&self::key()).is_err());
}

#[test]
fn a_posted_request_of_samael_verifies_here_and_not_with_another_key() {
    let key = key();
    let mut request = service_provider(&key).make_authentication_request(SSO).unwrap();
    request.signature = Some(template(&request.id, &key));
    let xml = request.to_signed_xml(&private(&key).private_key_to_der().unwrap()).unwrap();
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();

    let verified = |key: &SigningKey| {
        let keys = [key.verifying_key().clone()];
        verify(document.root(), &keys, &AlgorithmPolicy::modern(), &ParseOptions::message())
    };

    assert_eq!(AuthnRequest::read(verified(&key).unwrap().root()).unwrap().id, request.id);
    assert_eq!(verified(&self::key()).unwrap_err().code(), "signature_invalid");
}

#[test]
fn a_redirected_request_of_samael_verifies_here_and_not_when_it_is_changed() {
    let key = key();
    let request = service_provider(&key).make_authentication_request(SSO).unwrap();
    let url = request.signed_redirect("relay", &private(&key)).unwrap().unwrap();
    let query = url.query().unwrap();
    let verified = |query: &str| {
        let message = decode_redirect(query, MessageParameter::SamlRequest).unwrap();
        message.verify(&[key.verifying_key().clone()], &AlgorithmPolicy::modern()).map(|_| message)
    };

    let message = verified(query).unwrap();
    let changed = verified(&query.replace("RelayState=relay", "RelayState=Relay"));

    assert_eq!(changed.unwrap_err().code(), "signature_invalid");
    let document = Document::parse(message.xml(), &ParseOptions::message()).unwrap();
    let read = AuthnRequest::read(document.root()).unwrap();
    assert_eq!((read.id, read.issuer, read.destination), (request.id.as_str(), PORTAL, Some(SSO)));
    let by_post = AssertionConsumerService::Url { url: ACS, binding: Some(Binding::HttpPost) };
    assert_eq!(read.assertion_consumer_service, by_post);
    assert_eq!(message.relay_state(), Some("relay"));
}

#[test]
fn metadata_of_ours_is_read_there() {
    let key = key();
    let consumer =
        IndexedEndpoint { index: 0, is_default: Some(true), binding: Binding::HttpPost, location: ACS.to_owned() };
    let portal = ServiceProviderMetadata::new("_1", PORTAL, vec![key.verifying_key().clone()], vec![consumer]);

    let read = SPMetadataExtractor::try_from_xml(&portal.sign(&key).unwrap()).unwrap();
    let broker = service_provider(&key);

    assert_eq!((read.issuer().unwrap().as_str(), read.acs().unwrap().url.as_str()), (PORTAL, ACS));
    assert_eq!(read.verification_cert().unwrap(), certificate(&key));
    assert_eq!(broker.idp_metadata.entity_id.as_deref(), Some(BROKER));
    assert_eq!(broker.sso_binding_location(Binding::HttpRedirect.uri()).as_deref(), Some(SSO));
    assert_eq!(broker.idp_signing_certs().unwrap(), Some(vec![certificate(&key)]));
}

#[test]
fn metadata_of_samael_is_read_here() {
    let key = key();
    let file = service_provider(&key).metadata().unwrap().to_string().unwrap();

    let read = Metadata::parse_unverified(file.as_bytes()).unwrap().service_provider().unwrap();

    assert_eq!(read.entity_id(), PORTAL);
    assert_eq!(read.signing_keys()[0], *key.verifying_key());
    assert_eq!(read.default_assertion_consumer_service().unwrap().location, ACS);
    assert!(read.want_assertions_signed());
}

#[test]
fn an_answer_of_ours_is_accepted_there_and_not_when_one_thing_differs() {
    let key = key();
    let portal = service_provider(&key);
    let read = |portal: &ServiceProvider, xml: &str| portal.parse_xml_response(xml, Some(&[REQUEST]));

    for signed in [Signed::Assertion, Signed::Both, Signed::Response] {
        let accepted = read(&portal, &answer(&key, REQUEST, signed)).unwrap();
        assert_eq!(accepted.subject.unwrap().name_id.unwrap().value, NAME_ID, "{signed:?}");
    }

    let refused = read(&portal, &answer(&self::key(), REQUEST, Signed::Both)).unwrap_err();
    assert!(matches!(refused, Error::FailedToValidateSignature), "{refused}");
    let refused = read(&portal, &answer(&key, "_other", Signed::Response)).unwrap_err();
    assert!(matches!(refused, Error::ResponseInResponseToInvalid { .. }), "{refused}");
    let other = ServiceProvider { entity_id: Some("https://other.example.nl".to_owned()), ..portal };
    let refused = read(&other, &answer(&key, REQUEST, Signed::Both)).unwrap_err();
    assert!(matches!(refused, Error::AssertionConditionAudienceRestrictionFailed { .. }), "{refused}");
}

#[test]
fn an_answer_of_samael_is_accepted_here_once_it_says_until_when_it_holds() {
    let key = key();
    let setting = setting(&key);
    let mut response = response(&key, setting.at);

    let assertion = setting.judge(signed(&response, &key).as_bytes(), false).unwrap();
    assert_eq!(assertion.attributes()[0].expose(), ["Jan"]);
    assert_eq!(assertion.issuer(), BROKER);

    // As its own builder leaves it (SAML Profiles 4.1.4.2).
    confirmation(&mut response).not_on_or_after = None;
    let refused = setting.judge(signed(&response, &key).as_bytes(), false);
    assert_eq!(refused.unwrap_err(), "confirmation_expired");
}

#[test]
fn an_answer_of_samael_is_refused_here_when_another_key_signed_it() {
    let key = key();
    let setting = setting(&key);
    let response = response(&key, setting.at);

    let refused = setting.judge(signed(&response, &self::key()).as_bytes(), false);

    assert_eq!(refused.unwrap_err(), "signature_invalid");
}

#[test]
fn an_answer_of_samael_with_its_own_template_is_refused_here_for_its_digest_with_sha1() {
    let key = key();
    let setting = setting(&key);
    let mut response = response(&key, setting.at);
    response.signature = Some(Signature::template(&response.id, &certificate(&key)));

    let refused = setting.judge(signed(&response, &key).as_bytes(), false);

    assert_eq!(refused.unwrap_err(), "signature_digest_algorithm");
}

fn request() -> (UnsignedRequest, PendingRequest) {
    let settings = AuthnRequestSettings::digid(PORTAL, 0, ACS).with_requested_level(MIDDLE);
    let return_to = ReturnPath::parse("/").unwrap();
    settings.create(SSO, BROKER, &LoginOptions::default(), [[1; 20], [2; 20]], return_to, Utc::now()).unwrap()
}

/// Returns an answer as we make it.
fn answer(key: &SigningKey, request: &str, signed: Signed) -> String {
    let answered = Answered {
        request_id: request.to_owned(),
        service_provider: PORTAL.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
    };
    let login = Outcome::Login(Login::new(NAME_ID, "simulator", MIDDLE));
    let mut answer =
        Answer::signicat(BROKER, answered, Identifiers::from_random(random_bytes().unwrap()), Utc::now(), login);
    answer.signed = signed;
    answer.write(key).unwrap()
}

/// Signs an answer as samael does.
fn signed(response: &Response, key: &SigningKey) -> String {
    Crypto::sign_xml(response.to_string().unwrap(), &private(key).private_key_to_der().unwrap()).unwrap()
}

/// Returns an answer as samael makes it, with the time, the level and the digest that its builder has no arguments for.
fn response(key: &SigningKey, now: DateTime<Utc>) -> Response {
    let attribute = ResponseAttribute {
        required_attribute: RequiredAttribute { name: "name".to_owned(), format: None },
        value: "Jan",
    };
    let mut response = build_response_template(&certificate(key), NAME_ID, PORTAL, BROKER, ACS, REQUEST, &[attribute]);
    response.signature = Some(template(&response.id, key));
    confirmation(&mut response).not_on_or_after = Some(now + TimeDelta::minutes(2));
    let statements = response.assertion.as_mut().unwrap().authn_statements.as_mut().unwrap();
    let class = AuthnContextClassRef { value: Some(MIDDLE.to_owned()) };
    statements[0].authn_context.as_mut().unwrap().value = Some(class);
    response
}

/// Returns the signature to be filled in, with SHA-256 where samael has SHA-1 for the digest.
fn template(id: &str, key: &SigningKey) -> Signature {
    let mut template = Signature::template(id, &certificate(key));
    template.signed_info.reference[0].digest_method.algorithm = DigestAlgorithm::Sha256;
    template
}

fn confirmation(response: &mut Response) -> &mut samael::schema::SubjectConfirmationData {
    let subject = response.assertion.as_mut().unwrap().subject.as_mut().unwrap();
    subject.subject_confirmations.as_mut().unwrap()[0].subject_confirmation_data.as_mut().unwrap()
}

fn setting(key: &SigningKey) -> Setting {
    Setting {
        profile: Profile::web_sso().with_name_id(NameIdRules::sectoral(&[SectorCode::Bsn])),
        partner: BROKER.to_owned(),
        keys: vec![key.verifying_key().clone()],
        decryption_keys: Vec::new(),
        entity_id: PORTAL.to_owned(),
        acs: ACS.to_owned(),
        request_id: REQUEST.to_owned(),
        level: Some(MIDDLE.to_owned()),
        at: Utc::now(),
    }
}

/// Returns samael as our portal, which knows the broker by the metadata that we write.
fn service_provider(key: &SigningKey) -> ServiceProvider {
    let keys = vec![key.verifying_key().clone()];
    let broker = signicat_metadata("_2", "https://broker.example.nl", SignicatPaths::Broker, keys, None);
    ServiceProvider {
        entity_id: Some(PORTAL.to_owned()),
        acs_url: Some(ACS.to_owned()),
        certificate: Some(certificate(key)),
        idp_metadata: broker.sign(key).unwrap().parse::<EntityDescriptor>().unwrap(),
        ..ServiceProvider::default()
    }
}

fn key() -> SigningKey {
    let now = Utc::now().timestamp();
    SigningKey::generate_self_signed(2048, "peer", now - 60, now + 3600).unwrap()
}

fn certificate(key: &SigningKey) -> CertificateDer {
    CertificateDer::from(key.verifying_key().certificate_der().unwrap())
}

fn private(key: &SigningKey) -> PKey<Private> {
    PKey::private_key_from_pem(&key.private_key_pem().unwrap()).unwrap()
}

const PORTAL: &str = "https://portal.example.nl/saml/metadata";
const ACS: &str = "https://portal.example.nl/saml/acs";
const BROKER: &str = "https://broker.example.nl/broker/sp/saml";
const SSO: &str = "https://broker.example.nl/broker/sp/saml/login";
const REQUEST: &str = "_request";
/// The number passes the eleven-test, and is of those that DigiD's pre-production takes for test accounts.
const NAME_ID: &str = "s00000000:900026236";
const MIDDLE: &str = LevelOfAssurance::Middle.authn_context_class();
