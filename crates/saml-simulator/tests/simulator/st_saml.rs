//! Answers in the shape of Stelsel Toegang, judged by the profile for them.

use saml_digid::{DIGID_AD_PRE_PRODUCTION, Environment, LevelOfAssurance, Profile, Subject};
use saml_forge::Signed;
use saml_name_id::{Bsn, Identity};
use saml_response::{Expectation, ReceivedResponse, Trace, TrustedSender};
use saml_simulator::{AnswerSettings, Mandate, StSamlSettings, router};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::DecryptionKey;

use crate::browser::{Browser, LOG_IN};
use crate::portal::{ACS, BROKER_KEY, PORTAL, PORTAL_KEY, REQUEST_ID, config, now, redirect, request};

const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
const MANDATES: &str = "urn:nl-eid-gdi:1.0:BVD:00000004003214345001:entities:9000";
const IDENTITY_PROVIDER: &str = "http://127.0.0.1:8081/broker/sp/saml";

fn bsn(text: &str) -> Bsn {
    Bsn::parse(text).unwrap()
}

fn settings(mandate: Option<Mandate>) -> AnswerSettings {
    let recipients = vec![(PORTAL.to_owned(), PORTAL_KEY.verifying_key().clone())];
    AnswerSettings {
        authority: DIGID_AD_PRE_PRODUCTION.to_owned(),
        st_saml: Some(StSamlSettings { service: SERVICE.to_owned(), recipients, mandate }),
        signed: Signed::Assertion,
        ..AnswerSettings::default()
    }
}

fn profile() -> Profile {
    let authorities = [DIGID_AD_PRE_PRODUCTION, MANDATES].map(str::to_owned);
    Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Substantial, SERVICE, authorities).unwrap()
}

async fn answer(settings: AnswerSettings, path: &str) -> String {
    let browser = Browser::at(router(config(settings)));
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    browser.submit(&page, path, "900026236", "loa3").await.answer()
}

fn judge(xml: &str, profile: &Profile) -> Result<Subject, &'static str> {
    let request = PendingRequest {
        id: RequestId::parse(REQUEST_ID).unwrap(),
        issued_at: now(),
        identity_provider: IDENTITY_PROVIDER.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
        requested_level: None,
        force_authn: true,
        return_to: ReturnPath::parse("/").unwrap(),
        relay_state: RelayState::from_random([1; 20]),
    };
    let keys = [DecryptionKey::from_pem(&PORTAL_KEY.private_key_pem().unwrap()).unwrap()];
    let sender = TrustedSender { entity_id: IDENTITY_PROVIDER, keys: &[BROKER_KEY.verifying_key().clone()] };
    let expectation = Expectation { request: &request, entity_id: PORTAL, now: now() };
    let trace = &mut Trace::new();
    let mut judged = || {
        let assertion = ReceivedResponse::parse(xml.as_bytes(), trace)?
            .decrypt_with(&keys, PORTAL)
            .authenticate(&sender, profile.response(), trace)?
            .validate(&expectation, trace)?;
        profile.subject(&assertion, trace)
    };
    judged().map_err(|error: saml_response::Error| error.code())
}

#[tokio::test]
async fn a_login_is_accepted_by_the_profile_st_saml() {
    let xml = answer(settings(None), LOG_IN).await;
    assert!(!xml.contains("900026236"));
    assert_eq!(judge(&xml, &profile()), Ok(Subject { identity: Identity::Bsn(bsn("900026236")), acting: None }));
}

#[tokio::test]
async fn whoever_logs_in_may_act_for_another() {
    let mandate = Mandate { represented: bsn("900029365"), mandate_service: MANDATES.to_owned() };
    let xml = answer(settings(Some(mandate)), LOG_IN).await;
    assert_eq!(judge(&xml, &profile()), Err("representation_not_allowed"));
    let subject = Subject { identity: Identity::Bsn(bsn("900029365")), acting: Some(bsn("900026236")) };
    assert_eq!(judge(&xml, &profile().with_representation()), Ok(subject));
}

#[tokio::test]
async fn a_cancelled_login_has_the_message_of_stelsel_toegang_and_a_failed_one_another_code() {
    for (path, code) in [("cancel", "status_authn_failed"), ("error", "status_request_denied")] {
        let xml = answer(settings(None), &format!("{LOG_IN}/{path}")).await;
        assert_eq!(judge(&xml, &profile()), Err(code));
    }
}
