use chrono::{DateTime, Utc};
use pkioverheid::{Certificate, PrivateKey};
use saml_metadata::{KeySchedule, NextKey, Published};
use saml_xml_security::{DecryptionKey, SigningKey, VerifyingKey};

use super::Parts;
use crate::keys::{KeyFiles, PublishedKeys};
use crate::part_error::PartError;

/// A private key with its certificates, in PEM form.
pub(super) struct Pair {
    pub(super) private_key: Vec<u8>,
    /// That of the key first.
    pub(super) certificates: Vec<u8>,
}

impl Parts<'_> {
    /// Returns what signs when, and which certificates stand in our metadata.
    ///
    /// # Errors
    /// [`PartError`] for what cannot be read, for a key and certificate that do not belong together, and with the code
    /// of a [`KeyScheduleError`](saml_metadata::KeyScheduleError).
    pub fn key_schedule(&self) -> Result<KeySchedule, PartError> {
        let keys = &self.deployment.keys;
        let schedule = KeySchedule::new(self.signing_key("keys.signing", &keys.signing)?);
        let Some(next) = &keys.next else { return Ok(schedule) };
        let published = match next.publish {
            PublishedKeys::Current => Published::Current,
            PublishedKeys::Next => Published::Next,
            PublishedKeys::Both => Published::Both { until: next.both_until.unwrap_or(next.signs_from) },
        };
        let key = self.signing_key("keys.next", &next.files())?;
        schedule
            .with_next(NextKey { key, signs_from: next.signs_from, published })
            .map_err(|error| PartError::refused(self.key("keys.next"), error.code(), error))
    }

    /// Returns the key that `keys.signing` names; that it holds at a moment is for the caller to look at.
    ///
    /// # Errors
    /// As [`key_schedule`](Self::key_schedule).
    pub fn current_key(&self) -> Result<SigningKey, PartError> {
        self.signing_key("keys.signing", &self.deployment.keys.signing)
    }

    /// Returns the keys that may be encrypted to.
    ///
    /// # Errors
    /// [`PartError`] for what cannot be read, and for a key and certificate that do not belong together.
    pub fn decryption_keys(&self) -> Result<Vec<DecryptionKey>, PartError> {
        let pairs = (0..).zip(&self.deployment.keys.decryption);
        pairs
            .map(|(place, files): (usize, _)| {
                let key = format!("keys.decryption[{place}]");
                let pair = self.pair(&key, files)?;
                // Partners encrypt to the certificate: with that of another key nobody could log in.
                SigningKey::from_pem(&pair.private_key, &pair.certificates)
                    .map_err(|error| PartError::refused(self.key(&key), error.code(), error))?;
                DecryptionKey::from_pem(&pair.private_key).map_err(|error| {
                    PartError::in_file(self.key(format!("{key}.key")), &self.path(&files.key), error.code(), error)
                })
            })
            .collect()
    }

    /// Returns the certificates of those keys, for our metadata.
    pub(super) fn encryption_certificates(&self) -> Result<Vec<VerifyingKey>, PartError> {
        let pairs = (0..).zip(&self.deployment.keys.decryption);
        pairs
            .map(|(place, files): (usize, _)| {
                self.certificate(&format!("keys.decryption[{place}].certificate"), &files.certificate)
            })
            .collect()
    }

    /// Reads the first certificate of a file, in PEM or DER form.
    pub(super) fn certificate(&self, key: &str, path: &std::path::Path) -> Result<VerifyingKey, PartError> {
        let refused = |code, error: String| PartError::in_file(self.key(key), &self.path(path), code, error);
        let all =
            Certificate::read_all(&self.read(key, path)?).map_err(|error| refused(error.code(), error.to_string()))?;
        let first = all.first().ok_or_else(|| refused("certificate_unreadable", "no certificate".to_owned()))?;
        let der = first.to_der().map_err(|error| refused(error.code(), error.to_string()))?;
        VerifyingKey::from_certificate_der(&der).map_err(|error| refused(error.code(), error.to_string()))
    }

    /// Refuses a moment at which the certificates do not hold.
    pub(super) fn require_valid(&self, schedule: &KeySchedule, now: DateTime<Utc>) -> Result<(), PartError> {
        let (first, last) = schedule.signs(now).verifying_key().validity();
        // The next certificate may be published, and sign the metadata, before it begins.
        let signer = schedule.signs_metadata(now).verifying_key().validity().1;
        if (first..=last).contains(&now.timestamp()) && now.timestamp() <= signer {
            return Ok(());
        }
        let time = |seconds| DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |time| time.to_rfc3339());
        Err(PartError::Value {
            key: self.key("keys"),
            code: "config_certificate_validity",
            expected: format!("a certificate that holds at {}", time(now.timestamp())),
            found: format!("one that holds from {} to {}", time(first), time(last.min(signer))),
            mend: "put one in its place that does",
        })
    }

    fn signing_key(&self, key: &str, files: &KeyFiles) -> Result<SigningKey, PartError> {
        let pair = self.pair(key, files)?;
        SigningKey::from_pem(&pair.private_key, &pair.certificates)
            .map_err(|error| PartError::refused(self.key(key), error.code(), error))
    }

    /// Reads a private key and its certificates in the forms that issuers send them.
    pub(super) fn pair(&self, key: &str, files: &KeyFiles) -> Result<Pair, PartError> {
        let refused = |part: &str, path, error: pkioverheid::Error| {
            PartError::in_file(self.key(format!("{key}.{part}")), &self.path(path), error.code(), error)
        };
        let passphrase = files.passphrase.as_ref();
        let passphrase = passphrase.map(|secret| self.secret(&format!("{key}.passphrase"), secret)).transpose()?;
        let private = PrivateKey::read(&self.read(format!("{key}.key"), &files.key)?, passphrase.as_deref())
            .map_err(|error| refused("key", &files.key, error))?;
        let certificates = Certificate::read_all(&self.read(format!("{key}.certificate"), &files.certificate)?)
            .map_err(|error| refused("certificate", &files.certificate, error))?;
        let pem: Result<Vec<_>, _> = certificates.iter().map(Certificate::to_pem).collect();
        Ok(Pair {
            private_key: private.to_pem().map_err(|error| refused("key", &files.key, error))?,
            certificates: pem.map_err(|error| refused("certificate", &files.certificate, error))?.concat(),
        })
    }
}
