//! A supplier of a cluster of Stelsel Toegang logs in for a member: what says who logged in is encrypted to the member.

use saml_authn_request::AuthnRequestSettings;
use saml_digid::{DIGID_AD_PRE_PRODUCTION, Environment, LevelOfAssurance, Profile};
use saml_forge::{EncryptedIdentifier, Login, Outcome};
use saml_protocol::{LogoutRequest, NameId};
use saml_sp::{Arrived, Configuration, Logout, RequestBinding, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_xml::Writer;
use saml_xml_security::DecryptionKey;

use crate::logout::{Portal, SAML_REQUEST, SLO, arrive, code, form};
use crate::portal::{
    ACS, BROKER, BSN, PORTAL, PORTAL_KEY, accepted, answer, begin, broker, browser, now, post, refused,
};

const MEMBER: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9001";
const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";

/// A supplier that holds the key of the member, as it asks for the member and as it asks for itself.
fn suppliers() -> [(Portal, Option<&'static str>); 2] {
    let for_member = AuthnRequestSettings::st_saml_cluster(PORTAL, 0, ACS, MEMBER, SERVICE);
    let for_itself = AuthnRequestSettings::st_saml(PORTAL, 0, ACS, 0);
    let key = DecryptionKey::from_pem(&PORTAL_KEY.private_key_pem().unwrap()).unwrap();
    [(for_member, None), (for_itself, Some("encryption_recipient"))].map(|(settings, refusal)| {
        let authorities = [DIGID_AD_PRE_PRODUCTION.to_owned()];
        let profile =
            Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Basic, SERVICE, authorities).unwrap();
        let configuration =
            Configuration::new(settings, PORTAL_KEY.clone(), broker(None), profile, RequestBinding::Post)
                .unwrap()
                .with_decryption_keys(vec![key.clone()])
                .with_single_logout(SingleLogout::new(SLO).unwrap());
        (ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1)), refusal)
    })
}

/// The person at the keyboard, encrypted to the member.
fn identifier() -> EncryptedIdentifier {
    EncryptedIdentifier::acting_subject(BSN, vec![(MEMBER.to_owned(), PORTAL_KEY.verifying_key().clone())])
}

#[tokio::test]
async fn an_identifier_for_the_member_opens_when_the_supplier_asks_for_it_and_not_when_it_asks_for_itself() {
    for (supplier, refusal) in suppliers() {
        let id = begin(&supplier, &browser(1)).await;
        let login = Login::st_saml(
            "_transient",
            DIGID_AD_PRE_PRODUCTION,
            LevelOfAssurance::Substantial.stelsel_toegang_class(),
            SERVICE,
            vec![identifier()],
        );
        let received = post(&supplier, &browser(1), &answer(&id, Outcome::Login(login))).await;
        match refusal {
            None => assert_eq!(accepted(received).subject().identity.kind(), "bsn"),
            Some(code) => drop(refused(received, code)),
        }
    }
}

#[tokio::test]
async fn a_name_for_the_member_in_a_logout_request_opens_for_the_same_supplier_alone() {
    let request = LogoutRequest {
        id: "_request",
        issue_instant: now(),
        destination: Some(SLO),
        reason: None,
        not_on_or_after: None,
        issuer: BROKER,
        name_id: NameId { value: "name", format: None, name_qualifier: None, sp_name_qualifier: None },
        session_indexes: Vec::new(),
    };
    let mut writer = Writer::new();
    request.write(&mut writer);
    let (xml, name) = (writer.finish().unwrap(), "<saml:NameID>name</saml:NameID>");
    assert!(xml.contains(name));
    let body = form(&xml.replace(name, &identifier().write().unwrap()), SAML_REQUEST);

    for (supplier, refusal) in suppliers() {
        let received = arrive(&supplier, None, Arrived::Form(&body)).await;
        match refusal {
            None => assert!(matches!(received.verdict, Ok(Logout::Asked { ended: Ok(0), .. }))),
            Some(expected) => assert_eq!(code(&received), expected),
        }
    }
}
