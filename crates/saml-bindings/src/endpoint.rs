//! What may be sent to an endpoint, whichever binding does it.

use crate::error::Error;
use crate::form;

/// Refuses a URL that is not `http` or `https`, has a fragment, or already carries a message (ATT-168).
pub(crate) fn require_endpoint(url: &str) -> Result<(), Error> {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    let characters = url.bytes().all(|byte| byte.is_ascii_graphic() && !br##""#<>\^`{|}"##.contains(&byte));
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let carries = || form::split(query.as_bytes()).any(|field| field.saml_name().ok() != Some(None));
    if scheme && characters && !carries() { Ok(()) } else { Err(Error::Endpoint) }
}

/// Refuses a relay state that is longer than the bindings allow.
pub(crate) fn require_relay_state(relay_state: Option<&str>) -> Result<(), Error> {
    match relay_state {
        Some(text) if text.len() > RELAY_STATE_LIMIT => Err(Error::RelayStateTooLong { found: text.len() }),
        _ => Ok(()),
    }
}

// SAML Bindings 3.4.3 and 3.5.3.
const RELAY_STATE_LIMIT: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_could_run_or_hide_something_is_rejected() {
        for url in ["https://idp.example/sso", "http://127.0.0.1:8080/sso?a=b&c", "https://idp.example"] {
            assert_eq!(require_endpoint(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "/sso",
            "//idp.example/sso",
            "javascript:alert(1)",
            "ftp://idp.example/sso",
            " https://idp.example/sso",
            "https://idp.example/sso#a",
            "https://idp.example/s o",
            "https://idp.example/\r\nSet-Cookie: a=b",
            "https://idp.example/\"onload=",
            "https://idp.example/é",
            "https://idp.example/sso?SAMLRequest=a",
            "https://idp.example/sso?a=b&Relay%53tate=a",
            "https://idp.example/sso?%zz=a",
        ] {
            assert_eq!(require_endpoint(url), Err(Error::Endpoint), "{url}");
        }
    }
}
