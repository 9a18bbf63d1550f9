//! Entries about what we send and keep.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_authn_request::{AuthnRequestSettings, LoginOptions};
use saml_bindings::{MessageParameter, PostForm, decode_redirect, encode_redirect, require_form_content_type};
use saml_metadata::{IndexedEndpoint, ServiceProviderMetadata};
use saml_protocol::{Binding, namespaces::ASSERTION};
use saml_state::{RelayState, RequestId, ReturnPath};
use saml_tests::say;
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, ContentCipher, DecryptionKey, SignatureAlgorithm, encrypt, random_bytes};

use crate::world::{ACS, BROKER, PORTAL, keys, now};

const SSO: &str = "https://broker.example.nl/login";

fn request(settings: &AuthnRequestSettings) -> String {
    let path = ReturnPath::parse("/").unwrap();
    let made = settings.create(SSO, BROKER, &LoginOptions::default(), [[1; 20], [2; 20]], path, now());
    made.unwrap().0.redirect(&keys()[2]).unwrap()
}

fn xml_of(url: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let redirect = decode_redirect(query, MessageParameter::SamlRequest).unwrap();
    redirect.verify(&[keys()[2].verifying_key().clone()], &AlgorithmPolicy::rsa()).unwrap();
    String::from_utf8(redirect.xml().to_vec()).unwrap()
}

#[test]
fn att_158_content_type_confusion() {
    for good in ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"] {
        assert_eq!(require_form_content_type(good), Ok(()));
    }
    for bad in [
        "",
        "text/plain",
        "text/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=UTF-7",
        "application/x-www-form-urlencoded; charset=utf-8; charset=utf-16",
        "application/x-www-form-urlencoded, text/plain",
        "application/json",
    ] {
        assert_eq!(require_form_content_type(bad).unwrap_err().code(), "binding_content_type", "{bad}");
    }
    say("ATT-158 content_type_confusion: binding_content_type");
}

#[test]
fn att_166_acs_url_injection() {
    // There is no way in for a URL of a user: the options of one login are a level and a language.
    let xml = xml_of(&request(&AuthnRequestSettings::signicat(PORTAL, ACS)));
    assert!(xml.contains(&format!("AssertionConsumerServiceURL=\"{ACS}\"")));
    say("ATT-166 acs_url_injection: the URL is configuration");
}

#[test]
fn att_167_relay_state_open_redirect() {
    for path in ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "evil"] {
        assert!(ReturnPath::parse(path).is_err(), "{path}");
    }
    assert!(ReturnPath::parse("/permits?year=2026").is_ok());
    say("ATT-167 relay_state_open_redirect: only local paths are kept, and none of them is in the relay state");
}

#[test]
fn att_168_relay_state_xss() {
    for text in ["\"><script>", "javascript:alert(1)", "https://evil.example", "a\r\nb", &"x".repeat(81)] {
        assert!(RelayState::parse(text).is_err(), "{text}");
    }
    let own = RelayState::from_random([7; 20]);
    assert!(RelayState::parse(own.as_str()).is_ok());
    for url in ["javascript:alert(1)", "data:text/html,x", "https://idp.example/\"onload=x"] {
        let form = PostForm::new(url, MessageParameter::SamlRequest, "<a/>", None);
        assert_eq!(form.unwrap_err().code(), "binding_endpoint");
    }
    let long = PostForm::new(SSO, MessageParameter::SamlRequest, "<a/>", Some(&"x".repeat(81)));
    assert_eq!(long.unwrap_err().code(), "binding_relay_state_too_long");
    say("ATT-168 relay_state_xss: binding_endpoint, binding_relay_state_too_long");
}

#[test]
fn att_195_own_metadata_leak() {
    let consumer =
        IndexedEndpoint { index: 0, is_default: Some(true), binding: Binding::HttpPost, location: ACS.to_owned() };
    let metadata = ServiceProviderMetadata::new("_m", PORTAL, vec![keys()[2].verifying_key().clone()], vec![consumer]);
    let xml = metadata.sign(&keys()[2]).unwrap();
    let secret = String::from_utf8(keys()[2].private_key_pem().unwrap()).unwrap();
    // The first half of the file holds the modulus, which is public.
    let lines: Vec<&str> = secret.lines().collect();
    assert!(lines[lines.len() / 2..].iter().all(|line| !xml.contains(line)));
    assert!(!xml.contains("PRIVATE"));
    say("ATT-195 own_metadata_leak: no line of the private key is in the metadata");
}

