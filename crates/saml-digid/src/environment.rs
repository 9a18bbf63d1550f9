/// The entity ID by which DigiD's production is named behind a broker.
pub const DIGID_PRODUCTION: &str = "https://was.digid.nl/saml/idp/metadata";
/// The entity ID by which DigiD's pre-production is named behind a broker.
pub const DIGID_PRE_PRODUCTION: &str = "https://was-preprod1.digid.nl/saml/idp/metadata";
/// The name by which the Signicat broker names its simulator, which lets anybody be anybody.
pub const SIMULATOR: &str = "simulator";

/// The entity ID of DigiD's production behind the routing service of Stelsel Toegang.
pub const DIGID_AD_PRODUCTION: &str = "urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:0001";
/// The entity ID of DigiD's pre-production behind the routing service of Stelsel Toegang.
pub const DIGID_AD_PRE_PRODUCTION: &str = "urn:nl-eid-gdi:1.0:AD:00000004166909913000:entities:9002";

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

    /// Returns the entity ID of DigiD in this environment, behind the routing service of Stelsel Toegang.
    #[must_use]
    pub const fn digid_ad(self) -> &'static str {
        match self {
            Self::PreProduction => DIGID_AD_PRE_PRODUCTION,
            Self::Production => DIGID_AD_PRODUCTION,
        }
    }

    /// Finds an authority that may not authenticate here: a test authority, in production.
    pub(crate) fn forbidden(self, authorities: &[String]) -> Option<&String> {
        let is_test = |authority: &&String| {
            let authority = authority.trim();
            [SIMULATOR, DIGID_PRE_PRODUCTION].contains(&authority) || is_test_of_stelsel_toegang(authority)
        };
        authorities.iter().find(|authority| self == Self::Production && is_test(authority))
    }
}

/// Tells whether the index at the end is one of those for tests, 9000 to 9999 (ST-SAML, EntityID).
fn is_test_of_stelsel_toegang(entity_id: &str) -> bool {
    entity_id.starts_with("urn:nl-eid-gdi:")
        && entity_id.rsplit_once(":entities:").is_some_and(|(_, index)| index.starts_with('9'))
}
