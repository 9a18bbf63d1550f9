use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::BUCKETS;
use super::watched::Watched;

/// The numbers of one portal in the text format of Prometheus (OpenMetrics 1.0).
///
/// Who may read them is the operator's choice: they are not among the routes of the portal. Cheap to clone.
///
/// ```
/// use saml_axum::{PrometheusMetrics, Settings};
///
/// let metrics = PrometheusMetrics::new();
/// let settings = Settings::new("https://portal.example", "Gemeente Voorbeeld", "<md:EntityDescriptor/>")?
///     .with_prometheus(metrics.clone());
/// # let _ = settings;
///
/// // On a port of its own, that only the machine itself reaches: GET /metrics.
/// let router = metrics.router();
/// # let _: axum::Router = router;
/// assert!(metrics.text().ends_with("# EOF\n"));
/// # Ok::<(), saml_axum::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct PrometheusMetrics {
    registry: Arc<Registry>,
    events: Family<EventLabels, Counter>,
    consumed: Family<ConsumerLabels, Histogram, fn() -> Histogram>,
    calls: Family<CallLabels, Histogram, fn() -> Histogram>,
    pub(crate) watched: Watched,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConsumerLabels {
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    call: &'static str,
    code: &'static str,
}

impl PrometheusMetrics {
    /// Starts at nought.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let (events, watched) = (Family::default(), Watched::default());
        let consumed = Family::new_with_constructor(histogram as fn() -> Histogram);
        let calls = Family::new_with_constructor(histogram as fn() -> Histogram);
        registry.register("saml_events", "What happened, by event and by the code of what went wrong", events.clone());
        let help = "How long it took to consume an answer, by the status of ours";
        registry.register_with_unit("saml_assertion_consumer_service", help, Unit::Seconds, consumed.clone());
        let help = "How long stores and the back channel took, by call and by the code of what went wrong";
        registry.register_with_unit("saml_call", help, Unit::Seconds, calls.clone());
        registry.register_collector(Box::new(Ends(watched.clone())));
        Self { registry: Arc::new(registry), events, consumed, calls, watched }
    }

    /// Returns the numbers as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }

    /// Returns a router with `GET /metrics`, to be served where only who may read the numbers can reach it.
    pub fn router(&self) -> Router {
        let metrics = self.clone();
        Router::new()
            .route("/metrics", get(async move || ([(CONTENT_TYPE, OPEN_METRICS)], metrics.text()).into_response()))
    }

    pub(crate) fn count(&self, event: &'static str, code: &'static str) {
        self.events.get_or_create(&EventLabels { event, code }).inc();
    }

    pub(crate) fn consumed(&self, status: u16, took: Duration) {
        self.consumed.get_or_create(&ConsumerLabels { status }).observe(took.as_secs_f64());
    }

    pub(crate) fn called(&self, call: &'static str, code: &'static str, took: Duration) {
        self.calls.get_or_create(&CallLabels { call, code }).observe(took.as_secs_f64());
    }
}

impl Default for PrometheusMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PrometheusMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusMetrics").finish_non_exhaustive()
    }
}

/// The days that certificates and metadata are still good for, at the moment of asking.
#[derive(Debug)]
struct Ends(Watched);

impl Collector for Ends {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(validity) = self.0.get() else { return Ok(()) };
        let help = "Days until a certificate expires, by its role and SHA-256";
        let mut family = encoder.encode_descriptor("saml_certificate_days", help, None, MetricType::Gauge)?;
        for (certificate, days) in validity.certificate_days() {
            let labels = [("role", certificate.role), ("sha256", certificate.sha256.as_str())];
            ConstGauge::new(days).encode(family.encode_family(&labels)?)?;
        }
        if let Some(days) = validity.metadata_days() {
            let help = "Days that the metadata of the identity provider is still valid";
            let metric = encoder.encode_descriptor("saml_metadata_days", help, None, MetricType::Gauge)?;
            ConstGauge::new(days).encode(metric)?;
        }
        Ok(())
    }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

/// What the format calls itself (OpenMetrics 1.0, Overall Structure).
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
