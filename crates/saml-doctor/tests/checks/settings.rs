//! What the file says.

use saml_digid::Environment;
use saml_doctor::Outcome::{NotLookedAt, Ok, Problem, Warning};

use crate::Case;
use crate::world::Base::{Broker, Digid, Routed};
use crate::world::Draft;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = account();
    cases.extend(dashboard());
    cases.extend(login());
    cases.extend(state());
    cases.extend(pages());
    cases
}

fn account() -> Vec<Case> {
    let domain =
        |draft: &mut Draft| draft.set("domain = \"broker.example.nl\"", "domain = \"elders.app.signicat.com\"");
    vec![
        Case::new("domain_custom", Broker, domain, Problem, "below signicat.com"),
        Case::new(
            "domain_custom",
            Broker,
            |draft| draft.set("domain = \"broker.example.nl\"", "domain = \"https://broker.example.nl/\""),
            Problem,
            "host name alone",
        ),
        Case::new(
            "domain_custom",
            Broker,
            |draft| {
                let start = draft.text.find("[production.signicat]").unwrap();
                let end = draft.text.find("[production.registration]").unwrap();
                draft.text.replace_range(start..end, "");
            },
            NotLookedAt,
            "add [production.signicat]",
        ),
        Case::new(
            "lets_encrypt_dot_nl",
            Broker,
            |draft| draft.set("domain = \"broker.example.nl\"", "domain = \"broker.example.com\""),
            Problem,
            ".nl domain",
        ),
        Case::new(
            "consumer_service_dot_nl",
            Broker,
            |draft| draft.set("portal.gemeente-elders.nl", "portal.gemeente-elders.eu"),
            Problem,
            "ends in .nl",
        ),
        // What will not do in production works in preproduction.
        Case::new(
            "consumer_service_dot_nl",
            Broker,
            |draft| draft.set("portal-test.gemeente-elders.nl", "portal-test.gemeente-elders.eu"),
            Warning,
            "ends in .nl",
        )
        .after(|draft| draft.environment = Environment::PreProduction),
        Case::new(
            "public_host",
            Broker,
            |draft| draft.set("portal.gemeente-elders.nl", "localhost:8443"),
            Problem,
            "itself",
        ),
        Case::new(
            "public_host",
            Broker,
            |draft| draft.set("portal.gemeente-elders.nl", "portal.example"),
            Problem,
            "reserved",
        ),
        Case::new(
            "public_host",
            Broker,
            |draft| draft.set("portal.gemeente-elders.nl", "192.0.2.1"),
            Problem,
            "no name",
        ),
        // A test runs where it likes.
        Case {
            outcomes: [Some(Ok), Some(Ok)],
            ..Case::new(
                "public_host",
                Broker,
                |draft| draft.set("portal-test.gemeente-elders.nl", "localhost:8443"),
                Ok,
                "the machine itself: for tests alone",
            )
        }
        .after(|draft| draft.environment = Environment::PreProduction),
    ]
}

