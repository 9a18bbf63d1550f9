//! Stelsel Toegang: answers of the routing service, down to who logged in and for whom.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::{DIGID_AD_PRE_PRODUCTION, Environment, LEGACY_BSN, LevelOfAssurance, Profile, Subject};
use saml_forge::{
    Answer, Answered, ArtifactAnswer, Attribute, EncryptedIdentifier, Failure, Identifiers, Login, Outcome, Signed,
};
use saml_name_id::{Bsn, Identity};
use saml_response::{Expectation, ReceivedResponse, SentArtifactResolve, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{DecryptionKey, SigningKey, VerifyingKey};

use crate::answers::{BSN, OTHER_BSN};

const RD: &str = "urn:nl-eid-gdi:1.0:RD:00000004000000149000:entities:9002";
const BVD: &str = "urn:nl-eid-gdi:1.0:BVD:00000004003214345001:entities:9000";
const DV: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9000";
const OTHER_DV: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9001";
const ACS: &str = "https://portal.example/saml/acs";
const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
const BASIC: &str = "http://eid.logius.nl/LoA/basic";

struct Keys {
    rd: SigningKey,
    ours: [SigningKey; 2],
    theirs: SigningKey,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = || SigningKey::generate_self_signed(2048, "st-saml.example", 0, 4_000_000_000).unwrap();
    Keys { rd: key(), ours: [key(), key()], theirs: key() }
});

/// One login by the routing service, and how it is judged.
struct Case {
    profile: Profile,
    login: Login,
    outcome: Option<Failure>,
    /// Changes the answer before it goes into the `ArtifactResponse`.
    answer: fn(Answer) -> Answer,
    message: fn(String) -> String,
    decryption_keys: Vec<DecryptionKey>,
}

fn ours() -> Vec<(String, VerifyingKey)> {
    vec![(DV.to_owned(), KEYS.ours[0].verifying_key().clone())]
}

fn decryption_key(key: &SigningKey) -> DecryptionKey {
    DecryptionKey::from_pem(&key.private_key_pem().unwrap()).unwrap()
}

/// A citizen who acts for himself.
fn citizen() -> Case {
    case(vec![EncryptedIdentifier::acting_subject(BSN, ours())])
}

/// A citizen who acts for another, at a service that allows it.
fn representative() -> Case {
    let mut case = case(vec![
        EncryptedIdentifier::acting_subject(BSN, ours()),
        EncryptedIdentifier::legal_subject(OTHER_BSN, ours()),
    ]);
    case.profile = profile([DIGID_AD_PRE_PRODUCTION, BVD]).with_representation();
    case.login.mandate_services = vec![BVD.to_owned()];
    case
}

fn case(identifiers: Vec<EncryptedIdentifier>) -> Case {
    Case {
        profile: profile([DIGID_AD_PRE_PRODUCTION]),
        login: Login::st_saml("6cdd6d85a822", DIGID_AD_PRE_PRODUCTION, BASIC, SERVICE, identifiers),
        outcome: None,
        answer: |answer| answer,
        message: |message| message,
        decryption_keys: vec![decryption_key(&KEYS.ours[0])],
    }
}

fn profile<const N: usize>(authorities: [&str; N]) -> Profile {
    let authorities = authorities.map(str::to_owned);
    Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Basic, SERVICE, authorities).unwrap()
}

fn with(mut case: Case, change: impl FnOnce(&mut Case)) -> Case {
    change(&mut case);
    case
}

fn bsn(text: &str) -> Bsn {
    Bsn::parse(text).unwrap()
}

impl Case {
    fn accepted(&self) -> Subject {
        self.judge().unwrap().0
    }

    fn rejected(&self, code: &str) {
        assert_eq!(self.judge().map(|_| ()), Err(code));
    }

