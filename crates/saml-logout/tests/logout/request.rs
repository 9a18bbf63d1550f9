use saml_bindings::MessageParameter;
use saml_logout::{LogoutPolicy, ReceivedLogoutRequest};
use saml_protocol::{Binding, LogoutRequest, NameId};
use saml_response::{ClockSkew, Trace, TrustedSender};
use saml_xml_security::{ContentCipher, DecryptionKey, SignOptions, SigningKey, encrypt, sign};

use crate::case::{
    BROKER, By, CANARY, Judge, KEY, OTHER_KEY, SLO, carry, from_now, now, posted, request, verdict_of_request,
    xml_of_request, xml_of_response,
};

const REQUEST: MessageParameter = MessageParameter::SamlRequest;

#[test]
fn a_good_request_says_whose_sessions_end() {
    for (by, binding) in
        [(By::Post, Binding::HttpPost), (By::Redirect, Binding::HttpRedirect), (By::Soap, Binding::Soap)]
    {
        let bytes = carry(&xml_of_request(&request()), REQUEST, by, Some(&KEY));
        let valid = Judge::default().request(&bytes, by).unwrap();
        assert_eq!((valid.id(), valid.issuer(), valid.binding()), ("_request", BROKER, binding));
        assert_eq!(valid.name_id().expose(), CANARY);
        assert_eq!((valid.name_id().name_qualifier(), valid.name_id().format()), (Some("urn:digid"), None));
        assert_eq!(valid.session_indexes(), ["_7"]);
        assert_eq!(valid.relay_state(), (by != By::Soap).then_some("b3f0"));
        assert_eq!(valid.replay_until(), from_now(5 * 60 + 60));
    }
}

#[test]
fn a_request_without_signature_is_refused() {
    for (by, code) in
        [(By::Post, "signature_missing"), (By::Redirect, "binding_signature_missing"), (By::Soap, "signature_missing")]
    {
        let unsigned = carry(&xml_of_request(&request()), REQUEST, by, None);
        assert_eq!(Judge::default().request(&unsigned, by).unwrap_err().code(), code, "{by:?}");
    }
}

#[test]
fn a_request_that_another_key_signed_is_refused() {
    for by in By::ALL {
        let bytes = carry(&xml_of_request(&request()), REQUEST, by, Some(&OTHER_KEY));
        assert_eq!(Judge::default().request(&bytes, by).unwrap_err().code(), "signature_invalid", "{by:?}");
        let keys = vec![KEY.verifying_key().clone(), OTHER_KEY.verifying_key().clone()];
        assert!(Judge { keys, ..Judge::default() }.request(&bytes, by).is_ok());
    }
}

#[test]
fn a_relay_state_that_was_put_beside_the_signature_is_refused() {
    let query = carry(&xml_of_request(&request()), REQUEST, By::Redirect, Some(&KEY));
    let changed = String::from_utf8(query).unwrap().replace("RelayState=b3f0", "RelayState=b3f1");
    assert_eq!(Judge::default().request(changed.as_bytes(), By::Redirect).unwrap_err().code(), "signature_invalid");
}

#[test]
fn a_request_by_another_issuer_is_refused() {
    let other = LogoutRequest { issuer: "https://other.example/saml", ..request() };
    assert_eq!(verdict_of_request(&other, &Judge::default()), Err("issuer"));
}

#[test]
fn a_request_for_another_endpoint_is_refused() {
    let other = LogoutRequest { destination: Some("https://portal.example/saml/acs"), ..request() };
    assert_eq!(verdict_of_request(&other, &Judge::default()), Err("destination"));
    assert_eq!(verdict_of_request(&request(), &Judge::default()), Ok(()));
}

#[test]
fn a_request_without_destination_is_taken_over_soap_alone() {
    let without = xml_of_request(&LogoutRequest { destination: None, ..request() });
    let verdict = |by| {
        Judge::default().request(&carry(&without, REQUEST, by, Some(&KEY)), by).map(drop).map_err(|error| error.code())
    };
    assert_eq!(verdict(By::Soap), Ok(()));
    assert_eq!((verdict(By::Post), verdict(By::Redirect)), (Err("destination"), Err("destination")));
}

#[test]
fn a_request_is_good_for_five_minutes_and_the_skew() {
    for (age, verdict) in [(-60, Ok(())), (-61, Err("issue_instant")), (359, Ok(())), (360, Err("issue_instant"))] {
        let aged = LogoutRequest { issue_instant: from_now(-age), ..request() };
        assert_eq!(verdict_of_request(&aged, &Judge::default()), verdict, "{age} s old");
    }
    let policy = LogoutPolicy::signed().with_clock_skew(ClockSkew::seconds(0).unwrap());
    let strict = Judge { policy, ..Judge::default() };
    let aged = |age: i64| LogoutRequest { issue_instant: from_now(-age), ..request() };
    assert_eq!(verdict_of_request(&aged(299), &strict), Ok(()));
    assert_eq!(verdict_of_request(&aged(300), &strict), Err("issue_instant"));
    assert_eq!(verdict_of_request(&aged(-1), &strict), Err("issue_instant"));
}

