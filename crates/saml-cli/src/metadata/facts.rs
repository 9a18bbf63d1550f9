use chrono::DateTime;
use saml_metadata::{Endpoint, Error, IdentityProvider, IndexedEndpoint, Metadata, ServiceProvider, SkippedKey};
use saml_xml_security::VerifyingKey;
use serde::Serialize;

/// One thing that metadata says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fact {
    /// Where it is said: the role, a full stop, and what it is about.
    pub(super) name: String,
    pub(super) value: String,
}

/// Lists what metadata says, role by role; where there are several of a kind, in the order of the file.
///
/// The error is that of the first role that cannot be used.
pub(super) fn facts(metadata: &Metadata) -> Result<Vec<Fact>, Error> {
    let mut facts = Facts(Vec::new());
    facts.say("entity_id", metadata.entity_id());
    let until = metadata.valid_until();
    facts.say("valid_until", until.map_or_else(|| "no end".to_owned(), |until| until.to_rfc3339()));
    facts.say("signed", yes_or_no(metadata.is_signed()));
    let identity_provider = match metadata.identity_provider() {
        Err(Error::RoleMissing { .. } | Error::IsServiceProvider { .. }) => None,
        role => Some(role?),
    };
    let service_provider = match metadata.service_provider() {
        // Without either role, the error says which was looked for.
        Err(Error::RoleMissing { .. } | Error::IsIdentityProvider { .. }) if identity_provider.is_some() => None,
        role => Some(role?),
    };
    if let Some(role) = identity_provider {
        facts.identity_provider(&role);
    }
    if let Some(role) = service_provider {
        facts.service_provider(&role);
    }
    Ok(facts.0)
}

struct Facts(Vec<Fact>);

impl Facts {
    fn say(&mut self, name: &str, value: impl Into<String>) {
        self.0.push(Fact { name: name.to_owned(), value: value.into() });
    }

    fn identity_provider(&mut self, role: &IdentityProvider) {
        let requests = yes_or_no(role.want_authn_requests_signed());
        self.say("identity_provider.want_authn_requests_signed", requests);
        self.keys("identity_provider", role.signing_keys(), role.signing_key_names(), role.skipped_keys());
        self.endpoints("identity_provider.single_sign_on", role.single_sign_on());
        self.endpoints("identity_provider.single_logout", role.single_logout());
        self.indexed("identity_provider.artifact_resolution", role.artifact_resolution());
    }

    fn service_provider(&mut self, role: &ServiceProvider) {
        self.say("service_provider.authn_requests_signed", yes_or_no(role.authn_requests_signed()));
        self.say("service_provider.want_assertions_signed", yes_or_no(role.want_assertions_signed()));
        self.keys("service_provider", role.signing_keys(), role.signing_key_names(), role.skipped_keys());
        self.indexed("service_provider.assertion_consumer_service", role.assertion_consumer_services());
        self.endpoints("service_provider.single_logout", role.single_logout());
        for index in role.attribute_consuming_service_indexes() {
            self.say("service_provider.attribute_consuming_service", index.to_string());
        }
    }

    fn keys(&mut self, role: &str, keys: &[VerifyingKey], names: &[Option<String>], skipped: &[SkippedKey]) {
        for (key, name) in keys.iter().zip(names) {
            let (from, until) = key.validity();
            let day = |seconds| DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |at| at.to_rfc3339());
            let name = name.as_ref().map_or_else(|| "no KeyName".to_owned(), |name| format!("KeyName {name}"));
            let (fingerprint, subject) = (key.sha256_fingerprint(), key.subject());
            let value = format!("SHA-256 {fingerprint}, {name}, {subject}, {} to {}", day(from), day(until));
            self.say(&format!("{role}.signing_key"), value);
        }
        for key in skipped {
            self.say(&format!("{role}.unusable_key"), key.fault.to_string());
        }
    }

    fn endpoints(&mut self, name: &str, endpoints: &[Endpoint]) {
        for endpoint in endpoints {
            self.say(name, format!("{} {}", short(endpoint.binding.uri()), endpoint.location));
        }
    }

    fn indexed(&mut self, name: &str, endpoints: &[IndexedEndpoint]) {
        for endpoint in endpoints {
            let default = if endpoint.is_default == Some(true) { ", default" } else { "" };
            let IndexedEndpoint { index, binding, location, .. } = endpoint;
            self.say(name, format!("{} {location} (index {index}{default})", short(binding.uri())));
        }
    }
}

fn yes_or_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// Returns the last part of the URI of a binding.
fn short(uri: &str) -> &str {
    uri.rsplit(':').next().unwrap_or(uri)
}
