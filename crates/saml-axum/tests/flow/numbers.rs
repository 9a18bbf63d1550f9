//! What is counted and measured, and that it is what the log says.

#![cfg(all(feature = "opentelemetry", feature = "prometheus"))]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use saml_axum::PrometheusMetrics;
use saml_forge::Failure;
use saml_sp::RequestBinding;

use crate::answers::{failure, login};
use crate::browser::Browser;
use crate::log::audited;
use crate::portal::{now, router, settings, wait};

#[tokio::test]
async fn what_is_counted_is_what_the_log_says_for_both_who_listen() {
    let (prometheus, exported) = (PrometheusMetrics::new(), Exported::default());
    let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exported.clone()).build()).build();
    let settings = settings().with_prometheus(prometheus.clone()).with_open_telemetry(&provider.meter("saml"));
    let (portal, mut browser) = (router(RequestBinding::Redirect, settings), Browser::default());
    for outcome in [None, Some(Failure::cancelled()), Some(Failure::request_denied()), None] {
        let id = browser.begin(&portal, "/saml/login").await;
        browser.post(&portal, "/saml/acs", &outcome.map_or_else(|| login(&id), |outcome| failure(&id, outcome))).await;
        browser.post(&portal, "/saml/acs", &login(&id)).await;
    }

    let mut logged: BTreeMap<(String, String), u64> = BTreeMap::new();
    for event in audited() {
        let (name, rest) = event.split_once(" code=\"").unwrap_or((&event, ""));
        let words: Vec<&str> = name.split(' ').take_while(|word| !word.contains('=')).collect();
        let code = rest.split('"').next().unwrap().to_owned();
        *logged.entry((words.join(" "), code)).or_default() += 1;
    }
    assert_eq!(logged[&("login refused".to_owned(), "pending_request".to_owned())], 4, "{logged:?}");
    assert_eq!(logged[&("login cancelled".to_owned(), "status_authn_failed".to_owned())], 1);

    let text = prometheus.text();
    let mut counted = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("saml_events_total{event=\"")) {
        let (event, rest) = line.split_once("\",code=\"").unwrap();
        let (code, count) = rest.split_once("\"} ").unwrap();
        counted.insert((event.to_owned(), code.to_owned()), count.parse().unwrap());
    }
    assert_eq!(counted, logged, "{text}");
    provider.force_flush().unwrap();
    let exported = exported.0.lock().unwrap();
    assert_eq!(exported.events, logged);
    let histogram = |name: &str| exported.histograms.get(name).copied();
    assert_eq!(histogram("saml.assertion_consumer_service"), Some(8));
    assert!(text.contains("saml_assertion_consumer_service_seconds_count{status=\"303\"} 7\n"), "{text}");
    assert!(text.contains("saml_assertion_consumer_service_seconds_count{status=\"403\"} 1\n"));
    assert!(text.contains("saml_call_seconds_count{call=\"replay_insert\",code=\"\"} 2\n"));
    let calls: u64 = text
        .lines()
        .filter(|line| line.starts_with("saml_call_seconds_count"))
        .map(|line| line.split_once("} ").unwrap().1.parse::<u64>().unwrap())
        .sum();
    assert_eq!(histogram("saml.call"), Some(calls));
    assert_eq!(exported.gauges["saml.certificate.days"].len(), 2);
    assert!(!exported.gauges.contains_key("saml.metadata.days"));
}

#[tokio::test]
async fn a_call_that_fails_is_measured_under_its_code() {
    let metrics = PrometheusMetrics::new();
    let portal = crate::portal::router_with(
        crate::portal::service_provider(RequestBinding::Redirect, 1),
        saml_state::memory::MemorySessionStore::new(1),
        settings().with_prometheus(metrics.clone()),
    );
    for status in [StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE] {
        assert_eq!(Browser::default().get(&portal, "/saml/login").await.status, status);
    }

    let text = metrics.text();
    assert!(text.contains("saml_call_seconds_count{call=\"request_remember\",code=\"\"} 1\n"), "{text}");
    assert!(text.contains("saml_call_seconds_count{call=\"request_remember\",code=\"store_full\"} 1\n"));
}

#[tokio::test]
async fn the_days_that_a_certificate_has_left_are_those_of_the_moment_of_asking() {
    let metrics = PrometheusMetrics::new();
    let _portal = router(RequestBinding::Redirect, settings().with_prometheus(metrics.clone()));
    let days = || {
        let text = metrics.text();
        let line =
            text.lines().find(|line| line.starts_with("saml_certificate_days{role=\"signing\",sha256=\"")).unwrap();
        line.split_once("\"} ").unwrap().1.parse::<f64>().unwrap()
    };
    let left = days();
    let seconds: u32 = (4_000_000_000 - now().timestamp()).try_into().unwrap();
    assert!((left - f64::from(seconds) / 86_400.0).abs() < 1e-6, "{left}");

    wait(TimeDelta::days(1));
    assert!((left - days() - 1.0).abs() < 1e-6);
}

#[tokio::test]
async fn the_numbers_are_at_a_route_of_their_own_and_not_at_the_portal() {
    let metrics = PrometheusMetrics::new();
    let portal = router(RequestBinding::Redirect, settings().with_prometheus(metrics.clone()));

    let page = Browser::default().get(&metrics.router(), "/metrics").await;
    assert_eq!(page.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(
        page.text.contains("# TYPE saml_certificate_days gauge\n") && page.text.ends_with("# EOF\n"),
        "{}",
        page.text
    );
    assert_eq!(Browser::default().get(&portal, "/metrics").await.status, StatusCode::NOT_FOUND);
}

/// What an exporter of OpenTelemetry was given last.
#[derive(Clone, Default)]
struct Exported(Arc<Mutex<Numbers>>);

#[derive(Default)]
struct Numbers {
    events: BTreeMap<(String, String), u64>,
    /// How many were measured.
    histograms: BTreeMap<String, u64>,
    gauges: BTreeMap<String, Vec<f64>>,
}

impl PushMetricExporter for Exported {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut numbers = Numbers::default();
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    for point in sum.data_points() {
                        let labels: BTreeMap<_, _> =
                            point.attributes().map(|label| (label.key.to_string(), label.value.to_string())).collect();
                        numbers.events.insert((labels["event"].clone(), labels["code"].clone()), point.value());
                    }
                }
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    let count = histogram.data_points().map(|point| point.count()).sum();
                    numbers.histograms.insert(metric.name().to_owned(), count);
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    let values = gauge.data_points().map(|point| point.value()).collect();
                    numbers.gauges.insert(metric.name().to_owned(), values);
                }
                _ => panic!("{}", metric.name()),
            }
        }
        *self.0.lock().unwrap() = numbers;
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
