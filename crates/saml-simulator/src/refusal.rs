use saml_digid::LevelOfAssurance;
use thiserror::Error;

/// Why there is a page with a reference, and no answer to the portal. It is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error(
        "expected an assertion consumer service of the registered metadata with a binding that is served, found {found}"
    )]
    AssertionConsumerService { found: String },
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    #[error("expected destination {expected}, found {found}")]
    Destination { expected: String, found: String },
    #[error("expected the fields of the login form, found another form")]
    Form,
    #[error("answer cannot be written: {0}")]
    Forge(#[from] saml_forge::Error),
    #[error("expected a login that is under way, found none: it is finished, too old, or of another run")]
    LoginUnknown,
    #[error("expected level {} or higher, found {}", expected.name(), found.name())]
    LevelTooLow { expected: LevelOfAssurance, found: LevelOfAssurance },
    #[error("expected a level of DigiD or eToegang in RequestedAuthnContext, found none")]
    LevelUnknown,
    #[error("metadata of the service provider cannot be used: {0}")]
    Metadata(#[from] saml_metadata::Error),
    #[error("{0}")]
    Schema(#[from] saml_protocol::Error),
    #[error("expected digid or simulator in Scoping, found {found}")]
    Scoping { found: String },
    #[error("{0}")]
    Logout(#[from] saml_response::Error),
    #[error("{0}")]
    LogoutAnswer(#[from] saml_logout::Error),
    #[error(
        "expected a SingleLogoutService by HTTP-POST or HTTP-Redirect first in the registered metadata, found none"
    )]
    SingleLogoutService,
    #[error("expected a service provider that is registered, found {found}")]
    ServiceProviderUnknown { found: String },
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    #[error("{0}")]
    Xml(#[from] saml_xml::Error),
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::AssertionConsumerService { .. } => "assertion_consumer_service",
            Self::Binding(error) => error.code(),
            Self::Destination { .. } => "destination",
            Self::Form => "form",
            Self::Forge(error) => error.code(),
            Self::LevelTooLow { .. } => "level_too_low",
            Self::LevelUnknown => "level_unknown",
            Self::LoginUnknown => "login_unknown",
            Self::Logout(error) => error.code(),
            Self::LogoutAnswer(error) => error.code(),
            Self::SingleLogoutService => "single_logout_service",
            Self::Metadata(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Scoping { .. } => "scoping",
            Self::ServiceProviderUnknown { .. } => "service_provider_unknown",
            Self::Signature(error) => error.code(),
            Self::Xml(error) => error.code(),
        }
    }
}

/// Shortens a value from outside to what fits a log line, on one line.
pub(crate) fn shorten(value: &str) -> String {
    value.chars().filter(|character| !character.is_control()).take(LONGEST_FOUND).collect()
}

/// Longer than any entity ID or URL in use.
const LONGEST_FOUND: usize = 200;
