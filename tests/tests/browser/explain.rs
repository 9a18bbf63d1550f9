//! The page of `saml explain --html` in a browser.

use std::path::{Path, PathBuf};

use saml_tests::{fixtures, read, saml};

use crate::chromium::{Browser, Scripts};

/// Explains a message on a page, which is gone with what this returns.
struct Page(PathBuf);

impl Page {
    fn of(name: &str, xml: &str) -> Self {
        let file = |kind: &str| {
            std::env::temp_dir().join(format!("saml-explain-browser-{}-{name}.{kind}", std::process::id()))
        };
        let (message, page) = (file("xml"), file("html"));
        std::fs::write(&message, xml).unwrap();
        let mut command = saml();
        command.args(["explain", "--profile", "signicat-broker", "--level", "substantial"]);
        command.args([
            "--entity-id",
            "https://portal.example.nl/saml/metadata",
            "--acs",
            "https://portal.example.nl/saml/acs",
        ]);
        command.args(["--request-id", "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8", "--at", "2026-03-02T10:00:45Z"]);
        command.args(["--allow-authority", "https://was-preprod1.digid.nl/saml/idp/metadata"]);
        command.arg("--metadata").arg(fixtures().join("metadata/broker-preproduction.xml"));
        let output = command.arg("--html").arg(&page).arg(&message).output().unwrap();
        std::fs::remove_file(&message).unwrap();
        assert!(page.exists(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(page)
    }

    fn url(&self) -> String {
        format!("file://{}", self.0.display())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn good() -> String {
    String::from_utf8(read(&fixtures().join(Path::new("responses/response-assertion-signed.xml")))).unwrap()
}

/// The good message with a forged assertion before the signed one.
fn forged() -> String {
    let good = good();
    let start = good.find("<saml:Assertion ").unwrap();
    let (head, tail) = good.split_at(start);
    let (assertion, _) = tail.split_once("</saml:Assertion>").unwrap();
    let (before, rest) = assertion.split_once("<ds:Signature ").unwrap();
    let (_, after) = rest.split_once("</ds:Signature>").unwrap();
    let forged = format!("{before}{after}</saml:Assertion>").replace("ID=\"_assertion.", "ID=\"_evil.");
    format!("{head}{forged}{tail}")
}

#[test]
fn the_page_shows_at_a_glance_that_a_forged_assertion_is_covered_by_nothing() {
    let Some(browser) = Browser::start(Scripts::Off) else { return };
    let page = Page::of("forged", &forged());
    browser.open(&page.url());
    assert_eq!(browser.text("h1"), "Rejected: element_unexpected");
    let first = browser.text(".assertions .uncovered");
    assert!(
        first.starts_with("Unsigned Assertion _evil.response-assertion-signed: covered by no signature"),
        "{first}"
    );
    let second = browser.text(".assertions .covered");
    assert!(second.contains("covered by the signature over #_assertion.response-assertion-signed"), "{second}");
    assert!(browser.text(".parts .none").starts_with("Unsigned Covered by no signature"));
    // The style sheet has the hash that the policy of the page allows.
    assert_eq!(browser.style(".skip a", "position"), "absolute");
    browser.screenshot("explain-forged");
    browser.in_the_dark();
    browser.screenshot("explain-forged-dark");
    browser.on_a_phone();
    browser.screenshot("explain-forged-phone");
    assert!(!browser.scrolls_sideways());
}

#[test]
fn the_page_is_walked_by_keyboard() {
    let Some(browser) = Browser::start(Scripts::Off) else { return };
    let page = Page::of("keyboard", &good());
    browser.open(&page.url());
    let mut walked = Vec::new();
    for _ in 0..4 {
        browser.press(TAB);
        walked.push(browser.focused());
    }
    assert_eq!(walked[..3], ["Skip to the message", "Skip to the checks", "How to read it"]);
    assert!(walked[3].starts_with("Signature Signature in Assertion"), "{walked:?}");
    assert_eq!(browser.count(".parts details[open]"), 0);
    browser.press(ENTER);
    assert_eq!(browser.count(".parts details[open]"), 1);
    assert!(browser.text(".parts details pre").contains("<ds:SignedInfo"));

    // From the link to the checks, the next stop is behind them.
    browser.open(&page.url());
    browser.press(TAB);
    browser.press(TAB);
    browser.press(ENTER);
    browser.wait_for("#checks:target");
    assert_eq!(browser.focused(), "The checks");
}

/// Keys as WebDriver 17.4.2 names them.
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
