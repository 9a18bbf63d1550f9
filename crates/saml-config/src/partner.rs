use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::keys::KeyFiles;

/// Whom we trust to say who logged in: `[*.identity_provider]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct IdentityProviderTable {
    /// The file with its metadata: the last good copy, where there is a URL.
    pub metadata: PathBuf,
    /// Where the metadata is fetched from, once a day at least.
    pub metadata_url: Option<String>,
    /// The file with the root certificates that may vouch for the server of that URL; nothing else is trusted.
    pub roots: Option<PathBuf>,
    /// The certificates that may sign the metadata, got by another way than the file.
    pub trust_keys: Vec<PathBuf>,
    /// Whether a key in the metadata in use may sign the next, as of a broker that signs its own with the key of its
    /// messages; `false` unless set. The file is then trusted as the place is that it lies in.
    #[serde(default)]
    pub follow_keys: bool,
    /// The entity ID that the metadata must be of; that of the file unless set.
    pub entity_id: Option<String>,
}

/// How artifacts are resolved: `[*.back_channel]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BackChannelTable {
    /// The file with the root certificates that may vouch for the other end; nothing else is trusted.
    pub roots: PathBuf,
    /// Our certificate of the TLS client; left out for a broker that wants none.
    pub client: Option<KeyFiles>,
}

/// What is set in the Signicat Dashboard, written down here to be checked: `[*.signicat]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SignicatTable {
    /// The domain of the account, such as `login.example.nl`.
    pub domain: String,
    /// Whether that domain has a certificate of Let's Encrypt; `false` unless set.
    #[serde(default)]
    pub lets_encrypt: bool,
    /// "Include only when scoped": whether DigiD is hidden unless a request names it; `false` unless set.
    #[serde(default)]
    pub only_when_scoped: bool,
    /// "Strip sector code from nameID"; `false` unless set.
    #[serde(default)]
    pub strip_sector_code: bool,
    /// "Use web flow on mobile device"; `false` unless set.
    #[serde(default)]
    pub web_flow_on_mobile_device: bool,
    /// "Attribute filter": the attributes that come through; all unless set.
    pub attribute_filter: Option<Vec<String>>,
    /// "Response attribute mappings": the name at the identity provider to the name that arrives.
    #[serde(default)]
    pub attribute_mappings: BTreeMap<String, String>,
    /// The certificate of PKIoverheid that was uploaded under "Signing Certificates", with its issuers where they are
    /// at hand.
    pub pkioverheid_certificate: Option<PathBuf>,
    /// What "Get Signicat metadata" of the eID DigiD gave, for Logius.
    pub digid_metadata: Option<PathBuf>,
}
