//! Values that cannot be together.

use saml_config::{Deployment, PartError};

use crate::{DIGID, changed, in_preproduction, now, short};

/// What the first conflict is: its code and key.
fn conflict(deployment: &Deployment) -> Option<(&'static str, String)> {
    let conflicts = in_preproduction(deployment).conflicts();
    conflicts.first().map(|error| (error.code(), error.key().to_owned()))
}

#[test]
fn values_that_cannot_be_together_are_refused_with_the_path_of_the_key() {
    let file = |text: &str, from: &str, to: &str| changed("preproduction", text, &[(from, to)]);
    let registration = "[preproduction.registration]\nweb_service_name = \"Mijn Voorbeeld\"\nsingle_sign_on = true\n[preproduction.login]";
    let unforced = format!("{registration}\nforce_authn = false");
    let redis = "[preproduction.state]\nstore = \"redis\"\nurl = { env = \"U\" }\ndigest_key = { env = \"D\" }\n[preproduction.login]";
    let whole = redis.replace("digest", "sealing_keys = [{ env = \"S\" }]\ndigest");
    let memory = whole.replace("\"redis\"", "\"memory\"");
    let alone = |key: &str| format!("[preproduction.state]\nstore = \"memory\"\n{key}\n[preproduction.login]");
    let web_sso = DIGID.replace("\"digid\"", "\"web-sso\"");
    let url = ("metadata = ", "metadata_url = \"https://broker.example.nl/\"\nmetadata = ");
    for (deployment, expected) in [
        (
            file(&short(), "[preproduction.signicat]\ndomain = \"broker.pre.example.nl\"", ""),
            Some(("config_no_signicat", "signicat")),
        ),
        (
            file(
                DIGID,
                "[preproduction.keys.signing]",
                "[preproduction.signicat]\ndomain = \"a.nl\"\n[preproduction.keys.signing]",
            ),
            Some(("config_no_use", "signicat")),
        ),
        (
            file(DIGID, "organisation", "binding = \"post\"\norganisation"),
            Some(("config_answer_binding", "portal.binding")),
        ),
        (file(DIGID, "organisation", "binding = \"artifact\"\norganisation"), None),
        (
            file(DIGID, "organisation", "single_logout = true\norganisation"),
            Some(("config_single_logout", "portal.single_logout")),
        ),
        (file(DIGID, "[preproduction.login]", registration), Some(("config_single_sign_on", "login.force_authn"))),
        (file(DIGID, "[preproduction.login]", &unforced), None),
        (file(DIGID, "level", "authorities = [\"a\"]\nlevel"), Some(("config_no_use", "login.authorities"))),
        (file(DIGID, "level", "sector_code = \"stripped\"\nlevel"), Some(("config_no_use", "login.sector_code"))),
        (file(DIGID, "level", "attributes = [\"a\"]\nlevel"), Some(("config_no_use", "login.attributes"))),
        (file(&web_sso, "level", "attributes = [\"a\"]\nlevel"), Some(("config_no_use", "login.attributes"))),
        (file(&short(), "level", "attributes = [\"a\"]\nlevel"), None),
        (file(DIGID, "level", "representation = true\nlevel"), Some(("config_no_use", "login.representation"))),
        (file(&web_sso, "level", "representation = true\nlevel"), Some(("config_no_use", "login.representation"))),
        (file(&short(), "level", "representation = true\nlevel"), None),
        (file(&web_sso, "level", "level"), None),
        (
            file(DIGID, "level", "attribute_names = { nin = \"b\" }\nlevel"),
            Some(("config_no_use", "login.attribute_names")),
        ),
        (file(DIGID, "level", "service = \"a\"\nlevel"), Some(("config_no_use", "login.service"))),
        (file(DIGID, "level", "service_name = \"a\"\nlevel"), Some(("config_no_use", "login.service_name"))),
        (file(DIGID, "\"digid\"", "\"st-saml\""), Some(("config_no_service", "login.service"))),
        (
            file(DIGID, "\nroots = \"keys/broker-signing.crt.pem\"\n", "\nroots = \"keys/broker-signing.crt.pem\"\n"),
            None,
        ),
        (
            file(&short(), "organisation", "binding = \"artifact\"\norganisation"),
            Some(("config_no_back_channel", "back_channel")),
        ),
        (
            file(&short(), "[\"keys/broker-signing.crt.pem\"]", "[]"),
            Some(("metadata_no_signing_key", "identity_provider.trust_keys")),
        ),
        (file(&short(), url.0, url.1), Some(("config_no_roots", "identity_provider.roots"))),
        (file(&short(), url.0, &format!("roots = \"r.pem\"\n{}", url.1)), None),
        (file(&short(), "[preproduction.login]", redis), Some(("config_redis", "state.sealing_keys"))),
        (file(&short(), "[preproduction.login]", &whole), None),
        (file(&short(), "[preproduction.login]", &memory), Some(("config_redis", "state.url"))),
        (file(&short(), "[preproduction.login]", &alone("")), None),
        (file(&short(), "[preproduction.login]", &alone("roots = \"r.pem\"")), Some(("config_redis", "state.roots"))),
        (file(&short(), "[preproduction.login]", &alone("name = \"saml\"")), Some(("config_redis", "state.name"))),
        (file(&short(), "[preproduction.login]", &alone("replicas = 1")), Some(("config_redis", "state.replicas"))),
        (file(&short(), "[preproduction.login]", &whole.replace("url", "replicas = 1\nname = \"a\"\nurl")), None),
    ] {
        let expected = expected.map(|(code, key)| (code, format!("preproduction.{key}")));
        assert_eq!(conflict(&deployment), expected, "{deployment:?}");
        if let Some((code, _)) = expected {
            let refused = in_preproduction(&deployment).configuration(now()).unwrap_err();
            assert_eq!(refused.code(), code);
        }
    }
}

#[test]
fn digid_without_our_client_certificate_or_with_requests_the_partner_does_not_take_is_refused() {
    let client = "[preproduction.back_channel.client]\nkey = \"keys/service-provider.key.pem\"\n\
                  certificate = \"keys/service-provider.crt.pem\"";
    let without = changed("preproduction", DIGID, &[(client, "")]);
    assert_eq!(conflict(&without).unwrap().0, "config_no_client");
    let conflicts = |changes: &[(&str, &str)]| -> Vec<&str> {
        let deployment = changed("preproduction", DIGID, changes);
        in_preproduction(&deployment).conflicts().iter().map(PartError::code).collect()
    };
    let service = ("level", "service = \"375b1cb1\"\nlevel");
    let redirect = ("level", "service = \"375b1cb1\"\nrequest_binding = \"redirect\"\nlevel");
    assert_eq!(conflicts(&[("\"digid\"", "\"st-saml\""), service]), ["config_no_decryption_key"]);
    assert_eq!(
        conflicts(&[("\"digid\"", "\"st-saml\""), redirect]),
        ["config_request_binding", "config_no_decryption_key"]
    );
}
