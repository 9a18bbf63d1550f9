//! What the metadata of the partner says, and ours, and the addresses in them.

use chrono::{DateTime, TimeDelta, Utc};
use saml_doctor::Outcome::{NotLookedAt, Problem, Warning};

use crate::Case;
use crate::world::Base::{Broker, Digid};
use crate::world::{Draft, G1, at, for_logius, identity_provider, leaf, self_signed};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = partner();
    cases.extend(addresses());
    cases
}

fn partner() -> Vec<Case> {
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
            "partner_metadata",
            Broker,
            |draft| std::fs::remove_file(draft.folder.join("broker.xml")).unwrap(),
            Problem,
            "put it at broker.xml",
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
            |draft| std::fs::remove_file(draft.folder.join("broker.xml")).unwrap(),
            NotLookedAt,
            "see partner_metadata",
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
        Case::new(
            "answer_binding",
            Digid,
            |draft| draft.add("portal", "binding = \"post\""),
            Problem,
            "take the key out",
        ),
        Case::new("back_channel", Digid, |draft| draft.set("client = {", "#"), Problem, "back_channel.client"),
        Case::new(
            "back_channel",
            Broker,
            |draft| draft.set("[production.back_channel]\nroots = \"roots.pem\"\n", ""),
            Problem,
            "back_channel: expected",
        )
        .after(|draft| {
            draft.add("portal", "binding = \"artifact\"");
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
    draft.add("portal", &format!("assertion_consumer_service = \"{url}\""));
}
