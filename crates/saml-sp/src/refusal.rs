use saml_state::{RequestId, ReturnPath, StoreError};
use thiserror::Error;

/// A login that did not succeed, or a logout message that was not taken: what the operator reads, and what the user may
/// read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{cause}")]
pub struct Refusal {
    cause: Cause,
    request_id: Option<RequestId>,
    return_to: Option<ReturnPath>,
}

/// What to tell the user. There are only these; the code is for the operator (ATT-174).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The user cancelled: back to the page where the login began, with the text that it was cancelled (Logius T7).
    Cancelled,
    /// The fixed error text, and the end of any session (Logius T6).
    Failed,
    /// No login is open in this browser that the answer could finish: it began in another browser, took too long, or is
    /// finished already, as after a double click. Continue where it began; whoever is logged in here stays so.
    NotOpen,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Cause {
    #[error("{0}")]
    BackChannel(#[from] saml_backchannel::Error),
    #[error("{0}")]
    Binding(#[from] saml_bindings::Error),
    #[error("{0}")]
    Logout(#[from] saml_logout::Error),
    #[error("{0}")]
    Response(#[from] saml_response::Error),
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl Refusal {
    /// Returns the stable word for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.cause {
            Cause::BackChannel(error) => error.code(),
            Cause::Binding(error) => error.code(),
            Cause::Logout(error) => error.code(),
            Cause::Response(error) => error.code(),
            Cause::Store(error) => error.code(),
        }
    }

    /// Returns what to tell the user.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.code() {
            "status_authn_failed" => Outcome::Cancelled,
            "artifact_replayed" | "pending_request" | "request_once" => Outcome::NotOpen,
            _ => Outcome::Failed,
        }
    }

    /// Returns the page where the login began, where the answer could be matched to a request.
    #[must_use]
    pub const fn return_to(&self) -> Option<&ReturnPath> {
        self.return_to.as_ref()
    }

    /// Returns the request that the answer says to answer. Nobody vouches for it: it may tell what to compare with, no
    /// more.
    #[must_use]
    pub const fn request_id(&self) -> Option<&RequestId> {
        self.request_id.as_ref()
    }

    pub(crate) fn new(cause: impl Into<Cause>) -> Self {
        Self { cause: cause.into(), request_id: None, return_to: None }
    }

    pub(crate) fn of(self, request_id: Option<&str>) -> Self {
        Self { request_id: request_id.and_then(|id| RequestId::parse(id).ok()), ..self }
    }

    pub(crate) fn begun_at(self, return_to: &ReturnPath) -> Self {
        Self { return_to: Some(return_to.clone()), ..self }
    }
}
