//! Wrong input ends every command with one clear sentence and 2; every command's help has an example.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use saml_tests::{fixtures, saml};

/// Each option and argument of each command that names a file, with good ones beside it: `WRONG` stands for the file.
const FILES: &[&str] = &[
    "certificates list --config WRONG",
    "certificates renew --config WRONG",
    "certificates timeline --config WRONG --svg OUT",
    "demo --broker-port 0 --config WRONG",
    "doctor --config WRONG",
    "dossier --config WRONG --out OUT",
    "explain --profile web-sso --trust-key CERT --entity-id urn:a --acs https://a.nl --request-id _1 --at TIME WRONG",
    "explain --profile web-sso --trust-key WRONG --entity-id urn:a --acs https://a.nl --request-id _1 --at TIME RESPONSE",
    "explain --profile web-sso --metadata WRONG --entity-id urn:a --acs https://a.nl --request-id _1 --at TIME RESPONSE",
    "explain --profile web-sso --trust-key CERT --decrypt WRONG --entity-id urn:a --acs https://a.nl --request-id _1 --at TIME RESPONSE",
    "explain --config WRONG --request-id _1 --at TIME RESPONSE",
    "forge run --target http://127.0.0.1:1/ --expect-reject --entity-id urn:a --issuer urn:b --login-url http://127.0.0.1:1/login --key WRONG --cert CERT",
    "forge run --target http://127.0.0.1:1/ --expect-reject --entity-id urn:a --issuer urn:b --login-url http://127.0.0.1:1/login --key KEY --cert WRONG",
    "forge write --out OUT --from WRONG --key KEY --cert CERT",
    "forge write --out OUT --from RESPONSE --key WRONG --cert CERT",
    "forge write --out OUT --from RESPONSE --key KEY --cert WRONG",
    "metadata diff WRONG METADATA",
    "metadata diff METADATA WRONG",
    "metadata fetch --entity-id urn:a --trust-key WRONG --roots CERT --copy OUT https://127.0.0.1:1/",
    "metadata fetch --entity-id urn:a --trust-key CERT --roots WRONG --copy OUT https://127.0.0.1:1/",
    "metadata fetch --config WRONG",
    "metadata new --entity-id urn:a --acs post=https://a.nl --key WRONG --cert CERT --at TIME",
    "metadata new --entity-id urn:a --acs post=https://a.nl --key KEY --cert WRONG --at TIME",
    "metadata new --entity-id urn:a --acs post=https://a.nl --key KEY --cert CERT --at TIME --encryption-cert WRONG",
    "metadata new --entity-id urn:a --acs post=https://a.nl --key KEY --cert CERT --at TIME --next-key WRONG --next-cert CERT --next-from TIME --publish next",
    "metadata new --entity-id urn:a --acs post=https://a.nl --key KEY --cert CERT --at TIME --next-key KEY --next-cert WRONG --next-from TIME --publish next",
    "metadata new --config WRONG",
    "metadata show WRONG",
    "metadata sign --key WRONG --cert CERT METADATA",
    "metadata sign --key KEY --cert WRONG METADATA",
    "metadata sign --key KEY --cert CERT WRONG",
    "metadata verify --trust-key WRONG METADATA",
    "metadata verify --trust-key CERT WRONG",
    "portal --listen 127.0.0.1:0 --config WRONG",
];

/// Each option that names a directory to write into.
const DIRECTORIES: &[&str] = &[
    "check-acceptance --portal http://127.0.0.1:1/ --control http://127.0.0.1:1/ --out FILE",
    "forge write --out FILE",
    "init --yes --base-url https://a.nl --organisation A --domain a.nl --out FILE",
    "man --out FILE",
];

