//! The command `saml dossier`: the data sheet for Logius, and the evidence for the auditor.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Output;

use saml_tests::folder::Folder;
use saml_tests::{fixtures, saml};

fn dossier(folder: &Folder, more: &[&str]) -> Output {
    let out = folder.path("out");
    folder.saml("dossier", &[&["--at", "2026-03-02T10:00:00Z", "--out", out.to_str().unwrap()], more].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const REGISTERED: (&str, &str) = (
    "[preproduction.signicat]",
    "[preproduction.registration]\nweb_service_name = \"Mijn | Elders\"\noin = \"00000001823288444000\"\n\n[preproduction.signicat]\ndigid_metadata = \"signicat.xml\"",
);

#[test]
fn what_the_configuration_lacks_is_marked_in_the_sheet_and_what_it_has_is_filled_in() {
    let without = Folder::new("dossier-without", &[]);
    assert_eq!(dossier(&without, &[]).status.code(), Some(0));
    let sheet = without.read("out/aansluitgegevens.md");
    assert!(
        sheet.contains(r"| Webdienstnaam | ONTBREEKT: zet preproduction.registration.web\_service\_name"),
        "{sheet}"
    );
    assert!(sheet.contains("| Metadata van Signicat | ONTBREEKT: "), "{sheet}");

    let with = Folder::new("dossier-with", &[REGISTERED]);
    std::fs::copy(fixtures().join("metadata/service-provider.xml"), with.path("signicat.xml")).unwrap();
    let output = dossier(&with, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let sheet = with.read("out/aansluitgegevens.md");
    for line in [
        r"| Webdienstnaam | Mijn \| Elders |",
        "| OIN | 00000001823288444000 |",
        "| EntityID (van Signicat) | https://portal.example.nl/saml/metadata |",
        "| Betrouwbaarheidsniveau | Substantieel |",
        "| DigiD eenmalig inloggen | nee |",
    ] {
        assert!(sheet.contains(line), "{line} is not in {sheet}");
    }
}

#[test]
fn every_norm_says_who_shows_what_and_the_values_are_those_of_the_portal() {
    let folder = Folder::new("dossier-norms", &[]);
    let output = dossier(&folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = folder.read("out/dossier.md");
    assert_eq!(report.matches("| Wat de organisatie zelf laat zien | ").count(), 21);
    for code in ["B.01", "U/TV.01 ★", "U/WA.02 ★", "C.07 ★", "C.08 ★", "C.09 ★"] {
        assert!(report.contains(&format!("\n### {code}\n")), "{code} is not in {report}");
    }
    for part in [
        "Het is geen certificaat en geen oordeel",
        "| Een sessie eindigt zonder gebruik na | 15 minuten |",
        "| strict-transport-security | max-age=31536000 |",
        "frame-ancestors 'none'",
        r"\_\_Host-saml-session: Path=/; HttpOnly; Secure; SameSite=Lax",
        "| algorithms | ",
        "ONTBREEKT: het rapport van saml forge run",
    ] {
        assert!(report.contains(part), "{part} is not in {report}");
    }
    let page = folder.read("out/dossier.html");
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"nl\">"));
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("src="), "{page}");
}

#[test]
fn the_same_settings_have_the_same_hash_and_other_settings_another() {
    let hash = |name: &str, changes: &[(&str, &str)]| {
        let folder = Folder::new(name, changes);
        assert_eq!(dossier(&folder, &[]).status.code(), Some(0));
        let report = folder.read("out/dossier.md");
        report.lines().find(|line| line.starts_with("| SHA-256 van de configuratie | ")).unwrap().to_owned()
    };
    let first = hash("dossier-hash", &[]);
    assert_eq!(first, hash("dossier-comment", &[("level = ", "# So.\nlevel   = ")]));
    assert_ne!(first, hash("dossier-level", &[("\"substantial\"", "\"high\"")]));
}

#[test]
fn a_dossier_is_replaced_by_a_later_one_and_not_by_that_of_another_environment() {
    let folder = Folder::new("dossier-again", &[]);
    assert_eq!(dossier(&folder, &[]).status.code(), Some(0));
    assert_eq!(dossier(&folder, &[]).status.code(), Some(0));
    let kept = folder.read("out/configuratie.txt");

    folder.write("saml.toml", folder.read("saml.toml").replace("[preproduction", "[production").as_bytes());
    let output = dossier(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("out: expected the dossier of production, found another's"), "{}", said(&output));
    assert_eq!(folder.read("out/configuratie.txt"), kept);
}

#[test]
fn attacks_and_components_are_counted_and_another_file_is_refused() {
    let folder = Folder::new("dossier-attached", &[]);
    let suite = r#"<testsuites><testsuite name="saml forge run"><testcase classname="ATT-001 a" name="x"/><testcase classname="ATT-002 b" name="y"><failure message="m"/></testcase><testcase classname="ATT-003 c" name="z"><skipped message="s"/></testcase></testsuite></testsuites>"#;
    folder.write("attacks.xml", suite.as_bytes());
    let sbom = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"name":"saml-cli","version":"0.1.0"}},"components":[{"name":"a","version":"1","licenses":[{"expression":"MIT"}]},{"name":"b","version":"2"}]}"#;
    folder.write("sbom.json", sbom.as_bytes());
    let path = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    let (attacks, sbom) = (path("attacks.xml"), path("sbom.json"));
    let output = dossier(&folder, &["--attacks", &attacks, "--sbom", &sbom]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = folder.read("out/dossier.md");
    for line in [
        "| Doorstaan | 1 |",
        "| Ten onrechte binnengelaten | 1 |",
        "- ATT-002 b y",
        "| Aantal onderdelen | 2 |",
        "| Onderdelen zonder licentie | b 2 |",
    ] {
        assert!(report.contains(line), "{line} is not in {report}");
    }
    let swapped = dossier(&folder, &["--attacks", &sbom]);
    assert_eq!(swapped.status.code(), Some(2));
    assert!(said(&swapped).contains("sbom.json: expected a JUnit report"), "{}", said(&swapped));
    let swapped = dossier(&folder, &["--sbom", &attacks]);
    assert_eq!(swapped.status.code(), Some(2));
    assert!(said(&swapped).contains("attacks.xml: expected CycloneDX JSON"), "{}", said(&swapped));
}