    fn judge(&self) -> Result<(Subject, ValidAssertion), &'static str> {
        let mut trace = Trace::new();
        let judged = self.walk(&mut trace);
        let shown = format!("{trace:?} {judged:?}");
        assert!(!shown.contains(BSN) && !shown.contains(OTHER_BSN), "{shown}");
        judged.map_err(|error| error.code())
    }

    fn walk(&self, trace: &mut Trace) -> Result<(Subject, ValidAssertion), saml_response::Error> {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1);
        let answered = Answered {
            request_id: "_request".to_owned(),
            service_provider: DV.to_owned(),
            assertion_consumer_service: ACS.to_owned(),
        };
        let outcome = self.outcome.clone().map_or_else(|| Outcome::Login(self.login.clone()), Outcome::Failure);
        let identifiers = Identifiers::from_random(*b"sixteen bytes 1.sixteen bytes 2.sixteen bytes 3.");
        let answer = (self.answer)(Answer::st_saml(RD, answered, identifiers, now, outcome));
        let soap = ArtifactAnswer {
            id: "_artifact_response".to_owned(),
            issuer: RD.to_owned(),
            in_response_to: "_resolve".to_owned(),
            issue_instant: now,
            failure: None,
            message: Some((self.message)(answer.write(&KEYS.rd).unwrap())),
        };
        let soap = soap.write(&KEYS.rd).unwrap();
        let request = PendingRequest {
            id: RequestId::parse("_request").unwrap(),
            issued_at: now,
            identity_provider: RD.to_owned(),
            assertion_consumer_service: ACS.to_owned(),
            requested_level: None,
            force_authn: true,
            return_to: ReturnPath::parse("/").unwrap(),
            relay_state: RelayState::from_random([1; 20]),
        };
        let sender = TrustedSender { entity_id: RD, keys: &[KEYS.rd.verifying_key().clone()] };
        let expectation = Expectation { request: &request, entity_id: DV, now };
        let sent = SentArtifactResolve { id: "_resolve", issued_at: now };
        let assertion = ReceivedResponse::parse_soap(soap.as_bytes(), &sent, trace)?
            .decrypt_with(&self.decryption_keys, DV)
            .authenticate(&sender, self.profile.response(), trace)?
            .validate(&expectation, trace)?;
        Ok((self.profile.subject(&assertion, trace)?, assertion))
    }
}

#[test]
fn a_citizen_is_the_acting_subject() {
    let (subject, assertion) = citizen().judge().unwrap();
    assert_eq!(subject, Subject { identity: Identity::Bsn(bsn(BSN)), acting: None });
    // What a logout names is the transient identifier.
    assert_eq!(assertion.name_id().expose(), "6cdd6d85a822");
    assert_eq!(assertion.authority(), Some(DIGID_AD_PRE_PRODUCTION));
}

#[test]
fn a_representative_is_acting_for_the_legal_subject() {
    let subject = representative().accepted();
    assert_eq!(subject, Subject { identity: Identity::Bsn(bsn(OTHER_BSN)), acting: Some(bsn(BSN)) });
    with(representative(), |case| case.profile = profile([DIGID_AD_PRE_PRODUCTION, BVD]))
        .rejected("representation_not_allowed");
    // A mandate service that is not configured may not be involved.
    with(representative(), |case| case.profile = profile([DIGID_AD_PRE_PRODUCTION]).with_representation())
        .rejected("authenticating_authority");
}

#[test]
fn a_right_to_represent_nobody_is_rejected() {
    let typed = |mut case: Case| {
        let name = "urn:nl-eid-gdi:1.1:RepresentationType";
        let value = "urn:nl-eid-gdi:1.1:RT:Zorg_Volledig_Gezag_Kind";
        case.login.attributes.push(Attribute::new(name, value));
        case
    };
    typed(representative()).accepted();
    typed(citizen()).rejected("legal_subject_id");
    typed(with(citizen(), |case| case.profile = case.profile.clone().with_representation()))
        .rejected("legal_subject_id");
}

#[test]
fn there_is_exactly_one_acting_subject() {
    with(citizen(), |case| case.login.identifiers.clear()).rejected("acting_subject_id");
    with(representative(), |case| {
        case.login.identifiers.remove(0);
    })
    .rejected("acting_subject_id");
    with(citizen(), |case| {
        let again = EncryptedIdentifier { id: "_again".to_owned(), ..case.login.identifiers[0].clone() };
        case.login.identifiers.push(again);
    })
    .rejected("attribute_duplicate");
}