#[test]
fn a_wrong_file_is_named_in_one_sentence_and_ends_with_two() {
    let place = place("files");
    std::fs::write(place.join("empty"), "").unwrap();
    let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
    std::fs::write(place.join("binary"), binary).unwrap();
    // A PEM of a kind that no option takes.
    std::fs::write(place.join("other.pem"), "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n").unwrap();
    std::fs::create_dir(place.join("directory")).unwrap();
    let mut faults = Vec::new();
    for row in FILES {
        for wrong in ["absent", "directory", "empty", "binary", "other.pem"] {
            let wrong = place.join(wrong);
            faults.extend(fault(row, &place, &wrong));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_file_where_a_directory_should_be_is_named_in_one_sentence_and_ends_with_two() {
    let place = place("directories");
    std::fs::write(place.join("file"), "").unwrap();
    let faults: Vec<String> = DIRECTORIES.iter().filter_map(|row| fault(row, &place, &place.join("file"))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Runs a row, and says what is not as it should be.
fn fault(row: &str, place: &Path, wrong: &Path) -> Option<String> {
    let key = |name: &str| fixtures().join("keys").join(name);
    let arguments = row.split(' ').map(|word| match word {
        "WRONG" | "FILE" => wrong.to_owned(),
        "OUT" => place.join("out"),
        "KEY" => key("service-provider.key.pem"),
        "CERT" => key("service-provider.crt.pem"),
        "METADATA" => fixtures().join("metadata/service-provider.xml"),
        "RESPONSE" => fixtures().join("responses/response-assertion-signed.xml"),
        "TIME" => PathBuf::from("2026-03-02T10:00:45Z"),
        word => PathBuf::from(word),
    });
    let output = saml().args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let name = wrong.file_name().unwrap().to_str().unwrap();
    let is_fine =
        output.status.code() == Some(2) && said.lines().count() == 1 && said.contains(name) && output.stdout.is_empty();
    let code = output.status.code();
    (!is_fine).then(|| format!("{row} [{name}]: {code:?} {said:?} {:?}", String::from_utf8_lossy(&output.stdout)))
}

/// The words of every command, and of every group of commands, as the help lists them.
fn commands() -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut next = 0;
    while let Some(command) = found.get(next).cloned() {
        next += 1;
        let listed = help(&command);
        let listed = listed.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for name in listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            found.push([&command[..], &[name.to_owned()]].concat());
        }
    }
    found
}

fn help(command: &[String]) -> String {
    let output = saml().args(command).arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_help_of_every_command_has_an_example_of_it() {
    for command in commands() {
        let help = help(&command);
        let is_group = help.contains("\nCommands:\n");
        let example = help.split_once("\nExample").map(|(_, example)| example);
        let words = [&["saml".to_owned()], &command[..]].concat().join(" ");
        assert!(is_group || example.is_some_and(|example| example.contains(&words)), "{words}: {help}");
    }
}

/// As `head` does when it has read enough.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let file = fixtures().join("metadata/broker-preproduction.xml");
    let output = saml().args(["metadata", "show"]).arg(file).stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn every_command_that_names_a_file_is_in_the_table() {
    let in_table = |command: &str| FILES.iter().chain(DIRECTORIES).any(|row| row.starts_with(command));
    for command in commands() {
        let help = help(&command);
        let takes_file = ["FILE", ".pem", ".xml", ".toml", "<DIR>"].iter().any(|name| help.contains(name));
        let words = command.join(" ");
        assert!(!takes_file || help.contains("\nCommands:\n") || in_table(&words), "{words}");
    }
}

#[test]
fn each_shell_has_completions_that_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let output = saml().args(["completions", shell]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let script = String::from_utf8(output.stdout).unwrap();
        for command in commands().iter().filter_map(|command| command.last()) {
            assert!(script.contains(command.as_str()), "{shell}: {command}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let place = place("man");
    let output = saml().args(["man", "--out"]).arg(&place).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let pages: BTreeSet<String> =
        std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let expected: BTreeSet<String> = commands()
        .iter()
        .map(|command| format!("{}.1", [&["saml".to_owned()], &command[..]].concat().join("-")))
        .collect();
    assert_eq!(pages, expected);
    let page = std::fs::read_to_string(place.join("saml-metadata-new.1")).unwrap();
    assert!(page.contains("saml metadata new") && page.contains("Example"), "{page}");
}

/// An empty directory for one test.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wrong-input-{name}"));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).unwrap();
    place
}
