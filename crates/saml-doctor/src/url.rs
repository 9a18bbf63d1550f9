use hyper::Uri;

/// Returns the scheme and the host of a URL as they stand there.
pub(crate) fn scheme_and_host(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    // What `Uri` does not take is no URL; the parts are taken from the text, as it makes schemes lower case.
    let _: Uri = url.parse().ok()?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    (!host.is_empty() && !host.contains('@')).then_some((scheme, host))
}

/// Returns the host of a URL.
pub(crate) fn host(url: &str) -> Option<&str> {
    scheme_and_host(url).map(|(_, host)| host)
}

/// Tells whether a host is `domain`, or below it.
pub(crate) fn is_below(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.trim_end_matches('.').to_ascii_lowercase(), domain.to_ascii_lowercase());
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Tells whether a host is the machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    is_below(host, "localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Says in what two URIs that should be equal differ, where that is one of the usual slips.
pub(crate) fn difference(ours: &str, theirs: &str) -> &'static str {
    let without_slash = |uri: &str| uri.strip_suffix('/').unwrap_or(uri).to_owned();
    let without_scheme = |uri: &str| uri.split_once("://").map_or(uri.to_owned(), |(_, rest)| rest.to_owned());
    if without_slash(ours) == without_slash(theirs) {
        " (only a slash at the end differs)"
    } else if without_scheme(ours) == without_scheme(theirs) {
        " (only the scheme differs)"
    } else if ours.eq_ignore_ascii_case(theirs) {
        " (only upper and lower case differ)"
    } else if ours.trim() == theirs.trim() {
        " (only white space differs)"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_taken_out_of_a_url() {
        for (url, found) in [
            ("https://Portal.example.nl/saml/acs?a", Some("Portal.example.nl")),
            ("http://localhost:8080", Some("localhost")),
            ("https://[::1]:8443/", Some("[::1]")),
            ("https://user@portal.example.nl/", None),
            ("urn:nl-eid-gdi:1.0:AD:1:entities:0001", None),
            ("https://", None),
        ] {
            assert_eq!(host(url), found, "{url}");
        }
    }

    #[test]
    fn a_domain_has_its_sub_domains_below_it_and_no_other() {
        for host in ["signicat.com", "a.app.Signicat.com", "a.signicat.com."] {
            assert!(is_below(host, "signicat.com"), "{host}");
        }
        assert!(!is_below("notsignicat.com", "signicat.com"));
        assert!(is_loopback("127.0.0.1") && is_loopback("[::1]") && is_loopback("localhost"));
        assert!(!is_loopback("portal.example.nl"));
    }

    #[test]
    fn the_usual_slips_are_named() {
        let ours = "https://portal.example.nl/saml/acs";
        for (theirs, said) in [
            ("https://portal.example.nl/saml/acs/", "slash"),
            ("http://portal.example.nl/saml/acs", "scheme"),
            ("https://Portal.example.nl/saml/acs", "case"),
            ("https://portal.example.nl/saml/acs ", "white space"),
        ] {
            assert!(difference(ours, theirs).contains(said), "{theirs}");
        }
        assert_eq!(difference(ours, "https://elsewhere.example.nl/"), "");
    }
}
