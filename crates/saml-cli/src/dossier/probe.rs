//! What a portal that runs by the file answers, asked in this process.

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request};
use chrono::{DateTime, Utc};
use tower::ServiceExt;

use crate::config::Configured;

/// What a portal that runs by the file answers.
pub(super) struct Probed {
    /// The headers of every page.
    pub(super) headers: Vec<(String, String)>,
    /// The cookies, with what they are marked with and without their values.
    pub(super) cookies: Vec<String>,
}

/// Makes the portal in this process, without a socket, and asks it; it remembers nothing.
pub(super) async fn probe(configured: &Configured, at: DateTime<Utc>) -> Result<Probed, String> {
    let router = crate::portal::in_memory(configured.clone(), at).map_err(|error| error.to_string())?;
    let page = ask(&router, Method::GET, "/saml/metadata", None).await?;
    let mut cookies = cookies(&ask(&router, Method::GET, "/saml/login", None).await?);
    // A portal takes the cookie of a session away that it does not know; its name and marks are those of every session.
    for name in ["__Host-saml-session", "saml-session"] {
        let cookie = format!("{name}={}", "0".repeat(64));
        cookies.extend(self::cookies(&ask(&router, Method::POST, "/saml/logout", Some(&cookie)).await?));
    }
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = page.iter().filter(|(name, _)| SECURITY.contains(&name.as_str()));
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    headers.sort();
    Ok(Probed { headers, cookies })
}

async fn ask(router: &Router, method: Method, path: &str, cookie: Option<&str>) -> Result<HeaderMap, String> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    let request = request.body(Body::empty()).map_err(|error| error.to_string())?;
    let answer = router.clone().oneshot(request).await.map_err(|error| error.to_string())?;
    Ok(answer.headers().clone())
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let texts = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let shown = texts.filter_map(|text| {
        let (name, rest) = text.split_once('=')?;
        let (_, marks) = rest.split_once(';')?;
        let marks = marks.trim().trim_end_matches("; Max-Age=0");
        Some(format!("{name}: {marks}"))
    });
    shown.collect()
}

/// The headers that say what a browser may do; the others are of one answer.
const SECURITY: [&str; 5] = [
    "cache-control",
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
];
