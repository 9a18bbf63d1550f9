//! What we write and sign, libxmlsec1 verifies: metadata, requests and responses of the fixtures.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};

use saml_tests::{fixtures, not_run};

/// File, the signed element, and the certificate of who signed it.
const SIGNED: &[(&str, &str, &str)] = &[
    ("metadata/service-provider.xml", "EntityDescriptor", "service-provider"),
    ("metadata/broker-preproduction.xml", "EntityDescriptor", "broker-signing"),
    ("metadata/broker-as-digid-service.xml", "EntityDescriptor", "broker-signing"),
    ("requests/authn-request-bare.xml", "AuthnRequest", "service-provider"),
    ("requests/authn-request-digid.xml", "AuthnRequest", "service-provider"),
    ("requests/authn-request-english.xml", "AuthnRequest", "service-provider"),
    ("responses/response-assertion-signed.xml", "Assertion", "broker-signing"),
    ("responses/response-response-signed.xml", "Response", "broker-signing"),
    ("responses/response-attributes.xml", "Response", "broker-signing"),
];

#[test]
fn what_we_sign_libxmlsec1_verifies() {
    if Command::new("xmlsec1").arg("--version").stdout(Stdio::null()).status().is_err() {
        not_run(2 * SIGNED.len(), "our signatures by libxmlsec1", "xmlsec1 is not installed");
        return;
    }
    for (file, element, signer) in SIGNED {
        let path = fixtures().join(file);
        assert!(verifies(&path, element, signer), "{file}");
        let changed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changed.xml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&changed, text.replace("example.nl", "example.be")).unwrap();
        assert!(!verifies(&changed, element, signer), "{file} with another name");
    }
}

fn verifies(file: &Path, element: &str, signer: &str) -> bool {
    let certificate = fixtures().join(format!("keys/{signer}.crt.pem"));
    Command::new("xmlsec1")
        .args(["--verify", "--id-attr:ID", element, "--trusted-pem"])
        .args([&certificate, file])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}
