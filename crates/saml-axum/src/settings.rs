use chrono::{DateTime, Utc};
use saml_backchannel::BackChannel;
use saml_digid::texts;
use saml_state::ReturnPath;

use crate::error::ConfigError;
use crate::language::Language;
use crate::metrics::Meters;
#[cfg(feature = "opentelemetry")]
use crate::metrics::OpenTelemetryMetrics;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusMetrics;

/// How the portal shows itself to browsers. Immutable.
///
/// ```
/// use saml_axum::Settings;
///
/// assert!(Settings::new("https://portal.example", "Gemeente Voorbeeld", "<md:EntityDescriptor/>").is_ok());
/// assert!(Settings::new("http://127.0.0.1:8080", "Gemeente Voorbeeld", "<md:EntityDescriptor/>").is_ok());
/// let refused = Settings::new("http://portal.example", "Gemeente Voorbeeld", "<md:EntityDescriptor/>");
/// assert_eq!(refused.unwrap_err().code(), "config_base_url");
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether browsers come by `https`.
    pub(crate) secure: bool,
    pub(crate) organisation: String,
    pub(crate) metadata: String,
    pub(crate) start_page: ReturnPath,
    pub(crate) dutch_error_text: &'static str,
    pub(crate) form_targets: Vec<String>,
    pub(crate) back_channel: Option<BackChannel>,
    pub(crate) clock: fn() -> DateTime<Utc>,
    pub(crate) meters: Meters,
}

impl Settings {
    /// Takes the URL that browsers reach the portal at, the name of the organisation, and our signed metadata.
    ///
    /// The URL is configured, because the `Host` header is whatever a client says (ATT-173). The name is that of the
    /// organisation that may use the BSN, not of its supplier (Logius checklist C2).
    ///
    /// # Errors
    /// [`ConfigError::BaseUrl`] unless it is `https`, or `http` on the machine itself.
    pub fn new(base_url: &str, organisation: &str, metadata: &str) -> Result<Self, ConfigError> {
        let refused = || ConfigError::BaseUrl { found: base_url.to_owned() };
        let origin = origin(base_url).ok_or_else(refused)?;
        let secure = origin.starts_with("https://");
        let is_loopback = |name: &&str| {
            let rest = origin.strip_prefix("http://").and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|port| port.is_empty() || port.starts_with(':'))
        };
        if !secure && !LOOPBACK.iter().any(is_loopback) {
            return Err(refused());
        }
        Ok(Self {
            secure,
            organisation: organisation.to_owned(),
            metadata: metadata.to_owned(),
            start_page: ReturnPath::parse("/").map_err(|_| refused())?,
            dutch_error_text: texts::ERROR_NL,
            form_targets: Vec::new(),
            back_channel: None,
            clock: Utc::now,
            meters: Meters::default(),
        })
    }

    /// Sets the page that browsers are sent to when nobody is logged in, and after logging out; `/` unless set.
    #[must_use]
    pub fn with_start_page(self, start_page: ReturnPath) -> Self {
        Self { start_page, ..self }
    }

    /// Sets the Dutch error text; [`texts::ERROR_NL`] unless set.
    ///
    /// For a connection that was approved with [`texts::ERROR_CHECKLIST_7_NL`].
    #[must_use]
    pub fn with_dutch_error_text(self, text: &'static str) -> Self {
        Self { dutch_error_text: text, ..self }
    }

    /// Lets forms of the portal's pages end up at `origin` too, such as `https://was.digid.nl`.
    ///
    /// Browsers hold the redirects that follow upon a form against the policy of the page with the form. The identity
    /// provider's own origins are allowed already; a broker that redirects on to others needs those here, or the button
    /// to log in must be a link.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] when it is something else than scheme, host and port.
    pub fn with_form_target(mut self, target: &str) -> Result<Self, ConfigError> {
        match origin(target) {
            Some(found) if found == target => self.form_targets.push(found),
            _ => return Err(ConfigError::Origin { found: target.to_owned() }),
        }
        Ok(self)
    }

    /// Takes answers by artifact too, and fetches them over this back channel; without, artifacts are refused.
    ///
    /// The artifact comes in the query of `GET /saml/acs`, or in a form (SAML Bindings 3.6.3).
    #[must_use]
    pub fn with_back_channel(self, back_channel: BackChannel) -> Self {
        Self { back_channel: Some(back_channel), ..self }
    }

    /// Sets what tells the time; the clock of the system unless set.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> DateTime<Utc>) -> Self {
        Self { clock, ..self }
    }

    /// Counts and measures for Prometheus; one for each portal.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn with_prometheus(mut self, metrics: PrometheusMetrics) -> Self {
        self.meters.prometheus = Some(metrics);
        self
    }

    /// Counts and measures for OpenTelemetry: with a meter of the application's own `MeterProvider`, which says how
    /// often the numbers are exported and where to. One for each portal.
    #[cfg(feature = "opentelemetry")]
    #[must_use]
    pub fn with_open_telemetry(mut self, meter: &opentelemetry::metrics::Meter) -> Self {
        self.meters.open_telemetry = Some(OpenTelemetryMetrics::new(meter));
        self
    }

    pub(crate) fn error_text(&self, language: Language) -> &'static str {
        language.pick(self.dutch_error_text, texts::ERROR_EN)
    }
}

/// Returns scheme, host and port of a URL; `None` when it has none that can stand in a header.
pub(crate) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let fits = ["http", "https"].contains(&scheme) && !authority.is_empty() && authority.bytes().all(may);
    fits.then(|| format!("{scheme}://{authority}"))
}

/// The names of the machine itself.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_the_machine_itself_are_allowed() {
        let secure = |url| Settings::new(url, "Voorbeeld", "").map(|settings| settings.secure);
        assert_eq!(secure("https://portal.example"), Ok(true));
        assert_eq!(secure("https://portal.example:8443/"), Ok(true));
        assert_eq!(secure("http://127.0.0.1:8080"), Ok(false));
        assert_eq!(secure("http://[::1]:8080/"), Ok(false));
        assert_eq!(secure("http://localhost"), Ok(false));
    }

    #[test]
    fn a_base_url_that_others_could_listen_at_is_refused() {
        for url in
            ["http://portal.example", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example", "ftp://a", ""]
        {
            let refused = ConfigError::BaseUrl { found: url.to_owned() };
            assert_eq!(Settings::new(url, "Voorbeeld", "").err(), Some(refused), "{url}");
        }
    }

    #[test]
    fn an_origin_that_would_change_the_policy_is_refused() {
        let settings = || Settings::new("https://portal.example", "Voorbeeld", "").unwrap();
        assert!(settings().with_form_target("https://was.digid.nl").is_ok());
        for target in ["https://a;script-src", "https://a b", "https://a/path", "*", "https:", "'unsafe-inline'"] {
            let refused = ConfigError::Origin { found: target.to_owned() };
            assert_eq!(settings().with_form_target(target).err(), Some(refused), "{target}");
        }
    }
}
