//! Properties: no body makes the decoder panic or gives more than the limit; what is decoded stands in the body once,
//! as one parameter, in canonical base64; the form that is made of it decodes to the same; and an artifact is no
//! message, and is written as it was read.

#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use saml_bindings::{
    Artifact, MessageParameter, PostForm, carries_artifact, decode_artifact, decode_post, require_form_content_type,
};

fuzz_target!(|body: &[u8]| {
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = require_form_content_type(text);
    }
    let mut accepted = 0;
    for parameter in [MessageParameter::SamlRequest, MessageParameter::SamlResponse] {
        let Ok(message) = decode_post(body, parameter) else { continue };
        accepted += 1;
        assert!(message.xml().len() <= 1 << 20);
        let named = body
            .split(|byte| *byte == b'&')
            .filter(|part| part.strip_prefix(parameter.name().as_bytes()).is_some_and(|rest| rest.starts_with(b"=")));
        assert_eq!(named.count(), 1);

        let Ok(xml) = std::str::from_utf8(message.xml()) else { continue };
        let Ok(form) = PostForm::new("https://sp.example/acs", parameter, xml, message.relay_state()) else {
            assert!(message.relay_state().is_some_and(|relay_state| relay_state.len() > 80));
            continue;
        };
        assert_eq!(form.message_base64(), STANDARD.encode(message.xml()));
        let mut again = format!("{}={}", parameter.name(), escaped(form.message_base64()));
        if let Some(relay_state) = form.relay_state() {
            again.push_str(&format!("&RelayState={}", escaped(relay_state)));
        }
        assert_eq!(decode_post(again.as_bytes(), parameter), Ok(message));
    }
    if let Ok(message) = decode_artifact(body) {
        accepted += 1;
        assert!(carries_artifact(body));
        assert_eq!(Artifact::parse(&message.artifact().to_base64()).as_ref(), Ok(message.artifact()));
    }
    assert!(accepted <= 1, "one body is not two messages");
});

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
