use saml_digid::ProfileName;
use serde::Deserialize;

use crate::keys::Keys;
use crate::login::Login;
use crate::partner::{BackChannelTable, IdentityProviderTable, SignicatTable};
use crate::portal::Portal;
use crate::registration::{Application, Registration};
use crate::state::State;

/// A portal in one environment: `[preproduction]` or `[production]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Deployment {
    /// The partner: `signicat-broker`, `digid`, `st-saml` or `web-sso`.
    pub profile: PartnerProfile,
    /// Who we are, and where.
    pub portal: Portal,
    /// What a login asks for and what it must bring.
    pub login: Login,
    /// Whom we trust to say who logged in.
    pub identity_provider: IdentityProviderTable,
    /// Our keys and certificates.
    pub keys: Keys,
    /// How artifacts are resolved; for answers by artifact.
    pub back_channel: Option<BackChannelTable>,
    /// Where pending requests, used assertions and sessions are kept.
    #[serde(default)]
    pub state: State,
    /// What is set in the Signicat Dashboard; for `signicat-broker`.
    pub signicat: Option<SignicatTable>,
    /// What is, or will be, registered at Logius.
    pub registration: Option<Registration>,
    /// What the application around this toolkit does by itself.
    #[serde(default)]
    pub application: Application,
}

/// The partners, by the names that the command line has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PartnerProfile {
    /// DigiD itself, SAML 3.x.
    Digid,
    /// The Signicat broker with DigiD behind it.
    SignicatBroker,
    /// The routing service of Stelsel Toegang with DigiD behind it.
    StSaml,
    /// Any identity provider.
    WebSso,
}

impl PartnerProfile {
    /// Returns the name in the file and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ProfileName::from(self).as_str()
    }
}

impl From<PartnerProfile> for ProfileName {
    fn from(profile: PartnerProfile) -> Self {
        match profile {
            PartnerProfile::Digid => Self::Digid,
            PartnerProfile::SignicatBroker => Self::SignicatBroker,
            PartnerProfile::StSaml => Self::StSaml,
            PartnerProfile::WebSso => Self::WebSso,
        }
    }
}