#[test]
fn a_request_that_has_ended_is_refused() {
    for (end, verdict) in [(-59, Ok(())), (-60, Err("logout_expired"))] {
        let ended = LogoutRequest { not_on_or_after: Some(from_now(end)), ..request() };
        assert_eq!(verdict_of_request(&ended, &Judge::default()), verdict, "ended {end} s from now");
    }
}

#[test]
fn a_request_is_remembered_for_as_long_as_it_could_pass() {
    let bytes = carry(&xml_of_request(&request()), REQUEST, By::Post, Some(&KEY));
    let until = Judge::default().request(&bytes, By::Post).unwrap().replay_until();
    let just_before = Judge { now: until - chrono::TimeDelta::milliseconds(1), ..Judge::default() };
    assert!(just_before.request(&bytes, By::Post).is_ok());
    let then = Judge { now: until, ..Judge::default() };
    assert_eq!(then.request(&bytes, By::Post).unwrap_err().code(), "issue_instant");
}

#[test]
fn another_message_is_refused_by_its_type() {
    let response = xml_of_response(&crate::case::response());
    for by in By::ALL {
        let bytes = carry(&response, REQUEST, by, Some(&KEY));
        assert_eq!(Judge::default().request(&bytes, by).unwrap_err().code(), "message_type", "{by:?}");
    }
}

#[test]
fn another_version_is_refused() {
    let xml = xml_of_request(&request()).replace("Version=\"2.0\"", "Version=\"1.1\"");
    for by in By::ALL {
        let bytes = carry(&xml, REQUEST, by, Some(&KEY));
        assert_eq!(Judge::default().request(&bytes, by).unwrap_err().code(), "version", "{by:?}");
    }
}

#[test]
fn a_request_without_issuer_or_name_is_refused() {
    for name in ["saml:Issuer", "saml:NameID"] {
        let xml = xml_of_request(&request());
        let (start, end) = (xml.find(&format!("<{name}")).unwrap(), xml.find(&format!("</{name}>")).unwrap());
        let without = format!("{}{}", &xml[..start], &xml[end + name.len() + 3..]);
        let bytes = carry(&without, REQUEST, By::Redirect, Some(&KEY));
        assert_eq!(Judge::default().request(&bytes, By::Redirect).unwrap_err().code(), "element_missing", "{name}");
    }
}

#[test]
fn sha1_is_refused_in_a_request_even_where_a_response_may_have_it() {
    let policy = LogoutPolicy::signed().danger_accept_rsa_sha1_redirect_response();
    let query = String::from_utf8(carry(&xml_of_request(&request()), REQUEST, By::Redirect, Some(&KEY))).unwrap();
    let sha1 = query.replace("2001%2F04%2Fxmldsig-more%23rsa-sha256", "2000%2F09%2Fxmldsig%23rsa-sha1");
    assert_ne!(query, sha1);
    let judge = Judge { policy, ..Judge::default() };
    assert!(judge.request(query.as_bytes(), By::Redirect).is_ok());
    assert_eq!(judge.request(sha1.as_bytes(), By::Redirect).unwrap_err().code(), "signature_algorithm");
}

#[test]
fn an_encrypted_name_is_refused_unless_a_key_opens_it() {
    let ours = SigningKey::generate_self_signed(2048, "portal.example", 0, 4_000_000_000).unwrap();
    let xml = xml_of_request(&LogoutRequest {
        name_id: NameId { value: CANARY, format: None, name_qualifier: None, sp_name_qualifier: None },
        ..request()
    });
    let plain = format!("<saml:NameID>{CANARY}</saml:NameID>");
    let declared = format!("<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{CANARY}</saml:NameID>");
    assert!(xml.contains(&plain));
    let data = encrypt(declared.as_bytes(), ours.verifying_key(), ContentCipher::Aes256Gcm).unwrap();
    let xml = xml.replace(&plain, &format!("<saml:EncryptedID>{data}</saml:EncryptedID>"));
    let signed = posted(&sign(&xml, &KEY, &SignOptions::default()).unwrap(), REQUEST);

    let judge = |keys: &[DecryptionKey]| {
        let (policy, mut trace) = (LogoutPolicy::signed(), Trace::new());
        let trusted = [KEY.verifying_key().clone()];
        ReceivedLogoutRequest::from_post(&signed, &mut trace)
            .unwrap()
            .decrypt_with(keys, "https://portal.example/saml")
            .authenticate(&TrustedSender { entity_id: BROKER, keys: &trusted }, &policy, &mut trace)
            .unwrap()
            .validate(SLO, now(), &mut trace)
            .map(|valid| valid.name_id().expose().to_owned())
            .map_err(|error| error.code())
    };
    let [key, other] =
        [&ours, &*OTHER_KEY].map(|key| DecryptionKey::from_pem(&key.private_key_pem().unwrap()).unwrap());
    assert_eq!(judge(&[key]), Ok(CANARY.to_owned()));
    assert_eq!(judge(&[]), Err("encrypted"));
    assert_eq!(judge(&[other]), Err("decryption_failed"));
}
