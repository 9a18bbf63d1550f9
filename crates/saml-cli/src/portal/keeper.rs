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
