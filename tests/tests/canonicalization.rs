//! The canonical form, byte for byte as the vectors of others have it, and as libxml2 writes it for the whole corpus.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use saml_bindings::Received;
use saml_tests::{corpus, files, not_run, read, say};
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};

const SANTUARIO: &str = "public/apache+santuario-xml-security-java/src/test/resources";
const MERLIN: &str = "public/lsh123+xmlsec/tests/merlin-exc-c14n-one";
const EXAMPLES: &str = "org/apache/xml/security/c14n/inExcl";

/// Input, the first element of which name is brought into canonical form, prefix list, expected output.
const PAIRS: [(&str, &str, &[&str], &str); 12] = [
    ("example2_2_1.xml", "elem2", &[], "example2_2_c14nized_exclusive.xml"),
    // With each prefix in scope listed, the exclusive form is the inclusive one.
    ("example2_2_1.xml", "elem2", &["n0", "n3"], "example2_2_1_c14nized.xml"),
    ("example2_2_2.xml", "elem2", &[], "example2_2_c14nized_exclusive.xml"),
    ("example2_4.xml", "elem2", &[], "example2_4_c14nized.xml"),
    ("plain-soap-1.1.xml", "Body", &[], "plain-soap-c14nized.xml"),
    ("Y1/exc-signature.xml", "Object", &[], "Y1/c14n-0.txt"),
    ("Y1/exc-signature.xml", "Object", &["bar", "#default"], "Y1/c14n-1.txt"),
    ("Y1/exc-signature.xml", "SignedInfo", &[], "Y1/c14n-4.txt"),
    ("Y4/signature.xml", "Something", &[], "Y4/c14n-9.txt"),
    ("Y4/signature.xml", "Something", &["#default"], "Y4/c14n-18.txt"),
    ("Y5/signature.xml", "Something", &[], "Y5/c14n-9.txt"),
    ("Y5/signature.xml", "Something", &["#default"], "Y5/c14n-18.txt"),
];

/// Outputs in the same folders that are not ours to give: how many, and why.
const NOT_APPLICABLE: [(usize, &str); 6] = [
    (2, "the input has a document type, which is refused (Y2)"),
    (1, "the input has a processing instruction, which is refused (inExcl)"),
    (2, "it is the form with comments (Y1)"),
    (36, "XPath chose single nodes, not an element with all that is in it (Y3, Y4, Y5)"),
    (27, "it is the inclusive form (Y2 to Y5, inExcl)"),
    (39, "it is the inclusive form (merlin-c14n-three, c14n/in)"),
];

#[test]
fn exclusive_vectors_come_out_byte_for_byte() {
    let Some(corpus) = corpus(PAIRS.len(), "vectors of exclusive canonicalisation") else { return };
    for (input, name, prefixes, expected) in PAIRS {
        let folder = corpus.join(SANTUARIO).join(if input.starts_with('Y') { "interop/c14n" } else { EXAMPLES });
        let document = parse(&read(&folder.join(input))).unwrap();
        let element = document.elements().find(|element| element.local_name() == name).unwrap();
        let found = canonical(element, prefixes);
        assert_eq!(found, text(&folder.join(expected)), "{input} {name} {prefixes:?}");
    }
    for (count, why) in NOT_APPLICABLE {
        not_run(count, "vectors of canonicalisation", why);
    }
}

#[test]
fn the_same_vector_in_two_projects_is_the_same() {
    let Some(corpus) = corpus(1, "vectors of exclusive canonicalisation") else { return };
    let merlin = parse(&read(&corpus.join(MERLIN).join("exc-signature.xml"))).unwrap();
    let santuario = parse(&read(&corpus.join(SANTUARIO).join("interop/c14n/Y1/exc-signature.xml"))).unwrap();
    assert_eq!(canonical(merlin.root(), &[]), canonical(santuario.root(), &[]));
}

