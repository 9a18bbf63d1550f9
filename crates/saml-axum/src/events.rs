//! What happened, told once: from here come the line in the log, the fields of the span and the number that is counted.

use std::fmt;

use saml_response::{Record, Trace, Verdict};
use saml_sp::{LogoutOutcome, Refusal};
use tracing::{error, info, warn};

use crate::incident::{Checks, Reference};
use crate::metrics::Meters;

/// Something that an operator or an auditor wants to know of.
///
/// Names, fields and codes are stable, and stand in the table of the crate's documentation. No field holds personal
/// data: no name, number or attribute of anybody, no ID of a session, no body of a message.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// An artifact could not be resolved; the refusal of the login follows under the same reference.
    ArtifactNotResolved {
        code: &'static str,
        reference: &'a Reference,
    },
    CertificateExpiring {
        days_left: i64,
        role: &'static str,
        sha256: &'a str,
    },
    KeyReplaced {
        /// Of the certificate of the key that signs now.
        sha256: &'a str,
    },
    LoginCancelled {
        code: &'static str,
        profile: &'static str,
        reference: &'a Reference,
    },
    LoginFinished {
        level: &'static str,
        sector: &'static str,
        /// As it was signed; the profile lists whom it may name.
        authority: Option<&'a str>,
        profile: &'static str,
        duration_ms: i64,
        checks: usize,
    },
    LoginNotBegun {
        code: &'static str,
        reference: &'a Reference,
    },
    LoginRefused(Refused<'a>),
    LoginStarted {
        /// The level that was asked for; none where the profile leaves it to the other side.
        level: Option<&'static str>,
        profile: &'static str,
    },
    LogoutFinished {
        began: Began,
        ended: Ended,
    },
    LogoutRefused(Refused<'a>),
    /// The session here has ended, and the browser is on its way to the identity provider.
    LogoutStarted,
    MetadataNotRefreshed {
        code: &'static str,
        attempts: u32,
    },
    MetadataNotReplaced {
        code: &'static str,
    },
    MetadataReplaced {
        entity_id: &'a str,
        /// The SHA-256 of each certificate that is trusted now.
        keys: &'a [&'a str],
        valid_until: Option<String>,
    },
    /// A login that failed ended the session that the browser had.
    SessionEnded {
        reference: &'a Reference,
    },
    SessionNotEnded {
        code: &'static str,
        reference: &'a Reference,
    },
    SessionNotOpened {
        code: &'static str,
        reference: &'a Reference,
    },
    SessionNotRead {
        code: &'static str,
        /// Of the page that says so, where there is one.
        reference: Option<&'a Reference>,
    },
}

/// A message that was not accepted, as the trace has it.
#[derive(Debug)]
pub(crate) struct Refused<'a> {
    pub(crate) code: &'static str,
    /// The check that failed; what could not be read at all has none.
    pub(crate) failed: Option<&'a Record>,
    pub(crate) reference: &'a Reference,
    pub(crate) checks: &'a [Record],
}

impl<'a> Refused<'a> {
    pub(crate) fn new(refusal: &Refusal, reference: &'a Reference, trace: &'a Trace) -> Self {
        let (code, checks) = (refusal.code(), trace.records());
        let failed = checks.iter().rev().find(|record| record.verdict == Verdict::Failed && record.code == code);
        Self { code, failed, reference, checks }
    }

    /// Something that was refused before anything was read of it.
    pub(crate) const fn unread(code: &'static str, reference: &'a Reference) -> Self {
        Self { code, failed: None, reference, checks: &[] }
    }
}

/// Who began a logout.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Began {
    Here,
    IdentityProvider,
}

impl Began {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::IdentityProvider => "identity_provider",
        }
    }
}

/// How a logout ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ended {
    /// Here, where single logout is not configured.
    Here,
    /// As the identity provider said.
    There(LogoutOutcome),
    /// Here; the identity provider could not be told.
    NotTold(&'static str),
    /// So many sessions, as the identity provider asked.
    Sessions(usize),
    /// Some of the sessions that the identity provider named may still live.
    Unknown(&'static str),
}

impl Ended {
    const fn outcome(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::There(outcome) => outcome.as_str(),
            Self::NotTold(_) => LogoutOutcome::Failed.as_str(),
            Self::Sessions(_) => LogoutOutcome::Complete.as_str(),
            Self::Unknown(_) => LogoutOutcome::Partial.as_str(),
        }
    }

    const fn code(self) -> Option<&'static str> {
        match self {
            Self::NotTold(code) | Self::Unknown(code) => Some(code),
            Self::Here | Self::There(_) | Self::Sessions(_) => None,
        }
    }

    const fn sessions(self) -> Option<usize> {
        if let Self::Sessions(ended) = self { Some(ended) } else { None }
    }
}

