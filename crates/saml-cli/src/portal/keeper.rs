//! What a portal that runs does by itself: the next key at its moment, the metadata of the partner.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use saml_axum::SamlPortal;
use saml_backchannel::Fetched;
use saml_config::PartnerProfile;
use saml_metadata::KeySchedule;
use tokio::time::{MissedTickBehavior, interval};

use super::health::Health;
use crate::config::Configured;
use crate::files::replace_in_service;
use crate::metadata::fetch::{Job, confirm};

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
    /// The day, for a partner that wants metadata which says until when it is valid.
    day: Option<NaiveDate>,
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
        let in_use = InUse::of(&configured, &schedule, now);
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

    /// Takes the key into use that signs at `now`, and writes our metadata anew where it says something else than
    /// before.
    pub(super) fn take_keys(&mut self, now: DateTime<Utc>) {
        let due = InUse::of(&self.configured, &self.schedule, now);
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

    /// Fetches the metadata of the identity provider when it is due, takes it into use, and keeps it for the next
    /// start.
    async fn take_metadata(&mut self, now: DateTime<Utc>) {
        let Some(Job { fetcher, .. }) = &mut self.fetch else { return };
        if !fetcher.refresh().is_due(now) {
            return;
        }
        if let Some(fetched) = self.portal.refresh_metadata(fetcher).await {
            self.keep_metadata(&fetched, now);
        }
    }

    /// Writes metadata that was fetched to where the next start reads it, or notes that the copy was confirmed.
    fn keep_metadata(&self, fetched: &Fetched, now: DateTime<Utc>) {
        let Some(Job { fetcher, copy }) = &self.fetch else { return };
        let kept = match (fetched, fetcher.refresh().identity_provider()) {
            (Fetched::Changed(file), Some(identity_provider)) => {
                self.health.replace(identity_provider);
                replace_in_service(copy, file)
            }
            _ => confirm(copy, now),
        };
        if let Err(failure) = kept {
            tracing::error!(code = "metadata_copy", %failure, "metadata of the identity provider not kept");
        }
    }
}

impl InUse {
    fn of(configured: &Configured, schedule: &KeySchedule, now: DateTime<Utc>) -> Self {
        let is_dated = configured.parts().deployment().profile == PartnerProfile::StSaml;
        let published = schedule.published(now);
        Self {
            signs: schedule.signs(now).verifying_key().sha256_fingerprint().to_owned(),
            published: published.iter().map(|key| key.sha256_fingerprint().to_owned()).collect(),
            day: is_dated.then(|| now.date_naive()),
        }
    }
}

