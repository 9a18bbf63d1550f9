use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use saml_bindings::Received;
use saml_digid::{LevelOfAssurance, Profile, Subject};
use saml_response::{Check, Error, Expectation, ReceivedResponse, Trace, TrustedSender, ValidAssertion};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{DecryptionKey, VerifyingKey};

use crate::explain::arguments::Arguments;
use crate::explain::partner::Partner;

/// The verdict on one message, with its trace.
pub(crate) struct Decision {
    pub(crate) accepted: Result<Accepted, Error>,
    pub(crate) trace: Trace,
}

/// What an accepted message says.
pub(crate) struct Accepted {
    pub(crate) assertion: ValidAssertion,
    pub(crate) subject: Subject,
}

/// Reads what the arguments name, and judges the message. The error is a sentence about input that cannot be read.
pub(crate) fn decide(arguments: &Arguments) -> Result<Decision, String> {
    let input = read_input(arguments.file.as_deref())?;
    let received = Received::detect(&input).map_err(|error| error.to_string())?;
    let trusted = read_all(&arguments.trust_key, VerifyingKey::from_certificate_pem)?;
    let decryption_keys = read_all(&arguments.decrypt, DecryptionKey::from_pem)?;
    let metadata = arguments.metadata.as_deref().map(read).transpose()?;
    let profile = profile(arguments)?;
    let request = request(arguments)?;

    let mut trace = Trace::new();
    let partner = match metadata {
        Some(metadata) => Partner::of_metadata(&metadata, &trusted, arguments.at, &mut trace)?,
        None => Ok(Partner::of_keys(trusted, &mut trace)),
    };
    let case = Case { arguments, decryption_keys, profile, request };
    let accepted = partner.and_then(|partner| case.walk(received.xml(), &partner, &mut trace));
    Ok(Decision { accepted, trace })
}

/// What a message is judged by, besides its partner.
struct Case<'a> {
    arguments: &'a Arguments,
    decryption_keys: Vec<DecryptionKey>,
    profile: Profile,
    request: PendingRequest,
}

impl Case<'_> {
    fn walk(&self, xml: &[u8], partner: &Partner, trace: &mut Trace) -> Result<Accepted, Error> {
        let received = if is_soap(xml) {
            ReceivedResponse::danger_parse_soap_of_unknown_resolve(xml, trace)
        } else {
            ReceivedResponse::parse(xml, trace)
        }?;
        let named = received.issuer().unwrap_or_default().to_owned();
        let sender = TrustedSender { entity_id: partner.entity_id().unwrap_or(&named), keys: partner.keys() };
        let policy = self.profile.response();
        let entity_id = &self.arguments.entity_id;
        let expectation = Expectation { request: &self.request, entity_id, now: self.arguments.at };
        let assertion = received
            .decrypt_with(&self.decryption_keys, entity_id)
            .authenticate(&sender, policy, trace)?
            .validate(&expectation, trace)?;
        let subject = self.profile.subject(&assertion, trace)?;
        trace.not_checked(&ONCE, "only the portal knows whether the request is open and the assertion new");
        Ok(Accepted { assertion, subject })
    }
}

fn profile(arguments: &Arguments) -> Result<Profile, String> {
    if let Some(configured) = arguments.config.read().map_err(|failure| failure.to_string())? {
        return configured.parts().profile().map_err(|error| error.to_string());
    }
    let service = arguments.service.as_deref().unwrap_or_default();
    let authorities = arguments.profile.authorities(&arguments.allow_authority);
    arguments.profile.profile(LevelOfAssurance::Basic, service, authorities).map_err(|error| error.to_string())
}

/// Makes the request that the message must answer; without its time, any time will do.
fn request(arguments: &Arguments) -> Result<PendingRequest, String> {
    let path = |error: saml_state::Error| error.to_string();
    Ok(PendingRequest {
        id: RequestId::parse(&arguments.request_id).map_err(|error| format!("--request-id: {error}"))?,
        issued_at: arguments.request_at.unwrap_or(DateTime::UNIX_EPOCH),
        identity_provider: String::new(),
        assertion_consumer_service: arguments.acs.clone(),
        requested_level: arguments.requested_level(),
        force_authn: arguments.request_at.is_some(),
        return_to: ReturnPath::parse("/").map_err(path)?,
        relay_state: RelayState::from_random([0; 20]),
    })
}

/// Tells whether the message is in a SOAP envelope, by the same parser that will read it.
fn is_soap(xml: &[u8]) -> bool {
    saml_xml::Document::parse(xml, &saml_xml::ParseOptions::message())
        .is_ok_and(|document| document.root().local_name() == "Envelope")
}

/// Reads the keys in `paths`.
fn read_all<T>(
    paths: &[PathBuf],
    parse: impl Fn(&[u8]) -> Result<T, saml_xml_security::Error>,
) -> Result<Vec<T>, String> {
    paths.iter().map(|path| parse(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))).collect()
}

fn read_input(file: Option<&Path>) -> Result<Vec<u8>, String> {
    match file {
        Some(path) if path != Path::new("-") => read(path),
        _ => {
            let mut input = Vec::new();
            std::io::stdin()
                .lock()
                .take(INPUT_LIMIT)
                .read_to_end(&mut input)
                .map_err(|error| format!("standard input: {error}"))?;
            Ok(input)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// More than the largest message in base64 and percent-encoding.
const INPUT_LIMIT: u64 = 16 << 20;

static ONCE: Check = Check { code: "used_once", clause: "SAML Profiles 4.1.4.5" };
