//! The files of a renewal: the private key, the request, the certificate.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use pkioverheid::{Certificate, CertificateRequest, Generation, KeyPair, PrivateKey};
use saml_doctor::{Subject, inventory};
use saml_xml_security::SigningKey;

use super::Renewal;
use crate::failure::Failure;
use crate::files::read;
use crate::init::{BITS, DAYS, Written};

/// The files, as they are named in the configuration: beside the present key, with the day of the switch.
pub(super) struct Names {
    pub(super) key: PathBuf,
    pub(super) request: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) metadata: PathBuf,
}

impl Names {
    pub(super) fn of(present: &Path, signs_from: DateTime<Utc>) -> Self {
        let folder = present.parent().unwrap_or_else(|| Path::new(""));
        let day = signs_from.format("%Y-%m-%d");
        let file = |name: &str, ending: &str| folder.join(format!("{name}-{day}.{ending}"));
        Self {
            key: file("signing", "key.pem"),
            request: file("signing", "csr.pem"),
            certificate: file("signing", "crt.pem"),
            metadata: file("metadata", "xml"),
        }
    }
}

/// Makes the key, and the request with the fields of the present certificate; what is there already stays.
pub(super) fn key_and_request(renewal: &Renewal<'_>, names: &Names, written: &mut Written) -> Result<(), Failure> {
    let (key_file, request_file) = (renewal.folder().join(&names.key), renewal.folder().join(&names.request));
    let key = if key_file.exists() {
        private_key(&key_file)?
    } else {
        let key = PrivateKey::generate(BITS).map_err(Failure::new)?;
        written.add(&key_file, &key.to_pem().map_err(Failure::new)?, true)?;
        key
    };
    if !request_file.exists() {
        written.add(&request_file, &request(renewal, &key)?, false)?;
    }
    Ok(())
}

/// Asks for a certificate for the same subject as the present one.
fn request(renewal: &Renewal<'_>, key: &PrivateKey) -> Result<Vec<u8>, Failure> {
    let present = &renewal.current;
    let oin = present.oin().map_err(|error| Failure::usage(format!("the present certificate: {error}")))?;
    let identifier = present.organisation_identifier();
    let (unit, locality, province) = (present.organisational_unit(), present.locality(), present.province());
    let host_names = present.host_names();
    let host_names: Vec<&str> = host_names.iter().map(String::as_str).collect();
    let request = CertificateRequest {
        generation: generation(renewal, identifier.is_some()),
        common_name: &present.common_name(),
        organisation: &present.organisation(),
        organisational_unit: unit.as_deref(),
        locality: locality.as_deref(),
        province: province.as_deref(),
        oin: &oin,
        organisation_identifier: identifier.as_deref(),
        host_names: &host_names,
    };
    request.sign(key).map_err(|error| Failure::usage(format!("the present certificate: {error}")))
}

/// Returns the generation of the present certificate; where its issuers are not at hand, the one that its fields are
/// of.
fn generation(renewal: &Renewal<'_>, has_identifier: bool) -> Generation {
    let subject = Subject::new(&renewal.config, renewal.environment, renewal.folder(), renewal.at);
    let entries = subject.map(|subject| inventory(&subject)).unwrap_or_default();
    let present = entries.into_iter().find(|entry| entry.place == "keys.signing");
    let known = present.and_then(|entry| entry.facts.ok()?.generation);
    known.unwrap_or(if has_identifier { Generation::G4 } else { Generation::G1 })
}

/// Puts the certificate of the issuer in its place, if it is of the key.
pub(super) fn take_certificate(
    renewal: &Renewal<'_>,
    names: &Names,
    file: &Path,
    written: &mut Written,
) -> Result<(), Failure> {
    let (certificate, issuers) = certificates(file)?;
    let key = private_key(&renewal.folder().join(&names.key))?;
    let mut pem = certificate.to_pem().map_err(Failure::new)?;
    for issuer in &issuers {
        pem.extend(issuer.to_pem().map_err(Failure::new)?);
    }
    KeyPair::new(key, certificate, issuers).map_err(|error| {
        Failure::new(format!("{} with {}: refused: {}: {error}", file.display(), names.key.display(), error.code()))
    })?;
    let place = renewal.folder().join(&names.certificate);
    match std::fs::read(&place) {
        Ok(there) if there == pem => Ok(()),
        _ => written.add(&place, &pem, false),
    }
}

/// Makes the key with a certificate of its own; both stay where both are there.
pub(super) fn self_signed(renewal: &Renewal<'_>, names: &Names, written: &mut Written) -> Result<(), Failure> {
    let (key_file, certificate_file) = (renewal.folder().join(&names.key), renewal.folder().join(&names.certificate));
    if key_file.exists() && certificate_file.exists() {
        return Ok(());
    }
    let from = renewal.at - TimeDelta::hours(1);
    let until = renewal.at + TimeDelta::days(DAYS);
    let name = renewal.current.common_name();
    let key =
        SigningKey::generate_self_signed(BITS, &name, from.timestamp(), until.timestamp()).map_err(Failure::new)?;
    written.add(&key_file, &key.private_key_pem().map_err(Failure::new)?, true)?;
    written.add(&certificate_file, &key.verifying_key().certificate_pem().map_err(Failure::new)?, false)
}

/// Reads the certificates of a file, the first being the one that it is about.
pub(super) fn certificates(path: &Path) -> Result<(Certificate, Vec<Certificate>), Failure> {
    let unusable = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let mut all = Certificate::read_all(&read(path)?).map_err(|error| unusable(&error))?.into_iter();
    let first = all.next().ok_or_else(|| unusable(&"no certificate"))?;
    Ok((first, all.collect()))
}

fn private_key(path: &Path) -> Result<PrivateKey, Failure> {
    PrivateKey::read(&read(path)?, None).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}
