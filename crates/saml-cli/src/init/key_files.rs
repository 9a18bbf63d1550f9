//! The keys, and what says whose they are.

use chrono::{DateTime, TimeDelta, Utc};
use pkioverheid::{CertificateRequest, Generation, Oin, PrivateKey};
use saml_xml_security::SigningKey;

use super::answers::Answers;
use crate::explain::ProfileArgument;
use crate::failure::Failure;

/// A file with a key, a certificate or a request for one.
pub(super) struct KeyFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Whether nobody else may read it.
    pub(super) secret: bool,
}

/// Makes the keys, and beside each its certificate, or the request for one where PKIoverheid must give it.
pub(super) fn make(answers: &Answers, now: DateTime<Utc>) -> Result<Vec<KeyFile>, Failure> {
    if !answers.is_pkioverheid() {
        // The broker knows the key from our metadata, so that nobody need vouch for its certificate.
        let (from, until) = (now - TimeDelta::hours(1), now + TimeDelta::days(DAYS));
        let key = SigningKey::generate_self_signed(BITS, answers.host(), from.timestamp(), until.timestamp())
            .map_err(Failure::new)?;
        let certificate = key.verifying_key().certificate_pem().map_err(Failure::new)?;
        return Ok(vec![
            file("signing.key.pem", key.private_key_pem().map_err(Failure::new)?, true),
            file("signing.crt.pem", certificate, false),
        ]);
    }
    let mut files = Vec::new();
    for name in roles(answers.profile) {
        let key = PrivateKey::generate(BITS).map_err(Failure::new)?;
        files.push(file(&format!("{name}.key.pem"), key.to_pem().map_err(Failure::new)?, true));
        files.push(file(&format!("{name}.csr.pem"), request(answers, name, &key)?, false));
    }
    Ok(files)
}

/// Returns what there is a key for.
pub(super) fn roles(profile: ProfileArgument) -> &'static [&'static str] {
    match profile {
        ProfileArgument::StSaml => &["signing", TLS, "encryption"],
        ProfileArgument::Digid => &["signing", TLS],
        ProfileArgument::SignicatBroker | ProfileArgument::WebSso => &["signing"],
    }
}

/// Asks PKIoverheid for the certificate of a role.
fn request(answers: &Answers, role: &str, key: &PrivateKey) -> Result<Vec<u8>, Failure> {
    let oin = Oin::parse(answers.oin.as_deref().unwrap_or_default()).map_err(Failure::usage)?;
    let identifier = format!("NTRNL-{}", answers.trade_register_number.as_deref().unwrap_or_default());
    // In G4 a signing certificate bears the name of the organisation, and host names are for TLS.
    let bears_host = answers.generation == Generation::G1 || role == TLS;
    let host = [answers.host()];
    let request = CertificateRequest {
        generation: answers.generation,
        common_name: if bears_host { answers.host() } else { &answers.organisation },
        organisation: &answers.organisation,
        organisational_unit: None,
        locality: None,
        province: None,
        oin: &oin,
        organisation_identifier: Some(&identifier),
        host_names: if bears_host { &host } else { &[] },
    };
    request.sign(key).map_err(|error| Failure::usage(format!("{role}: {error}")))
}

fn file(name: &str, bytes: Vec<u8>, secret: bool) -> KeyFile {
    KeyFile { name: name.to_owned(), bytes, secret }
}

const TLS: &str = "tls";
/// What PKIoverheid asks of G4.
pub(crate) const BITS: u32 = 3072;
/// As long as those that Signicat is known to have taken.
pub(crate) const DAYS: i64 = 3 * 365;
