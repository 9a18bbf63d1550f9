//! Properties: no bytes make the road of a logout message panic, by either binding; and nothing passes that the partner did
//! not sign, as its key signs nothing here.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use saml_logout::{LogoutKind, ReceivedLogout};
use saml_protocol::{LogoutRequest, LogoutResponse};
use saml_response::{Trace, TrustedSender};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};

static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| {
    let key = SigningKey::generate_self_signed(2048, "partner", 0, 4_000_000_000).unwrap();
    [key.verifying_key().clone()]
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = Document::parse(bytes, &ParseOptions::message()) {
        let _ = LogoutRequest::read(document.root());
        let _ = LogoutResponse::read(document.root());
    }
    let sender = TrustedSender { entity_id: "https://broker.example/saml", keys: KEYS.as_slice() };
    for kind in [LogoutKind::Request, LogoutKind::Response] {
        let mut trace = Trace::new();
        let by_post = ReceivedLogout::post(bytes, kind, &mut trace);
        let by_redirect = std::str::from_utf8(bytes).map(|query| ReceivedLogout::redirect(query, kind, &mut trace));
        for received in [Some(by_post), by_redirect.ok()].into_iter().flatten().flatten() {
            let _ = received.issuer();
            assert!(received.authenticate(&sender, &AlgorithmPolicy::modern(), &mut trace).is_err());
        }
    }
});
