//! Properties: no query makes the decoder panic or gives more than the limit; what is decoded, encoded again decodes to
//! the same; and a query that was signed as it stands verifies only when it is nothing but the message and the relay
//! state, in that order, and both are read from those octets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_bindings::{Error, MessageParameter, RedirectMessage, decode_redirect, encode_redirect};
use saml_fuzz::identity_provider_key;
use saml_xml_security::{AlgorithmPolicy, SignatureAlgorithm, sign_octets};

fuzz_target!(|query: &str| {
    for parameter in [MessageParameter::SamlRequest, MessageParameter::SamlResponse] {
        let Ok(message) = decode_redirect(query, parameter) else { continue };
        assert!(message.xml().len() <= 1 << 20);
        encoded_again(&message, parameter);
        if message.signature().is_none() {
            signed_as_it_stands(query, &message, parameter);
        } else {
            signed_by_another(query, &message, parameter);
        }
    }
});

fn encoded_again(message: &RedirectMessage, parameter: MessageParameter) {
    let Ok(xml) = std::str::from_utf8(message.xml()) else { return };
    let Ok(url) = encode_redirect(ENDPOINT, parameter, xml, message.relay_state(), None) else { return };
    let query = url.strip_prefix(ENDPOINT).and_then(|rest| rest.strip_prefix('?')).expect("a query");
    let again = decode_redirect(query, parameter).expect("what is encoded can be decoded");
    assert_eq!(again.xml(), message.xml());
    assert_eq!(again.relay_state(), message.relay_state());
}

fn signed_as_it_stands(query: &str, message: &RedirectMessage, parameter: MessageParameter) {
    let algorithm = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256";
    let octets = format!("{query}&{algorithm}");
    let key = identity_provider_key();
    let signature = sign_octets(octets.as_bytes(), SignatureAlgorithm::RsaSha256, key).expect("a signature");
    let hexadecimal: String = base64(&signature).bytes().map(|byte| format!("%{byte:02x}")).collect();
    let signed = format!("{octets}&Signature={hexadecimal}");
    // The two fields added may be the ones too many.
    let decoded = match decode_redirect(&signed, parameter) {
        Err(Error::TooManyFields { .. }) => return,
        decoded => decoded.expect("it was decoded without the signature"),
    };
    assert_eq!((decoded.xml(), decoded.relay_state()), (message.xml(), message.relay_state()));
    let trusted = [key.verifying_key().clone()];
    let holds = decoded.verify(&trusted, &AlgorithmPolicy::modern()).is_ok();
    assert_eq!(holds, is_plain(&octets, parameter), "{signed}");
    assert!(
        decoded
            .verify(&[saml_fuzz::service_provider_key().verifying_key().clone()], &AlgorithmPolicy::modern())
            .is_err()
    );
}

/// A seed may be signed, and the parts of a query may come in any order: what is read is what the signature is over.
fn signed_by_another(query: &str, message: &RedirectMessage, parameter: MessageParameter) {
    let trusted = [identity_provider_key().verifying_key().clone()];
    if message.verify(&trusted, &AlgorithmPolicy::modern()).is_err() {
        return;
    }
    let named = |name: &str| query.split('&').find(|part| part.split_once('=').is_some_and(|(found, _)| found == name));
    let parts = [parameter.name(), "RelayState", "SigAlg", "Signature"].into_iter().filter_map(named);
    let plain = parts.collect::<Vec<_>>().join("&");
    let again = decode_redirect(&plain, parameter).expect("the parts that are signed");
    assert!(again.verify(&trusted, &AlgorithmPolicy::modern()).is_ok());
    assert_eq!((again.xml(), again.relay_state()), (message.xml(), message.relay_state()));
}

/// Tells whether a query is the message, perhaps the relay state, and the algorithm, in this order and by these names.
fn is_plain(query: &str, parameter: MessageParameter) -> bool {
    let names: Vec<&str> = query.split('&').map(|part| part.split_once('=').map_or(part, |(name, _)| name)).collect();
    names == [parameter.name(), "SigAlg"] || names == [parameter.name(), "RelayState", "SigAlg"]
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

const ENDPOINT: &str = "https://idp.example/sso";
