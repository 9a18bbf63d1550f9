//! `saml check-acceptance` finds nothing at the demo, and each deviation of a portal that has one.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "acceptance/broken.rs"]
mod broken;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use broken::{Broken, Flaw, Flaws};
use saml_browser::{Browser, Error, Scripts, Settings};
use saml_tests::demo::Demo;
use saml_tests::{not_run, saml};
use serde_json::Value;

#[test]
fn the_demo_has_no_deviation_and_the_report_shows_it() {
    if !has_browser() {
        return;
    }
    let demo = Demo::start();
    let out = place("demo");
    let more = ["--organisation", "Gemeente Voorbeeld", "--out", out.to_str().unwrap()];
    let said = check(&demo.portal, &demo.control, &more);
    let outcomes: Vec<(&str, &str)> =
        checks(&said).iter().map(|check| (text(check, "id"), text(check, "outcome"))).collect();
    let human = ["D1", "T2", "T14"];
    let expected: Vec<(&str, &str)> =
        IDS.iter().map(|id| (*id, if human.contains(id) { "mens" } else { "ok" })).collect();
    assert_eq!(outcomes, expected, "{said:#}");

    let written: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(written, said);
    let pictures: Vec<&str> = checks(&said)
        .iter()
        .flat_map(|check| check["pictures"].as_array().unwrap())
        .map(|file| file.as_str().unwrap())
        .collect();
    for picture in &pictures {
        assert!(std::fs::read(out.join(picture)).unwrap().starts_with(b"\x89PNG"), "{picture}");
    }
    let html = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!html.contains("900026236") && !said.to_string().contains("900026236"));

    let browser = Browser::start(&Settings::new(Scripts::On)).unwrap();
    browser.open(&format!("file://{}", out.join("report.html").display())).unwrap();
    assert_eq!(browser.count("section.check").unwrap(), IDS.len());
    let shown = browser.run("return [...document.images].filter(image => image.naturalWidth > 100).length;", &[]);
    assert_eq!(shown.unwrap(), pictures.len());
    let styled = browser.style(".ok", "background-color").unwrap();
    assert_eq!(styled, "rgba(28, 107, 44, 1)");
    browser.on_a_phone().unwrap();
    assert!(!browser.scrolls_sideways().unwrap());
}

#[test]
fn a_portal_that_is_as_it_should_be_has_no_deviation() {
    if !has_browser() {
        return;
    }
    let broken = Broken::start(&[]);
    let said = check(&broken.portal, &broken.control, &["--organisation", "Gemeente Voorbeeld"]);
    assert_eq!(deviations(&said), Vec::<&str>::new(), "{said:#}");
    assert_eq!(said["summary"]["mens"], 3, "{said:#}");
}

#[test]
fn what_is_wrong_on_the_start_page_is_found() {
    expect(
        &[Flaw::UnderConstruction, Flaw::NameOfSupplier, Flaw::DeepLink, Flaw::InAFrame, Flaw::NeedsScripts],
        &[
            ("C1", "in aanbouw"),
            ("C2", "Gemeente Voorbeeld"),
            ("C3", "https://www.digid.nl/aanvragen"),
            ("KADER", "in een kader tonen: stuur"),
            ("SCRIPT", "Verder kwam de browser niet"),
        ],
    );
    expect(&[Flaw::NeedsMouse], &[("TOETSEN", "inlogknop is met de toets Tab niet te bereiken")]);
}

#[test]
fn what_is_wrong_with_a_login_that_fails_is_found() {
    let other_text = "RequestDenied: de fouttekst staat er niet";
    let no_message = "Er staat niet dat het inloggen is geannuleerd";
    expect(&[Flaw::OtherErrorText, Flaw::NoMessage], &[("T6", other_text), ("T7", no_message)]);
    let survives = "Niveau basis: daarna is er nog een sessie";
    expect(&[Flaw::SessionSurvives, Flaw::CancelElsewhere], &[("TVS-T6", survives), ("T7", "/elders, en begon op")]);
    let stays = "staat de melding er nog";
    expect(&[Flaw::TakesLowerLevel, Flaw::MessageStays], &[("TVS-T6", survives), ("T7", stays)]);
}

#[test]
fn what_is_wrong_with_a_session_is_found() {
    let absent = "Uitloggen is niet te zien";
    expect(&[Flaw::PersistentCookie, Flaw::NoLogout], &[("D2", "Deze cookies bleven: session"), ("T13", absent)]);
    expect(&[Flaw::Unprotected], &[("D2", "Een andere browser ziet de pagina zonder in te loggen")]);
    expect(&[Flaw::NoLogoutOnAPhone], &[("T13", "/, op een telefoon.")]);
    expect(&[Flaw::LogoutIsForShow], &[("T13", "Na uitloggen is er nog een sessie")]);
    expect(&[Flaw::PagesAreKept], &[("T13", "De knop Terug laat na uitloggen de pagina van de sessie weer zien")]);
}

