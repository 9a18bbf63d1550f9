//! The search finds what it is to find, wherever that is.

use axum::Router;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use saml_axum::PrometheusMetrics;
use saml_bindings::{MessageParameter, encode_redirect};

use crate::browser::Browser;
use crate::needles::{ATTRIBUTE, BSN, all, found};
use crate::portal::Portal;
use crate::witness::{keep, leaks, note};

#[test]
fn each_form_of_each_secret_is_found_among_other_bytes_and_nothing_is_found_without() {
    for (what, needle) in all() {
        let text = [b"before ", needle.as_slice(), b" behind"].concat();
        assert!(found(&text).is_some(), "{what}");
        let mut other = needle.clone();
        let middle = other.len() / 2;
        other[middle] = if other[middle] == b'5' { b'6' } else { b'5' };
        assert_eq!(found(&[b"before ", other.as_slice(), b" behind"].concat()), None, "{what}");
    }
}

#[test]
fn a_number_in_base64_is_found_wherever_it_begins() {
    use base64::Engine;
    for before in 0..6 {
        let text = format!("{}{BSN} and more", "<".repeat(before));
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        assert!(found(encoded.as_bytes()).is_some(), "{encoded}");
    }
}

#[tokio::test]
async fn a_line_a_field_a_span_a_header_a_page_a_url_and_a_label_are_each_looked_through() {
    keep();
    assert_eq!(leaks(), Vec::<String>::new());
    let caught = |place: &str| {
        let leaks = leaks();
        assert!(leaks.iter().any(|leak| leak.contains(place)), "{place}: {leaks:?}");
    };
    tracing::trace!("somebody with {BSN}");
    caught("in the log");
    tracing::info!(bsn = BSN, "somebody");
    caught("in the log");
    tracing::trace_span!("login", attribute = ATTRIBUTE).in_scope(|| ());
    caught("in the log");
    let span = tracing::debug_span!("login", later = tracing::field::Empty);
    span.record("later", BSN);
    drop(span);
    caught("in the log");

    let url =
        encode_redirect("https://idp.example/", MessageParameter::SamlRequest, &format!("<a>{BSN}</a>"), None, None);
    let url = url.unwrap();
    assert!(!url.contains(BSN));
    let moved = move || async move { ([("location", url)], "") };
    let leaky = Router::new()
        .route("/cookie", get(async || (AppendHeaders([("set-cookie", format!("a={BSN}"))]), "").into_response()))
        .route("/page", get(async || ATTRIBUTE))
        .route("/moved", get(moved));
    let mut browser = Browser::default();
    browser.get(&leaky, "/cookie").await;
    caught("in the header set-cookie");
    browser.get(&leaky, "/page").await;
    caught("in the page");
    browser.get(&leaky, "/moved").await;
    caught("in a message in a URL");
    note("the numbers", PrometheusMetrics::new().text() + BSN);
    caught("in the numbers");
    Portal::new().note_numbers();
    assert_eq!(leaks(), Vec::<String>::new());
}