#[test]
fn inputs_that_are_refused_are_refused_by_what_they_have() {
    let Some(corpus) = corpus(2, "vectors of exclusive canonicalisation that are refused") else { return };
    let refused = |path: &str| parse(&read(&corpus.join(SANTUARIO).join(path))).unwrap_err();
    assert_eq!(refused("interop/c14n/Y2/signature-joseph-exc.xml"), "xml_document_type");
    assert_eq!(refused(&format!("{EXAMPLES}/example2_2_3.xml")), "xml_processing_instruction");
}

#[test]
fn libxml2_writes_the_same_bytes_for_each_document_of_the_corpus() {
    let Some(corpus) = corpus(FILES, "documents in canonical form") else { return };
    if Command::new("xmllint").arg("--version").stderr(Stdio::null()).status().is_err() {
        return not_run(FILES, "documents in canonical form", "xmllint is not installed");
    }
    let Documents { accepted: documents, refused } = documents(&corpus);
    let malformed = refused.iter().filter(|(_, code)| NOT_WELL_FORMED.contains(code));
    let wrongly: Vec<_> = malformed.filter(|(bytes, _)| xmllint(bytes).is_some()).map(|(_, code)| code).collect();
    assert!(wrongly.is_empty(), "libxml2 accepts what we refuse as {wrongly:?}");
    assert!(documents.len() > 700, "{}", documents.len());
    let mut wrong = Vec::new();
    let mut with_comments = 0;
    for (path, bytes) in &documents {
        let document = parse(bytes).unwrap();
        // xmllint has no form without comments, and our tree has none with them.
        if document.source().contains("<!--") {
            with_comments += 1;
        } else if xmllint(bytes) != Some(canonical(document.root(), &[])) {
            wrong.push(path.display().to_string());
        }
    }
    not_run(with_comments, "documents in canonical form", "xmllint keeps the comments that they have");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    refused.iter().for_each(|(_, code)| *counts.entry(code).or_default() += 1);
    for (code, count) in counts {
        not_run(count, "documents in canonical form", &format!("our parser refuses them: {code}"));
    }
    say(&format!("{} documents as libxml2 has them", documents.len() - with_comments));
    assert!(wrong.is_empty(), "{} documents:\n{}", wrong.len(), wrong.join("\n"));
}

/// Documents of the corpus: those that our parser accepts, and the others with the codes that refuse them.
#[derive(Default)]
struct Documents {
    accepted: Vec<(PathBuf, Vec<u8>)>,
    refused: Vec<(Vec<u8>, &'static str)>,
}

/// Returns each different document once.
fn documents(corpus: &Path) -> Documents {
    let (mut seen, mut documents) = (BTreeSet::new(), Documents::default());
    for path in files(corpus) {
        // A file that is no message in any form is not XML either.
        let Ok(received) = Received::detect(&read(&path)) else { continue };
        let bytes = received.xml().to_vec();
        if seen.insert(bytes.clone()) {
            match parse(&bytes) {
                Ok(_) => documents.accepted.push((path, bytes)),
                Err(code) => documents.refused.push((bytes, code)),
            }
        }
    }
    documents
}

fn xmllint(bytes: &[u8]) -> Option<String> {
    let mut child = Command::new("xmllint")
        .args(["--nonet", "--exc-c14n", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It reads all before it writes.
    let written = stdin.write_all(bytes);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    (written.is_ok() && output.status.success()).then(|| String::from_utf8(output.stdout).unwrap())
}

fn parse(bytes: &[u8]) -> Result<Document, &'static str> {
    Document::parse(bytes, &ParseOptions::metadata()).map_err(|error| error.code())
}

fn canonical(element: Element<'_>, prefixes: &[&str]) -> String {
    let mut out = Vec::new();
    canonicalize(element, &Canonicalization { without: None, inclusive_prefixes: prefixes }, &mut out);
    String::from_utf8(out).unwrap()
}

fn text(path: &Path) -> String {
    String::from_utf8(read(path)).unwrap()
}

const FILES: usize = 2446;
/// Codes of documents that no parser may accept; the others refuse what XML allows and SAML does without.
const NOT_WELL_FORMED: [&str; 6] = [
    "xml_bad_name",
    "xml_bad_reference",
    "xml_duplicate_attribute",
    "xml_mismatched_end",
    "xml_syntax",
    "xml_unexpected_end",
];