#[test]
fn an_acting_subject_in_plain_text_is_rejected() {
    with(citizen(), |case| {
        case.login.identifiers.clear();
        case.login.attributes.push(Attribute::new("urn:nl-eid-gdi:1.0:ActingSubjectID", BSN));
    })
    .rejected("attribute_identifier");
}

#[test]
fn an_answer_for_another_service_is_rejected() {
    let with_service = |service: &str| {
        with(citizen(), |case| case.login.attributes[0] = Attribute::new("urn:nl-eid-gdi:1.0:ServiceUUID", service))
    };
    with_service(&format!("\n  {SERVICE} ")).accepted();
    with_service("464f504d-5857-5946-304f-494449414a4d").rejected("service_uuid");
    with(citizen(), |case| case.login.attributes.clear()).rejected("service_uuid");
}

#[test]
fn an_identifier_is_opened_by_either_key_of_a_renewal_and_by_nobody_else() {
    let both = || {
        let of = |entity_id: &str, key: &SigningKey| (entity_id.to_owned(), key.verifying_key().clone());
        let [present, next] = &KEYS.ours;
        vec![of(OTHER_DV, &KEYS.theirs), of(DV, present), of(DV, next)]
    };
    let with_key = |key: &SigningKey| {
        with(case(vec![EncryptedIdentifier::acting_subject(BSN, both())]), |case| {
            case.decryption_keys = vec![decryption_key(key)];
        })
    };
    with_key(&KEYS.ours[0]).accepted();
    with_key(&KEYS.ours[1]).accepted();
    // The key of another recipient does not open what is marked as ours.
    with_key(&KEYS.theirs).rejected("decryption_failed");
    let for_another = vec![(OTHER_DV.to_owned(), KEYS.ours[0].verifying_key().clone())];
    case(vec![EncryptedIdentifier::acting_subject(BSN, for_another)]).rejected("encryption_recipient");
}

#[test]
fn another_kind_of_identifier_is_rejected() {
    let changed = |change: fn(&mut EncryptedIdentifier)| with(citizen(), |case| change(&mut case.login.identifiers[0]));
    changed(|identifier| identifier.name_qualifier = Some(LEGACY_BSN.to_owned())).accepted();
    changed(|identifier| identifier.name_qualifier = Some("urn:nl-eid-gdi:1.0:id:Pseudonym".to_owned()))
        .rejected("identifier_qualifier");
    changed(|identifier| identifier.name_qualifier = None).rejected("identifier_qualifier");
    changed(|identifier| identifier.format = None).accepted();
    changed(|identifier| {
        identifier.format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned());
    })
    .rejected("identifier_format");
    changed(|identifier| identifier.name_id = format!("s00000000:{BSN}")).rejected("name_id_sector_present");
    changed(|identifier| identifier.name_id = "123456789".to_owned()).rejected("bsn_eleven_test");
    changed(|identifier| identifier.name_id = format!("\n  {BSN}\n")).accepted();
}

#[test]
fn the_advice_is_never_read() {
    let advice = |advice: &'static str| with(citizen(), |case| case.login.advice = Some(advice.to_owned()));
    let another =
        EncryptedIdentifier { id: "_advice".to_owned(), ..EncryptedIdentifier::legal_subject(OTHER_BSN, ours()) };
    let legal = format!(
        "<saml:Assertion ID=\"_evidence\" Version=\"2.0\" IssueInstant=\"1970-01-01T00:00:00Z\">\
         <saml:AttributeStatement><saml:Attribute Name=\"{}\"><saml:AttributeValue>{}</saml:AttributeValue>\
         </saml:Attribute></saml:AttributeStatement></saml:Assertion>",
        another.attribute,
        another.write().unwrap()
    );
    let subject = with(citizen(), |case| case.login.advice = Some(legal)).accepted();
    assert_eq!(subject, Subject { identity: Identity::Bsn(bsn(BSN)), acting: None });
    // Evidence may be signed by anybody, or hold anything that is well-formed.
    advice("<saml:Assertion xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:Signature/></saml:Assertion>")
        .accepted();
    advice("<saml:EncryptedAssertion/>").accepted();
}

