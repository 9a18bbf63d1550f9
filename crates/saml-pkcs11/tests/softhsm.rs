//! A key in SoftHSM signs requests that hold with its certificate, and what is not there is refused.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/hsm_signer.rs"]
#[allow(dead_code, reason = "its main reads arguments")]
mod example;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use chrono::{TimeZone, Utc};
use cryptoki::context::Pkcs11;
use cryptoki::session::Session;
use cryptoki::types::AuthPin;
use pkioverheid::{Generation, LeafKind, TestHierarchy, TestLeaf};
use saml_authn_request::{AuthnRequestSettings, LoginOptions};
use saml_bindings::{MessageParameter, decode_redirect};
use saml_pkcs11::Pkcs11Module;
use saml_state::ReturnPath;
use saml_xml_security::{
    AlgorithmPolicy, Error, SignatureAlgorithm, SigningKey, VerifyingKey, sign_octets, verify_octets,
};

const PIN: &str = "0815-4711";

/// SoftHSM reads its environment when it is loaded, so that the tests of a token run in a process of their own.
#[test]
fn a_key_in_softhsm() {
    if MODULES.iter().all(|module| !Path::new(module).exists()) {
        let said = "not run: 1 case of signing in SoftHSM, because softhsm2 is not installed";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("softhsm");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(folder.join("tokens")).unwrap();
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens");
    std::fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))
        .unwrap();

    let now = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
    let hierarchy = TestHierarchy::new(Generation::G4, now).unwrap();
    let leaf = TestLeaf { kind: LeafKind::Authenticity, ..TestLeaf::new("00000099000000001000", now) };
    let util = |arguments: &[&str]| {
        let output =
            Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", &configuration).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    util(&["--init-token", "--free", "--label", "portal", "--pin", PIN, "--so-pin", "1234567890"]);
    for (id, label) in [("01", "signing"), ("02", "twice"), ("03", "twice")] {
        let pair = hierarchy.issue(&leaf).unwrap();
        let file = folder.join(format!("{id}.key"));
        std::fs::write(&file, pair.private_key().to_pem().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{id}.crt")), pair.certificate().to_pem().unwrap()).unwrap();
        let file = file.to_str().unwrap();
        util(&["--import", file, "--token", "portal", "--label", label, "--id", id, "--pin", PIN]);
        std::fs::remove_file(file).unwrap();
    }

    let inner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--test-threads=1"])
        .env("SOFTHSM2_CONF", &configuration)
        .env(FOLDER, &folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inner.stdout);
    assert!(inner.status.success() && said.contains("6 passed"), "{said}");
}

fn module() -> Pkcs11Module {
    Pkcs11Module::load(library()).unwrap()
}

fn library() -> &'static str {
    MODULES.iter().find(|module| Path::new(module).exists()).unwrap()
}

fn certificate(id: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(std::env::var_os(FOLDER).unwrap()).join(format!("{id}.crt"))).unwrap()
}

fn key(certificate: &[u8]) -> SigningKey {
    SigningKey::external(Arc::new(module().signer("portal", PIN, "signing").unwrap()), certificate).unwrap()
}

#[test]
#[ignore = "run by a_key_in_softhsm"]
fn a_request_that_is_signed_in_the_token_holds_with_the_certificate() {
    let certificate = certificate("01");
    let settings = AuthnRequestSettings::digid("https://portal.example", 0, "https://portal.example/saml/acs");
    let (request, _) = settings
        .create(
            "https://digid.example/sso",
            "https://digid.example",
            &LoginOptions::default(),
            [[1; 20], [2; 20]],
            ReturnPath::parse("/").unwrap(),
            Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap(),
        )
        .unwrap();
    let url = request.redirect(&key(&certificate)).unwrap();

    let message = decode_redirect(url.split_once('?').unwrap().1, MessageParameter::SamlRequest).unwrap();
    let keys = [VerifyingKey::from_certificate_pem(&certificate).unwrap()];
    message.verify(&keys, &AlgorithmPolicy::modern()).unwrap();
}

#[test]
#[ignore = "run by a_key_in_softhsm"]
fn the_example_signs_metadata_that_holds_with_the_certificate() {
    let signed = example::sign(library(), "portal", PIN.to_owned(), "signing", &certificate("01")).unwrap();
    assert!(signed.contains("<md:EntityDescriptor"), "{signed}");
    let of_another = example::sign(library(), "portal", PIN.to_owned(), "signing", &certificate("02"));
    assert!(of_another.is_err());
}

