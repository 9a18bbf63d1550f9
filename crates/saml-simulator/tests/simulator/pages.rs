//! What the browser shows.

use axum::http::StatusCode;
use saml_metadata::Metadata;
use saml_protocol::Binding;
use saml_xml_security::AlgorithmPolicy;

use crate::browser::{Browser, LOG_IN};
use crate::portal::{BROKER_KEY, LOGIN_URL, PORTAL, PORTAL_KEY, english, redirect, request};

#[tokio::test]
async fn metadata_is_signed_and_names_what_is_served() {
    let page = Browser::new().get("/broker/sp/saml/metadata").await;
    assert_eq!(page.header("content-type"), "application/samlmetadata+xml");
    let keys = [BROKER_KEY.verifying_key().clone()];
    let metadata = Metadata::verify(page.html.as_bytes(), &keys, &AlgorithmPolicy::modern()).unwrap();
    let broker = metadata.identity_provider().unwrap();
    assert_eq!(broker.entity_id(), "http://127.0.0.1:8081/broker/sp/saml");
    assert_eq!(broker.signing_keys(), keys);
    assert!(broker.want_authn_requests_signed());
    for binding in [Binding::HttpRedirect, Binding::HttpPost] {
        assert_eq!(broker.single_sign_on_location(binding), Some(LOGIN_URL));
    }
    // Not by HTTP-Redirect: a NameID must not stand in a URL.
    let logout = "http://127.0.0.1:8081/broker/sp/saml/logout";
    assert_eq!(broker.single_logout_location(Binding::HttpPost), Some(logout));
    assert_eq!(broker.single_logout().len(), 1);
}

#[tokio::test]
async fn every_page_says_that_it_is_not_digid() {
    let browser = Browser::new();
    let login = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    let answer = browser.submit(&login, LOG_IN, "900026236", "loa3").await;
    let error = browser.get("/broker/sp/saml/login").await;
    for page in [login, answer, error] {
        assert!(page.html.contains("Simulator - geen echte DigiD"), "{}", page.html);
    }
}

#[tokio::test]
async fn login_page_shows_the_service_and_offers_the_level_asked_for() {
    let page = Browser::new().get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    assert!(page.html.contains(PORTAL));
    assert!(page.html.contains("substantieel of hoger"));
    assert!(page.html.contains("<option value=\"loa3\" selected>"));
    assert_eq!(page.value_of("bsn").as_deref(), Some("900026236"));
}

#[tokio::test]
async fn bsn_is_not_logged() {
    let browser = Browser::new();
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    let wrong = browser.submit(&page, LOG_IN, "90002623", "loa3").await;
    assert!(!wrong.log.contains("9000"), "{}", wrong.log);
    let answer = browser.submit(&page, LOG_IN, "900026236", "loa3").await;
    assert!(answer.log.contains("simulator answered") && !answer.log.contains("9000"), "{}", answer.log);
}

#[tokio::test]
async fn bsn_without_nine_digits_shows_the_page_again() {
    let browser = Browser::new();
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    for bsn in ["", "12345678", "1234567890", "12345678a", "\"><b>"] {
        let again = browser.submit(&page, LOG_IN, bsn, "loa4").await;
        assert_eq!(again.status, StatusCode::OK);
        assert!(again.html.contains("Vul negen cijfers in"), "{bsn}");
        assert!(again.html.contains("<option value=\"loa4\" selected>"), "{bsn}");
        assert!(!again.html.contains("<b>"), "{bsn}");
    }
    assert!(browser.submit(&page, LOG_IN, "900026236", "loa4").await.value_of("SAMLResponse").is_some());
}

#[tokio::test]
async fn pages_are_dutch_unless_query_request_or_browser_ask_for_english() {
    let path = redirect(&request(), None, Some(&PORTAL_KEY));
    let asked = redirect(&english(request()), None, Some(&PORTAL_KEY));
    let dutch = "<html lang=\"nl\">";
    let page = Browser::new().preferring("fr").get(&path).await;
    assert!(page.html.contains(dutch));
    assert!(Browser::new().preferring("en-GB,nl;q=0.5").get(&path).await.html.contains("<html lang=\"en\">"));
    assert!(Browser::new().get(&asked).await.html.contains("<html lang=\"en\">"));
    assert!(Browser::new().get(&format!("{path}&lang=en")).await.html.contains("<html lang=\"en\">"));
    assert!(Browser::new().get(&format!("{asked}&lang=nl")).await.html.contains(dutch));
}

#[tokio::test]
async fn language_can_be_switched_and_stays() {
    let browser = Browser::new();
    let page = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    let handle = page.value_of("handle").unwrap();
    let english = browser.get(&format!("{LOG_IN}?handle={handle}&lang=en")).await;
    assert!(english.html.contains("Simulator - not the real DigiD"));
    let answer = browser.submit(&english, LOG_IN, "900026236", "loa3").await;
    assert!(answer.html.contains(">Continue</button>"));
}

#[tokio::test]
async fn answer_may_be_posted_to_the_portal_only_and_is_not_stored() {
    let browser = Browser::new();
    let login = browser.get(&redirect(&request(), None, Some(&PORTAL_KEY))).await;
    assert_eq!(login.header("content-security-policy"), policy("'self'"));
    let answer = browser.submit(&login, LOG_IN, "900026236", "loa3").await;
    assert_eq!(answer.header("content-security-policy"), policy("'self' https://portal.example.nl"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.html.contains("<script src=\"/assets/submit.js\" defer></script>"));
    assert!(answer.html.contains("<button type=\"submit\">Doorgaan</button>"));
}

#[tokio::test]
async fn stylesheet_and_script_are_served() {
    let browser = Browser::new();
    assert_eq!(browser.get("/assets/style.css").await.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(browser.get("/assets/submit.js").await.header("content-type"), "text/javascript; charset=utf-8");
}

fn policy(form_action: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; form-action {form_action}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}
