use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

/// Every code that a check of the validator, of the profiles or of this command can give, with where it stands: read
/// from the sources, so that a new one is noticed.
fn codes() -> BTreeMap<String, PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeMap::new();
    // Files in which every word with its arrow or in its column is a code.
    for name in ["saml-xml", "saml-xml-security", "saml-protocol", "saml-name-id", "saml-metadata", "saml-bindings"] {
        let file = crates.join(name).join("src/error.rs");
        let text = std::fs::read_to_string(&file).unwrap();
        let before = found.len();
        for line in text.lines().map(str::trim) {
            let arrow = line.starts_with("Self::") || line.starts_with("Error::");
            let behind = if arrow { line.split_once("=> \"") } else { line.split_once(", \"") };
            if let Some((_, rest)) = behind.filter(|(name, _)| arrow || name.chars().all(char::is_alphanumeric)) {
                found.insert(rest.split('"').next().unwrap().to_owned(), file.clone());
            }
        }
        assert!(found.len() > before, "{} has codes", file.display());
    }
    for check in saml_response::checks::ALL {
        found.insert(check.code.to_owned(), "saml-response/src/checks.rs".into());
    }
    for folder in ["saml-response/src", "saml-digid/src", "saml-cli/src/explain"] {
        for file in sources(&crates.join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            found.extend(given(text).into_iter().map(|code| (code, file.clone())));
        }
    }
    found
}

/// Returns the codes in a source that writes to a trace: of checks, and of particular failures.
fn given(text: &str) -> BTreeSet<String> {
    let literals = |text: &str| -> Vec<String> { text.split('"').skip(1).step_by(2).map(str::to_owned).collect() };
    let mut codes = BTreeSet::new();
    for rest in text.split("Check {").skip(1).map(str::trim_start) {
        codes.extend(rest.strip_prefix("code: ").and_then(|rest| literals(rest).first().cloned()));
    }
    for call in text.split("fail(").skip(1).map(|rest| rest.split(';').next().unwrap()) {
        // The second argument is the code: a word, or a variable that was set to one.
        if let Some(code) = call.split(',').nth(1).map(str::trim).filter(|code| code.starts_with('"')) {
            codes.insert(code.trim_matches('"').to_owned());
        }
    }
    for statement in text.split("let code = ").skip(1) {
        let statement = statement.split("};").next().unwrap().split(";\n").next().unwrap();
        codes.extend(literals(statement));
    }
    codes
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_code_of_the_validator_has_its_sentence_or_the_reason_why_not() {
    let codes = codes();
    for known in [
        "xml_comment",
        "signature_invalid",
        "element_unexpected",
        "bsn_length",
        "metadata_expired",
        "level_missing",
        "status_no_passive",
        "attribute_identifier",
        "encrypted_assertion",
        "service_uuid",
        "used_once",
        "binding_soap_fault",
        "name_id_format",
        "authenticating_authority_ambiguous",
        "audience_restriction",
    ] {
        assert!(codes.contains_key(known), "{known} is found in the sources");
    }
    let without: Vec<_> = codes.iter().filter(|(code, _)| entry(code).is_none()).collect();
    assert!(without.is_empty(), "these codes have no entry: {without:#?}");
}

#[test]
fn no_entry_is_for_a_code_that_is_not_there_or_stands_twice() {
    let codes = codes();
    let all: Vec<&str> = TABLE.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
    let unique: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(unique.len(), all.len());
    let dead: Vec<_> = unique.iter().filter(|code| !codes.contains_key(**code)).collect();
    assert!(dead.is_empty(), "nothing gives these codes: {dead:?}");
}

#[test]
fn a_code_is_read_from_each_form_in_which_a_source_gives_it() {
    let text = r#"
        static A: Check = Check { code: "one", clause: "x" };
        static B: Check = Check {
            code: "seven", clause: "x"
        };
        return Err(trace.fail(&A, "two", expected(), "none"));
        let code = if found { "three" } else { "four" };
        return Err(trace.fail(&A, code, expected(), found));
        let code = match second {
            Some(_) => "five",
            _ => "six",
        };
        trace.fail(&A, A.code, "words, not a code", "none")
    "#;
    let expected = ["one", "two", "three", "four", "five", "six", "seven"].map(str::to_owned);
    assert_eq!(given(text), BTreeSet::from(expected));
}
