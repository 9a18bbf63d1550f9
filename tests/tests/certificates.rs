//! The command `saml certificates`: the list, the picture, and the renewal of a key.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::Output;

use pkioverheid::{Generation, KeyPair, TestHierarchy, TestLeaf};
use saml_tests::folder::Folder;
use serde_json::Value;

/// The certificates of the fixtures hold until 2036-01-01.
const LONG_BEFORE: &[&str] = &["--at", "2026-03-02T10:00:00Z"];

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn certificates_that_last_are_listed_and_exit_with_zero() {
    let folder = Folder::new("certificates-good", &[]);
    for command in ["certificates", "certificates list"] {
        let output = folder.saml(command, LONG_BEFORE);
        let text = text(&output);
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""));
        for part in [
            "preproduction, looked at as of 2026-03-02 10:00 UTC",
            "ok          keys.signing: ours, signing",
            "valid       2026-01-01 to 2036-01-01, 3591 days left",
            "published   our metadata",
            "identity_provider.metadata: partner, signing",
            "published   metadata of the partner",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

#[test]
fn one_that_ends_within_sixty_days_or_has_ended_is_named_and_exits_with_one() {
    let folder = Folder::new("certificates-ends", &[]);
    for (at, code, expected) in [
        ("2035-11-01T00:00:00Z", 0, ""),
        (
            "2035-11-02T00:00:00Z",
            1,
            "preproduction.keys.signing (signing): ends on 2036-01-01, within 60 days: renew it",
        ),
        ("2036-01-01T00:00:00Z", 1, "within 60 days"),
        ("2036-01-01T00:00:01Z", 1, "preproduction.keys.signing (signing): expired on 2036-01-01"),
    ] {
        let output = folder.saml("certificates list", &["--at", at]);
        assert_eq!(output.status.code(), Some(code), "{at}");
        assert!(said(&output).contains(expected), "{at}: {}", said(&output));
    }
}

#[test]
fn one_that_cannot_be_read_is_named_and_exits_with_one() {
    let folder = Folder::new("certificates-unreadable", &[]);
    folder.write("service-provider.crt.pem", b"no certificate");
    let output = folder.saml("certificates list", &[LONG_BEFORE, &["--prometheus"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("preproduction.keys.signing (signing): service-provider.crt.pem"),
        "{}",
        said(&output)
    );
    let line = "saml_certificate_unreadable{environment=\"preproduction\",place=\"keys.signing\",owner=\"ours\",role=\"signing\"} 1";
    assert!(text(&output).contains(line), "{}", text(&output));
}

#[test]
fn json_and_prometheus_say_the_same_and_nothing_of_the_key() {
    let folder = Folder::new("certificates-forms", &[]);
    let json = folder.saml("certificates list", &[LONG_BEFORE, &["--json"]].concat());
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let certificates = json[0]["certificates"].as_array().unwrap();
    let ours = &certificates[0];
    assert_eq!((&ours["place"], &ours["state"]), (&Value::from("keys.signing"), &Value::from("ok")));
    assert_eq!((&ours["not_after"], &ours["days_left"]), (&Value::from("2036-01-01T00:00:00Z"), &Value::from(3591)));
    let prometheus = text(&folder.saml("certificates list", &[LONG_BEFORE, &["--prometheus"]].concat()));
    let gauges: Vec<&str> =
        prometheus.lines().filter(|line| line.starts_with("saml_certificate_not_after_seconds{")).collect();
    assert_eq!(gauges.len(), certificates.len());
    let sha256 = ours["sha256"].as_str().unwrap();
    assert!(gauges[0].contains(sha256) && gauges[0].ends_with("} 2082758400"), "{}", gauges[0]);
    assert!(!prometheus.contains("key.pem") && !json.to_string().contains("key.pem"));
}

#[test]
fn the_picture_has_words_for_who_does_not_see_it_in_two_languages() {
    let folder =
        Folder::new("certificates-picture", &[("organisation = \"Gemeente Voorbeeld\"", "organisation = \"A & <B>\"")]);
    let begun = folder.saml("certificates renew", &[LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat());
    assert_eq!(begun.status.code(), Some(0), "{}", said(&begun));
    let file = folder.path("t.svg");
    for (lang, title, switch, overlap) in [
        (
            "nl",
            "Wanneer de certificaten geldig zijn",
            "volgende ondertekent vanaf 2026-06-01",
            "beide geldig 2026-03-02 – 2029-03-01",
        ),
        ("en", "When the certificates hold", "next one signs from 2026-06-01", "both hold 2026-03-02 – 2029-03-01"),
    ] {
        let more = [LONG_BEFORE, &["--lang", lang, "--svg", file.to_str().unwrap()]].concat();
        assert_eq!(folder.saml("certificates timeline", &more).status.code(), Some(0));
        let svg = folder.read("t.svg");
        let (_, rest) = svg.split_once("<desc id=\"desc\">").unwrap();
        let (description, _) = rest.split_once("</desc>").unwrap();
        assert!(svg.contains(&format!("<title id=\"title\">{title}</title>")), "{svg}");
        assert!(description.contains(switch) && description.contains(overlap), "{description}");
        assert!(svg.contains("prefers-color-scheme: dark") && !svg.contains("href"), "{svg}");
    }
}

#[test]
fn a_renewal_at_a_broker_goes_from_a_new_key_to_the_end_of_the_old_one() {
    let folder = Folder::new("renew-broker", &[("[preproduction.signicat]", "# Ours.\n[preproduction.signicat]")]);
    let before = folder.read("saml.toml");
    let begin = [LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat();
    let output = folder.saml("certificates renew", &begin);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let after = folder.read("saml.toml");
    assert!(after.starts_with(&before), "what was there stays");
    assert!(after.contains("[preproduction.keys.next]\nkey = \"signing-2026-06-01.key.pem\""), "{after}");
    let metadata = folder.read("metadata-2026-06-01.xml");
    assert_eq!(metadata.matches("<md:KeyDescriptor").count(), 2, "both are published");
    for line in [
        "2026-05-25  restart the portal before the switch: it reads saml.toml at its start.",
        "2026-05-25  hand our metadata to Signicat",
        "2026-06-01  the switch: a portal that was restarted signs with the next key",
        "2026-06-02  run this with --finish",
        "2036-01-01  the present certificate ends",
    ] {
        assert!(text(&output).contains(line), "{line} is not in {}", text(&output));
    }

    let steps = text(&output).replace("\n            ", " ");
    assert!(steps.contains("read signing-2026-06-01.key.pem and signing-2026-06-01.crt.pem"), "{steps}");

    // Again: where it stands, and nothing is made anew.
    let key = folder.read("signing-2026-06-01.key.pem");
    let again = folder.saml("certificates renew", &begin);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert!(text(&again).starts_with("The present key signs; the next one from 2026-06-01T00:00:00Z."));
    assert_eq!((folder.read("saml.toml"), folder.read("signing-2026-06-01.key.pem")), (after, key));
    let other = folder.saml("certificates renew", &[LONG_BEFORE, &["--signs-from", "2026-07-01T00:00:00Z"]].concat());
    assert_eq!(other.status.code(), Some(2));
    assert!(said(&other).contains("has [preproduction.keys.next] already"), "{}", said(&other));

    // The last day on which it can be done as it should passes.
    for (at, hand_in) in [
        (
            "2026-05-25T12:00:00Z",
            "2026-05-25  hand our metadata to Signicat; the other side must have taken it, with the",
        ),
        (
            "2026-05-26T00:00:00Z",
            "2026-05-26  hand our metadata to Signicat; the other side must have taken it, with the",
        ),
    ] {
        let steps = folder.saml("certificates renew", &["--at", at]);
        assert!(text(&steps).contains(hand_in), "{}", text(&steps));
        let late = text(&steps).replace("\n            ", " ").contains("; that was due on 2026-05-25: ask");
        assert_eq!(late, at.starts_with("2026-05-26"), "{}", text(&steps));
    }

    // Afterwards, too, it signs in a portal that was started with it alone.
    let switched = folder.saml("certificates renew", &["--at", "2026-06-01T00:00:00Z"]);
    assert!(
        text(&switched)
            .starts_with("The next key signs since 2026-06-01T00:00:00Z, in a portal that was started after")
    );

    // Not a second before the switch.
    let early = folder.saml("certificates renew", &["--finish", "--at", "2026-05-31T23:59:59Z"]);
    assert_eq!(early.status.code(), Some(1));
    let output = folder.saml("certificates renew", &["--finish", "--at", "2026-06-01T00:00:00Z"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let ended = folder.read("saml.toml");
    assert!(!ended.contains("keys.next") && ended.contains("# Ours."), "{ended}");
    assert!(ended.contains("[preproduction.keys.signing]\nkey = \"signing-2026-06-01.key.pem\""), "{ended}");
    assert!(folder.path("service-provider.key.pem").exists(), "nothing is deleted");
    let nothing = folder.saml("certificates renew", &["--finish"]);
    assert_eq!(nothing.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_new_private_key_is_for_its_owner_alone_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("renew-private", &[]);
    let output = folder.saml("certificates renew", &[LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let mode = std::fs::metadata(folder.path("signing-2026-06-01.key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_configuration_file_that_is_changed_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    for mode in [0o640, 0o600, 0o644] {
        let folder = Folder::new("renew-mode", &[]);
        let file = folder.path("saml.toml");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let begin = [LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat();
        for more in [&begin[..], &["--finish", "--at", "2026-06-02T00:00:00Z"]] {
            let output = folder.saml("certificates renew", more);
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode, "{more:?}");
        }
        assert!(!folder.path("saml.toml.part").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_configuration_file_that_is_changed_keeps_its_owner_and_group_or_stays_as_it_is() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;

    use saml_tests::{not_run, saml};

    let folder = Folder::new("renew-group", &[]);
    let file = folder.path("saml.toml");
    if std::fs::metadata(&file).unwrap().uid() != 0 {
        not_run(1, "groups of files", "root alone can give a file to a group that it is not in");
        return;
    }
    let ids = || {
        let file = std::fs::metadata(&file).unwrap();
        (file.uid(), file.gid(), file.mode() & 0o777)
    };
    let set = |owner, group, mode| {
        chown(&file, Some(owner), Some(group)).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    // Root, as in /etc: the group of the portal, and the owner that the file had.
    set(NOBODY, OTHERS, 0o640);
    let begin = [LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat();
    assert_eq!(folder.saml("certificates renew", &begin).status.code(), Some(0));
    assert!(folder.read("saml.toml").contains("keys.next"));
    assert_eq!(ids(), (NOBODY, OTHERS, 0o640));

    // Somebody who is not of the group, where the group reads the file, and where everybody does.
    for entry in std::fs::read_dir(folder.path("")).unwrap() {
        chown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    chown(folder.path(""), Some(NOBODY), Some(NOBODY)).unwrap();
    let before = folder.read("saml.toml");
    let finish = || {
        let mut command = saml();
        command.args(["certificates", "renew", "--finish", "--at", "2026-06-02T00:00:00Z", "--config"]).arg(&file);
        command.uid(NOBODY).gid(NOBODY).output().unwrap()
    };
    set(NOBODY, OTHERS, 0o640);
    let refused = finish();
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("its group cannot be kept, by which others read it"), "{}", said(&refused));
    assert_eq!((folder.read("saml.toml"), ids()), (before, (NOBODY, OTHERS, 0o640)));
    assert!(!folder.path("saml.toml.part").exists());
    set(NOBODY, OTHERS, 0o644);
    let finished = finish();
    assert_eq!(finished.status.code(), Some(0), "{}", said(&finished));
    assert!(!folder.read("saml.toml").contains("keys.next"));
}

/// The user that owns nothing, and a group that it is not in.
#[cfg(unix)]
const NOBODY: u32 = 65534;
#[cfg(unix)]
const OTHERS: u32 = 54321;

#[test]
fn a_moment_at_which_the_present_certificate_has_ended_is_refused_and_nothing_is_written() {
    let folder = Folder::new("renew-moment", &[]);
    let before = folder.read("saml.toml");
    for (signs_from, code) in [("2036-01-01T00:00:01Z", 2), ("2026-03-02T10:00:00Z", 2)] {
        let output = folder.saml("certificates renew", &[LONG_BEFORE, &["--signs-from", signs_from]].concat());
        assert_eq!(output.status.code(), Some(code), "{signs_from}");
        assert!(said(&output).contains("expected --signs-from after"), "{}", said(&output));
    }
    assert_eq!(folder.read("saml.toml"), before);
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 5);
}

#[test]
fn a_file_that_cannot_be_changed_stays_as_it_is_and_the_lines_are_said() {
    let inline = "[preproduction.keys]\nsigning = { key = \"service-provider.key.pem\", certificate = \"service-provider.crt.pem\" }";
    let table =
        "[preproduction.keys.signing]\nkey = \"service-provider.key.pem\"\ncertificate = \"service-provider.crt.pem\"";
    let folder = Folder::new("renew-inline", &[(table, inline)]);
    let begun = folder.saml("certificates renew", &[LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat());
    assert_eq!(begun.status.code(), Some(0), "{}", said(&begun));
    let before = folder.read("saml.toml");
    let output = folder.saml("certificates renew", &["--finish", "--at", "2026-06-02T00:00:00Z"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("key = \"signing-2026-06-01.key.pem\""), "{}", said(&output));
    assert_eq!(folder.read("saml.toml"), before);
}

/// A certificate of a test hierarchy of PKIoverheid.
fn issued(hierarchy: &TestHierarchy, host: &str) -> KeyPair {
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let leaf = TestLeaf { common_name: host, host_names: &[host], ..TestLeaf::new("00000001123456789000", now) };
    hierarchy.issue(&leaf).unwrap()
}

#[test]
fn a_renewal_at_digid_waits_for_the_issuer_and_takes_the_certificate_of_its_key_alone() {
    let hierarchy = TestHierarchy::new(Generation::G1, "2026-03-01T00:00:00Z".parse().unwrap()).unwrap();
    let (present, next) = (issued(&hierarchy, "portal.example.nl"), issued(&hierarchy, "portal.example.nl"));
    let folder = Folder::new("renew-digid", DIGID);
    let before = folder.read("saml.toml");
    folder.write("service-provider.key.pem", &present.private_key().to_pem().unwrap());
    folder.write("service-provider.crt.pem", &present.certificate().to_pem().unwrap());
    let begin = [LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z"]].concat();

    let output = folder.saml("certificates renew", &begin);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(folder.read("signing-2026-06-01.csr.pem").starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    // Ten working days before Monday 1 June.
    assert!(text(&output).contains("2026-05-18  order it with"), "{}", text(&output));
    assert_eq!(folder.read("saml.toml"), before, "nothing is written before the certificate is there");

    // The certificate of another key, then with the key that it is of.
    folder.write("issued.cer", &next.certificate().to_pem().unwrap());
    let file = folder.path("issued.cer");
    let take = [&begin[..], &["--certificate", file.to_str().unwrap()]].concat();
    let refused = folder.saml("certificates renew", &take);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("refused: key_mismatch"), "{}", said(&refused));
    assert_eq!(folder.read("saml.toml"), before);
    assert!(!folder.path("signing-2026-06-01.crt.pem").exists());

    folder.write("signing-2026-06-01.key.pem", &next.private_key().to_pem().unwrap());
    let taken = folder.saml("certificates renew", &take);
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    assert!(folder.read("saml.toml").contains("publish = \"next\""));
    assert!(text(&taken).contains("Wijzigingsformulier"), "{}", text(&taken));
    assert_eq!(folder.read("metadata-2026-06-01.xml").matches("<md:KeyDescriptor").count(), 1, "the next one alone");
}

#[test]
fn a_certificate_that_leads_to_no_root_of_pkioverheid_is_refused() {
    let hierarchy = TestHierarchy::new(Generation::G1, "2026-03-01T00:00:00Z".parse().unwrap()).unwrap();
    let (present, next) = (issued(&hierarchy, "portal.example.nl"), issued(&hierarchy, "portal.example.nl"));
    let folder = Folder::new("renew-chain", DIGID);
    let before = folder.read("saml.toml");
    folder.write("service-provider.key.pem", &present.private_key().to_pem().unwrap());
    folder.write("service-provider.crt.pem", &present.certificate().to_pem().unwrap());
    folder.write("signing-2026-06-01.key.pem", &next.private_key().to_pem().unwrap());
    let issuers = hierarchy.authorities().iter().flat_map(|issuer| issuer.to_pem().unwrap());
    let chain: Vec<u8> = next.certificate().to_pem().unwrap().into_iter().chain(issuers).collect();
    folder.write("issued.pem", &chain);
    let file = folder.path("issued.pem");
    let more =
        [LONG_BEFORE, &["--signs-from", "2026-06-01T00:00:00Z", "--certificate", file.to_str().unwrap()]].concat();
    let output = folder.saml("certificates renew", &more);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(said(&output).contains("refused: pkio_chain"), "{}", said(&output));
    assert_eq!(folder.read("saml.toml"), before);
    assert!(!folder.path("signing-2026-06-01.crt.pem").exists(), "it can be tried again");
}

/// What makes a portal at DigiD itself of one at a broker.
const DIGID: &[(&str, &str)] = &[
    ("signicat-broker", "digid"),
    ("authorities = [\"https://was-preprod1.digid.nl/saml/idp/metadata\"]\n", ""),
    ("[preproduction.signicat]\ndomain = \"broker.pre.example.nl\"\n", ""),
];
