/// The entity ID by which DigiD's production is named behind a broker.
pub const DIGID_PRODUCTION: &str = "https://was.digid.nl/saml/idp/metadata";
/// The entity ID by which DigiD's pre-production is named behind a broker.
pub const DIGID_PRE_PRODUCTION: &str = "https://was-preprod1.digid.nl/saml/idp/metadata";
/// The name by which the Signicat broker names its simulator, which lets anybody be anybody.
pub const SIMULATOR: &str = "simulator";

/// Whether real citizens log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Test persons only.
    PreProduction,
    /// Citizens.
    Production,
}

impl Environment {
    /// Returns the entity ID of DigiD in this environment.
    #[must_use]
    pub const fn digid(self) -> &'static str {
        match self {
            Self::PreProduction => DIGID_PRE_PRODUCTION,
            Self::Production => DIGID_PRODUCTION,
        }
    }
}
