//! What the file and the metadata say.

use chrono::{DateTime, TimeDelta, Utc};
use saml_digid::Environment;
use saml_doctor::Outcome::{NotLookedAt, Problem, Warning};

use crate::Case;
use crate::world::Base::{Broker, Digid, Routed};
use crate::world::{Draft, G1, at, for_logius, identity_provider, leaf, self_signed};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = account();
    cases.extend(dashboard());
    cases.extend(metadata());
    cases.extend(addresses());
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
    ]
}

fn dashboard() -> Vec<Case> {
    vec![
        Case::new("scoping", Broker, |draft| in_login(draft, "scoping = []"), Problem, "included only when scoped"),
        Case::new("scoping", Broker, |draft| in_login(draft, "scoping = []"), Warning, "no scoping")
            .after(|draft| draft.set("only_when_scoped = true\n", "")),
        Case::new(
            "scoping_value",
            Broker,
            |draft| in_login(draft, "scoping = [\"idp:digid\"]"),
            Problem,
            "OpenID Connect",
        ),
        Case::new(
            "scoping_value",
            Broker,
            |draft| in_login(draft, "scoping = [\"urn:signicat:idp:digid\"]"),
            Problem,
            "not have",
        ),
        Case::new("scoping_value", Broker, |draft| in_login(draft, "scoping = [\"simulator\"]"), Problem, "anybody"),
        Case::new("scoping_value", Broker, |draft| in_login(draft, "scoping = [\"digid \"]"), Problem, "white space"),
        Case::new(
            "scoping_value",
            Broker,
            |draft| in_login(draft, "scoping = [\"digid\", \"digid-cc\"]"),
            Warning,
            "choice screen",
        ),
        Case::new(
            "sector_code",
            Broker,
            |draft| in_signicat(draft, "strip_sector_code = true"),
            Problem,
            "requires it",
        ),
        Case::new(
            "sector_code",
            Broker,
            |draft| in_login(draft, "sector_code = \"stripped\""),
            Problem,
            "broker sends it",
        ),
        Case::new("sector_code", Broker, |draft| in_login(draft, "sector_code = \"optional\""), Warning, "either form"),
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
        Case::new("attribute_filter", Broker, |draft| in_login(draft, "representation = true"), Problem, "actingNin"),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| in_signicat(draft, "attribute_mappings = { nin = \"bsn\" }"),
            Problem,
            "nin arrives as bsn",
        ),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| in_login(draft, "attribute_names = { nin = \"bsn\" }"),
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
        .after(|draft| in_signicat(draft, "attribute_mappings = { a = \"x\" }")),
        Case::new(
            "attribute_mappings",
            Broker,
            |draft| in_signicat(draft, "attribute_mappings = { email = \"mail\" }"),
            Problem,
            "email is renamed",
        ),
    ]
}

fn in_login(draft: &mut Draft, line: &str) {
    draft.set("[production.login]\n", &format!("[production.login]\n{line}\n"));
}

fn in_signicat(draft: &mut Draft, line: &str) {
    draft.set("[production.signicat]\n", &format!("[production.signicat]\n{line}\n"));
}

