use std::fmt;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::BUCKETS;
use super::watched::Watched;

/// The numbers of one portal, for the `MeterProvider` of the application.
#[derive(Clone)]
pub(crate) struct OpenTelemetryMetrics {
    events: Counter<u64>,
    consumed: Histogram<f64>,
    calls: Histogram<f64>,
    pub(crate) watched: Watched,
}

impl OpenTelemetryMetrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let watched = Watched::default();
        let histogram = |name: &'static str, description: &'static str| {
            let builder = meter.f64_histogram(name).with_unit("s").with_description(description);
            builder.with_boundaries(BUCKETS.to_vec()).build()
        };
        let asked = watched.clone();
        // The meter keeps the callbacks; the instruments themselves are for nobody.
        let _ = meter
            .f64_observable_gauge("saml.certificate.days")
            .with_description("Days until a certificate expires, by its role and SHA-256")
            .with_callback(move |observer| {
                for (certificate, days) in asked.get().iter().flat_map(|validity| validity.certificate_days()) {
                    let sha256 = KeyValue::new("sha256", certificate.sha256.clone());
                    observer.observe(days, &[KeyValue::new("role", certificate.role), sha256]);
                }
            })
            .build();
        let asked = watched.clone();
        let _ = meter
            .f64_observable_gauge("saml.metadata.days")
            .with_description("Days that the metadata of the identity provider is still valid")
            .with_callback(move |observer| {
                if let Some(days) = asked.get().and_then(|validity| validity.metadata_days()) {
                    observer.observe(days, &[]);
                }
            })
            .build();
        Self {
            events: meter
                .u64_counter("saml.events")
                .with_description("What happened, by event and by the code of what went wrong")
                .build(),
            consumed: histogram(
                "saml.assertion_consumer_service",
                "How long it took to consume an answer, by the status of ours",
            ),
            calls: histogram(
                "saml.call",
                "How long stores and the back channel took, by call and by the code of what went wrong",
            ),
            watched,
        }
    }

    pub(crate) fn count(&self, event: &'static str, code: &'static str) {
        self.events.add(1, &[KeyValue::new("event", event), KeyValue::new("code", code)]);
    }

    pub(crate) fn consumed(&self, status: u16, took: Duration) {
        self.consumed.record(took.as_secs_f64(), &[KeyValue::new("status", i64::from(status))]);
    }

    pub(crate) fn called(&self, call: &'static str, code: &'static str, took: Duration) {
        self.calls.record(took.as_secs_f64(), &[KeyValue::new("call", call), KeyValue::new("code", code)]);
    }
}

impl fmt::Debug for OpenTelemetryMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetryMetrics").finish_non_exhaustive()
    }
}
