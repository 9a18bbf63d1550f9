//! The files that a deployment names: keys, certificates, metadata, secrets.

use std::path::{Path, PathBuf};

use pkioverheid::{Certificate, KeyPair, PrivateKey, Role};
use saml_config::{Deployment, KeyFiles, PartnerProfile, Secret};
use saml_metadata::{Error, IdentityProvider, Metadata};
use saml_xml_security::VerifyingKey;

use crate::subject::Subject;

/// A private key of ours with its certificate, as the file names them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnKey<'a> {
    /// The key of `saml.toml`.
    pub(crate) place: &'static str,
    pub(crate) role: Role,
    pub(crate) key: &'a Path,
    pub(crate) certificate: &'a Path,
    pub(crate) passphrase: Option<&'a Secret>,
}

/// A certificate of PKIoverheid, and what it is for.
pub(crate) struct PkioCertificate<'a> {
    pub(crate) place: &'static str,
    pub(crate) role: Role,
    pub(crate) path: &'a Path,
}

/// Lists the private keys that a deployment names.
pub(crate) fn own_keys(deployment: &Deployment) -> Vec<OwnKey<'_>> {
    let keys = &deployment.keys;
    let next = keys.next.iter().map(|next| OwnKey {
        place: "keys.next",
        role: Role::Signing,
        key: &next.key,
        certificate: &next.certificate,
        passphrase: next.passphrase.as_ref(),
    });
    let client = deployment.back_channel.as_ref().and_then(|table| table.client.as_ref());
    [files("keys.signing", Role::Signing, &keys.signing)]
        .into_iter()
        .chain(next)
        .chain(keys.decryption.iter().map(|pair| files("keys.decryption", Role::Encryption, pair)))
        .chain(client.map(|pair| files("back_channel.client", Role::TlsClient, pair)))
        .collect()
}

fn files<'a>(place: &'static str, role: Role, files: &'a KeyFiles) -> OwnKey<'a> {
    OwnKey { place, role, key: &files.key, certificate: &files.certificate, passphrase: files.passphrase.as_ref() }
}

/// Lists the certificates that must be of PKIoverheid: ours where government is the partner, that of the broker behind
/// it.
pub(crate) fn pkio_certificates(deployment: &Deployment) -> Vec<PkioCertificate<'_>> {
    match deployment.profile {
        PartnerProfile::Digid | PartnerProfile::StSaml => own_keys(deployment)
            .into_iter()
            .map(|OwnKey { place, role, certificate, .. }| PkioCertificate { place, role, path: certificate })
            .collect(),
        _ => {
            let path = deployment.signicat.as_ref().and_then(|table| table.pkioverheid_certificate.as_deref());
            let place = "signicat.pkioverheid_certificate";
            path.map(|path| PkioCertificate { place, role: Role::Signing, path }).into_iter().collect()
        }
    }
}

impl Subject<'_> {
    /// Reads a file that the configuration names.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(self.path(path)).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads the secret at a place of the file; the error says nothing of it.
    pub(crate) fn secret(&self, place: &str, secret: &Secret) -> Result<String, String> {
        self.parts.secret(place, secret).map_err(|error| error.to_string())
    }

    /// Reads the certificates of a file, the first being the one that it is about.
    pub(crate) fn certificates(&self, path: &Path) -> Result<(Certificate, Vec<Certificate>), String> {
        let mut read =
            Certificate::read_all(&self.read(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        if read.is_empty() {
            return Err(format!("{}: no certificate", path.display()));
        }
        let first = read.remove(0);
        Ok((first, read))
    }

    /// Reads a private key with its certificate.
    pub(crate) fn key_pair(&self, own: &OwnKey<'_>) -> Result<KeyPair, String> {
        let passphrase = own.passphrase.map(|secret| self.secret(own.place, secret)).transpose()?;
        let key = PrivateKey::read(&self.read(own.key)?, passphrase.as_deref());
        let key = key.map_err(|error| format!("{}: {error}", own.key.display()))?;
        let (certificate, issuers) = self.certificates(own.certificate)?;
        KeyPair::new(key, certificate, issuers)
            .map_err(|error| format!("{} with {}: {error}", own.key.display(), own.certificate.display()))
    }

    /// Returns the certificates of issuers and roots of PKIoverheid that are at hand.
    pub(crate) fn issuers(&self) -> Result<Vec<Certificate>, String> {
        let Some(path) = &self.deployment.keys.issuers else { return Ok(Vec::new()) };
        let (first, mut more) = self.certificates(path)?;
        more.push(first);
        Ok(more)
    }

    /// Reads the partner's metadata as it stands, for checks of what it says; another one looks at its signature.
    pub(crate) fn partner(&self) -> Result<IdentityProvider, String> {
        let path = &self.deployment.identity_provider.metadata;
        self.metadata(path)?.identity_provider().map_err(|error| said(path, &error))
    }

    /// Reads metadata without looking at its signature.
    pub(crate) fn metadata(&self, path: &Path) -> Result<Metadata, String> {
        Metadata::parse_unverified(&self.read(path)?).map_err(|error| said(path, &error))
    }

    /// Returns our metadata as it is registered at the other side, where the file names a copy.
    pub(crate) fn registered(&self) -> Option<(PathBuf, Result<Metadata, String>)> {
        let path = self.deployment.registration.as_ref()?.registered_metadata.clone()?;
        let metadata = self.metadata(&path);
        Some((path, metadata))
    }
}

/// Returns the certificate of a key in metadata.
pub(crate) fn certificate_of(key: &VerifyingKey) -> Result<Certificate, String> {
    let der = key.certificate_der().map_err(|error| error.to_string())?;
    let read = Certificate::read_all(&der).map_err(|error| error.to_string())?;
    read.into_iter().next().ok_or_else(|| "no certificate".to_owned())
}

fn said(path: &Path, error: &Error) -> String {
    format!("{}: {}: {error}", path.display(), error.code())
}