fn metadata() -> Vec<Case> {
    vec![
        Case::new(
            "partner_metadata",
            Broker,
            |draft| draft.edit("broker.xml", "/saml/login", "/saml/elsewhere"),
            Problem,
            "digest",
        ),
        Case::new(
            "partner_metadata",
            Broker,
            |draft| draft.copy("digid.crt.pem", "broker.crt.pem"),
            Problem,
            "signature",
        ),
        Case::new(
            "partner_role",
            Broker,
            |draft| draft.copy("logius.xml", "broker.xml"),
            Problem,
            "this is the file for Logius",
        ),
        Case::new(
            "partner_entity_id",
            Broker,
            |draft| draft.set("broker/sp/saml\"\n\n", "broker/sp/saml/\"\n\n"),
            Problem,
            "only a slash at the end differs",
        ),
        Case::new(
            "partner_of_environment",
            Broker,
            |draft| draft.copy("test-broker.xml", "broker.xml"),
            Problem,
            "domain of the account",
        ),
        Case::new(
            "partner_of_environment",
            Digid,
            |draft| {
                let key = self_signed("digid", 300);
                draft.write("digid.xml", identity_provider("https://was-preprod1.digid.nl/saml/idp/metadata", &key));
            },
            Problem,
            "of the other environment",
        ),
        Case::new(
            "partners_differ",
            Broker,
            |draft| draft.copy("broker.xml", "test-broker.xml"),
            Problem,
            "both trust",
        ),
        Case::new(
            "partner_valid",
            Broker,
            |draft| draft.at = moment("2036-01-02T00:00:00Z"),
            Problem,
            "it ended on 2036-01-01",
        ),
        Case::new("partner_valid", Broker, |draft| draft.at = moment("2035-12-22T00:00:00Z"), Warning, "10 days"),
        Case::new("partner_fresh", Broker, |draft| age(draft, 10), Warning, "10 days ago").after(|draft| age(draft, 1)),
        Case::new(
            "partner_fresh",
            Broker,
            |draft| {
                draft.set(
                    "metadata_url = \"https://broker.example.nl/broker/sp/saml/metadata\"\nroots = \"roots.pem\"\n",
                    "",
                )
            },
            NotLookedAt,
            "set identity_provider.metadata_url",
        ),
        Case::new(
            "partner_endpoints",
            Digid,
            |draft| {
                draft.edit(
                    "digid.xml",
                    "bindings:HTTP-Redirect\" Location=\"https://was.digid.nl/sso\"",
                    "bindings:SOAP\" Location=\"https://was.digid.nl/sso\"",
                )
            },
            Problem,
            "no SingleSignOnService for HTTP-Redirect",
        ),
        Case::new(
            "logius_metadata_role",
            Broker,
            |draft| draft.copy("broker.xml", "logius.xml"),
            Problem,
            "identity_provider",
        ),
        Case::new(
            "logius_metadata_certificate",
            Broker,
            |draft| draft.write("logius.xml", for_logius(&G1.issue(&leaf()).unwrap())),
            Problem,
            "is not in it",
        ),
        Case::new(
            "logius_metadata_form",
            Digid,
            |draft| ours(draft, " validUntil=\"2027-01-01T00:00:00Z\""),
            Problem,
            "validUntil",
        ),
        Case::new(
            "logius_metadata_form",
            Digid,
            |draft| ours(draft, " cacheDuration=\"P1D\""),
            Problem,
            "cacheDuration",
        ),
        Case::new(
            "logius_metadata_form",
            Digid,
            |draft| draft.edit("registered.xml", "bindings:HTTP-Artifact", "bindings:HTTP-POST"),
            Problem,
            "HTTP-Artifact with index 0",
        ),
    ]
}

