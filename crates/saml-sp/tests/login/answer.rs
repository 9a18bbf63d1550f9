//! What an answer must be for somebody to be logged in, and whose it must be.

use std::sync::Arc;

use saml_digid::{DIGID_PRE_PRODUCTION, LevelOfAssurance, SIMULATOR};
use saml_forge::{Login, Outcome as Answered, Signed};
use saml_metadata::IdentityProvider;
use saml_name_id::{Bsn, Identity};
use saml_response::Verdict;
use saml_sp::{LoginOptions, Outcome, RequestBinding, ServiceProvider};
use saml_state::PendingRequest;
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore};
use saml_xml_security::DecryptionKey;

use crate::portal::{
    BROKER, BSN, PORTAL_KEY, accepted, after, answer, answer_at, answer_signed, begin, broker, broker_at, broker_with,
    browser, configuration, login, now, permits, portal, post, posted, refused, request_id,
};
use crate::stores::Shared;

#[tokio::test]
async fn an_answer_to_this_browser_logs_in() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let received = post(&portal, &browser(1), &answer(&id, login())).await;
    assert!(received.trace.records().iter().all(|record| record.verdict != Verdict::Failed));
    let codes: Vec<_> = received.trace.records().iter().map(|record| record.code).collect();
    for code in ["pending_request", "partner", "audience_restriction", "name_id", "request_once", "assertion_replayed"]
    {
        assert!(codes.contains(&code), "{code}");
    }

    let authentication = accepted(received);
    assert_eq!(authentication.subject().identity, Identity::Bsn(Bsn::parse(BSN).unwrap()));
    assert_eq!(authentication.subject().acting, None);
    assert_eq!(authentication.level(), Some(LevelOfAssurance::Substantial));
    assert_eq!(authentication.authn_context_class(), Some(LevelOfAssurance::Substantial.authn_context_class()));
    assert_eq!(authentication.issuer(), BROKER);
    assert_eq!(authentication.authority(), Some(DIGID_PRE_PRODUCTION));
    assert_eq!(authentication.attributes().len(), 1);
    assert_eq!(authentication.return_to(), &permits());
    assert_eq!(authentication.session_not_on_or_after(), None);
    assert!(authentication.session_index().is_some());
    assert!(!format!("{authentication:?}").contains(BSN));
}

#[tokio::test]
async fn a_request_sent_by_post_is_answered_alike() {
    let configuration = configuration(broker(None), RequestBinding::Post);
    let portal = ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1));
    let id = begin(&portal, &browser(1)).await;

    accepted(post(&portal, &browser(1), &answer(&id, login())).await);
}

#[tokio::test]
async fn the_same_answer_twice_logs_in_once() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let xml = answer(&id, login());

    accepted(post(&portal, &browser(1), &xml).await);
    refused(post(&portal, &browser(1), &xml).await, "pending_request");
}

#[tokio::test]
async fn another_answer_to_a_used_request_is_refused() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;

    accepted(post(&portal, &browser(1), &answer(&id, login())).await);
    refused(post(&portal, &browser(1), &answer(&id, login())).await, "pending_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_posts_at_once_one_logs_in() {
    let portal = Arc::new(portal());
    let id = begin(&portal, &browser(1)).await;
    let body = Arc::new(posted(&answer(&id, login())));
    let posts: Vec<_> = (0..50)
        .map(|_| {
            let (portal, body) = (Arc::clone(&portal), Arc::clone(&body));
            tokio::spawn(async move {
                portal.assertion_consumer_service(Some(&browser(1)), &body, now()).await.verdict.is_ok()
            })
        })
        .collect();

    let mut logins = 0;
    for post in posts {
        logins += u32::from(post.await.unwrap());
    }
    assert_eq!(logins, 1);
}

#[tokio::test]
async fn an_answer_in_another_browser_is_refused_and_stays_open_for_its_own() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    begin(&portal, &browser(2)).await;
    let xml = answer(&id, login());

    let refusal = refused(post(&portal, &browser(2), &xml).await, "pending_request");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::NotOpen, None));
    accepted(post(&portal, &browser(1), &xml).await);
}