/// Between two looks; what is due is told by the schedules.
const EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::path::{Path, PathBuf};

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use chrono::TimeDelta;
    use saml_axum::{Language, Session};
    use saml_backchannel::{BackChannel, MetadataFetcher};
    use saml_metadata::{Endpoint, IdentityProviderMetadata, Metadata, MetadataRefresh, MetadataSource};
    use saml_protocol::Binding;
    use saml_simulator::SimulatorConfig;
    use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
    use saml_xml_security::{AlgorithmPolicy, SigningKey, VerifyingKey};
    use tower::ServiceExt;

    use super::super::assemble;
    use super::*;

    type MemoryKeeper = Keeper<MemoryRequestStore, MemoryReplayCache, MemorySessionStore<Session>>;

    /// The day of the change, and the last day of the next key.
    fn days() -> [DateTime<Utc>; 2] {
        [Utc::now() + TimeDelta::days(30), Utc::now() + TimeDelta::days(400)]
    }

    /// A portal whose next key signs from the day of the change, in a directory of its own.
    struct Portal {
        place: PathBuf,
        current: VerifyingKey,
        next: VerifyingKey,
        router: Router,
        keeper: MemoryKeeper,
    }

    impl Drop for Portal {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.place);
        }
    }

    fn broker(url: &str, key: SigningKey) -> SimulatorConfig {
        SimulatorConfig::new(url, key, Vec::new(), Utc::now).unwrap()
    }

    fn portal(name: &str) -> Portal {
        let place = std::env::temp_dir().join(format!("saml-keeper-{}-{name}", std::process::id()));
        for folder in ["keys", "metadata"] {
            std::fs::create_dir_all(place.join(folder)).unwrap();
        }
        let [change, last] = days();
        let keys = ["service-provider", "service-provider-next", "broker-signing"].map(|name| {
            let key = SigningKey::generate_self_signed(2048, name, 0, last.timestamp()).unwrap();
            let file = |ending| place.join(format!("keys/{name}.{ending}.pem"));
            std::fs::write(file("key"), key.private_key_pem().unwrap()).unwrap();
            std::fs::write(file("crt"), key.verifying_key().certificate_pem().unwrap()).unwrap();
            key
        });
        let [current, next, key] = keys.map(|key| (key.verifying_key().clone(), key));
        std::fs::write(place.join(METADATA), broker("http://127.0.0.1:1", key.1).metadata()).unwrap();
        let config = place.join("saml.toml");
        let short = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/short.toml");
        let text = std::fs::read_to_string(short).unwrap() + &NEXT.replace("CHANGE", &change.to_rfc3339());
        std::fs::write(&config, text).unwrap();
        let configured = Configured::read(&config, None).unwrap();
        let stores = (MemoryRequestStore::new(10), MemoryReplayCache::new(10), MemorySessionStore::new(10));
        let (router, keeper) = assemble(configured, Language::Dutch, Utc::now(), None, stores).unwrap();
        Portal { place, current: current.0, next: next.0, router, keeper }
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
        let mut portal = portal("next");
        let [change, _] = days();
        // The change of this test is a moment after that of the portal.
        portal.keeper.take_keys(change - TimeDelta::hours(1));
        let before = get(&portal.router, "/saml/metadata").await.1;
        assert!(is_signed_by(&before, &portal.current) && !is_signed_by(&before, &portal.next));
        assert_eq!(before.matches("<md:KeyDescriptor").count(), 2);

        portal.keeper.take_keys(change + TimeDelta::hours(1));
        let after = get(&portal.router, "/saml/metadata").await.1;
        assert!(is_signed_by(&after, &portal.next) && !is_signed_by(&after, &portal.current));
        assert_eq!(after.matches("<md:KeyDescriptor").count(), 1);
    }

    #[tokio::test]
    async fn what_has_not_changed_is_not_written_anew() {
        let mut portal = portal("same");
        let first = get(&portal.router, "/saml/metadata").await.1;
        portal.keeper.take_keys(Utc::now() + TimeDelta::days(1));
        assert_eq!(get(&portal.router, "/saml/metadata").await.1, first);
    }

    #[tokio::test]
    async fn health_is_refused_once_no_key_of_ours_holds() {
        let portal = portal("health");
        let (status, body) = get(&portal.router, "/health").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(portal.keeper.health.answer(days()[1] + TimeDelta::days(1)).0, StatusCode::SERVICE_UNAVAILABLE);
    }

    /// Lets the portal have fetched the metadata of a broker at `url`.
    async fn fetched(portal: &mut Portal, url: &str) -> String {
        let read = |name: &str| std::fs::read(portal.place.join(name)).unwrap();
        let key = SigningKey::from_pem(&read("keys/broker-signing.key.pem"), &read(CERTIFICATE)).unwrap();
        // The same broker, that is, the same entity ID, whose logins are elsewhere.
        let file = broker("http://127.0.0.1:1", key.clone()).metadata().to_owned();
        let trusted = vec![key.verifying_key().clone()];
        let metadata = Metadata::verify(file.as_bytes(), &trusted, &AlgorithmPolicy::rsa()).unwrap();
        let login = vec![Endpoint { binding: Binding::HttpRedirect, location: format!("{url}/login") }];
        let changed = IdentityProviderMetadata::new("_next", metadata.entity_id(), trusted.clone(), login);
        let changed = changed.sign(&key).unwrap();
        let source = MetadataSource::new(metadata.entity_id(), trusted).unwrap();
        let refresh = MetadataRefresh::new(source, EVERY).with_copy(changed.as_bytes(), Utc::now()).unwrap();
        let channel = BackChannel::new(&read(CERTIFICATE)).unwrap();
        let fetcher = MetadataFetcher::new(channel, "https://127.0.0.1:1/", refresh).unwrap();
        portal.keeper.portal.replace_identity_provider(fetcher.refresh().identity_provider().unwrap().clone()).unwrap();
        portal.keeper.fetch = Some(Job { fetcher, copy: portal.place.join(METADATA) });
        portal.keeper.keep_metadata(&Fetched::Changed(changed.clone().into_bytes()), Utc::now());
        changed
    }

    #[tokio::test]
    async fn metadata_that_was_fetched_is_used_at_once_and_kept_for_the_next_start() {
        let mut portal = portal("fetched");
        let changed = fetched(&mut portal, "http://127.0.0.1:2").await;
        let request = Request::get("/saml/login?return_to=/").body(Body::empty()).unwrap();
        let answer = portal.router.clone().oneshot(request).await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("http://127.0.0.1:2/login?SAMLRequest="), "{location}");
        assert_eq!(std::fs::read_to_string(portal.place.join(METADATA)).unwrap(), changed);
    }

    #[tokio::test]
    async fn where_nothing_can_be_fetched_the_last_good_copy_stays() {
        let mut portal = portal("kept");
        fetched(&mut portal, "http://127.0.0.1:2").await;
        let before = std::fs::read(portal.place.join(METADATA)).unwrap();
        portal.keeper.take_metadata(Utc::now()).await;
        assert_eq!(std::fs::read(portal.place.join(METADATA)).unwrap(), before);
        let Some(Job { fetcher, .. }) = &portal.keeper.fetch else { panic!("no job") };
        assert_eq!(fetcher.refresh().status(Utc::now()).failure.unwrap().attempts, 1);
    }

    const METADATA: &str = "metadata/broker-preproduction.xml";
    const CERTIFICATE: &str = "keys/broker-signing.crt.pem";
    const NEXT: &str = r#"
[preproduction.keys.next]
key = "keys/service-provider-next.key.pem"
certificate = "keys/service-provider-next.crt.pem"
signs_from = CHANGE
publish = "both"
"#;
}