fn ours(draft: &mut Draft, attribute: &str) {
    draft.edit("registered.xml", "<md:EntityDescriptor", &format!("<md:EntityDescriptor{attribute}"));
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Makes the copy of the metadata so many days old.
fn age(draft: &mut Draft, days: i64) {
    let file = std::fs::File::options().append(true).open(draft.folder.join("broker.xml")).unwrap();
    file.set_modified((at() - TimeDelta::days(days)).into()).unwrap();
}

fn addresses() -> Vec<Case> {
    vec![
        Case::new(
            "consumer_service_https",
            Broker,
            |draft| draft.set("https://portal.gem", "http://portal.gem"),
            Problem,
            "https://",
        ),
        Case::new(
            "consumer_service_host",
            Broker,
            |draft| answers_at(draft, "https://www.gemeente-elders.nl/saml/acs"),
            Problem,
            "one host",
        ),
        Case::new(
            "consumer_service_registered",
            Broker,
            |draft| answers_at(draft, "https://portal.gemeente-elders.nl/saml/acs/"),
            Problem,
            "only a slash at the end differs",
        ),
        Case::new(
            "consumer_service_registered",
            Broker,
            |draft| {
                draft.edit(
                    "registered.xml",
                    "https://portal.gemeente-elders.nl/saml/acs",
                    "https://Portal.gemeente-elders.nl/saml/acs",
                )
            },
            Problem,
            "only upper and lower case differ",
        ),
        Case::new(
            "consumer_service_registered",
            Broker,
            |draft| draft.edit("registered.xml", "bindings:HTTP-POST", "bindings:HTTP-Artifact"),
            Problem,
            "none is registered for HTTP-POST",
        ),
        Case::new(
            "consumer_service_registered",
            Broker,
            |draft| draft.set("registered_metadata = \"registered.xml\"\n", ""),
            NotLookedAt,
            "registration.registered_metadata",
        ),
        Case::new(
            "entity_id_registered",
            Broker,
            |draft| draft.edit("registered.xml", "entityID=\"https:", "entityID=\"http:"),
            Problem,
            "only the scheme differs",
        ),
        Case::new(
            "registered_current",
            Broker,
            |draft| draft.edit("registered.xml", "WantAssertionsSigned=\"true\"", "WantAssertionsSigned=\"false\""),
            Problem,
            "- service_provider.want_assertions_signed: no",
        ),
        Case::new(
            "entity_ids_differ",
            Broker,
            |draft| {
                draft.set("portal-test.gemeente-elders.nl\"\n", "portal-test.gemeente-elders.nl\"\nentity_id = \"https://portal.gemeente-elders.nl/saml/metadata\"\n")
            },
            Problem,
            "both are",
        ),
        Case::new(
            "configuration",
            Broker,
            |draft| draft.set("trust_keys = [\"broker.crt.pem\"]\nentity", "trust_keys = []\nentity"),
            Problem,
            "trust_keys",
        ),
        Case::new(
            "configuration",
            Broker,
            |draft| draft.write("signing.key.pem", "no key"),
            Problem,
            "keys.signing.key",
        ),
        Case::new("answer_binding", Digid, |draft| in_portal(draft, "binding = \"post\""), Problem, "take the key out"),
        Case::new("back_channel", Digid, |draft| draft.set("client = {", "#"), Problem, "back_channel.client"),
        Case::new(
            "back_channel",
            Broker,
            |draft| draft.set("[production.back_channel]\nroots = \"roots.pem\"\n", ""),
            Problem,
            "back_channel: expected",
        )
        .after(|draft| {
            in_portal(draft, "binding = \"artifact\"");
            draft.set(
                "[production.signicat]",
                "[production.back_channel]\nroots = \"roots.pem\"\n[production.signicat]",
            );
        }),
        Case::new(
            "back_channel_roots",
            Digid,
            |draft| draft.copy("digid.crt.pem", "roots.pem"),
            Problem,
            "none a root of PKIoverheid",
        ),
        Case::new(
            "back_channel_roots",
            Digid,
            |draft| {
                let both = ["roots.pem", "digid.crt.pem"].map(|name| std::fs::read(draft.folder.join(name)).unwrap());
                draft.write("roots.pem", both.concat());
            },
            Warning,
            "1 besides",
        ),
    ]
}

fn answers_at(draft: &mut Draft, url: &str) {
    in_portal(draft, &format!("assertion_consumer_service = \"{url}\""));
}

fn in_portal(draft: &mut Draft, line: &str) {
    draft.set("[production.portal]\n", &format!("[production.portal]\n{line}\n"));
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
            |draft| draft.write("redis.url", "rediss://127.0.0.1"),
            Problem,
            "does not speak",
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
            |draft| in_portal(draft, "error_text = \"checklist-7\""),
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
        Case::new("force_authn", Broker, |draft| in_login(draft, "force_authn = false"), Problem, "no single sign-on"),
        Case::new(
            "single_sign_on",
            Digid,
            |draft| in_portal(draft, "single_logout = true"),
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
        Case::new("language", Broker, |draft| in_login(draft, "language = \"xx\""), Warning, "\"nl\""),
    ]
}
