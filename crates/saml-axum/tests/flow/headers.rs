use axum::http::StatusCode;
use saml_axum::Settings;
use saml_sp::RequestBinding;

use crate::answers::Fields;
use crate::browser::{Browser, Page};
use crate::portal::{METADATA, now, portal, router};

#[tokio::test]
async fn every_answer_keeps_others_away() {
    let (portal, mut browser) = (portal(), Browser::default());
    let mut pages = Vec::new();
    for url in ["/", "/permits", "/saml/login", "/saml/login?level=no", "/saml/style.css", "/saml/metadata", "/nowhere"]
    {
        pages.push(browser.get(&portal, url).await);
    }
    pages.push(browser.post(&portal, "/saml/acs", &Fields::none()).await);
    pages.push(browser.post(&portal, "/saml/logout", &Fields::none()).await);

    for page in &pages {
        assert_eq!(page.header("content-security-policy"), POLICY);
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    }
    assert_eq!(pages[6].status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn forms_may_end_up_where_the_broker_sends_them_on() {
    let settings = Settings::new("https://portal.example", "Voorbeeld", METADATA)
        .and_then(|settings| settings.with_form_target("https://was.digid.nl"))
        .unwrap();
    let page = Browser::default().get(&router(RequestBinding::Redirect, settings), "/").await;

    assert_eq!(page.header("content-security-policy"), format!("{POLICY} https://was.digid.nl"));
}

#[tokio::test]
async fn the_host_header_changes_nothing_and_http_on_the_machine_itself_has_plain_cookies() {
    let settings = Settings::new("http://127.0.0.1:8080", "Voorbeeld", METADATA).unwrap().with_clock(now);
    let portal = router(RequestBinding::Redirect, settings);

    let page = Browser::default().get(&portal, "https://portal.example/saml/login").await;

    assert_eq!(cookie_names(&page), ["saml-browser", "saml-language"]);
    assert!(!page.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn by_https_all_cookies_are_kept_to_the_host() {
    let page = Browser::default().get(&portal(), "/saml/login").await;

    assert_eq!(cookie_names(&page), ["__Host-saml-browser", "__Host-saml-language"]);
}

fn cookie_names(page: &Page) -> Vec<&str> {
    let cookies = page.headers.get_all("set-cookie").iter();
    cookies.map(|cookie| cookie.to_str().unwrap().split('=').next().unwrap()).collect()
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'self' https://broker.example";