#[test]
fn att_196_request_xml_injection() {
    let nasty = "\"'<>&\r\n\t]]><x xmlns='urn:x'/>&#x41;";
    let settings = AuthnRequestSettings::signicat(PORTAL, ACS)
        .with_provider_name(nasty)
        .with_requested_level(nasty)
        .with_scoping(&[nasty])
        .with_requested_attribute(nasty, &[nasty]);
    let xml = xml_of(&request(&settings));
    let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
    assert_eq!(document.root().attribute("ProviderName"), Some(nasty));
    assert!(document.elements().all(|element| element.local_name() != "x"));
    let class = document.elements().find(|element| element.is(ASSERTION, "AuthnContextClassRef")).unwrap();
    assert_eq!(class.text().unwrap(), nasty);
    say("ATT-196 request_xml_injection: what is written is read again, in every field");
}

#[test]
fn att_197_iv_or_key_reuse() {
    let key = keys()[2].verifying_key();
    for cipher in
        [ContentCipher::Aes128Cbc, ContentCipher::Aes128Gcm, ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm]
    {
        let values = |xml: &str| -> Vec<String> {
            let document = Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap();
            let values = document.elements().filter(|element| element.local_name() == "CipherValue");
            values.map(|value| value.text().unwrap().to_owned()).collect()
        };
        let first = values(&encrypt(b"the same text", key, cipher).unwrap());
        let second = values(&encrypt(b"the same text", key, cipher).unwrap());
        assert_eq!((first.len(), second.len()), (2, 2));
        // The key, and the beginning of the content, which is the initialisation vector.
        assert_ne!(first[0], second[0]);
        assert_ne!(first[1][..16], second[1][..16]);
    }
    say("ATT-197 iv_or_key_reuse: key and initialisation vector differ each time");
}

#[test]
fn att_198_request_id_predictable() {
    let id = RequestId::from_random([0xa5; 20]);
    assert!(id.as_str().starts_with('_'));
    assert_eq!(id.as_str().len(), 41, "160 bits as hexadecimal digits");
    say("ATT-198 request_id_predictable: 160 bits from the caller's generator");
}

#[test]
fn att_199_request_unsigned() {
    let url = request(&AuthnRequestSettings::signicat(PORTAL, ACS));
    let xml = xml_of(&url);
    assert!(xml.contains("AuthnRequest"));
    // The signature covers every parameter.
    let changed = url.replacen("RelayState=", "RelayState=x", 1);
    let query = changed.split_once('?').unwrap().1;
    let redirect = decode_redirect(query, MessageParameter::SamlRequest).unwrap();
    let error = redirect.verify(&[keys()[2].verifying_key().clone()], &AlgorithmPolicy::rsa()).unwrap_err();
    assert_eq!(error.code(), "signature_invalid");
    say("ATT-199 request_unsigned: a request can only be sent signed");
}

#[test]
fn att_200_signing_key_in_logs() {
    let key = &keys()[2];
    let secret = String::from_utf8(key.private_key_pem().unwrap()).unwrap();
    let decryption = DecryptionKey::from_pem(secret.as_bytes()).unwrap();
    let shown = format!("{key:?} {decryption:?} {:?}", crate::world::good().keys());
    assert!(!shown.contains("PRIVATE"));
    assert!(secret.lines().filter(|line| line.len() > 20).all(|line| !shown.contains(line)));
    assert!(!format!("{:?}", crate::world::good()).contains(crate::world::CITIZEN));
    say("ATT-200 signing_key_in_logs: debug forms show fingerprints");
}

#[test]
fn att_201_redirect_length() {
    // Random text does not compress.
    let noise: Vec<u8> = (0..200).flat_map(|_| random_bytes::<32>().unwrap()).collect();
    let xml = format!("<a b=\"{}\"/>", STANDARD.encode(noise));
    let signer = Some((&keys()[2], SignatureAlgorithm::RsaSha256));
    let long = encode_redirect(SSO, MessageParameter::SamlRequest, &xml, None, signer);
    assert_eq!(long.unwrap_err().code(), "binding_redirect_too_long");
    assert!(encode_redirect(SSO, MessageParameter::SamlRequest, "<a b=\"short\"/>", None, signer).is_ok());
    say("ATT-201 redirect_length: binding_redirect_too_long");
}
