use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use saml_axum::SamlPortal;
use saml_backchannel::Fetched;
use saml_metadata::KeySchedule;
use tokio::time::{MissedTickBehavior, interval};

use super::health::Health;
use crate::config::Configured;
use crate::failure::Failure;
use crate::metadata::fetch::{Job, confirm};
use crate::metadata::replace;

/// Keeps a portal that runs fresh: our key and metadata, and the metadata of the identity provider.
pub(super) struct Keeper<R, C, S> {
    portal: SamlPortal<R, C, S>,
    configured: Configured,
    schedule: KeySchedule,
    fetch: Option<Job>,
    health: Health,
    in_use: InUse,
}

/// What our metadata was last written for.
#[derive(Debug, PartialEq, Eq)]
struct InUse {
    signs: String,
    published: Vec<String>,
    /// The day, as some partners want metadata that says until when it is valid.
    day: NaiveDate,
}

impl<R, C, S> Keeper<R, C, S> {
    pub(super) fn new(
        portal: SamlPortal<R, C, S>,
        configured: Configured,
        schedule: KeySchedule,
        fetch: Option<Job>,
        health: Health,
        now: DateTime<Utc>,
    ) -> Self {
        let in_use = InUse::of(&schedule, now);
        Self { portal, configured, schedule, fetch, health, in_use }
    }

    pub(super) fn base_url(&self) -> String {
        self.configured.parts().deployment().portal.base_url.trim_end_matches('/').to_owned()
    }

    /// Looks again and again whether something is due.
    pub(super) async fn run(&mut self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.take_keys(Utc::now());
            self.take_metadata(Utc::now()).await;
        }
    }

    /// Takes the key into use that signs at `now`, and writes our metadata anew where it says something else than before.
    pub(super) fn take_keys(&mut self, now: DateTime<Utc>) {
        let due = InUse::of(&self.schedule, now);
        if due == self.in_use {
            return;
        }
        match self.configured.parts().metadata_of(&self.schedule, now) {
            Ok(metadata) => {
                self.portal.replace_key(self.schedule.signs(now).clone(), &metadata);
                self.in_use = due;
            }
            // The present ones stay, and it is tried again.
            Err(error) => tracing::error!(code = error.code(), %error, "our metadata cannot be written"),
        }
    }

    /// Fetches the metadata of the identity provider when it is due, takes it into use, and keeps it for the next start.
    async fn take_metadata(&mut self, now: DateTime<Utc>) {
        let Some(Job { fetcher, copy }) = &mut self.fetch else { return };
        if !fetcher.refresh().is_due(now) {
            return;
        }
        let kept: Result<(), Failure> = match fetcher.fetch(now).await {
            Ok(Fetched::Changed(file)) => {
                let Some(identity_provider) = fetcher.refresh().identity_provider() else { return };
                if let Err(error) = self.portal.replace_identity_provider(identity_provider.clone()) {
                    tracing::error!(code = error.code(), %error, "metadata of the identity provider cannot be used");
                    return;
                }
                self.health.replace(identity_provider);
                replace(copy, &file)
            }
            Ok(Fetched::Confirmed) => confirm(copy, now),
            Err(error) => {
                let next_at = fetcher.refresh().status(now).next_at.map(|next_at| next_at.to_rfc3339());
                tracing::warn!(code = error.code(), %error, next_at, "metadata of the identity provider not confirmed");
                return;
            }
        };
        if let Err(failure) = kept {
            tracing::error!(code = "metadata_copy", %failure, "metadata of the identity provider not kept");
        }
    }
}

impl InUse {
    fn of(schedule: &KeySchedule, now: DateTime<Utc>) -> Self {
        let published = schedule.published(now);
        Self {
            signs: schedule.signs(now).verifying_key().sha256_fingerprint().to_owned(),
            published: published.iter().map(|key| key.sha256_fingerprint().to_owned()).collect(),
            day: now.date_naive(),
        }
    }
}

