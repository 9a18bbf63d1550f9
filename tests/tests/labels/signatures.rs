use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_protocol::namespaces::XMLDSIG;
use saml_tests::{files, read};
use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};
use saml_xml_security::{AlgorithmPolicy, EXCLUSIVE_CANONICALIZATION, verify, verify_octets};

use crate::facts::Keys;

pub(crate) const XMLSEC: &str = "lsh123+xmlsec";
const INCLUSIVE_CANONICALIZATION: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

/// A project, and its files with a signature of the shape that we read.
pub(crate) struct Project {
    pub(crate) name: &'static str,
    /// Files with a signature that holds.
    pub(crate) accepted: &'static [&'static str],
    /// Files with one that does not, the code, and why that is right.
    pub(crate) broken: &'static [(&'static str, &'static str, &'static str)],
}

/// Every project in the corpus; all other signatures in them are refused for their shape or their algorithms.
pub(crate) const PROJECTS: &[Project] = &[
    Project { name: "Logius-standaarden+st-saml-spec", accepted: &[], broken: &[] },
    Project { name: "SAML-Toolkits+python3-saml", accepted: &[], broken: &[] },
    Project {
        name: "SAML-Toolkits+ruby-saml",
        accepted: &["test/responses/response_with_retrieval_method.xml"],
        broken: &[
            ("test/responses/adfs_response_sha256.xml", "signature_no_key", "its certificate cannot be read"),
            ("test/responses/adfs_response_sha512.xml", "signature_no_key", "its certificate cannot be read"),
            ("test/responses/adfs_response_xmlns.xml", "signature_no_key", "its certificate cannot be read"),
        ],
    },
    Project { name: "apache+santuario-xml-security-java", accepted: &[], broken: &[] },
    Project {
        name: "digidentity+libsaml",
        accepted: &["spec/fixtures/artifact_response_with_authn_request_signed_with_multiple_certificates.xml"],
        broken: &[
            (
                "spec/fixtures/artifact_response_with_authn_request_signed_with_multiple_certificates.xml",
                "signature_invalid",
                "one of its keys has 1024 bits",
            ),
            ("spec/fixtures/assertion.xml", "signature_digest_mismatch", "xmlsec1 says the same"),
            ("spec/fixtures/attribute_query.xml", "signature_digest_mismatch", "xmlsec1 says the same"),
            ("spec/fixtures/evidence.xml", "signature_digest_mismatch", "xmlsec1 says the same"),
            ("spec/fixtures/signed_with_inserted.xml", "signature_no_key", "it brings no key"),
            (
                "spec/fixtures/unsigned_artifact_response_with_signed_authn_request.xml",
                "signature_digest_mismatch",
                "xmlsec1 says the same",
            ),
        ],
    },
    Project { name: XMLSEC, accepted: &[], broken: &[] },
    Project {
        name: "njaremko+samael",
        accepted: &[],
        broken: &[
            ("test_vectors/ancestor_attack_signed.xml", "signature_invalid", "its key has 1024 bits"),
            ("test_vectors/multi_saml_response_signed.xml", "signature_digest_mismatch", "xmlsec1 says the same"),
            ("test_vectors/multi_saml_response_signed.xml", "signature_invalid", "its key has 1024 bits"),
            ("test_vectors/multi_saml_response_signed_2.xml", "signature_invalid", "its key has 1024 bits"),
            ("test_vectors/multi_saml_response_template.xml", "signature_digest_mismatch", "it is not signed yet"),
        ],
    },
    Project {
        name: "node-saml+xml-crypto",
        accepted: &["test/static/wsfederation_metadata.xml"],
        broken: &[("test/static/valid_signature_utf8.xml", "signature_invalid", "its key has 1024 bits")],
    },
    Project { name: "terminaloutcomes+saml-rs", accepted: &[], broken: &[] },
];

/// Good vectors in our algorithms whose `SignatureValue` we refuse, and why that is right.
pub(crate) const REFUSED_VALUES: &[(&str, &[&str])] = &[
    (
        "their keys have 1024 bits",
        &[
            "xmldsig11-interop-2012/signature-enveloping-derencoded-rsa.xml",
            "xmldsig11-interop-2012/signature-enveloping-keyinforeference-rsa.xml",
            "xmldsig11-interop-2012/signature-enveloping-rsa-sha256.xml",
            "xmldsig11-interop-2012/signature-enveloping-rsa_sha384.xml",
            "xmldsig11-interop-2012/signature-enveloping-rsa_sha512.xml",
            "xmldsig11-interop-2012/signature-enveloping-sha224-rsa_sha256.xml",
            "xmldsig11-interop-2012/signature-enveloping-sha256-rsa-sha256.xml",
            "xmldsig11-interop-2012/signature-enveloping-sha384-rsa_sha256.xml",
            "xmldsig11-interop-2012/signature-enveloping-sha512-rsa_sha256.xml",
            "xmldsig11-interop-2012/signature-enveloping-x509digest-rsa.xml",
        ],
    ),
    (
        "their values are in ASN.1, or longer than two times the order (RFC 4051 2.3.6 has neither)",
        &[
            "aleksey-xmldsig-01/enveloped-sha256-ecdsa-sha256-with-asn1.xml",
            "aleksey-xmldsig-01/enveloping-sha256-ecdsa-sha256_padded.xml",
            "aleksey-xmldsig-01/enveloping-sha512-ecdsa-sha512-with-asn1.xml",
        ],
    ),
];

