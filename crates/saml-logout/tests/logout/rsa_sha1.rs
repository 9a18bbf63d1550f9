//! RSA with SHA-1, which DigiD 3.x may sign a `LogoutResponse` with that it sends by HTTP-Redirect, and nothing else.

use saml_bindings::MessageParameter;
use saml_logout::LogoutPolicy;
use saml_xml_security::VerifyingKey;

use crate::case::{By, Judge, KEY, carry, response, xml_of_response};

fn judge(policy: LogoutPolicy) -> Judge {
    let key = include_bytes!("../../../../fixtures/keys/broker-signing-next.crt.pem");
    Judge { keys: vec![VerifyingKey::from_certificate_pem(key).unwrap()], policy, ..Judge::default() }
}

fn danger() -> LogoutPolicy {
    LogoutPolicy::signed().danger_accept_rsa_sha1_redirect_response()
}

fn code(judge: &Judge, query: &str) -> Result<(), &'static str> {
    judge.response(query.as_bytes(), By::Redirect).map(drop).map_err(|error| error.code())
}

#[test]
fn rsa_with_sha1_is_refused_unless_it_is_asked_for() {
    assert_eq!(code(&judge(danger()), QUERY), Ok(()));
    assert_eq!(code(&judge(LogoutPolicy::signed()), QUERY), Err("signature_algorithm"));
    assert!(!LogoutPolicy::signed().accepts_rsa_sha1_redirect_response());
}

#[test]
fn what_is_asked_for_is_a_signature_of_the_partner_that_holds() {
    let judge = judge(danger());
    assert_eq!(code(&judge, &QUERY.replace("RelayState=b3f0", "RelayState=b3f1")), Err("signature_invalid"));
    let unsigned = QUERY.split("&SigAlg").next().unwrap();
    assert_eq!(code(&judge, unsigned), Err("binding_signature_missing"));
    let other_key = Judge { policy: danger(), ..Judge::default() };
    assert_eq!(code(&other_key, QUERY), Err("signature_invalid"));
}

#[test]
fn every_other_check_is_made_all_the_same() {
    let mut elsewhere = judge(danger());
    elsewhere.endpoint = "https://portal.example/saml/other";
    assert_eq!(code(&elsewhere, QUERY), Err("destination"));
}

#[test]
fn where_it_is_asked_for_modern_signatures_go_on_holding() {
    let bytes = carry(&xml_of_response(&response()), MessageParameter::SamlResponse, By::Redirect, Some(&KEY));
    assert!(Judge { policy: danger(), ..Judge::default() }.response(&bytes, By::Redirect).is_ok());
}

/// The good response by HTTP-Redirect, which `openssl dgst -sha1 -sign broker-signing-next.key.pem` signed.
const QUERY: &str = "SAMLResponse=fVFLa8MwDP4rwffGbsp6EElgtJdCd1lKD7sMN9O2UMcylgz9%2BXPTlbUwCrpI%2Bh561GxHF2BLX5TkFTmQZyx\
     Oo%2FMMU6tRKXogywODtyMySA%2Fd88sWqtJAiCTUk1M3lMcMy4xRBvKq2Kwb9R5%2FPVWxx8i53qgMy03mhBvPYr3kkqmWM7OYm\
     fluXoExOUpjzJsq1sgyeCsT81skMGgdKIp1JZ7sGBzq81SaHWVVf91xR9l8gU8HY5efqq3PGJhMY3uVOUQ6YryTqfUtsL5crxMri\
     e%2BzFX1gsbcu4eN78ISGLvU9MivdXhz%2BRPV%2FH2p%2FAA%3D%3D&RelayState=b3f0&SigAlg=http%3A%2F%2Fwww.w3.o\
     rg%2F2000%2F09%2Fxmldsig%23rsa-sha1&Signature=pirAFCTHvEWJRQLHko1zFcgRriaY%2Ftb%2F30KSoG1NfSRhad8%2F\
     5Gt%2BgNXMQmyIpl%2FLQpB5O8XHCiMhfQkBXN%2B4Q6SF40dgHyiDFG8fiDPj%2BZpweXLaRlVNb2sM9xBgCDh6r5ZWJZ8mGlUv\
     beiTqKZjikFyBusSV32WpTvZ%2BFauzZwscMj4XCUe3CQUxR%2FAB8KuuNV%2FN%2F7EzRMcxioUh%2F2LsEMdbrD2al0UK5%2FS\
     9XgV3V8rg1Whd8TMQR1fEJZA2zswdXSSY8CrU%2BL1R3TMw5AGJMTBUukIKanzumv8nRmKRO6UltgW9mhEPNT6%2FwipphuqH07A\
     2FYlED9jjkbb1b6%2FFg%3D%3D";
