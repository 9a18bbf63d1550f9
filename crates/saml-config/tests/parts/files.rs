//! Files and secrets that the file names.

use std::path::Path;

use saml_config::Parts;
use saml_digid::Environment;

use crate::{broker, in_preproduction};

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_key_and_place() {
    let key = "key = \"keys/service-provider.key.pem\"";
    for (to, code, said) in [
        ("key = \"keys/absent.pem\"", "config_file", "keys/absent.pem, found: "),
        ("key = \"keys\"", "config_file", "keys, found: "),
        (
            "key = \"metadata/broker-preproduction.xml\"",
            "private_key_unreadable",
            "broker-preproduction.xml: expected a private key",
        ),
        ("key = \"keys/broker-signing.key.pem\"", "key_mismatch", "do not belong together"),
    ] {
        let deployment = broker(&[(key, to)]);
        let refused = in_preproduction(&deployment).key_schedule().unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.key().starts_with("preproduction.keys.signing"), "{refused}");
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

#[test]
fn a_decryption_key_with_the_certificate_of_another_is_refused() {
    let files = |certificate: &str| {
        let table = "[[preproduction.keys.decryption]]\nkey = \"keys/service-provider.key.pem\"\n";
        let table = format!("{table}certificate = \"keys/{certificate}.crt.pem\"\n[preproduction.keys.signing]");
        let deployment = broker(&[("[preproduction.keys.signing]", &table)]);
        in_preproduction(&deployment).decryption_keys().map(|keys| keys.len())
    };
    assert_eq!(files("service-provider"), Ok(1));
    let refused = files("broker-signing").unwrap_err();
    assert_eq!((refused.code(), refused.key()), ("key_mismatch", "preproduction.keys.decryption[0]"));
}

#[test]
fn a_secret_comes_from_a_file_or_the_environment_and_is_never_said() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    std::fs::create_dir_all(&place).unwrap();
    let digits = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
    for (name, text) in [("key", digits), ("line", &format!("{digits}\r\n")), ("short", "00ff"), ("empty", "\n")] {
        std::fs::write(place.join(name), text).unwrap();
    }
    let made = |sealing: &str, digest: &str| {
        let state = format!(
            "[preproduction.state]\nstore = \"redis\"\nurl = {{ env = \"CARGO_MANIFEST_DIR\" }}\nsealing_keys = [{sealing}]\n\
             digest_key = {{ {digest} }}\n[preproduction.login]"
        );
        let deployment = broker(&[("[preproduction.login]", &state)]);
        Parts::new(&deployment, Environment::PreProduction, &place).redis_settings()
    };
    assert!(made("{ file = \"key\" }, { file = \"line\" }", "file = \"key\"").unwrap().is_some());
    for (refused, key, said) in [
        (
            made("{ file = \"key\" }", "file = \"short\""),
            "state.digest_key",
            "64 hexadecimal digits, found something else",
        ),
        (made("{ file = \"key\" }, { file = \"short\" }", "file = \"key\""), "state.sealing_keys[1]", "64 hexadecimal"),
        (made("{ file = \"key\" }", "file = \"empty\""), "state.digest_key", "found an empty one"),
        (
            made("{ file = \"key\" }", "env = \"SAML_THAT_IS_NOT_SET\""),
            "state.digest_key",
            "SAML_THAT_IS_NOT_SET, found none",
        ),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.code(), refused.key()), ("config_secret", &*format!("preproduction.{key}")));
        assert!(refused.to_string().contains(said), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("00ff"), "{refused}");
    }
}
