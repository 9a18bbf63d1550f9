use std::fmt;

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use saml_response::{Record, Verdict};
use saml_state::{ReplayCache, RequestStore, SessionStore};
use saml_xml_security::random_bytes;

use crate::events::Event;
use crate::language::Language;
use crate::pages;
use crate::portal::SamlPortal;
use crate::session::Session;

/// What ties the page that the user sees to the line in the operator's log; random, it says nothing by itself.
#[derive(Clone, Debug)]
pub(crate) struct Reference(pub(crate) String);

impl Reference {
    pub(crate) fn new() -> Self {
        // Twelve digits can be read out over the telephone; without randomness there is none, and the time must do.
        let bytes: [u8; 6] = random_bytes().unwrap_or_default();
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The records of a trace in one line: how each check ended, and all of the one that failed.
pub(crate) struct Checks<'a>(pub(crate) &'a [Record]);

impl fmt::Display for Checks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, record) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            match record.verdict {
                // A message says what was found, and must not add checks.
                Verdict::Failed => write!(f, "{separator}failed {}", record.to_string().replace(';', ","))?,
                other => write!(f, "{separator}{} {}", other.as_str(), record.code)?,
            }
        }
        Ok(())
    }
}

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Ends any session of this browser and shows the fixed error text (Logius T6).
    pub(crate) async fn failed(
        &self,
        headers: &HeaderMap,
        status: StatusCode,
        reference: &Reference,
        language: Language,
    ) -> Response {
        match self.end_session(headers).await {
            Ok(Some(_)) => self.tell(&Event::SessionEnded { reference }),
            Ok(None) => {}
            Err(error) => self.tell(&Event::SessionNotEnded { code: error.code(), reference }),
        }
        // An answer from another site comes without the session cookie, so the browser is told to forget it anyway.
        let cookies = AppendHeaders([(SET_COOKIE, self.cookies().clear_session())]);
        (status, cookies, pages::failed(self.settings(), reference, language)).into_response()
    }
}

/// Returns the status for a refusal with this code: 503 where we or the back channel failed, 403 where the answer is
/// not accepted.
pub(crate) fn status(code: &str) -> StatusCode {
    let is_down = ["backchannel_", "metadata_", "store_"].iter().any(|prefix| code.starts_with(prefix));
    if is_down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN }
}

#[cfg(test)]
mod tests {
    use saml_response::{Check, Trace};

    use super::*;

    #[test]
    fn what_a_message_says_adds_no_check() {
        static ISSUER: Check = Check { code: "issuer", clause: "SAML Core 2.2.5" };
        let mut trace = Trace::new();
        let _ = trace.fail(&ISSUER, ISSUER.code, "another", "a; passed response_signature".to_owned());
        let line = Checks(trace.records()).to_string();
        assert_eq!(line, "failed issuer: expected another, found a, passed response_signature (SAML Core 2.2.5)");
    }

    #[test]
    fn who_is_down_and_what_is_not_accepted_differ_in_status() {
        for code in ["backchannel_timeout", "metadata_expired", "store_unavailable"] {
            assert_eq!(status(code), StatusCode::SERVICE_UNAVAILABLE, "{code}");
        }
        for code in ["artifact_replayed", "binding_artifact_source", "signature_missing"] {
            assert_eq!(status(code), StatusCode::FORBIDDEN, "{code}");
        }
    }
}
