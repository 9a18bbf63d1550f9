//! What a message is judged by: arguments, and a recording where they say nothing.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use saml_digid::LevelOfAssurance;

use crate::config::ConfigArguments;
use crate::explain::arguments::{Arguments, ProfileArgument};
use crate::explain::capture::{AskedFor, Login};

/// What a message is judged by, wherever it was said: here alone, arguments become settings.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where it is named, the profile is that of the configuration file, whole.
    pub(crate) config: ConfigArguments,
    pub(crate) profile: ProfileArgument,
    pub(crate) metadata: Option<PathBuf>,
    pub(crate) trust_key: Vec<PathBuf>,
    pub(crate) decrypt: Vec<PathBuf>,
    pub(crate) entity_id: String,
    pub(crate) acs: String,
    pub(crate) request_id: String,
    pub(crate) at: DateTime<Utc>,
    /// When the request was sent, where that is known.
    pub(crate) request_at: Option<DateTime<Utc>>,
    pub(crate) force_authn: bool,
    /// The class that was asked for.
    pub(crate) requested_level: Option<String>,
    pub(crate) allow_authority: Vec<String>,
    pub(crate) service: Option<String>,
    /// What was taken from a recording because no argument said it, in sentences.
    pub(crate) taken: Vec<String>,
}

impl Settings {
    /// Takes what `arguments` say, and what they do not say from the `login` of a recording.
    ///
    /// # Errors
    /// A sentence about what neither says.
    pub(crate) fn of(arguments: &Arguments, login: Option<&Login>) -> Result<Self, String> {
        if login.is_none() {
            require_for_one_message(arguments)?;
        }
        let mut taken = Vec::new();
        let asked = login.and_then(|login| login.asked.as_ref());
        let request_id = match (&arguments.request_id, asked) {
            (Some(id), _) => id.clone(),
            (None, Some(asked)) => {
                taken.push(format!("--request-id {} is that of {}", asked.id, named(asked)));
                asked.id.clone()
            }
            (None, None) => return Err(missing("--request-id", "no AuthnRequest")),
        };
        // What another request asked for would not fit the one that is named.
        let asked = asked.filter(|asked| asked.id == request_id);
        let acs = match (&arguments.acs, asked.and_then(|asked| asked.acs.as_ref()), login) {
            (Some(acs), ..) => acs.clone(),
            (None, Some(acs), _) => {
                taken.push(format!("--acs {acs} is what the AuthnRequest says"));
                acs.clone()
            }
            (None, None, Some(Login { posted_to: Some(url), .. })) => {
                taken.push(format!("--acs {url} is where the browser brought the message"));
                url.clone()
            }
            (None, None, _) => return Err(missing("--acs", "no such URL")),
        };
        let at = match (arguments.at, login.and_then(|login| login.received_at)) {
            (Some(at), _) => at,
            (None, Some((at, clock))) => {
                taken.push(format!("--at {} is when it was sent, by {clock}", rfc3339(at)));
                at
            }
            (None, None) => return Err(missing("--at", "no time for this message")),
        };
        let requested_level = match (&arguments.level, asked.and_then(|asked| asked.level.as_ref())) {
            (Some(level), _) => Some(class(level)),
            (None, Some(level)) => {
                taken.push(format!("--level {level} is what the AuthnRequest asks for"));
                Some(level.clone())
            }
            (None, None) => None,
        };
        let (request_at, force_authn) = match (arguments.request_at, asked) {
            (Some(at), _) => (Some(at), true),
            (None, Some(asked)) => {
                let forced = if asked.force_authn { "with" } else { "without" };
                let at = rfc3339(asked.issued_at);
                taken.push(format!("--request-at {at}, {forced} ForceAuthn, is what the AuthnRequest says"));
                (Some(asked.issued_at), asked.force_authn)
            }
            (None, None) => (None, false),
        };
        Ok(Self {
            config: arguments.config.clone(),
            profile: arguments.profile,
            metadata: arguments.metadata.clone(),
            trust_key: arguments.trust_key.clone(),
            decrypt: arguments.decrypt.clone(),
            entity_id: arguments.entity_id.clone(),
            acs,
            request_id,
            at,
            request_at,
            force_authn,
            requested_level,
            allow_authority: arguments.allow_authority.clone(),
            service: arguments.service.clone(),
            taken,
        })
    }
}

/// Returns the URI of a class that is named by a level.
fn class(level: &str) -> String {
    let known = LevelOfAssurance::from_name(level).map(LevelOfAssurance::authn_context_class);
    known.unwrap_or(level).to_owned()
}

/// Names where a request was found.
fn named(asked: &AskedFor) -> String {
    format!("the AuthnRequest in the recording, message {}", asked.number)
}

/// Says which option is missing, and what a recording lacks to stand in for it.
fn missing(option: &str, lacks: &str) -> String {
    format!("expected {option}, as the recording has {lacks}")
}

/// Says at once what a message that came alone does not tell.
fn require_for_one_message(arguments: &Arguments) -> Result<(), String> {
    let Arguments { request_id, acs, at, .. } = arguments;
    let options = [("--request-id", request_id.is_none()), ("--acs", acs.is_none()), ("--at", at.is_none())];
    let absent: Vec<&str> = options.iter().filter(|(_, is_absent)| *is_absent).map(|(option, _)| *option).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let absent = absent.join(" and ");
    Err(format!("expected {absent}; only a recording of the login, a HAR file or an export of SAML-tracer, tells it"))
}

/// Writes a moment as exactly as it is known.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
