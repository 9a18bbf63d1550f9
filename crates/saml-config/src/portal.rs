use serde::Deserialize;

/// Who we are, and where: `[*.portal]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Portal {
    /// The URL that browsers reach the portal at, without a path, such as `https://portal.example.nl`.
    pub base_url: String,
    /// The organisation that may use the BSN, not its supplier (Logius checklist C2).
    pub organisation: String,
    entity_id: Option<String>,
    assertion_consumer_service: Option<String>,
    /// How answers come; `post` unless set, and `artifact` at DigiD itself and Stelsel Toegang, which do nothing else.
    pub binding: Option<AnswerBinding>,
    /// Whether logging out here logs out at the identity provider too, and the other way round; `false` unless set.
    #[serde(default)]
    pub single_logout: bool,
    /// The page that browsers are sent to when nobody is logged in; `/` unless set.
    #[serde(default = "start_page")]
    pub start_page: String,
    /// Which of the two Dutch error texts of Logius is shown; `current` unless set.
    #[serde(default)]
    pub error_text: ErrorText,
    /// Other origins that the forms of our pages may end up at, such as `https://was.digid.nl`.
    #[serde(default)]
    pub form_targets: Vec<String>,
}

/// How answers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AnswerBinding {
    /// In a form that the browser posts.
    Post,
    /// As an artifact, which we resolve over mutual TLS.
    Artifact,
}

/// The Dutch error texts of Logius.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorText {
    /// Of the present checklist (item L10).
    #[default]
    Current,
    /// Of checklist 7.0 (item T6), for a connection that was approved with it.
    #[serde(rename = "checklist-7")]
    Checklist7,
}

impl Portal {
    /// Returns our entity ID: `entity_id`, or the URL of our metadata unless set.
    #[must_use]
    pub fn entity_id(&self) -> String {
        self.entity_id.clone().unwrap_or_else(|| self.below("/saml/metadata"))
    }

    /// Returns where answers go: `assertion_consumer_service`, or `/saml/acs` below the base URL unless set.
    #[must_use]
    pub fn assertion_consumer_service(&self) -> String {
        self.assertion_consumer_service.clone().unwrap_or_else(|| self.below("/saml/acs"))
    }

    /// Returns where the browser brings logout messages.
    #[must_use]
    pub fn single_logout_service(&self) -> String {
        self.below("/saml/slo")
    }

    fn below(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.trim_end_matches('/'))
    }
}

fn start_page() -> String {
    "/".to_owned()
}
