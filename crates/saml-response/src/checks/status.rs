use saml_protocol::{Status, status_codes};

use crate::checks::STATUS;
use crate::error::Error;
use crate::trace::Trace;

/// Requires the status to be success.
///
/// The code of the refusal says which failure it is, because the portal must tell a cancelled login from others (Logius
/// checklist T6 and T7). The message is the sender's text and is left out (ATT-144); where the partner tells a
/// cancelled login from a failed one by it, it is compared with `cancellation`.
pub(crate) fn require_success(
    status: &Status<'_>,
    cancellation: Option<&'static str>,
    trace: &mut Trace,
) -> Result<(), Error> {
    let expected = || status_codes::SUCCESS.to_owned();
    let found = || match status.second_level {
        Some(second) => format!("{} / {second}", status.code),
        None => status.code.to_owned(),
    };
    if status.is_success() {
        trace.pass(&STATUS, expected, found);
        return Ok(());
    }
    let code = match status.second_level {
        Some(status_codes::AUTHN_FAILED) if cancellation.is_some_and(|text| !says(status, text)) => {
            "status_not_cancelled"
        }
        Some(status_codes::AUTHN_FAILED) => "status_authn_failed",
        Some(status_codes::NO_AUTHN_CONTEXT) => "status_no_authn_context",
        Some(status_codes::NO_PASSIVE) => "status_no_passive",
        Some(status_codes::NO_SUPPORTED_IDP) => "status_no_supported_idp",
        Some(status_codes::REQUEST_DENIED) => "status_request_denied",
        Some(status_codes::REQUEST_UNSUPPORTED) => "status_request_unsupported",
        _ if status.code == status_codes::REQUESTER => "status_requester",
        _ if status.code == status_codes::RESPONDER => "status_responder",
        _ => "status_not_success",
    };
    Err(trace.fail(&STATUS, code, expected(), found()))
}

fn says(status: &Status<'_>, text: &str) -> bool {
    status.message.is_some_and(|message| message.trim_matches([' ', '\t', '\r', '\n']) == text)
}