#[test]
fn the_older_error_text_is_right_for_who_was_approved_with_it() {
    if !has_browser() {
        return;
    }
    let broken = Broken::start(&[Flaw::ChecklistSeven]);
    let said = check(&broken.portal, &broken.control, &["--only", "tvs-t6", "--error-text", "checklist-7"]);
    assert_eq!(deviations(&said), Vec::<&str>::new(), "{said:#}");
    let said = check(&broken.portal, &broken.control, &["--only", "tvs-t6"]);
    assert_eq!(deviations(&said), ["TVS-T6"], "{said:#}");
}

#[test]
fn what_cannot_be_played_is_said_in_one_sentence_and_ends_with_two() {
    let refused = |portal: &str, control: &str, more: &[&str], expected: &str| {
        let output = output(portal, control, more);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count(), output.stdout.len()), (Some(2), 1, 0), "{said}");
        assert!(said.contains(expected), "{said}");
    };
    refused("http://192.0.2.1/", "http://127.0.0.1:1/", &[], "--i-own-this-target");
    refused("ftp://127.0.0.1/", "http://127.0.0.1:1/", &[], "expected a URL such as");
    refused("http://127.0.0.1:1/", "http://127.0.0.1:1/", &[], "--control: http://127.0.0.1:1/next-login");
    let broken = Broken::start(&[]);
    refused(&broken.portal, &broken.portal, &[], "expected status 204, found 404");
    if !has_browser() {
        return;
    }
    refused("http://127.0.0.1:1/", &broken.control, &[], "found nobody that answers");
    refused(&broken.portal, &broken.control, &["--login-path", "/elders"], "expected a login button");
    refused(&broken.portal, &broken.control, &["--login-selector", "["], "selector");
}

#[test]
fn without_a_browser_it_says_what_to_install() {
    let broken = Broken::start(&[]);
    let mut command = saml();
    command.args(["check-acceptance", "--portal", &broken.portal, "--control", &broken.control]).env("PATH", "");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("apt install chromium chromium-driver"), "{said}");
}

/// Plays the checks that a portal fails, and expects those and what is said of each.
fn expect(flaws: Flaws, rows: &[(&str, &str)]) {
    if !has_browser() {
        return;
    }
    let broken = Broken::start(flaws);
    let ids: Vec<&str> = rows.iter().map(|(id, _)| *id).collect();
    let more = ["--organisation", "Gemeente Voorbeeld", "--only", &ids.join(",")];
    let said = check(&broken.portal, &broken.control, &more);
    assert_eq!(deviations(&said), ids, "{flaws:?}: {said:#}");
    for (check, (_, sentence)) in checks(&said).iter().zip(rows) {
        assert!(check["seen"].to_string().contains(sentence), "{flaws:?}: {check:#}");
    }
}

/// Runs the command; its exit status must agree with what it says.
fn check(portal: &str, control: &str, more: &[&str]) -> Value {
    let output = output(portal, control, &[more, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let expected = i32::from(!deviations(&json).is_empty());
    assert_eq!(output.status.code(), Some(expected), "{said}");
    json
}

fn output(portal: &str, control: &str, more: &[&str]) -> Output {
    saml().args(["check-acceptance", "--portal", portal, "--control", control]).args(more).output().unwrap()
}

fn checks(said: &Value) -> &[Value] {
    said["checks"].as_array().unwrap()
}

fn deviations(said: &Value) -> Vec<&str> {
    let all = checks(said).iter().filter(|check| text(check, "outcome") == "afwijking");
    all.map(|check| text(check, "id")).collect()
}

fn text<'v>(check: &'v Value, name: &str) -> &'v str {
    check[name].as_str().unwrap()
}

/// Tells whether there is a browser; where there is none, says so.
fn has_browser() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| match Browser::start(&Settings::new(Scripts::On)) {
        Ok(_) => true,
        Err(Error::Missing { .. }) => {
            not_run(20, "the acceptance of portals", "chromium and chromedriver are not both there");
            false
        }
        Err(error) => panic!("{error}"),
    });
    *HAS
}

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("acceptance-{name}"))
}

const IDS: [&str; 14] =
    ["C1", "C2", "C3", "D1", "D2", "T2", "T6", "TVS-T6", "T7", "T13", "T14", "KADER", "SCRIPT", "TOETSEN"];
