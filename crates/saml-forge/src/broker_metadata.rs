use chrono::{DateTime, Utc};
use saml_metadata::{Endpoint, IdentityProviderMetadata, IndexedEndpoint, KeyNameConvention, ServiceProviderMetadata};
use saml_protocol::Binding;
use saml_xml_security::VerifyingKey;

/// Where the broker has its endpoints: it moves from one family of paths to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignicatPaths {
    /// `/broker/sp/saml…`, the paths of the Signicat Identity Broker.
    Broker,
    /// `/auth/saml…`, the paths of the eID and Wallet Hub. Only the login path is documented; the others are by
    /// analogy.
    Hub,
}

impl SignicatPaths {
    /// Returns the path of the entity ID, below which the endpoints are.
    #[must_use]
    pub const fn root(self) -> &'static str {
        match self {
            Self::Broker => "/broker/sp/saml",
            Self::Hub => "/auth/saml",
        }
    }
}

/// Returns the metadata of a broker as identity provider, the file for a portal.
///
/// `base` is the origin of the broker without a slash at its end. Bindings and their order are those of a real file:
/// for single sign-on and logout HTTP-Redirect, HTTP-POST and HTTP-Artifact, for artifacts one SOAP endpoint; no
/// `NameIDFormat`.
#[must_use]
pub fn signicat_metadata(
    id: &str,
    base: &str,
    paths: SignicatPaths,
    signing_keys: Vec<VerifyingKey>,
    valid_until: Option<DateTime<Utc>>,
) -> IdentityProviderMetadata {
    let entity_id = format!("{base}{}", paths.root());
    let endpoints = |path: &str| {
        let location = format!("{entity_id}/{path}");
        BROWSER_BINDINGS.map(|binding| Endpoint { binding, location: location.clone() }).to_vec()
    };
    let artifact_resolution = IndexedEndpoint {
        index: 0,
        is_default: Some(true),
        binding: Binding::Soap,
        location: format!("{entity_id}/ars"),
    };
    IdentityProviderMetadata {
        valid_until,
        artifact_resolution: vec![artifact_resolution],
        single_logout: endpoints("logout"),
        ..IdentityProviderMetadata::new(id, &entity_id, signing_keys, endpoints("login"))
    }
}

/// Returns the metadata of a broker as service provider of DigiD, the file for Logius: no portal can use it.
///
/// `base` is the origin of the broker without a slash at its end.
#[must_use]
pub fn digid_service_metadata(id: &str, base: &str, signing_keys: Vec<VerifyingKey>) -> ServiceProviderMetadata {
    let entity_id = format!("{base}/broker/authn/digid");
    let consumer = IndexedEndpoint {
        index: 0,
        is_default: None,
        binding: Binding::HttpArtifact,
        location: format!("{entity_id}/acs"),
    };
    ServiceProviderMetadata {
        // DigiD names keys by their SHA-1.
        key_names: KeyNameConvention::Sha1,
        ..ServiceProviderMetadata::new(id, &entity_id, signing_keys, vec![consumer])
    }
}

const BROWSER_BINDINGS: [Binding; 3] = [Binding::HttpRedirect, Binding::HttpPost, Binding::HttpArtifact];
