//! From a native app of the service provider to the DigiD app and back (DigiD SAML 3.7, app2app).
//!
//! The request is the one of HTTP-Redirect, in a link that opens the DigiD app; what comes back is an artifact. The
//! server of the service provider makes the link and resolves the artifact: its app passes both on and knows no key.
//!
//! That an artifact is for the phone that began the login, a cookie says in a browser. Here the server gives the app
//! the secret of the `BrowserBinding` along with the link, and the app sends both back.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{Artifact, MessageParameter, decode_redirect};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Makes the links to the DigiD app, for the app of one service provider.
///
/// ```
/// use saml_digid::AppLinks;
///
/// let links = AppLinks::new("portal.example.nl", "https://portal.example.nl/icon.png", "https://app.portal.example.nl/back")?;
/// let other = AppLinks::new("portal.example.nl", "https://portal.example.nl/icon.png", "https://portal.example.org/back");
/// assert_eq!(other.unwrap_err().code(), "app_url_not_ours");
/// # let _ = links;
/// # Ok::<(), saml_digid::AppError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppLinks {
    icon: String,
    return_url: String,
    test_host: String,
}

impl AppLinks {
    /// Takes the picture that the DigiD app shows and the URL that opens our app again; both are on `domain` or below
    /// it.
    ///
    /// # Errors
    /// [`AppError::UrlNotOurs`] for a URL that is not `https`, has a user or a port in it, or is of another host.
    pub fn new(domain: &str, icon: &str, return_url: &str) -> Result<Self, AppError> {
        require_own("the icon", icon, domain)?;
        require_own("the return URL", return_url, domain)?;
        Ok(Self { icon: icon.to_owned(), return_url: return_url.to_owned(), test_host: String::new() })
    }

    /// Names the host of DigiD that a test goes to; in production there is none to name.
    #[must_use]
    pub fn with_test_host(self, host: &str) -> Self {
        Self { test_host: host.to_owned(), ..self }
    }

    /// Returns the link that opens the DigiD app with a signed `AuthnRequest`; `redirect` is the URL that HTTP-Redirect
    /// made.
    ///
    /// The app makes a query of the values again before DigiD checks the signature, so that they stand in the link
    /// unescaped.
    ///
    /// # Errors
    /// [`AppError::NotSigned`] when `redirect` holds no signed request, and [`AppError::LinkTooLong`].
    pub fn link(&self, redirect: &str) -> Result<String, AppError> {
        let (_, query) = redirect.split_once('?').ok_or(AppError::NotSigned)?;
        let message = decode_redirect(query, MessageParameter::SamlRequest).map_err(|_| AppError::NotSigned)?;
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
        };
        let signed = || Some((value("SAMLRequest")?, value("SigAlg")?, value("Signature")?));
        let (saml_request, signature_algorithm, signature) = signed().ok_or(AppError::NotSigned)?;
        let request = Request {
            icon: &self.icon,
            return_url: &self.return_url,
            saml_request,
            host: &self.test_host,
            relay_state: message.relay_state(),
            signature_algorithm,
            signature,
        };
        let json = serde_json::to_vec(&request).map_err(|_| AppError::NotSigned)?;
        let escaped: String = form_urlencoded::byte_serialize(STANDARD.encode(json).as_bytes()).collect();
        let link = format!("{LINK}?{PARAMETER}={escaped}");
        if link.len() > LONGEST_LINK {
            return Err(AppError::LinkTooLong { limit: LONGEST_LINK, found: link.len() });
        }
        Ok(link)
    }
}

/// What the DigiD app brought back.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "nobody is logged in before the artifact is resolved"]
pub enum AppReturn {
    /// An artifact, to be resolved like one that a browser brought; nothing is known of the login before.
    Artifact {
        /// The artifact.
        artifact: Artifact,
        /// What came back with it: it says which request is answered, and grants nothing. `saml-sp` refuses an artifact
        /// without it.
        relay_state: Option<String>,
    },
    /// There was no login, and why.
    Stopped(AppStop),
}

/// Why the DigiD app brought no artifact back. Every one is the app's word alone, and none of them is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppStop {
    /// The user stopped the login.
    ByUser,
    /// The DigiD app on this phone is not activated.
    NotActivated,
    /// The login took too long.
    Timeout,
    /// The link had no icon.
    IconMissing,
}

