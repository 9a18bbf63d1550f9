//! A supplier of a cluster of Stelsel Toegang logs in for a member: what says who logged in is encrypted to the member.

use saml_authn_request::AuthnRequestSettings;
use saml_digid::{DIGID_AD_PRE_PRODUCTION, Environment, LevelOfAssurance, Profile};
use saml_forge::{EncryptedIdentifier, Login, Outcome};
use saml_sp::{Configuration, RequestBinding, ServiceProvider};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_xml_security::DecryptionKey;

use crate::portal::{ACS, BSN, PORTAL, PORTAL_KEY, accepted, answer, begin, broker, browser, post, refused};

const MEMBER: &str = "urn:nl-eid-gdi:1.0:DV:00000009999999999004:entities:9001";
const SERVICE: &str = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";

#[tokio::test]
async fn an_identifier_for_the_member_opens_when_the_supplier_asks_for_it_and_not_when_it_asks_for_itself() {
    let for_member = AuthnRequestSettings::st_saml_cluster(PORTAL, 0, ACS, MEMBER, SERVICE);
    let for_itself = AuthnRequestSettings::st_saml(PORTAL, 0, ACS, 0);
    let key = DecryptionKey::from_pem(&PORTAL_KEY.private_key_pem().unwrap()).unwrap();
    for (settings, refusal) in [(for_member, None), (for_itself, Some("encryption_recipient"))] {
        let authorities = [DIGID_AD_PRE_PRODUCTION.to_owned()];
        let profile =
            Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Basic, SERVICE, authorities).unwrap();
        let configuration =
            Configuration::new(settings, PORTAL_KEY.clone(), broker(None), profile, RequestBinding::Post)
                .unwrap()
                .with_decryption_keys(vec![key.clone()]);
        let supplier = ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1));
        let id = begin(&supplier, &browser(1)).await;
        let recipients = vec![(MEMBER.to_owned(), PORTAL_KEY.verifying_key().clone())];
        let login = Login::st_saml(
            "_transient",
            DIGID_AD_PRE_PRODUCTION,
            LevelOfAssurance::Substantial.stelsel_toegang_class(),
            SERVICE,
            vec![EncryptedIdentifier::acting_subject(BSN, recipients)],
        );
        let received = post(&supplier, &browser(1), &answer(&id, Outcome::Login(login))).await;
        match refusal {
            None => assert_eq!(accepted(received).subject().identity.kind(), "bsn"),
            Some(code) => drop(refused(received, code)),
        }
    }
}
