//! The verdict: the same road that a portal takes, with what the settings say instead of what a portal remembers.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use saml_config::Parts;
use saml_digid::{LevelOfAssurance, Profile, Subject};
use saml_response::{Check, Coverage, Error, Expectation, ReceivedResponse, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{DecryptionKey, VerifyingKey};

use crate::config::Configured;
use crate::explain::partner::Partner;
use crate::explain::settings::Settings;

/// The verdict on one message, with its trace and what it was judged by.
pub(crate) struct Decision {
    pub(crate) accepted: Result<Accepted, Error>,
    pub(crate) trace: Trace,
    pub(crate) profile: Profile,
    /// `None` where metadata was refused: then there is nobody to have signed anything.
    pub(crate) partner: Option<Partner>,
    /// The message; `None` where it is not well-formed.
    pub(crate) document: Option<Document>,
    /// How many keys there were to decrypt with.
    pub(crate) decryption_keys: usize,
}

/// What an accepted message says.
pub(crate) struct Accepted {
    pub(crate) assertion: ValidAssertion,
    pub(crate) subject: Subject,
}

/// Reads what the settings name, and judges the message. The error is a sentence about input that cannot be read.
pub(crate) fn decide(xml: &[u8], settings: &Settings) -> Result<Decision, String> {
    let configured = settings.config.read().map_err(|failure| failure.to_string())?;
    let parts = configured.as_ref().map(Configured::parts);
    let source = parts.as_ref().filter(|_| settings.trust_key.is_empty());
    let source = source.map(Parts::metadata_source).transpose().map_err(|error| error.to_string())?;
    let trusted = read_all(&settings.trust_key, VerifyingKey::from_certificate_pem)?;
    let decryption_keys = match &parts {
        Some(parts) if settings.decrypt.is_empty() => parts.decryption_keys().map_err(|error| error.to_string())?,
        _ => read_all(&settings.decrypt, DecryptionKey::from_pem)?,
    };
    let metadata = settings.metadata.as_deref().map(|path| Ok::<_, String>((path, read(path)?))).transpose()?;
    let profile = profile(settings, parts.as_ref())?;
    let request = request(settings)?;
    let document = Document::parse(xml, &ParseOptions::message()).ok();
    // By the same parser that will read it.
    let is_soap = document.as_ref().is_some_and(|document| document.root().local_name() == "Envelope");

    let mut trace = Trace::new();
    let partner = match (metadata, source) {
        (Some((_, metadata)), Some(source)) => Partner::of_source(&metadata, &source, settings.at, &mut trace),
        (Some((path, metadata)), None) => Partner::of_metadata(&metadata, &trusted, settings.at, &mut trace)
            .map_err(|error| format!("{}: {error}", path.display()))?,
        (None, _) => Ok(Partner::of_keys(trusted, &mut trace)),
    };
    let case = Case { settings, decryption_keys: &decryption_keys, profile: &profile, request, is_soap };
    let (accepted, partner) = match partner {
        Ok(partner) => (case.walk(xml, &partner, &mut trace), Some(partner)),
        Err(error) => (Err(error), None),
    };
    Ok(Decision { accepted, trace, profile, partner, document, decryption_keys: decryption_keys.len() })
}

impl Decision {
    /// Returns what each signature in the message covers, by the keys that it was judged with.
    pub(crate) fn coverage(&self) -> Option<Coverage> {
        let document = self.document.as_ref()?;
        let keys = self.partner.as_ref().map_or(&[][..], Partner::keys);
        let sender = TrustedSender { entity_id: "", keys };
        Some(Coverage::of(document, &sender, self.profile.response()))
    }
}

/// What a message is judged by, besides its partner.
struct Case<'a> {
    settings: &'a Settings,
    decryption_keys: &'a [DecryptionKey],
    profile: &'a Profile,
    /// All but whom it was sent to.
    request: PendingRequest,
    is_soap: bool,
}

impl Case<'_> {
    fn walk(&self, xml: &[u8], partner: &Partner, trace: &mut Trace) -> Result<Accepted, Error> {
        let received = if self.is_soap {
            ReceivedResponse::danger_parse_soap_of_unknown_resolve(xml, trace)
        } else {
            ReceivedResponse::parse(xml, trace)
        }?;
        let named = received.issuer().unwrap_or_default().to_owned();
        let sender = TrustedSender { entity_id: partner.entity_id().unwrap_or(&named), keys: partner.keys() };
        let policy = self.profile.response();
        let entity_id = &self.settings.entity_id;
        // Only the portal knows whom it asked: the partner that the message is judged by.
        let request = PendingRequest { identity_provider: sender.entity_id.to_owned(), ..self.request.clone() };
        let expectation = Expectation { request: &request, entity_id, now: self.settings.at };
        let assertion = received
            .decrypt_with(self.decryption_keys, entity_id)
            .authenticate(&sender, policy, trace)?
            .validate(&expectation, trace)?;
        let subject = self.profile.subject(&assertion, trace)?;
        trace.not_checked(&ONCE, "only the portal knows whether the request is open and the assertion new");
        Ok(Accepted { assertion, subject })
    }
}

fn profile(settings: &Settings, parts: Option<&Parts<'_>>) -> Result<Profile, String> {
    if let Some(parts) = parts {
        return parts.profile().map_err(|error| error.to_string());
    }
    let service = settings.service.as_deref().unwrap_or_default();
    let authorities = settings.profile.authorities(&settings.allow_authority);
    settings.profile.profile(LevelOfAssurance::Basic, service, authorities).map_err(|error| error.to_string())
}

/// Makes the request that the message must answer; without its time, any time will do.
fn request(settings: &Settings) -> Result<PendingRequest, String> {
    let path = |error: saml_state::Error| error.to_string();
    Ok(PendingRequest {
        id: RequestId::parse(&settings.request_id).map_err(|error| format!("--request-id: {error}"))?,
        issued_at: settings.request_at.unwrap_or(DateTime::UNIX_EPOCH),
        identity_provider: String::new(),
        assertion_consumer_service: settings.acs.clone(),
        requested_level: settings.requested_level.clone(),
        force_authn: settings.force_authn,
        return_to: ReturnPath::parse("/").map_err(path)?,
        relay_state: RelayState::from_random([0; 20]),
    })
}

/// Reads the keys in `paths`.
fn read_all<T>(
    paths: &[PathBuf],
    parse: impl Fn(&[u8]) -> Result<T, saml_xml_security::Error>,
) -> Result<Vec<T>, String> {
    paths.iter().map(|path| parse(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

static ONCE: Check = Check { code: "used_once", clause: "SAML Profiles 4.1.4.5" };
