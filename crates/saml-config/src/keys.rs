use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de};

use crate::secret::Secret;

/// Our keys and certificates: `[*.keys]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Keys {
    /// What signs our messages and metadata.
    pub signing: KeyFiles,
    /// What signs them next.
    pub next: Option<NextKeyFiles>,
    /// What assertions and identifiers may be encrypted to; several during a renewal.
    #[serde(default)]
    pub decryption: Vec<KeyFiles>,
    /// What `KeyName` is in our metadata; `sha1` at DigiD and Stelsel Toegang, else `sha256`, unless set.
    pub key_name: Option<KeyNames>,
    /// The certificates of issuers and roots of PKIoverheid, as downloaded from Logius.
    pub issuers: Option<PathBuf>,
}

/// A private key and its certificate, in files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KeyFiles {
    /// The private key: PEM or DER, PKCS#8 or PKCS#1.
    pub key: PathBuf,
    /// The certificate: `.pem` or `.cer`.
    pub certificate: PathBuf,
    /// What the private key is encrypted with.
    pub passphrase: Option<Secret>,
}

/// The key that comes next: `[*.keys.next]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NextKeyFiles {
    /// The private key.
    pub key: PathBuf,
    /// The certificate.
    pub certificate: PathBuf,
    /// What the private key is encrypted with.
    pub passphrase: Option<Secret>,
    /// The first moment at which it signs, such as `2026-12-31T23:00:00Z`.
    #[serde(deserialize_with = "moment")]
    pub signs_from: DateTime<Utc>,
    /// Which certificates stand in our metadata until then.
    pub publish: PublishedKeys,
    /// With `publish = "both"`: until when; `signs_from` unless set.
    #[serde(default, deserialize_with = "some_moment")]
    pub both_until: Option<DateTime<Utc>>,
}

impl NextKeyFiles {
    /// Returns the key and its certificate.
    #[must_use]
    pub fn files(&self) -> KeyFiles {
        let Self { key, certificate, passphrase, .. } = self.clone();
        KeyFiles { key, certificate, passphrase }
    }
}

/// Which certificates stand in our metadata until the next key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PublishedKeys {
    /// The present one: the change is at an agreed moment.
    Current,
    /// The next one: the other side keeps the present one itself.
    Next,
    /// Both.
    Both,
}

/// What `KeyName` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyNames {
    /// The SHA-1 of the certificate, as at DigiD.
    Sha1,
    /// The SHA-256 of the certificate, as at Signicat.
    Sha256,
}

/// Reads a date and time of TOML, which must say its offset.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let found = toml::value::Datetime::deserialize(deserializer)?.to_string();
    let read = DateTime::parse_from_rfc3339(&found);
    read.map(|time| time.to_utc())
        .map_err(|_| de::Error::custom(format!("expected a moment such as 2026-12-31T23:00:00Z, found {found}")))
}

fn some_moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    moment(deserializer).map(Some)
}