impl Event<'_> {
    /// Returns the name, in the log and as a label.
    const fn name(&self) -> &'static str {
        match self {
            Self::ArtifactNotResolved { .. } => "artifact not resolved",
            Self::CertificateExpiring { .. } => "certificate expiring",
            Self::KeyReplaced { .. } => "key replaced",
            Self::LoginCancelled { .. } => "login cancelled",
            Self::LoginFinished { .. } => "login finished",
            Self::LoginNotBegun { .. } => "login not begun",
            Self::LoginRefused(_) => "login refused",
            Self::LoginStarted { .. } => "login started",
            Self::LogoutFinished { .. } => "logout finished",
            Self::LogoutRefused(_) => "logout refused",
            Self::LogoutStarted => "logout started",
            Self::MetadataNotRefreshed { .. } => "metadata not refreshed",
            Self::MetadataNotReplaced { .. } => "metadata not replaced",
            Self::MetadataReplaced { .. } => "metadata replaced",
            Self::SessionEnded { .. } => "session ended",
            Self::SessionNotEnded { .. } => "session not ended",
            Self::SessionNotOpened { .. } => "session not opened",
            Self::SessionNotRead { .. } => "session not read",
        }
    }

    /// Returns what went wrong, one word of a closed list; none where nothing did.
    const fn code(&self) -> Option<&'static str> {
        match self {
            Self::ArtifactNotResolved { code, .. }
            | Self::LoginCancelled { code, .. }
            | Self::LoginNotBegun { code, .. }
            | Self::MetadataNotRefreshed { code, .. }
            | Self::MetadataNotReplaced { code }
            | Self::SessionNotEnded { code, .. }
            | Self::SessionNotOpened { code, .. }
            | Self::SessionNotRead { code, .. } => Some(code),
            Self::LoginRefused(refused) | Self::LogoutRefused(refused) => Some(refused.code),
            Self::LogoutFinished { ended, .. } => ended.code(),
            Self::CertificateExpiring { .. }
            | Self::KeyReplaced { .. }
            | Self::LoginFinished { .. }
            | Self::LoginStarted { .. }
            | Self::LogoutStarted
            | Self::MetadataReplaced { .. }
            | Self::SessionEnded { .. } => None,
        }
    }

    /// Tells it: in the log, in the span of the request, and to what counts.
    pub(crate) fn tell(&self, meters: &Meters) {
        meters.count(self.name(), self.code().unwrap_or_default());
        let span = tracing::Span::current();
        span.record("event", self.name());
        span.record("code", self.code());
        self.log();
    }

    fn log(&self) {
        match self {
            Self::ArtifactNotResolved { code, reference } => {
                warn!(target: AUDIT, code, %reference, "{self}");
            }
            Self::CertificateExpiring { days_left, role, sha256 } => {
                warn!(target: AUDIT, days_left, role, sha256, "{self}");
            }
            Self::KeyReplaced { sha256 } => info!(target: AUDIT, sha256, "{self}"),
            Self::LoginCancelled { code, profile, reference } => {
                info!(target: AUDIT, code, profile, %reference, "{self}");
            }
            Self::LoginFinished { level, sector, authority, profile, duration_ms, checks } => {
                info!(target: AUDIT, level, sector, authority, profile, duration_ms, checks, "{self}");
            }
            Self::LoginStarted { level, profile } => info!(target: AUDIT, level, profile, "{self}"),
            Self::LoginRefused(refused) | Self::LogoutRefused(refused) => {
                let Refused { code, failed, reference, checks } = refused;
                let clause = failed.map(|record| record.clause);
                let said = failed.map(|record| (record.expected.to_string(), record.found.to_string()));
                let (expected, found) = said.as_ref().map(|(e, f)| (e.as_str(), f.as_str())).unzip();
                let checks = (!checks.is_empty()).then(|| tracing::field::display(Checks(checks)));
                warn!(target: AUDIT, code, expected, found, clause, %reference, checks, "{self}");
            }
            Self::LogoutFinished { began, ended } => {
                let (began, outcome, code, sessions) =
                    (began.as_str(), ended.outcome(), ended.code(), ended.sessions());
                match code {
                    Some(code) => warn!(target: AUDIT, began, outcome, code, "{self}"),
                    None => info!(target: AUDIT, began, outcome, sessions, "{self}"),
                }
            }
            Self::LogoutStarted => info!(target: AUDIT, began = Began::Here.as_str(), "{self}"),
            Self::MetadataNotRefreshed { code, attempts } => warn!(target: AUDIT, code, attempts, "{self}"),
            Self::MetadataNotReplaced { code } => error!(target: AUDIT, code, "{self}"),
            Self::MetadataReplaced { entity_id, keys, valid_until } => {
                info!(target: AUDIT, entity_id, ?keys, valid_until, "{self}");
            }
            Self::SessionEnded { reference } => info!(target: AUDIT, %reference, "{self}"),
            Self::LoginNotBegun { code, reference }
            | Self::SessionNotEnded { code, reference }
            | Self::SessionNotOpened { code, reference } => error!(target: AUDIT, code, %reference, "{self}"),
            Self::SessionNotRead { code, reference } => {
                error!(target: AUDIT, code, reference = reference.map(tracing::field::display), "{self}");
            }
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// By which an operator keeps these apart from everything else that is logged.
const AUDIT: &str = "saml::audit";
