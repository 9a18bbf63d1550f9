//! A citizen in Chromium logs in, cancels, meets an error and logs out; with scripts, and without.
//!
//! Screenshots of the pages are left in `target/screenshots`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod across;
mod chromium;
mod cross_site;
mod explain;

use chromium::{Browser, Scripts};
use saml_digid::texts;
use saml_tests::demo::Demo;

#[test]
fn a_citizen_logs_in_and_out() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let demo = Demo::start();
    browser.open(&demo.portal);
    assert_eq!(browser.text("h1"), "Inloggen");
    browser.screenshot("start");

    browser.click("form.login button");
    browser.wait_for("#bsn");
    assert!(browser.url().starts_with(&demo.broker));
    assert_eq!(browser.value("#bsn"), "900026236");
    browser.screenshot("simulator");
    browser.click("form button:not(.secondary)");

    browser.wait_for(".facts");
    assert_eq!(browser.url(), demo.portal);
    assert_eq!(browser.text("h1"), "U bent ingelogd");
    assert_eq!(browser.text("span#bsn"), "90*****36");
    assert!(!browser.source().contains("900026236"));
    assert_eq!(browser.text("#level"), "Substantieel");
    assert_eq!(browser.text("#authority"), "simulator");
    assert_eq!(
        browser.text("summary"),
        format!("Wat er is gecontroleerd voordat u werd ingelogd: {} controles", browser.count("tbody tr"))
    );
    browser.screenshot("logged-in");
    browser.click("summary");
    browser.screenshot("logged-in-checks");
    browser.in_the_dark();
    browser.screenshot("logged-in-dark");
    browser.on_a_phone();
    browser.screenshot("logged-in-phone");
    assert!(!browser.scrolls_sideways());

    browser.click("a.control");
    browser.wait_for("a.control[href='/']");
    assert_eq!(browser.text("span#bsn"), "900026236");
    browser.click("a.control");
    browser.wait_for("a.control[href='/?show=bsn']");
    assert_eq!(browser.text("span#bsn"), "90*****36");

    browser.click("header button");
    browser.wait_for(".translation");
    assert_eq!(browser.url(), format!("{}saml/slo", demo.portal));
    assert_eq!((browser.text("h1"), browser.text("main p")), (LOGGED_OUT.0.to_owned(), LOGGED_OUT.1.to_owned()));
    browser.screenshot("logged-out");
    browser.click("main a");
    browser.wait_for("form.login");
    browser.open(&demo.portal);
    assert_eq!(browser.text("h1"), "Inloggen");
}

#[test]
fn who_cancels_is_back_at_the_start_page_with_a_message_until_the_next_login() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let demo = Demo::start();
    browser.open(&demo.portal);
    browser.click("form.login button");
    browser.wait_for("#bsn");

    browser.click("button[formaction$='/cancel']");

    browser.wait_for(".notice");
    assert!(browser.url().starts_with(&demo.portal));
    assert_eq!(browser.text(".notice"), texts::CANCELLED_NL);
    browser.screenshot("cancelled");
    browser.click("form.login button");
    browser.wait_for("#bsn");
    browser.click("form button:not(.secondary)");
    browser.wait_for(".facts");
    assert_eq!(browser.url(), demo.portal);
    assert_eq!(browser.count(".notice"), 0);
}

#[test]
fn an_error_shows_the_fixed_text_and_ends_the_session() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let demo = Demo::start();
    browser.log_in(&demo.portal);
    browser.open(&format!("{}saml/login", demo.portal));
    browser.wait_for("#bsn");

    browser.click("button[formaction$='/error']");

    browser.wait_for("main code");
    assert_eq!(browser.url(), format!("{}saml/acs", demo.portal));
    assert_eq!(browser.text("main p"), texts::ERROR_NL);
    browser.screenshot("error");
    browser.click("main a");
    browser.wait_for("form.login");
}

#[test]
fn the_pages_are_in_english_for_who_asks() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let demo = Demo::start();
    browser.open(&demo.portal);
    browser.click("nav a");
    browser.wait_for("html[lang='en']");
    assert_eq!(browser.text("form.login button"), "Log in with DigiD");

    browser.click("form.login button");
    browser.wait_for("#bsn");
    assert_eq!(browser.text("h1"), "Log in");
    browser.click("form button:not(.secondary)");

    browser.wait_for(".facts");
    assert_eq!(browser.text("h1"), "You are logged in");
    assert_eq!(browser.text("header button"), "Log out");
    browser.screenshot("logged-in-english");
}

#[test]
fn another_browser_than_the_one_that_asked_is_told_so() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let demo = Demo::start();
    browser.open(&demo.portal);
    browser.click("form.login button");
    browser.wait_for("#bsn");
    browser.forget_cookies();

    browser.click("form button:not(.secondary)");

    browser.wait_for(".translation");
    assert_eq!(browser.text("h1"), "Ga verder in de browser waar u bent begonnen");
    browser.screenshot("other-browser");
}

#[test]
fn a_citizen_without_scripts_logs_in_and_out() {
    let Some(browser) = Browser::start(Scripts::Off) else { return };
    let demo = Demo::start();
    browser.open(&demo.portal);
    browser.click("form.login button");
    browser.wait_for("#bsn");
    browser.click("form button:not(.secondary)");

    browser.wait_for("input[name='SAMLResponse']");
    assert_eq!(browser.text("form button"), "Doorgaan");
    browser.screenshot("continue-without-scripts");
    browser.click("form button");

    browser.wait_for(".facts");
    assert_eq!(browser.text("span#bsn"), "90*****36");
    browser.click("a.control");
    browser.wait_for("a.control[href='/']");
    assert_eq!(browser.text("span#bsn"), "900026236");
    browser.click("header button");
    browser.wait_for("input[name='SAMLRequest']");
    browser.screenshot("logging-out-without-scripts");
    browser.click("main button");
    browser.wait_for("input[name='SAMLResponse']");
    browser.click("main button");
    browser.wait_for(".translation");
    assert_eq!((browser.text("h1"), browser.text("main p")), (LOGGED_OUT.0.to_owned(), LOGGED_OUT.1.to_owned()));
    browser.click("main a");
    browser.wait_for("form.login");
}

/// Heading and text for who has logged out everywhere.
const LOGGED_OUT: (&str, &str) = ("Uitgelogd", "U bent overal uitgelogd.");
