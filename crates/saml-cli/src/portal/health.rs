//! GET /health: whether anybody can log in.

use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use saml_metadata::{IdentityProvider, KeySchedule};
use serde_json::{Value, json};

/// Whether anybody can log in, for what watches over the portal.
#[derive(Clone, Debug)]
pub(super) struct Health(Arc<RwLock<Parts>>);

/// What must hold for anybody to log in.
#[derive(Debug)]
struct Parts {
    identity_provider: IdentityProvider,
    schedule: KeySchedule,
}

impl Health {
    pub(super) fn new(identity_provider: &IdentityProvider, schedule: &KeySchedule) -> Self {
        let (identity_provider, schedule) = (identity_provider.clone(), schedule.clone());
        Self(Arc::new(RwLock::new(Parts { identity_provider, schedule })))
    }

    /// Takes metadata into account that was fetched.
    pub(super) fn replace(&self, identity_provider: &IdentityProvider) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).identity_provider = identity_provider.clone();
    }

    pub(super) fn routes(&self) -> Router {
        let answer = |State(health): State<Self>| async move { health.answer(Utc::now()).into_response() };
        Router::new().route("/health", get(answer)).with_state(self.clone())
    }

    /// Says until when metadata and certificate hold, with 503 where one does not.
    pub(super) fn answer(&self, now: DateTime<Utc>) -> (StatusCode, Json<Value>) {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = parts.schedule.signs(now).verifying_key().validity();
        let is_key_valid = (first..=last).contains(&now.timestamp());
        let is_metadata_valid = parts.identity_provider.check_valid(now).is_ok();
        let is_well = is_key_valid && is_metadata_valid;
        let time = |time: Option<DateTime<Utc>>| time.map(|time| time.to_rfc3339());
        let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = json!({
            "status": if is_well { "ok" } else { "expired" },
            "identity_provider_metadata_valid_until": time(parts.identity_provider.valid_until()),
            "signing_certificate_valid_until": time(DateTime::from_timestamp(last, 0)),
        });
        (status, Json(body))
    }
}
