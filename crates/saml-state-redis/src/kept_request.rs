use chrono::DateTime;
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath, StoreError};
use saml_xml_security::SealingKeys;
use serde::{Deserialize, Serialize};

use crate::store::unavailable;

/// A pending request as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptRequest {
    issued_at: (i64, u32),
    identity_provider: String,
    assertion_consumer_service: String,
    requested_level: Option<String>,
    force_authn: bool,
    return_to: String,
    relay_state: String,
}

/// Seals a request for its place: the browser and its own ID.
pub(crate) fn seal(request: &PendingRequest, browser: &str, keys: &SealingKeys) -> Result<Vec<u8>, StoreError> {
    let kept = KeptRequest {
        issued_at: (request.issued_at.timestamp(), request.issued_at.timestamp_subsec_nanos()),
        identity_provider: request.identity_provider.clone(),
        assertion_consumer_service: request.assertion_consumer_service.clone(),
        requested_level: request.requested_level.clone(),
        force_authn: request.force_authn,
        return_to: request.return_to.as_str().to_owned(),
        relay_state: request.relay_state.as_str().to_owned(),
    };
    let json = serde_json::to_vec(&kept).map_err(|_| unavailable("redis_value"))?;
    keys.seal(&json, &place(browser, request.id.as_str())).map_err(|error| unavailable(error.code()))
}

/// Opens a request; what somebody changed, or moved here from another browser, does not open.
pub(crate) fn open(
    sealed: &[u8],
    request_id: &str,
    browser: &str,
    keys: &SealingKeys,
) -> Result<PendingRequest, StoreError> {
    let json = keys.open(sealed, &place(browser, request_id)).map_err(|error| unavailable(error.code()))?;
    let request = || {
        let kept: KeptRequest = serde_json::from_slice(&json).ok()?;
        Some(PendingRequest {
            id: RequestId::parse(request_id).ok()?,
            issued_at: DateTime::from_timestamp(kept.issued_at.0, kept.issued_at.1)?,
            identity_provider: kept.identity_provider,
            assertion_consumer_service: kept.assertion_consumer_service,
            requested_level: kept.requested_level,
            force_authn: kept.force_authn,
            return_to: ReturnPath::parse(&kept.return_to).ok()?,
            relay_state: RelayState::parse(&kept.relay_state).ok()?,
        })
    };
    request().ok_or_else(|| unavailable("redis_value"))
}

fn place(browser: &str, request_id: &str) -> Vec<u8> {
    // The key of a browser is as long as that of any other, so that no two places are the same octets.
    [browser.as_bytes(), request_id.as_bytes()].concat()
}
