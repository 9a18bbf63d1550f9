//! What of a portal ends on a day that is known: certificates, and the metadata of the identity provider.

use chrono::{DateTime, Utc};
use saml_sp::Configuration;
use saml_xml_security::VerifyingKey;

use crate::settings::Settings;

/// The certificates and the metadata in use, and what tells how long they are good for.
#[derive(Clone, Debug)]
pub(crate) struct Validity {
    pub(crate) certificates: Vec<CertificateEnd>,
    #[cfg_attr(not(any(feature = "opentelemetry", feature = "prometheus")), expect(dead_code, reason = "nobody asks"))]
    metadata: Option<DateTime<Utc>>,
    clock: fn() -> DateTime<Utc>,
}

/// The last second of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct CertificateEnd {
    pub(crate) role: &'static str,
    pub(crate) sha256: String,
    seconds: i64,
}

impl Validity {
    pub(crate) fn of(configuration: &Configuration, settings: &Settings) -> Self {
        let identity_provider = configuration.identity_provider();
        let client = settings.back_channel.as_ref().and_then(|back_channel| back_channel.client_certificate_der());
        let client = client.and_then(|der| VerifyingKey::from_certificate_der(&der).ok());
        let ours = [CertificateEnd::new("signing", configuration.signing_certificate())];
        let client = client.iter().map(|certificate| CertificateEnd::new("tls_client", certificate));
        let theirs = identity_provider.signing_keys().iter().map(|key| CertificateEnd::new("identity_provider", key));
        Self {
            certificates: ours.into_iter().chain(client).chain(theirs).collect(),
            metadata: identity_provider.valid_until(),
            clock: settings.clock,
        }
    }

    /// Returns each certificate with the days that it is still good for; fewer than none when it has expired.
    pub(crate) fn certificate_days(&self) -> impl Iterator<Item = (&CertificateEnd, f64)> {
        let now = (self.clock)().timestamp();
        self.certificates.iter().map(move |certificate| (certificate, days(certificate.seconds, now)))
    }

    /// Returns the days that the metadata is still good for, where it says so.
    #[cfg(any(feature = "opentelemetry", feature = "prometheus"))]
    pub(crate) fn metadata_days(&self) -> Option<f64> {
        self.metadata.map(|until| days(until.timestamp(), (self.clock)().timestamp()))
    }

    /// Returns the certificates of which somebody must hear now, with the whole days that are left.
    pub(crate) fn expiring(&self) -> impl Iterator<Item = (&CertificateEnd, i64)> {
        let left = self.certificate_days().filter(|(_, days)| *days <= WARN_FROM);
        #[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest integer that there is")]
        left.map(|(certificate, days)| (certificate, days.floor() as i64))
    }
}

impl CertificateEnd {
    fn new(role: &'static str, certificate: &VerifyingKey) -> Self {
        let (_, seconds) = certificate.validity();
        Self { role, sha256: certificate.sha256_fingerprint().to_owned(), seconds }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a double has every second of the next hundred million years")]
fn days(end: i64, now: i64) -> f64 {
    end.saturating_sub(now) as f64 / 86_400.0
}

/// Days; a certificate of PKIoverheid takes a week to get, and the other side a while to take it.
const WARN_FROM: f64 = 60.0;
