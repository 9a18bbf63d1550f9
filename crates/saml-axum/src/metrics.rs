//! Numbers, for whoever listens.
//!
//! Each label has few values, all of them known beforehand: names, codes and roles of ours, the status of an answer,
//! and the digests of certificates that are configured. None is ever taken from a message.

use std::time::Duration;

use crate::validity::Validity;

#[cfg(feature = "opentelemetry")]
mod open_telemetry;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(any(feature = "opentelemetry", feature = "prometheus"))]
mod watched;

#[cfg(feature = "opentelemetry")]
pub(crate) use open_telemetry::OpenTelemetryMetrics;
#[cfg(feature = "prometheus")]
pub use prometheus::PrometheusMetrics;

/// All that the numbers of a portal go to; usually nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meters {
    #[cfg(feature = "opentelemetry")]
    pub(crate) open_telemetry: Option<OpenTelemetryMetrics>,
    #[cfg(feature = "prometheus")]
    pub(crate) prometheus: Option<PrometheusMetrics>,
}

#[cfg_attr(
    not(any(feature = "opentelemetry", feature = "prometheus")),
    expect(unused_variables, reason = "nobody counts")
)]
impl Meters {
    /// Counts an event, by what went wrong in it.
    pub(crate) fn count(&self, event: &'static str, code: &'static str) {
        #[cfg(feature = "opentelemetry")]
        self.open_telemetry.iter().for_each(|metrics| metrics.count(event, code));
        #[cfg(feature = "prometheus")]
        self.prometheus.iter().for_each(|metrics| metrics.count(event, code));
    }

    /// Takes how long it took to consume an answer.
    pub(crate) fn consumed(&self, status: u16, took: Duration) {
        #[cfg(feature = "opentelemetry")]
        self.open_telemetry.iter().for_each(|metrics| metrics.consumed(status, took));
        #[cfg(feature = "prometheus")]
        self.prometheus.iter().for_each(|metrics| metrics.consumed(status, took));
    }

    /// Takes how long a store or the other side took to answer, and with which code.
    pub(crate) fn called(&self, call: &'static str, code: &'static str, took: Duration) {
        #[cfg(feature = "opentelemetry")]
        self.open_telemetry.iter().for_each(|metrics| metrics.called(call, code, took));
        #[cfg(feature = "prometheus")]
        self.prometheus.iter().for_each(|metrics| metrics.called(call, code, took));
    }

    /// Watches how long certificates and metadata are still good for.
    pub(crate) fn watch(&self, validity: &Validity) {
        #[cfg(feature = "opentelemetry")]
        self.open_telemetry.iter().for_each(|metrics| metrics.watched.set(validity));
        #[cfg(feature = "prometheus")]
        self.prometheus.iter().for_each(|metrics| metrics.watched.set(validity));
    }
}

/// Seconds; from what a store in memory takes to what the back channel may take.
#[cfg(any(feature = "opentelemetry", feature = "prometheus"))]
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];