/// Between two looks; what is due is told by the schedules.
const EVERY: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use chrono::TimeDelta;
    use saml_axum::{Language, Session};
    use saml_metadata::Metadata;
    use saml_simulator::SimulatorConfig;
    use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
    use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};
    use tower::ServiceExt;

    use super::*;

    type MemoryKeeper = Keeper<MemoryRequestStore, MemoryReplayCache, MemorySessionStore<Session>>;

    /// The day of the change, and the last day of the next key.
    fn days() -> [DateTime<Utc>; 2] {
        [Utc::now() + TimeDelta::days(30), Utc::now() + TimeDelta::days(400)]
    }

    /// Makes a portal whose next key signs from the day of the change; the key, the next key, the portal.
    fn portal(name: &str) -> ([VerifyingKey; 2], Router, MemoryKeeper) {
        let place = std::env::temp_dir().join(format!("saml-keeper-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let [change, last] = days();
        let keys = ["signing", "signing-next", "broker"].map(|name| {
            let key = SigningKey::generate_self_signed(2048, name, 0, last.timestamp()).unwrap();
            std::fs::write(place.join(format!("{name}.key.pem")), key.private_key_pem().unwrap()).unwrap();
            std::fs::write(place.join(format!("{name}.crt.pem")), key.verifying_key().certificate_pem().unwrap())
                .unwrap();
            key
        });
        let [current, next, broker] = keys;
        let broker = SimulatorConfig::new("http://127.0.0.1:1", broker, Vec::new(), Utc::now).unwrap();
        std::fs::write(place.join("broker.xml"), broker.metadata()).unwrap();
        let config = place.join("saml.toml");
        std::fs::write(&config, FILE.replace("CHANGE", &change.to_rfc3339())).unwrap();
        let configured = Configured::read(&config, None).unwrap();
        let stores = (MemoryRequestStore::new(10), MemoryReplayCache::new(10), MemorySessionStore::new(10));
        let (router, keeper) =
            super::super::assemble(configured, Language::Dutch, stores.0, stores.1, stores.2).unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        ([current.verifying_key().clone(), next.verifying_key().clone()], router, keeper)
    }

    async fn get(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let (status, body) = (answer.status(), to_bytes(answer.into_body(), usize::MAX).await.unwrap());
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn is_signed_by(file: &str, key: &VerifyingKey) -> bool {
        Metadata::verify(file.as_bytes(), std::slice::from_ref(key), &AlgorithmPolicy::rsa()).is_ok()
    }

    #[tokio::test]
    async fn the_next_key_is_taken_into_use_at_its_moment_and_not_before() {
        let ([current, next], router, mut keeper) = portal("next");
        let [change, _] = days();
        // The days of this test are a moment after those of the portal.
        keeper.take_keys(change - TimeDelta::hours(1));
        let before = get(&router, "/saml/metadata").await.1;
        assert!(is_signed_by(&before, &current) && !is_signed_by(&before, &next));
        assert_eq!(before.matches("<md:KeyDescriptor").count(), 2);

        keeper.take_keys(change + TimeDelta::hours(1));
        let after = get(&router, "/saml/metadata").await.1;
        assert!(is_signed_by(&after, &next) && !is_signed_by(&after, &current));
        assert_eq!(after.matches("<md:KeyDescriptor").count(), 1);
    }

    #[tokio::test]
    async fn what_has_not_changed_is_not_written_anew() {
        let (_, router, mut keeper) = portal("same");
        let first = get(&router, "/saml/metadata").await.1;
        keeper.in_use.day = Utc::now().date_naive();
        keeper.take_keys(Utc::now());
        assert_eq!(get(&router, "/saml/metadata").await.1, first);
    }

    #[tokio::test]
    async fn health_is_refused_once_no_key_of_ours_holds() {
        let (_, router, keeper) = portal("health");
        let (status, body) = get(&router, "/health").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(keeper.health.answer(days()[1] + TimeDelta::days(1)).0, StatusCode::SERVICE_UNAVAILABLE);
    }

    const FILE: &str = r#"
[preproduction]
profile = "signicat-broker"
[preproduction.portal]
base_url = "https://portal.example.nl"
organisation = "Gemeente Voorbeeld"
[preproduction.login]
level = "substantial"
authorities = ["simulator"]
[preproduction.identity_provider]
metadata = "broker.xml"
trust_keys = ["broker.crt.pem"]
[preproduction.keys.signing]
key = "signing.key.pem"
certificate = "signing.crt.pem"
[preproduction.keys.next]
key = "signing-next.key.pem"
certificate = "signing-next.crt.pem"
signs_from = CHANGE
publish = "both"
[preproduction.signicat]
domain = "login.example.nl"
"#;
}