/// Verifies each signature in the files of a project as what it is to us: an enveloped one over the element around it.
pub(crate) fn judge(corpus: &Path, project: &str, keys: &Keys) -> Vec<(String, String)> {
    let top = corpus.join("public").join(project);
    let mut found = Vec::new();
    for file in files(&top) {
        let bytes = read(&file);
        let is_xml = file.extension().is_some_and(|ending| ending == "xml");
        if !is_xml || !bytes.windows(9).any(|window| window == b"Signature") {
            continue;
        }
        let name = file.strip_prefix(&top).unwrap().to_str().unwrap().to_owned();
        match Document::parse(&bytes, &ParseOptions::metadata()) {
            Err(error) => found.push((name, error.code().to_owned())),
            Ok(document) => {
                let all = document.elements().filter(|element| element.is(XMLDSIG, "Signature"));
                found.extend(all.map(|signature| (name.clone(), code(&document, signature, project, keys))));
            }
        }
    }
    found
}

fn code(document: &Document, signature: Element<'_>, project: &str, keys: &Keys) -> String {
    let Some(signed) = signature.parent() else { return "not enveloped: the signature is the root".to_owned() };
    let keys = keys.verifying(project, Some(document));
    match verify(signed, &keys, &AlgorithmPolicy::modern(), &ParseOptions::metadata()) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

/// Counts the codes.
pub(crate) fn counts(found: &[(String, String)]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for (_, code) in found {
        *counts.entry(code.as_str()).or_default() += 1;
    }
    counts
}

/// Returns how many vectors of XML Encryption there are.
pub(crate) fn encryption_vectors(corpus: &Path) -> usize {
    manifest(corpus).iter().filter(|(kind, ..)| kind == "enc").count()
}

/// Verifies the `SignatureValue` of each good vector over its `SignedInfo`, whatever the signature refers to.
///
/// So canonicalisation and algorithms are tried on signatures of others, though none has the shape that SAML has.
pub(crate) fn values(corpus: &Path, keys: &Keys) -> Vec<(String, String)> {
    let top = corpus.join("public").join(XMLSEC).join("tests");
    let mut found = Vec::new();
    for (kind, expected, file) in manifest(corpus) {
        if kind == "dsig" && expected == "pass" {
            let what = match std::fs::read(top.join(&file)) {
                Ok(bytes) => value(&bytes, keys),
                Err(_) => "not in the corpus".to_owned(),
            };
            found.push((file, what));
        }
    }
    found
}

fn value(bytes: &[u8], keys: &Keys) -> String {
    let document = match Document::parse(bytes, &ParseOptions::metadata()) {
        Ok(document) => document,
        Err(error) => return error.code().to_owned(),
    };
    let Some(signature) = document.elements().find(|element| element.is(XMLDSIG, "Signature")) else {
        return "no signature".to_owned();
    };
    let child =
        |parent: Element<'_>, name: &str| parent.children().find(|child| child.is(XMLDSIG, name)).map(|c| c.id());
    let child = |parent, name| child(parent, name).and_then(|id| document.element(id)).expect(name);
    let signed_info = child(signature, "SignedInfo");
    let method = child(signed_info, "CanonicalizationMethod").attribute("Algorithm").unwrap();
    let prefixes: Vec<&str> = match method {
        INCLUSIVE_CANONICALIZATION => prefixes(&document).chain(["#default"]).collect(),
        EXCLUSIVE_CANONICALIZATION => Vec::new(),
        _ => return "another canonicalisation".to_owned(),
    };
    let uri = child(signed_info, "SignatureMethod").attribute("Algorithm").unwrap();
    let Some(algorithm) = AlgorithmPolicy::modern().signature(uri) else { return "another algorithm".to_owned() };
    let text: String = child(signature, "SignatureValue").text().unwrap().split_ascii_whitespace().collect();
    let mut octets = Vec::new();
    canonicalize(signed_info, &Canonicalization { without: None, inclusive_prefixes: &prefixes }, &mut octets);
    let keys = keys.verifying(XMLSEC, Some(&document));
    let holds = verify_octets(&octets, &STANDARD.decode(text).unwrap(), algorithm, &keys).is_ok();
    if holds { "holds" } else { "does not hold" }.to_owned()
}

/// Returns every prefix that a document declares: with all of them listed, the exclusive form is the inclusive one.
fn prefixes(document: &Document) -> impl Iterator<Item = &str> {
    document.source().split("xmlns:").skip(1).filter_map(|rest| rest.split(['=', ' ', '\n']).next())
}

/// Reads upstream's list: kind, expected result, file.
fn manifest(corpus: &Path) -> Vec<(String, String, String)> {
    let table = String::from_utf8(read(&corpus.join("public").join(XMLSEC).join("MANIFEST.tsv"))).unwrap();
    let line = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap())
    };
    table.lines().skip(1).map(line).collect()
}