fn dashboard() -> Vec<Case> {
    vec![
        Case::new("scoping", Broker, |draft| draft.add("login", "scoping = []"), Problem, "included only when scoped"),
        Case::new("scoping", Broker, |draft| draft.add("login", "scoping = []"), Warning, "no scoping")
            .after(|draft| draft.set("only_when_scoped = true\n", "")),
        Case::new(
            "scoping_value",
            Broker,
            |draft| draft.add("login", "scoping = [\"idp:digid\"]"),
            Problem,
            "OpenID Connect",
        ),
        Case::new(
            "scoping_value",
            Broker,
            |draft| draft.add("login", "scoping = [\"urn:signicat:idp:digid\"]"),
            Problem,
            "not have",
        ),
        Case::new("scoping_value", Broker, |draft| draft.add("login", "scoping = [\"simulator\"]"), Problem, "anybody"),
        Case::new(
            "scoping_value",
            Broker,
            |draft| draft.add("login", "scoping = [\"digid \"]"),
            Problem,
            "white space",
        ),
        Case::new(
            "scoping_value",
            Broker,
            |draft| draft.add("login", "scoping = [\"digid\", \"digid-cc\"]"),
            Warning,
            "choice screen",
        ),
        Case::new(
            "sector_code",
            Broker,
            |draft| draft.add("signicat", "strip_sector_code = true"),
            Problem,
            "requires it",
        ),
        Case::new(
            "sector_code",
            Broker,
            |draft| draft.add("login", "sector_code = \"stripped\""),
            Problem,
            "broker sends it",
        ),
        Case::new(
            "sector_code",
            Broker,
            |draft| draft.add("login", "sector_code = \"optional\""),
            Warning,
            "either form",
        ),
        Case::new(
            "attribute_filter",
            Broker,
            |draft| draft.set("[\"nin\", \"idpId\", \"email\"]", "[\"nin\", \"idpId\"]"),
            Problem,
            "dropped, and needed: email",
        ),
        Case::new(
            "attribute_filter",
            Broker,
            |draft| draft.set("[\"nin\", \"idpId\", \"email\"]", "[\"idpId\", \"email\"]"),
            Warning,
            "NameID stands alone",
        ),
        Case::new(
            "attribute_filter",
            Broker,
            |draft| draft.add("login", "representation = true"),
            Problem,
            "actingNin",
        ),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| draft.add("signicat", "attribute_mappings = { nin = \"bsn\" }"),
            Problem,
            "nin arrives as bsn",
        ),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| draft.add("login", "attribute_names = { nin = \"bsn\" }"),
            Warning,
            "no mapping",
        ),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| draft.set("mappings = { a = \"x\"", "mappings = { b = \"x\", a = \"x\""),
            Problem,
            "a and b become one: x",
        )
        .after(|draft| draft.add("signicat", "attribute_mappings = { a = \"x\" }")),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| draft.add("signicat", "attribute_mappings = { email = \"mail\" }"),
            Problem,
            "email is renamed",
        ),
    ]
}

fn state() -> Vec<Case> {
    vec![
        Case::new(
            "state_store",
            Broker,
            |draft| draft.text = draft.text.replacen("store = \"redis\"", "store = \"memory\"", 1),
            Warning,
            "in memory",
        ),
        Case::new(
            "redis_encrypted",
            Broker,
            |draft| draft.write("redis.url", "redis://:password@redis.elders.nl"),
            Problem,
            "plain TCP to redis.elders.nl",
        ),
        Case::new(
            "redis_encrypted",
            Broker,
            |draft| draft.set("roots = \"roots.pem\"\nstore", "store"),
            Problem,
            "state.roots",
        )
        .after(|draft| {
            draft.write("redis.url", "rediss://:password@redis.elders.nl:6380");
            draft.add("state", "roots = \"roots.pem\"");
        }),
        Case::new("redis_encrypted", Broker, |draft| draft.write("redis.url", "redis:6379"), Problem, "another form")
            .after(|draft| draft.write("redis.url", "redis+unix:///run/redis.sock")),
        Case::new(
            "sealing_keys",
            Broker,
            |draft| draft.add("state", "roots = \"absent.pem\""),
            Problem,
            "set production.state.roots right",
        ),
        Case::new("sealing_keys", Broker, |draft| draft.write("sealing.key", "1a1a"), Problem, "64 hexadecimal digits"),
        Case::new("sealing_keys", Broker, |draft| draft.write("sealing.key", "0".repeat(64)), Problem, "over and over"),
        Case::new("sealing_keys", Broker, |draft| draft.copy("digest.key", "sealing.key"), Problem, "used already"),
        Case::new(
            "state_differs",
            Broker,
            |draft| draft.set("name = \"test\"", "name = \"production\""),
            Problem,
            "one Redis",
        ),
        Case::new(
            "state_differs",
            Broker,
            |draft| draft.copy("sealing.key", "test-sealing.key"),
            Problem,
            "used in both",
        ),
        Case::new(
            "secrets_readable",
            Broker,
            |draft| std::fs::remove_file(draft.folder.join("redis.url")).unwrap(),
            Problem,
            "state.url",
        ),
        Case::new(
            "private_files",
            Broker,
            |draft| {
                use std::os::unix::fs::PermissionsExt;
                let path = draft.folder.join("signing.key.pem");
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
            },
            Problem,
            "signing.key.pem is open to every user (mode 644)",
        ),
    ]
}