#[tokio::test]
async fn an_answer_without_the_cookie_of_a_login_is_refused() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let body = posted(&answer(&id, login()));

    let refusal = refused(portal.assertion_consumer_service(None, &body, now()).await, "pending_request");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::NotOpen, None));
    accepted(portal.assertion_consumer_service(Some(&browser(1)), &body, now()).await);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_refused() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let xml = answer(&id, login()).replace(&format!(" InResponseTo=\"{id}\""), "");

    refused(post(&portal, &browser(1), &xml).await, "pending_request");
    refused(post(&portal, &browser(1), &answer("_unknown", login())).await, "pending_request");
}

#[tokio::test]
async fn two_tabs_of_a_browser_log_in_apart() {
    let portal = portal();
    let first = begin(&portal, &browser(1)).await;
    let second = begin(&portal, &browser(1)).await;

    accepted(post(&portal, &browser(1), &answer(&second, login())).await);
    accepted(post(&portal, &browser(1), &answer(&first, login())).await);
}

#[tokio::test]
async fn a_request_is_open_for_15_minutes() {
    let lifetime = PendingRequest::LIFETIME.num_seconds();
    for (seconds, opens) in [(lifetime - 1, true), (lifetime, false)] {
        let portal = portal();
        let id = begin(&portal, &browser(1)).await;
        let body = posted(&answer_at(&id, login(), after(seconds)));
        let received = portal.assertion_consumer_service(Some(&browser(1)), &body, after(seconds)).await;
        if opens {
            accepted(received);
        } else {
            refused(received, "pending_request");
        }
    }
}

#[tokio::test]
async fn a_forged_answer_does_not_use_the_request_up() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let genuine = answer(&id, login());
    let forgeries = [
        (genuine.replace(BSN, "123456782"), "signature_digest_mismatch"),
        (genuine.replace("<saml:Issuer>https://broker", "<saml:Issuer>https://evil"), "issuer"),
        (genuine.replace("status:Success", "status:Responder"), "signature_digest_mismatch"),
        (genuine.replace("Destination=\"https://portal", "Destination=\"https://evil"), "signature_digest_mismatch"),
    ];

    for (forged, code) in forgeries {
        let refusal = refused(post(&portal, &browser(1), &forged).await, code);
        assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Failed, Some(&permits())));
    }
    accepted(post(&portal, &browser(1), &genuine).await);
}

#[tokio::test]
async fn what_is_no_form_with_an_answer_is_refused() {
    let portal = portal();
    for (body, code) in [
        (&b""[..], "binding_parameter_missing"),
        (b"SAMLResponse=%%%", "binding_percent_encoding"),
        (b"SAMLResponse=PGEvPg", "binding_base64"),
        (b"SAMLResponse=PGEvPg%3D%3D&SAMLResponse=PGEvPg%3D%3D", "binding_parameter_duplicate"),
        (b"SAMLart=AAQAAA", "binding_parameter_unexpected"),
        (b"SAMLResponse=PGEvPg%3D%3D", "message_type"),
        (b"SAMLResponse=aGVsbG8%3D", "xml_syntax"),
    ] {
        let received = portal.assertion_consumer_service(Some(&browser(1)), body, now()).await;
        assert_eq!(refused(received, code).outcome(), Outcome::Failed);
    }
}

#[tokio::test]
async fn an_answer_below_the_level_that_was_asked_for_is_refused() {
    let portal = portal();
    let options = LoginOptions::default().with_level(LevelOfAssurance::High.authn_context_class());
    let id = request_id(&portal.login(&browser(1), &options, permits(), now()).await.unwrap());

    let refusal = refused(post(&portal, &browser(1), &answer(&id, login())).await, "level_too_low");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Failed, Some(&permits())));
}

#[tokio::test]
async fn somebody_whom_the_profile_does_not_know_is_refused() {
    let substantial = LevelOfAssurance::Substantial.authn_context_class();
    for (name_id, authority, code) in [
        (format!("s00000000:{BSN}"), SIMULATOR, "authenticating_authority"),
        (format!("s00000001:{BSN}"), DIGID_PRE_PRODUCTION, "name_id_sector_unexpected"),
        ("s00000000:123456789".to_owned(), DIGID_PRE_PRODUCTION, "bsn_eleven_test"),
    ] {
        let portal = portal();
        let id = begin(&portal, &browser(1)).await;
        let outcome = Answered::Login(Login::new(&name_id, authority, substantial));
        refused(post(&portal, &browser(1), &answer(&id, outcome)).await, code);
    }
}

