//! A citizen between two sites: which cookies come along, two tabs, the same form twice, the button to go back.

use crate::chromium::{Browser, Scripts};
use crate::cross_site::{Cookies, Sites};

#[test]
fn a_form_of_another_site_brings_the_cookie_of_the_login_and_the_session_is_there_at_once() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let sites = Sites::by_post(Cookies::Https);
    begin(&browser, &sites, "/one");
    log_in(&browser);

    browser.wait_for("#who");
    assert_eq!((browser.url(), browser.text("#who")), (format!("{}/one", sites.portal), "90*****36".to_owned()));
    let names: Vec<_> = browser.cookies().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["__Host-saml-browser", "__Host-saml-language", "__Host-saml-session"]);
}

#[test]
fn with_the_cookies_of_http_the_form_of_another_site_logs_nobody_in() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let sites = Sites::by_post(Cookies::Http);
    begin(&browser, &sites, "/one");
    log_in(&browser);

    browser.wait_for(".translation");
    assert_eq!((browser.url(), browser.text("h1")), (format!("{}/saml/acs", sites.portal), NOT_OPEN.to_owned()));
    browser.open(&format!("{}/one", sites.portal));
    assert_eq!(browser.text("#who"), "nobody");
}

#[test]
fn where_answers_come_by_redirect_a_link_brings_the_cookie_and_a_form_does_not() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let sites = Sites::by_artifact();
    browser.open(&format!("{}/saml/login", sites.portal));
    let elsewhere = sites.elsewhere(&browser.url());

    browser.open(&elsewhere);
    browser.click("button");
    browser.wait_for(".translation");
    assert_eq!(browser.text("h1"), NOT_OPEN);

    // The request is found, and the artifact names an endpoint that the broker has not.
    browser.open(&elsewhere);
    browser.click("a");
    browser.wait_for("main code");
    assert_eq!(browser.text("h1"), "Inloggen is niet gelukt");
}

#[test]
fn two_tabs_finish_the_last_first_each_where_it_was_going() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    for sites in [Sites::by_post(Cookies::Https), Sites::by_post_sealed()] {
        let one = browser.tab();
        begin(&browser, &sites, "/one");
        browser.new_tab();
        begin(&browser, &sites, "/two");

        log_in(&browser);
        browser.wait_for("#who");
        assert_eq!((browser.url(), browser.text("#who")), (format!("{}/two", sites.portal), "90*****36".to_owned()));
        browser.show(&one);
        log_in(&browser);
        browser.wait_for("#who");
        assert_eq!((browser.url(), browser.text("#who")), (format!("{}/one", sites.portal), "90*****36".to_owned()));
        let cookies = browser.cookies();
        let secret = cookies.iter().find(|(name, _)| name == "__Host-saml-browser");
        assert_eq!(secret.map(|(_, value)| value.len()), Some(64));
    }
}

#[test]
fn who_goes_back_after_the_login_and_posts_the_form_again_is_where_the_login_went() {
    let Some(browser) = Browser::start(Scripts::Off) else { return };
    for sites in [Sites::by_post(Cookies::Https), Sites::by_post_sealed()] {
        begin(&browser, &sites, "/one");
        log_in(&browser);
        browser.wait_for("input[name='SAMLResponse']");
        // The form on a page that the button goes back to.
        browser.open(&sites.form(&browser.value("input[name='SAMLResponse']")));
        browser.click("button");
        browser.wait_for("#who");
        let session = browser.cookies();

        browser.back();
        browser.click("button");

        browser.wait_for("#who");
        assert_eq!((browser.url(), browser.text("#who")), (format!("{}/one", sites.portal), "90*****36".to_owned()));
        assert_eq!(browser.cookies(), session);
    }
}

#[test]
fn who_clicks_twice_is_logged_in_or_told_to_begin_again_and_nothing_breaks() {
    let Some(browser) = Browser::start(Scripts::Off) else { return };
    for sites in [Sites::by_post(Cookies::Https), Sites::by_post_sealed()] {
        begin(&browser, &sites, "/one");
        log_in(&browser);
        browser.wait_for("input[name='SAMLResponse']");
        browser.double_click("#answer button");

        // The second click ends the first navigation. Where the portal had answered that already, the browser throws
        // the session away with the answer, and no replay opens another.
        browser.wait_for("#who, .translation");
        if browser.count("#who") == 0 {
            assert_eq!(browser.text("h1"), NOT_OPEN);
            begin(&browser, &sites, "/one");
            log_in(&browser);
            browser.wait_for("input[name='SAMLResponse']");
            browser.click("#answer button");
            browser.wait_for("#who");
        }
        assert_eq!((browser.url(), browser.text("#who")), (format!("{}/one", sites.portal), "90*****36".to_owned()));
    }
}

#[test]
fn who_comes_back_to_where_answers_are_taken_finds_the_start_page() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let sites = Sites::by_post(Cookies::Https);
    begin(&browser, &sites, "/one");
    log_in(&browser);
    browser.wait_for("#who");

    browser.open(&format!("{}/saml/acs", sites.portal));
    assert_eq!((browser.url(), browser.text("#who")), (format!("{}/", sites.portal), "90*****36".to_owned()));
}

#[test]
fn the_page_for_who_has_no_login_open_fits_a_phone_and_the_dark() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let sites = Sites::by_post(Cookies::Https);
    browser.open(&format!("{}/saml/continue", sites.portal));
    assert_eq!(browser.text("h1"), NOT_OPEN);
    browser.screenshot("not-open");
    browser.in_the_dark();
    browser.screenshot("not-open-dark");
    browser.on_a_phone();
    browser.screenshot("not-open-phone");
    assert!(!browser.scrolls_sideways());
    browser.click("main a");
    browser.wait_for("#who");
}

fn begin(browser: &Browser, sites: &Sites, path: &str) {
    browser.open(&format!("{}/saml/login?return_to={path}", sites.portal));
    browser.wait_for("#bsn");
    assert!(browser.url().starts_with(&sites.broker));
}

/// Logs in as the test person that the broker proposes.
fn log_in(browser: &Browser) {
    browser.click("form button:not(.secondary)");
}

const NOT_OPEN: &str = "Ga verder in de browser waar u bent begonnen";
