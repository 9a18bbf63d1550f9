use saml_digid::{AttributeNames, LevelOfAssurance};
use serde::Deserialize;

/// What a login asks for, and what it must bring: `[*.login]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Login {
    /// The lowest level of assurance that is accepted, and the one that is asked for; with `web-sso` the class must be
    /// exactly this one.
    pub level: Level,
    /// The identity providers behind a broker or routing service that may authenticate, by their entity IDs.
    #[serde(default)]
    pub authorities: Vec<String>,
    /// Whether the NameID has a sector code; for `signicat-broker`, `required` unless set.
    #[serde(default)]
    pub sector_code: SectorCodeForm,
    /// The identity providers that a broker may offer; `["digid"]` unless set. For `signicat-broker`.
    #[serde(default = "scoping")]
    pub scoping: Vec<String>,
    /// Whether the user is asked for credentials anew each time; `true` unless set. `false` for single sign-on at
    /// DigiD.
    #[serde(default = "yes")]
    pub force_authn: bool,
    /// The language of the broker's pages: `nl` unless set.
    #[serde(default = "language")]
    pub language: String,
    /// How requests travel; `redirect` unless set, and `post` at Stelsel Toegang, which takes nothing else.
    pub request_binding: Option<RequestTravels>,
    /// Whether somebody may log in for somebody else (DigiD Machtigen); `false` unless set. For `signicat-broker` and
    /// `st-saml`.
    #[serde(default)]
    pub representation: bool,
    /// Our service in the service catalogue, a UUID; for `st-saml`.
    pub service: Option<String>,
    /// The name of that service, for our metadata; the name of the organisation unless set. For `st-saml`.
    pub service_name: Option<String>,
    /// The attributes that the application needs besides those that say who logged in; for `signicat-broker` and
    /// `st-saml`.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// The names that the broker's attribute mappings give to those that say who logged in.
    #[serde(default)]
    pub attribute_names: AttributeNamesTable,
}

/// The levels of assurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Level {
    /// DigiD Basis.
    Basic,
    /// DigiD Midden.
    Middle,
    /// DigiD Substantieel.
    Substantial,
    /// DigiD Hoog.
    High,
}

/// What the NameID of a broker looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SectorCodeForm {
    /// `s00000000:` before the BSN; without it the login is refused.
    #[default]
    Required,
    /// The broker strips it: nine digits, which are a BSN.
    Stripped,
    /// Either, as with the simulator of Signicat.
    Optional,
}

/// How requests travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RequestTravels {
    /// In a form that the browser posts.
    Post,
    /// In the query of a redirect.
    Redirect,
}

/// The names of the attributes that say who logged in: `[*.login.attribute_names]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttributeNamesTable {
    /// The BSN: of the person represented, where somebody acts for another; `nin` unless set.
    pub nin: Option<String>,
    /// The identifier as DigiD sent it; `idpId` unless set.
    pub idp_id: Option<String>,
    /// The BSN of the person who acts for another; `actingNin` unless set.
    pub acting_nin: Option<String>,
}

impl From<Level> for LevelOfAssurance {
    fn from(level: Level) -> Self {
        match level {
            Level::Basic => Self::Basic,
            Level::Middle => Self::Middle,
            Level::Substantial => Self::Substantial,
            Level::High => Self::High,
        }
    }
}

impl From<AttributeNamesTable> for AttributeNames {
    fn from(table: AttributeNamesTable) -> Self {
        let usual = Self::default();
        Self {
            nin: table.nin.unwrap_or(usual.nin),
            idp_id: table.idp_id.unwrap_or(usual.idp_id),
            acting_nin: table.acting_nin.unwrap_or(usual.acting_nin),
        }
    }
}

fn scoping() -> Vec<String> {
    vec!["digid".to_owned()]
}

const fn yes() -> bool {
    true
}

fn language() -> String {
    "nl".to_owned()
}
