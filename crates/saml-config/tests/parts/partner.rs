//! The identity provider: its metadata, and the ways to it.

use chrono::{DateTime, Utc};

use crate::{DIGID, broker, changed, in_preproduction, now};

#[test]
fn the_metadata_of_the_identity_provider_must_be_signed_by_a_trusted_key_of_the_right_entity_and_valid() {
    let refused = |changes: &[(&str, &str)], at: DateTime<Utc>| {
        in_preproduction(&broker(changes)).identity_provider(at).unwrap_err().code()
    };
    assert!(in_preproduction(&broker(&[])).identity_provider(now()).is_ok());
    let trusted = "[\"keys/broker-signing.crt.pem\"]";
    assert_eq!(refused(&[(trusted, "[\"keys/service-provider.crt.pem\"]")], now()), "signature_invalid");
    let other = [("trust_keys", "entity_id = \"https://other.example.nl\"\ntrust_keys")];
    assert_eq!(refused(&other, now()), "metadata_entity_mismatch");
    assert_eq!(refused(&[("broker-preproduction", "broker-expired")], now()), "metadata_expired");
}

#[test]
fn only_with_followed_keys_may_a_copy_be_signed_by_a_key_that_is_not_pinned() {
    let other = ("[\"keys/broker-signing.crt.pem\"]", "[\"keys/service-provider.crt.pem\"]");
    let followed = broker(&[other, ("trust_keys", "follow_keys = true\ntrust_keys")]);
    assert!(in_preproduction(&followed).identity_provider(now()).is_ok());
    assert!(in_preproduction(&broker(&[other])).identity_provider(now()).is_err());
}

#[test]
fn the_back_channel_has_the_roots_and_the_client_of_the_file() {
    let digid = |changes: &[(&str, &str)]| {
        let deployment = changed("preproduction", DIGID, changes);
        in_preproduction(&deployment).back_channel()
    };
    let shown = format!("{:?}", digid(&[]).unwrap().unwrap());
    assert!(shown.contains("roots: 1") && shown.contains("client_certificate: true"), "{shown}");
    let roots = "roots = \"keys/broker-signing.crt.pem\"";
    let client = "[preproduction.back_channel.client]\nkey = \"keys/service-provider.key.pem\"";
    for (from, to, code, key) in [
        (roots, "roots = \"keys/absent.pem\"", "config_file", "back_channel.roots"),
        (roots, "roots = \"keys/service-provider.key.pem\"", "config_certificate", "back_channel.roots"),
        (client, &client.replace("service-provider", "broker-signing"), "config_key_mismatch", "back_channel.client"),
    ] {
        let refused = digid(&[(from, to)]).unwrap_err();
        assert_eq!((refused.code(), refused.key()), (code, &*format!("preproduction.{key}")), "{refused}");
    }
}

#[test]
fn the_way_to_the_metadata_is_there_where_it_has_a_url_and_roots() {
    let url = ("metadata = ", "metadata_url = \"https://broker.example.nl/\"\nmetadata = ");
    let roots = ("trust_keys", "roots = \"keys/broker-signing.crt.pem\"\ntrust_keys");
    let channel = |changes: &[(&str, &str)]| in_preproduction(&broker(changes)).metadata_channel().unwrap().is_some();
    assert!(channel(&[url, roots]));
    assert!(!channel(&[roots]) && !channel(&[]));
}