#[tokio::test]
async fn metadata_that_expired_between_request_and_answer_is_refused() {
    for (valid_until, is_valid) in [(after(61), true), (after(60), false)] {
        let configuration = configuration(broker(Some(valid_until)), RequestBinding::Redirect);
        let portal = ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1));
        let id = begin(&portal, &browser(1)).await;
        let body = posted(&answer(&id, login()));
        let received = portal.assertion_consumer_service(Some(&browser(1)), &body, after(60)).await;
        if is_valid {
            accepted(received);
        } else {
            refused(received, "metadata_expired");
        }
    }
}

#[tokio::test]
async fn an_answer_to_a_request_that_went_to_another_identity_provider_is_refused() {
    let store = Shared::new();
    let portal = |base| {
        let configuration = configuration(broker_at(base, None), RequestBinding::Redirect);
        ServiceProvider::new(configuration, store.clone(), MemoryReplayCache::new(1))
    };
    let (one, other) = (portal("https://broker.example"), portal("https://other.example"));

    let id = begin(&other, &browser(1)).await;
    refused(post(&one, &browser(1), &answer(&id, login())).await, "partner");
    let id = begin(&one, &browser(1)).await;
    accepted(post(&one, &browser(1), &answer(&id, login())).await);
}

#[tokio::test]
async fn an_encrypted_assertion_needs_a_key_in_the_configuration() {
    let encrypted = |xml: String| {
        let (head, rest) = xml.split_once("<saml:Assertion").unwrap();
        let (_, tail) = rest.split_once("</saml:Assertion>").unwrap();
        format!("{head}<saml:EncryptedAssertion/>{tail}")
    };
    let answer = |id: &str| {
        // A signature around it would no longer hold; what counts here is how far the road goes.
        encrypted(answer_signed(id, login(), Signed::Assertion))
    };
    let without = portal();
    let id = begin(&without, &browser(1)).await;
    refused(post(&without, &browser(1), &answer(&id)).await, "encrypted_assertion");

    let key = DecryptionKey::from_pem(&PORTAL_KEY.private_key_pem().unwrap()).unwrap();
    let configuration = configuration(broker(None), RequestBinding::Redirect).with_decryption_keys(vec![key]);
    let with = ServiceProvider::new(configuration, MemoryRequestStore::new(1), MemoryReplayCache::new(1));
    let id = begin(&with, &browser(1)).await;
    refused(post(&with, &browser(1), &answer(&id)).await, "encryption_structure");
}

#[tokio::test]
async fn a_login_that_began_before_a_change_of_keys_ends_after_it_with_the_new_ones() {
    let before = {
        let configuration =
            configuration(broker_with("https://broker.example", &PORTAL_KEY, None), RequestBinding::Redirect);
        ServiceProvider::new(configuration, MemoryRequestStore::new(2), MemoryReplayCache::new(2))
    };
    let id = begin(&before, &browser(1)).await;
    let xml = answer(&id, login());
    refused(post(&before, &browser(1), &xml).await, "signature_invalid");

    let after = before.with_identity_provider(broker(None)).unwrap();
    accepted(post(&after, &browser(1), &xml).await);
    // The stores are the same: what is used is used for both.
    refused(post(&after, &browser(1), &xml).await, "pending_request");
    refused(post(&before, &browser(1), &xml).await, "pending_request");
}

#[tokio::test]
async fn metadata_of_another_identity_provider_or_without_the_endpoint_does_not_take_its_place() {
    let portal = portal();
    assert!(portal.with_identity_provider(broker(None)).is_ok());
    let other = portal.with_identity_provider(broker_at("https://other.example", None)).unwrap_err();
    assert_eq!(other.code(), "config_other_identity_provider");
    let keys = broker(None).signing_keys().to_vec();
    let bare = portal.with_identity_provider(IdentityProvider::from_keys(BROKER, keys).unwrap()).unwrap_err();
    assert_eq!(bare.code(), "config_no_endpoint");
}