fn pages() -> Vec<Case> {
    vec![
        Case::new("session_idle", Broker, |draft| draft.set("minutes = 15", "minutes = 16"), Problem, "16 minutes"),
        Case::new(
            "error_text",
            Digid,
            |draft| draft.add("portal", "error_text = \"checklist-7\""),
            Warning,
            "checklist 7.0",
        ),
        Case::new(
            "organisation_name",
            Digid,
            |draft| draft.set("Gemeente Elders", "Gemeente Voorbeeld"),
            Problem,
            "voorbeeld",
        ),
        Case::new(
            "organisation_name",
            Digid,
            |draft| draft.set("Gemeente Elders", "Under construction"),
            Problem,
            "under construction",
        ),
        Case::new(
            "logs_free_of_bsn",
            Broker,
            |draft| draft.write("portal.log", "one\nnumber 123456782\n"),
            Warning,
            "1 time (line 2)",
        ),
        Case::new(
            "logs_free_of_bsn",
            Broker,
            |draft| draft.write("portal.log", "NameID=s00000000:123456782"),
            Problem,
            "sector code",
        ),
        Case::new(
            "logs_free_of_bsn",
            Broker,
            |draft| draft.set("logs = [\"portal.log\"]", "logs = []"),
            NotLookedAt,
            "application.logs",
        ),
        Case::new(
            "registration_data",
            Broker,
            |draft| draft.set(", telephone = \"+31 10 1234567\"", ""),
            Warning,
            "telephone",
        ),
    ]
}

fn login() -> Vec<Case> {
    vec![
        Case::new("level_floor", Digid, |draft| draft.set("\"middle\"", "\"basic\""), Warning, "login.level"),
        Case::new(
            "force_authn",
            Broker,
            |draft| draft.add("login", "force_authn = false"),
            Problem,
            "no single sign-on",
        ),
        Case::new(
            "single_sign_on",
            Digid,
            |draft| draft.add("portal", "single_logout = true"),
            Problem,
            "portal.single_logout",
        ),
        Case::new(
            "single_sign_on",
            Digid,
            |draft| draft.set("web_service_name", "single_sign_on = true\nweb_service_name"),
            Problem,
            "login.force_authn",
        ),
        Case::new(
            "authorities",
            Broker,
            |draft| draft.set("[\"https://was.digid.nl/saml/idp/metadata\"]", "[]"),
            Problem,
            "https://was.digid.nl/saml/idp/metadata",
        ),
        Case::new(
            "authorities_of_environment",
            Broker,
            |draft| draft.set("[\"https://was.digid.nl/saml/idp/metadata\"]", "[\"simulator\"]"),
            Problem,
            "simulator",
        ),
        Case::new(
            "authorities_of_environment",
            Routed,
            |draft| draft.set("entities:0001", "entities:9002"),
            Problem,
            "entities:9002",
        ),
        Case::new(
            "authorities_of_environment",
            Broker,
            |draft| draft.set("https://was-preprod1.digid.nl/", "https://was.digid.nl/"),
            Problem,
            "in preproduction",
        )
        .after(|draft| draft.environment = Environment::PreProduction),
        Case::new("service", Routed, |draft| draft.set("375b1cb1-", "375b1cb1"), Problem, "no UUID"),
        Case::new("language", Broker, |draft| draft.add("login", "language = \"xx\""), Warning, "\"nl\""),
    ]
}
