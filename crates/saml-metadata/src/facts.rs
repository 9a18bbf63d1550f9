use chrono::DateTime;
use saml_xml_security::VerifyingKey;

use crate::endpoint::{Endpoint, IndexedEndpoint};
use crate::error::Error;
use crate::identity_provider::IdentityProvider;
use crate::metadata::Metadata;
use crate::role::Role;
use crate::service_provider::ServiceProvider;

/// One thing that metadata says, for people to read and for two files to be compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where it is said: the role, a full stop, and what it is about.
    pub name: String,
    /// What is said, on one line: control characters are escaped, as `\n`.
    pub value: String,
}

impl Metadata {
    /// Lists what the metadata says, role by role; where there are several of a kind, in the order of the file.
    ///
    /// # Errors
    /// That of the first role that cannot be used.
    ///
    /// ```
    /// use saml_metadata::{Endpoint, Error, IdentityProviderMetadata, Metadata};
    /// use saml_protocol::Binding;
    /// use saml_xml_security::SigningKey;
    ///
    /// let key = SigningKey::generate_self_signed(2048, "broker.example.nl", 0, 4_000_000_000)?;
    /// let location = "https://broker.example.nl/login".to_owned();
    /// let endpoints = vec![Endpoint { binding: Binding::HttpPost, location }];
    /// let keys = vec![key.verifying_key().clone()];
    /// let file = IdentityProviderMetadata::new("_1", "https://broker.example.nl/saml", keys, endpoints).sign(&key)?;
    ///
    /// let facts = Metadata::parse_unverified(file.as_bytes())?.facts()?;
    /// assert_eq!((facts[0].name.as_str(), facts[0].value.as_str()), ("entity_id", "https://broker.example.nl/saml"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn facts(&self) -> Result<Vec<Fact>, Error> {
        facts(self)
    }
}

fn facts(metadata: &Metadata) -> Result<Vec<Fact>, Error> {
    let mut facts = Facts(Vec::new());
    facts.say("entity_id", metadata.entity_id());
    let until = metadata.valid_until();
    facts.say("valid_until", until.map_or_else(|| "no end".to_owned(), |until| until.to_rfc3339()));
    let stamps = metadata.stamps();
    for (name, moment) in [("published", stamps.published), ("registered", stamps.registered)] {
        moment.into_iter().for_each(|moment| facts.say(name, moment.to_rfc3339()));
    }
    if let Some(duration) = metadata.cache_duration() {
        facts.say("cache_duration", format!("{} s", duration.as_secs()));
    }
    facts.say("signed", yes_or_no(metadata.is_signed()));
    if let Some(fingerprint) = metadata.key_fingerprint() {
        facts.say("signed_by", format!("SHA-256 {fingerprint}"));
    }
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
    /// Adds a fact; control characters, which a name in a certificate may hold, would move the cursor of a terminal.
    fn say(&mut self, name: &str, value: impl AsRef<str>) {
        let mut shown = String::new();
        for character in value.as_ref().chars() {
            if character.is_control() {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        self.0.push(Fact { name: name.to_owned(), value: shown });
    }

    fn identity_provider(&mut self, role: &IdentityProvider) {
        let requests = yes_or_no(role.want_authn_requests_signed());
        self.say("identity_provider.want_authn_requests_signed", requests);
        self.role("identity_provider", role);
        self.endpoints("identity_provider.single_sign_on", role.single_sign_on());
        self.indexed("identity_provider.artifact_resolution", role.artifact_resolution());
    }

    fn service_provider(&mut self, role: &ServiceProvider) {
        self.say("service_provider.authn_requests_signed", yes_or_no(role.authn_requests_signed()));
        self.say("service_provider.want_assertions_signed", yes_or_no(role.want_assertions_signed()));
        self.role("service_provider", role);
        self.indexed("service_provider.assertion_consumer_service", role.assertion_consumer_services());
        for index in role.attribute_consuming_service_indexes() {
            self.say("service_provider.attribute_consuming_service", index.to_string());
        }
    }

    /// Lists what both roles have.
    fn role(&mut self, name: &str, role: &Role) {
        for (key, key_name) in role.signing_keys().iter().zip(role.signing_key_names()) {
            let key_name = key_name.as_ref().map_or_else(|| "no KeyName".to_owned(), |name| format!("KeyName {name}"));
            self.say(&format!("{name}.signing_key"), certificate(key, &format!("{key_name}, ")));
        }
        for key in role.skipped_keys() {
            self.say(&format!("{name}.unusable_key"), key.fault.to_string());
        }
        for key in role.encryption_keys() {
            self.say(&format!("{name}.encryption_key"), certificate(key, ""));
        }
        self.endpoints(&format!("{name}.single_logout"), role.single_logout());
        for format in role.name_id_formats() {
            self.say(&format!("{name}.name_id_format"), format);
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

fn certificate(key: &VerifyingKey, key_name: &str) -> String {
    let (from, until) = key.validity();
    let day = |seconds| DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |at| at.to_rfc3339());
    let (fingerprint, subject) = (key.sha256_fingerprint(), key.subject());
    format!("SHA-256 {fingerprint}, {key_name}{subject}, {} to {}", day(from), day(until))
}

fn yes_or_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// Returns the last part of the URI of a binding.
fn short(uri: &str) -> &str {
    uri.rsplit(':').next().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_one_line_and_moves_no_cursor() {
        let mut facts = Facts(Vec::new());
        facts.say("name", "Gemeente Sint-Ann\u{e2}");
        facts.say("name", "a\nb\u{1b}[2J\u{9b}");
        let values: Vec<_> = facts.0.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(values, ["Gemeente Sint-Ann\u{e2}", r"a\nb\u{1b}[2J\u{9b}"]);
    }
}
