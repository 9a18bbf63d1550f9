use std::path::PathBuf;

use chrono::{DateTime, Utc};
use pkioverheid::{Certificate, Generation};
use saml_metadata::Role as MetadataRole;

use crate::files::{certificate_of, own_keys};
use crate::subject::Subject;

/// A certificate that the configuration, or metadata that it names, knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where: the key of `saml.toml`, with what is in the file behind it where that is metadata.
    pub place: String,
    /// The file.
    pub file: PathBuf,
    /// Whose it is.
    pub owner: Owner,
    /// What it is for.
    pub role: &'static str,
    /// What the certificate says, or why it cannot be read.
    pub facts: Result<Facts, String>,
}

/// Whose a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Ours, or that of the broker in our name.
    Ours,
    /// The partner's.
    Partner,
    /// An authority's.
    Authority,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The common name of the subject.
    pub subject: String,
    /// The organisation of the subject.
    pub organisation: String,
    /// The common name of the issuer.
    pub issuer: String,
    /// The serial number, in hexadecimal digits.
    pub serial: String,
    /// The OIN, where there is one.
    pub oin: Option<String>,
    /// The generation of PKIoverheid, where the chain leads to one of its roots.
    pub generation: Option<Generation>,
    /// The first second.
    pub not_before: DateTime<Utc>,
    /// The last second.
    pub not_after: DateTime<Utc>,
    /// The SHA-256 of the certificate: its `KeyName` at Signicat.
    pub sha256: String,
    /// The SHA-1 of the certificate: its `KeyName` at DigiD.
    pub sha1_key_name: String,
}

/// Lists every certificate, ours first, but for those of `identity_provider.roots`, which may be all of the public web.
/// A file that cannot be read is listed with the reason.
#[must_use]
pub fn inventory(subject: &Subject<'_>) -> Vec<Entry> {
    let mut list = List { subject, issuers: subject.issuers().unwrap_or_default(), entries: Vec::new() };
    let deployment = subject.deployment;
    for own in own_keys(deployment) {
        let role = match own.place {
            "keys.next" => "signing, next",
            "keys.decryption" => "encryption",
            "back_channel.client" => "TLS client",
            _ => "signing",
        };
        list.file(own.place, own.certificate, Owner::Ours, role);
    }
    if let Some(table) = &deployment.signicat {
        if let Some(path) = &table.pkioverheid_certificate {
            list.file("signicat.pkioverheid_certificate", path, Owner::Ours, "PKIoverheid, at the broker");
        }
        if let Some(path) = &table.digid_metadata {
            list.metadata("signicat.digid_metadata", path, Owner::Ours);
        }
    }
    if let Some(path) = deployment.registration.as_ref().and_then(|table| table.registered_metadata.as_ref()) {
        list.metadata("registration.registered_metadata", path, Owner::Ours);
    }
    let partner = &deployment.identity_provider;
    list.metadata("identity_provider.metadata", &partner.metadata, Owner::Partner);
    for path in &partner.trust_keys {
        list.file("identity_provider.trust_keys", path, Owner::Partner, "signs metadata");
    }
    if let Some(path) = &deployment.keys.issuers {
        list.all("keys.issuers", path, "authority");
    }
    if let Some(table) = &deployment.back_channel {
        list.all("back_channel.roots", &table.roots, "root of the back channel");
    }
    if let Some(path) = &deployment.state.roots {
        list.all("state.roots", path, "root of Redis");
    }
    list.entries
}

struct List<'s, 'a> {
    subject: &'s Subject<'a>,
    issuers: Vec<Certificate>,
    entries: Vec<Entry>,
}

impl List<'_, '_> {
    /// Lists the first certificate of a file: what follows it are its issuers.
    fn file(&mut self, place: &str, path: &std::path::Path, owner: Owner, role: &'static str) {
        let facts = self.subject.certificates(path).and_then(|(certificate, mut more)| {
            more.extend(self.issuers.iter().cloned());
            self.facts(&certificate, &more)
        });
        self.entries.push(Entry { place: place.to_owned(), file: path.to_owned(), owner, role, facts });
    }

    /// Lists each certificate of a file of authorities.
    fn all(&mut self, place: &str, path: &std::path::Path, role: &'static str) {
        let entry =
            |facts| Entry { place: place.to_owned(), file: path.to_owned(), owner: Owner::Authority, role, facts };
        let entries: Vec<Entry> = match self.subject.certificates(path) {
            Ok((first, more)) => {
                let all: Vec<Certificate> = [first].into_iter().chain(more).collect();
                all.iter().map(|certificate| entry(self.facts(certificate, &all))).collect()
            }
            Err(reason) => vec![entry(Err(reason))],
        };
        self.entries.extend(entries);
    }

    /// Lists the keys in the roles of metadata.
    fn metadata(&mut self, place: &str, path: &std::path::Path, owner: Owner) {
        let read = self.subject.metadata(path).and_then(|metadata| {
            let role = metadata.identity_provider().map(|role| MetadataRole::clone(&role));
            let role = role.or_else(|_| metadata.service_provider().map(|role| MetadataRole::clone(&role)));
            role.map_err(|error| format!("{}: {error}", path.display()))
        });
        let entry = |role, facts| Entry { place: place.to_owned(), file: path.to_owned(), owner, role, facts };
        let entries: Vec<Entry> = match read {
            Ok(role) => {
                let signing = role.signing_keys().iter().map(|key| ("signing", key));
                let all = signing.chain(role.encryption_keys().iter().map(|key| ("encryption", key)));
                let facts = |key| certificate_of(key).and_then(|certificate| self.facts(&certificate, &self.issuers));
                all.map(|(role, key)| entry(role, facts(key))).collect()
            }
            Err(reason) => vec![entry("metadata", Err(reason))],
        };
        self.entries.extend(entries);
    }

    fn facts(&self, certificate: &Certificate, others: &[Certificate]) -> Result<Facts, String> {
        let said = |error: pkioverheid::Error| error.to_string();
        let chain = self.subject.roots.verify(certificate, others, self.subject.at);
        Ok(Facts {
            subject: certificate.common_name(),
            organisation: certificate.organisation(),
            issuer: certificate.issuer(),
            serial: certificate.serial_number().map_err(said)?,
            oin: certificate.oin().ok().map(|oin| oin.as_str().to_owned()),
            generation: chain.ok().map(|chain| chain.generation()),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            sha256: certificate.sha256_key_name().map_err(said)?,
            sha1_key_name: certificate.sha1_key_name().map_err(said)?,
        })
    }
}