#[test]
#[ignore = "run by a_key_in_softhsm"]
fn each_rsa_algorithm_signs_and_ecdsa_does_not() {
    use SignatureAlgorithm::{EcdsaSha256, RsaPssSha256, RsaPssSha384, RsaPssSha512, RsaSha256, RsaSha384, RsaSha512};
    let key = key(&certificate("01"));
    let keys = [key.verifying_key().clone()];
    for algorithm in [RsaSha256, RsaSha384, RsaSha512, RsaPssSha256, RsaPssSha384, RsaPssSha512] {
        let signature = sign_octets(b"octets", algorithm, &key).unwrap();
        verify_octets(b"octets", &signature, algorithm, &keys).unwrap();
        assert!(verify_octets(b"octet", &signature, algorithm, &keys).is_err());
    }
    assert!(sign_octets(b"octets", EcdsaSha256, &key).is_err());
}

#[test]
#[ignore = "run by a_key_in_softhsm"]
fn a_token_that_forgot_us_is_opened_anew() {
    let key = key(&certificate("01"));
    sign_octets(b"octets", SignatureAlgorithm::RsaSha256, &key).unwrap();
    session().logout().unwrap();

    sign_octets(b"octets", SignatureAlgorithm::RsaSha256, &key).unwrap();
}

#[test]
#[ignore = "run by a_key_in_softhsm"]
fn a_pin_that_the_token_refuses_is_not_tried_again() {
    let change = |from: &str, to: &str| {
        let pin = |text: &str| AuthPin::new(text.to_owned().into());
        session().set_pin(&pin(from), &pin(to)).unwrap();
    };
    let certificate = certificate("01");
    let key_before = key(&certificate);
    let refused = |operation| Err(Error::Crypto { operation });
    let sign = |key: &SigningKey| sign_octets(b"octets", SignatureAlgorithm::RsaSha256, key).map(drop);
    assert_eq!(sign(&key_before), Ok(()));

    change(PIN, "4711-0815");
    session().logout().unwrap();
    assert_eq!(sign(&key_before), refused("log in to a PKCS#11 token, which refused the PIN"));
    change("4711-0815", PIN);
    assert_eq!(sign(&key_before), refused("log in to a PKCS#11 token that has refused the PIN"));
    assert_eq!(sign(&key(&certificate)), Ok(()));
}

/// Opens a session beside that of a signer: who logs out in one session of a process has logged out in all of them.
fn session() -> Session {
    let context = Pkcs11::new(library()).unwrap();
    let labelled = |slot: &_| context.get_token_info(*slot).is_ok_and(|token| token.label() == "portal");
    let slot = context.get_slots_with_token().unwrap().into_iter().find(labelled).unwrap();
    context.open_rw_session(slot).unwrap()
}

#[test]
#[ignore = "run by a_key_in_softhsm"]
fn what_is_not_there_or_does_not_belong_together_is_refused() {
    let code = |token: &str, pin: &str, key: &str| {
        module().signer(token, pin, key).map(|_| "open").map_err(|error| error.code())
    };
    // Before the right PIN: a token that is open asks for none.
    assert_eq!(code("portal", "0000-0000", "signing"), Err("pkcs11_pin"));
    assert_eq!(code("portal", PIN, "signing"), Ok("open"));
    assert_eq!(code("portals", PIN, "signing"), Err("pkcs11_token"));
    assert_eq!(code("portal", PIN, "signings"), Err("pkcs11_key"));
    assert_eq!(code("portal", PIN, "twice"), Err("pkcs11_key"));
    let missing = Pkcs11Module::load("/nowhere/libpkcs11.so").unwrap_err();
    assert_eq!(missing.code(), "pkcs11_module");

    let of_another = key(&certificate("02"));
    let refused = sign_octets(b"octets", SignatureAlgorithm::RsaSha256, &of_another).unwrap_err();
    assert_eq!(refused, Error::KeyMismatch);

    let signer = module().signer("portal", PIN, "signing").unwrap();
    assert!(!format!("{signer:?}").contains(PIN));
}

const FOLDER: &str = "SAML_TEST_SOFTHSM_FOLDER";
/// Where Debian has it.
const MODULES: [&str; 2] = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
