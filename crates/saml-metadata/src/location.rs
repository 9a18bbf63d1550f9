use crate::error::{Error, shorten};

/// Refuses a location that a browser or a connection must not be sent to (ATT-190).
///
/// Allowed is `https://host[:port]/…`, and `http` where the host is the machine itself. Refused are other schemes, user
/// information, fragments, and characters that RFC 3986 does not have, which could end an attribute or a header.
pub(crate) fn check(element: &'static str, location: &str) -> Result<(), Error> {
    if is_allowed(location) { Ok(()) } else { Err(Error::Location { element, found: shorten(location) }) }
}

fn is_allowed(location: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    if !location.bytes().all(allowed) {
        return false;
    }
    let (rest, loopback_only) = match (location.strip_prefix("https://"), location.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    match host(authority) {
        Some(host) => !loopback_only || LOOPBACK.contains(&host),
        None => false,
    }
}

/// Returns the host of `host[:port]`, or `None` when it is something else, such as `user@host`.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, port)) => (authority.strip_suffix(port)?, port),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port_holds = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok() && digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => port.is_empty(),
    };
    let host_holds = !inner.is_empty() && !inner.contains(['@', '[', ']']);
    (port_holds && host_holds).then_some(host)
}

/// The names of the machine itself; others that lead there, such as `127.1`, are not needed.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_everywhere_and_http_on_the_machine_itself_are_allowed() {
        for location in [
            "https://broker.example.nl/broker/sp/saml/login",
            "https://broker.example.nl",
            "https://broker.example.nl:8443?tenant=a%20b",
            "https://[2001:db8::1]:443/acs",
            "http://127.0.0.1:8081/saml",
            "http://[::1]:8081/saml",
            "http://localhost/saml",
        ] {
            assert_eq!(check("SingleSignOnService", location), Ok(()), "{location}");
        }
    }

    #[test]
    fn every_other_location_is_refused() {
        for location in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "//broker.example.nl/login",
            "/login",
            "ftp://broker.example.nl/",
            "HTTPS://broker.example.nl/",
            "https:broker.example.nl",
            "https://",
            "https:///login",
            "https://:443/login",
            "https://broker.example.nl:/login",
            "https://broker.example.nl:+44/login",
            "https://broker.example.nl:65536/login",
            "https://user@broker.example.nl/",
            "https://user:password@broker.example.nl/",
            "https://[::1/login",
            "https://[::1]x/login",
            "https://[]/login",
            "https://broker.example.nl/#fragment",
            "https://broker.example.nl/a b",
            "https://broker.example.nl/\r\nLocation:x",
            "https://broker.example.nl/\"onload=",
            "https://broker.example.nl\\@evil.example/",
            "https://bröker.example.nl/",
            "http://broker.example.nl/login",
            "http://127.0.0.1.evil.example/login",
            "http://127.0.0.1@evil.example/login",
            "http://localhost.evil.example/login",
            "http://[::2]/login",
        ] {
            let refused = Error::Location { element: "SingleSignOnService", found: shorten(location) };
            assert_eq!(check("SingleSignOnService", location), Err(refused), "{location}");
        }
    }
}
