//! The parties of every case, and where they are kept: a directory that all programs under measurement read.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use openssl::x509::X509;
use saml_authn_request::AuthnRequestSettings;
use saml_digid::{DIGID_PRE_PRODUCTION, Environment, LevelOfAssurance, Profile};
use saml_forge::{SignicatPaths, signicat_metadata};
use saml_metadata::{Endpoint, IdentityProvider, IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_sp::{Configuration, RequestBinding};
use saml_state::{BrowserBinding, PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{AlgorithmPolicy, DecryptionKey, SigningKey, VerifyingKey};

use crate::Result;

pub(crate) const BROKER: &str = "https://broker.example.nl/broker/sp/saml";
pub(crate) const BROKER_ORIGIN: &str = "https://broker.example.nl";
pub(crate) const PORTAL_ORIGIN: &str = "https://portal.example.nl";
pub(crate) const PORTAL: &str = "https://portal.example.nl/saml/metadata";
pub(crate) const ACS: &str = "https://portal.example.nl/saml/acs";
pub(crate) const LEVEL: LevelOfAssurance = LevelOfAssurance::Substantial;

/// The directory of one run, with its keys and metadata. A key is read when it is asked for: a cold start needs few.
pub(crate) struct World {
    directory: PathBuf,
}

impl World {
    /// Makes keys and metadata, and writes them into `directory`.
    pub(crate) fn create(directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let now = Utc::now().timestamp();
        for (name, bits) in KEYS {
            let key = SigningKey::generate_self_signed(bits, name, now - 86_400, now + 30 * 86_400)?;
            std::fs::write(directory.join(format!("{name}.key.pem")), key.private_key_pem()?)?;
            let certificate = key.verifying_key().certificate_pem()?;
            let public = X509::from_pem(&certificate)?.public_key()?.public_key_to_pem()?;
            std::fs::write(directory.join(format!("{name}.crt.pem")), certificate)?;
            // Some peers take a bare key.
            std::fs::write(directory.join(format!("{name}.pub.pem")), public)?;
        }
        let world = Self::open(directory);
        for name in [BROKER_KEY, BROKER_4096_KEY] {
            let key = world.key(name)?;
            let keys = vec![key.verifying_key().clone()];
            let metadata = signicat_metadata("_metadata", BROKER_ORIGIN, SignicatPaths::Broker, keys, None);
            std::fs::write(directory.join(format!("{name}-metadata.xml")), metadata.sign(&key)?)?;
        }
        let portal = world.key(PORTAL_KEY)?;
        std::fs::write(directory.join(PORTAL_METADATA), portal_metadata(&portal).sign(&portal)?)?;
        let settings = serde_json::json!({
            "service_provider": PORTAL,
            "assertion_consumer_service": ACS,
            "identity_provider": BROKER,
            "single_sign_on": format!("{BROKER}/login"),
        });
        std::fs::write(directory.join("settings.json"), settings.to_string())?;
        Ok(world)
    }

    /// Takes a directory that [`create`](Self::create) made.
    pub(crate) fn open(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Copies keys and metadata into another directory.
    pub(crate) fn copy(&self, directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        for entry in std::fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::copy(entry.path(), directory.join(entry.file_name()))?;
            }
        }
        Ok(Self::open(directory))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn private_key_pem(&self, name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.directory.join(format!("{name}.key.pem")))?)
    }

    pub(crate) fn certificate_pem(&self, name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.directory.join(format!("{name}.crt.pem")))?)
    }

    pub(crate) fn key(&self, name: &str) -> Result<SigningKey> {
        Ok(SigningKey::from_pem(&self.private_key_pem(name)?, &self.certificate_pem(name)?)?)
    }

    /// Returns the key that assertions to the portal are encrypted to.
    pub(crate) fn decryption_key(&self) -> Result<DecryptionKey> {
        Ok(DecryptionKey::from_pem(&self.private_key_pem(PORTAL_KEY)?)?)
    }

    /// Returns the signed metadata of the broker.
    pub(crate) fn metadata(&self, broker: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.directory.join(format!("{broker}-metadata.xml")))?)
    }

    /// Returns the signed metadata of the portal.
    pub(crate) fn portal_metadata(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.directory.join(PORTAL_METADATA))?)
    }

    /// Returns the broker that signs with a key, out of its verified metadata.
    pub(crate) fn identity_provider(&self, broker: &str) -> Result<IdentityProvider> {
        let pinned = VerifyingKey::from_certificate_pem(&self.certificate_pem(broker)?)?;
        let metadata = Metadata::verify(&self.metadata(broker)?, &[pinned], &AlgorithmPolicy::rsa())?;
        Ok(metadata.identity_provider()?)
    }

    /// Returns what the portal is configured with.
    pub(crate) fn configuration(&self, binding: RequestBinding) -> Result<Configuration> {
        let settings = AuthnRequestSettings::signicat(PORTAL, ACS).with_requested_level(LEVEL.authn_context_class());
        let provider = self.identity_provider(BROKER_KEY)?;
        let configuration = Configuration::new(settings, self.key(PORTAL_KEY)?, provider, profile()?, binding)?;
        Ok(configuration.with_decryption_keys(vec![self.decryption_key()?]))
    }
}

fn portal_metadata(key: &SigningKey) -> ServiceProviderMetadata {
    let consumer =
        IndexedEndpoint { index: 0, is_default: Some(true), binding: Binding::HttpPost, location: ACS.to_owned() };
    let keys = vec![key.verifying_key().clone()];
    let mut metadata = ServiceProviderMetadata::new("_metadata", PORTAL, keys, vec![consumer]);
    let location = format!("{PORTAL_ORIGIN}/saml/slo");
    metadata.single_logout = vec![Endpoint { binding: Binding::HttpPost, location }];
    metadata
}

/// Returns the profile that the portal holds answers to.
pub(crate) fn profile() -> Result<Profile> {
    let authorities = [DIGID_PRE_PRODUCTION.to_owned()];
    Ok(Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, authorities)?)
}

/// Returns the request that a message of the pool answers.
pub(crate) fn pending(request_id: &str, issued: DateTime<Utc>) -> Result<PendingRequest> {
    Ok(PendingRequest {
        id: RequestId::parse(request_id)?,
        issued_at: issued - TimeDelta::seconds(30),
        identity_provider: BROKER.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
        requested_level: Some(LEVEL.authn_context_class().to_owned()),
        force_authn: true,
        return_to: ReturnPath::parse("/permits")?,
        relay_state: RelayState::from_random([7; 20]),
    })
}

/// Returns the browser that sent request `number`.
pub(crate) fn browser(number: usize) -> BrowserBinding {
    let mut random = [9; 32];
    for (place, byte) in random.iter_mut().zip(number.to_le_bytes()) {
        *place = byte;
    }
    BrowserBinding::from_random(random)
}

const PORTAL_METADATA: &str = "portal-metadata.xml";
pub(crate) const PORTAL_KEY: &str = "portal";
pub(crate) const BROKER_KEY: &str = "broker";
/// Signs what comes over the back channel.
pub(crate) const BROKER_4096_KEY: &str = "broker-4096";
/// Nobody trusts it.
pub(crate) const ATTACKER_KEY: &str = "attacker";
const KEYS: [(&str, u32); 4] = [(PORTAL_KEY, 2048), (BROKER_KEY, 2048), (BROKER_4096_KEY, 4096), (ATTACKER_KEY, 2048)];