impl AppReturn {
    /// Reads the query of the URL that the DigiD app opened our app with, without the `?`.
    ///
    /// Refused: more or less than one `app-app`, base64 in any but its canonical form, a key that stands twice, an
    /// artifact together with an error, neither of the two, and an error that DigiD does not document. What the app
    /// says in its demonstration mode is refused with those: there was no login.
    ///
    /// # Errors
    /// [`AppError::ReturnMalformed`], [`AppError::ReturnUnknown`], [`AppError::Artifact`].
    ///
    /// ```
    /// use base64::Engine;
    /// use base64::engine::general_purpose::STANDARD;
    /// use saml_digid::{AppReturn, AppStop};
    ///
    /// let query = |json: &str| format!("app-app={}", STANDARD.encode(json).replace('+', "%2B").replace('=', "%3D"));
    /// let stopped = AppReturn::read(&query(r#"{"RelayState":null,"ErrorMessage":"_by_user"}"#))?;
    /// assert_eq!(stopped, AppReturn::Stopped(AppStop::ByUser));
    /// assert_eq!(AppReturn::read(&query(r#"{"RelayState":null}"#)).unwrap_err().code(), "app_return_malformed");
    /// # Ok::<(), saml_digid::AppError>(())
    /// ```
    pub fn read(query: &str) -> Result<Self, AppError> {
        let malformed = |found: &'static str| AppError::ReturnMalformed { found };
        if query.len() > LONGEST_RETURN {
            return Err(malformed("one of more than 8000 bytes"));
        }
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == PARAMETER);
        let value = match (values.next(), values.next()) {
            (Some((_, value)), None) => value,
            (None, _) => return Err(malformed("none")),
            (Some(_), Some(_)) => return Err(malformed("two")),
        };
        let json = STANDARD.decode(value.as_bytes()).map_err(|_| malformed("one that is not base64"))?;
        let answer: Answer = serde_json::from_slice(&json).map_err(|_| malformed("one with another JSON in it"))?;
        match (answer.artifact, answer.error_message.as_deref()) {
            (Some(artifact), None) => {
                let artifact = Artifact::parse(&artifact).map_err(AppError::Artifact)?;
                Ok(Self::Artifact { artifact, relay_state: answer.relay_state })
            }
            (None, Some("_by_user")) => Ok(Self::Stopped(AppStop::ByUser)),
            (None, Some("not_activated")) => Ok(Self::Stopped(AppStop::NotActivated)),
            (None, Some("timeout")) => Ok(Self::Stopped(AppStop::Timeout)),
            (None, Some("icon_missing")) => Ok(Self::Stopped(AppStop::IconMissing)),
            (None, Some(_)) => Err(AppError::ReturnUnknown),
            (Some(_), Some(_)) => Err(malformed("one with an artifact and an error")),
            (None, None) => Err(malformed("one without artifact and error")),
        }
    }

    /// Returns the query that a browser would have brought with HTTP-Artifact, for the assertion consumer service.
    #[must_use]
    pub fn artifact_query(&self) -> Option<String> {
        match self {
            Self::Artifact { artifact, relay_state } => {
                let url = artifact.url("", relay_state.as_deref());
                Some(url.strip_prefix('?').unwrap_or(&url).to_owned())
            }
            Self::Stopped(_) => None,
        }
    }
}

impl fmt::Debug for AppReturn {
    /// Leaves the artifact out: who has it first has the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Artifact { .. } => f.write_str("Artifact(redacted)"),
            Self::Stopped(stop) => f.debug_tuple("Stopped").field(stop).finish(),
        }
    }
}

/// Says why a link cannot be made, or what came back is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AppError {
    /// What came back as the artifact is none.
    #[error("the artifact that the app brought: {0}")]
    Artifact(saml_bindings::Error),
    /// A link that phones may cut off.
    #[error("expected a link of at most {limit} bytes, found {found}: shorten the icon's or the return URL")]
    LinkTooLong {
        /// The limit in bytes.
        limit: usize,
        /// Its length in bytes.
        found: usize,
    },
    /// No signed request to put into the link.
    #[error("expected the URL of a signed request by HTTP-Redirect, found another text")]
    NotSigned,
    /// What came back is not as DigiD documents it.
    #[error("expected one app-app parameter with an artifact or an error, found {found}")]
    ReturnMalformed {
        /// What there was.
        found: &'static str,
    },
    /// An error that DigiD does not document.
    #[error("expected an error message that is documented, found another")]
    ReturnUnknown,
    /// A URL that DigiD would refuse, or that gives the artifact to others.
    #[error("expected {what} to be https on {domain} or below it, found another URL")]
    UrlNotOurs {
        /// Which URL.
        what: &'static str,
        /// Our domain.
        domain: String,
    },
}

impl AppError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Artifact(error) => error.code(),
            Self::LinkTooLong { .. } => "app_link_too_long",
            Self::NotSigned => "app_link_not_signed",
            Self::ReturnMalformed { .. } => "app_return_malformed",
            Self::ReturnUnknown => "app_return_unknown",
            Self::UrlNotOurs { .. } => "app_url_not_ours",
        }
    }
}

/// The keys are case-sensitive, and all that the DigiD app knows.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    icon: &'a str,
    return_url: &'a str,
    #[serde(rename = "SAMLRequest")]
    saml_request: String,
    host: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_state: Option<&'a str>,
    #[serde(rename = "SigAlg")]
    signature_algorithm: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(rename = "SAMLart")]
    artifact: Option<String>,
    relay_state: Option<String>,
    error_message: Option<String>,
}

fn require_own(what: &'static str, url: &str, domain: &str) -> Result<(), AppError> {
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_ours = host.is_some_and(|host| {
        let below = host.strip_suffix(domain).is_some_and(|below| below.is_empty() || below.ends_with('.'));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        below && !domain.is_empty() && host.bytes().all(plain)
    });
    let visible = url.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours && visible { Ok(()) } else { Err(AppError::UrlNotOurs { what, domain: domain.to_owned() }) }
}

const LINK: &str = "https://app.digid.nl/digid-app";
const PARAMETER: &str = "app-app";
/// What DigiD says that phones take, about.
const LONGEST_LINK: usize = 2000;
/// RFC 9110 4.1: what every server is recommended to take.
const LONGEST_RETURN: usize = 8000;