#[test]
fn a_portal_that_cannot_start_is_no_reason_to_write_nothing_and_is_said() {
    let folder = Folder::new("dossier-no-key", &[]);
    std::fs::remove_file(folder.path("service-provider.key.pem")).unwrap();
    assert_eq!(dossier(&folder, &[]).status.code(), Some(0));
    let report = folder.read("out/dossier.md");
    assert!(report.contains("met deze configuratie start het portaal nog niet: "), "{report}");
    assert!(!report.contains("| strict-transport-security |"), "{report}");
}

#[test]
fn no_secret_and_no_bsn_of_a_log_gets_into_the_dossier() {
    let change = (
        "[preproduction.signicat]",
        "[preproduction.application]\nlogs = [\"portal.log\"]\n\n[preproduction.signicat]",
    );
    let folder = Folder::new("dossier-bsn", &[change]);
    folder.write("portal.log", b"bsn=999990019\n");
    assert_eq!(dossier(&folder, &[]).status.code(), Some(0));
    for file in ["aansluitgegevens.md", "aansluitgegevens.html", "dossier.md", "dossier.html", "configuratie.txt"] {
        let text = folder.read(&format!("out/{file}"));
        assert!(!text.contains("999990019") && !text.contains("PRIVATE KEY"), "{file}");
    }
}

#[test]
fn a_file_in_the_place_of_the_directory_is_refused() {
    let folder = Folder::new("dossier-file", &[]);
    folder.write("out", b"");
    let output = dossier(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("out: "), "{}", said(&output));
    assert_eq!(saml().args(["dossier", "--config", "saml.toml"]).output().unwrap().status.code(), Some(2));
}