#[test]
fn the_levels_are_those_of_eidas_with_one_below() {
    let at = |floor, class_ref: &str| {
        with(citizen(), |case| {
            let authorities = [DIGID_AD_PRE_PRODUCTION.to_owned()];
            case.profile = Profile::st_saml(Environment::PreProduction, floor, SERVICE, authorities).unwrap();
            class_ref.clone_into(&mut case.login.class_ref);
        })
    };
    for (place, level) in LevelOfAssurance::ALL.into_iter().enumerate() {
        let class_ref = level.stelsel_toegang_class();
        assert_eq!(LevelOfAssurance::from_uri(class_ref), Some(level));
        at(level, class_ref).accepted();
        at(level, &format!("\n {class_ref}\n")).accepted();
        if let Some(higher) = LevelOfAssurance::ALL.get(place + 1) {
            at(*higher, class_ref).rejected("level_too_low");
            at(level, higher.stelsel_toegang_class()).accepted();
        }
    }
    assert_eq!(LevelOfAssurance::from_uri(BASIC), Some(LevelOfAssurance::Basic));
    at(LevelOfAssurance::Basic, BASIC).accepted();
    at(LevelOfAssurance::Basic, "http://eid.logius.nl/LoA/Basic").rejected("level_unknown");
    at(LevelOfAssurance::Basic, LevelOfAssurance::High.authn_context_class()).rejected("level_unknown");
}

#[test]
fn only_the_exact_message_is_a_cancelled_login() {
    let failed = |failure: Failure| with(citizen(), |case| case.outcome = Some(failure));
    failed(Failure::cancelled_at_st_saml()).rejected("status_authn_failed");
    failed(Failure::cancelled()).rejected("status_not_cancelled");
    for message in ["authentication cancelled", "Authentication cancelled.", ""] {
        failed(Failure { message: Some(message.to_owned()), ..Failure::cancelled() }).rejected("status_not_cancelled");
    }
    failed(Failure::request_denied()).rejected("status_request_denied");
    failed(Failure::no_authn_context()).rejected("status_no_authn_context");
}

#[test]
fn the_assertion_is_signed_and_the_response_names_its_destination() {
    with(citizen(), |case| case.answer = |answer| Answer { signed: Signed::Both, ..answer }).accepted();
    with(citizen(), |case| case.answer = |answer| Answer { signed: Signed::Response, ..answer })
        .rejected("signature_missing");
    with(citizen(), |case| case.message = |xml| xml.replacen(&format!(" Destination=\"{ACS}\""), "", 1))
        .rejected("destination");
    with(citizen(), |case| {
        case.message =
            |xml| xml.replacen(&format!(" Destination=\"{ACS}\""), " Destination=\"https://other.example/\"", 1)
    })
    .rejected("destination");
}

#[test]
fn the_name_id_is_transient() {
    with(citizen(), |case| {
        case.login.name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned();
    })
    .rejected("name_id_format");
}

#[test]
fn a_profile_names_its_service_and_authorities_and_no_test_in_production() {
    let make = |environment, service: &str, authorities: &[&str]| {
        let authorities = authorities.iter().map(|authority| (*authority).to_owned());
        Profile::st_saml(environment, LevelOfAssurance::Basic, service, authorities)
            .map(|_| ())
            .map_err(|error| error.code())
    };
    let (production, test) = (Environment::Production, Environment::PreProduction);
    assert_eq!(make(production, SERVICE, &[production.digid_ad()]), Ok(()));
    assert_eq!(make(test, SERVICE, &[test.digid_ad()]), Ok(()));
    assert_eq!(make(production, SERVICE, &[production.digid_ad(), BVD]), Err("config_test_authority"));
    assert_eq!(make(production, SERVICE, &[test.digid_ad()]), Err("config_test_authority"));
    assert_eq!(make(production, SERVICE, &[]), Err("config_no_authority"));
    assert_eq!(make(production, " ", &[production.digid_ad()]), Err("config_no_service"));
}

#[test]
fn attributes_that_a_caller_adds_do_not_change_who_logged_in() {
    let subject = with(citizen(), |case| {
        case.profile = case.profile.clone().with_attributes(saml_digid::AttributeNames::default(), []);
        case.login.attributes.push(Attribute::new("nin", OTHER_BSN));
    })
    .accepted();
    assert_eq!(subject.identity, Identity::Bsn(bsn(BSN)));
}
