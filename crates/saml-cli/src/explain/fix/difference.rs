//! In what two names or URLs differ, where that is one small thing.

/// Says in what `found` differs from `expected`, as the end of a sentence; nothing where they have little in common.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let words = |what: &str| format!(" They differ only in {what}.");
    if found.trim() == expected.trim() {
        return words("white space around them");
    }
    if found.trim_end_matches('/') == expected.trim_end_matches('/') {
        return words("a slash at the end");
    }
    if found.eq_ignore_ascii_case(expected) {
        return words("capitals");
    }
    let (Some(wanted), Some(other)) = (Url::of(expected), Url::of(found)) else { return String::new() };
    let same = (
        wanted.scheme == other.scheme,
        wanted.host == other.host,
        wanted.port == other.port,
        wanted.path == other.path,
    );
    match same {
        (false, true, true, true) => words(&format!("the scheme: {} and {}", wanted.scheme, other.scheme)),
        (true, false, true, true) => words(&format!("the host: {} and {}", wanted.host, other.host)),
        (true, true, false, true) => words(&format!("the port: {} and {}", wanted.port, other.port)),
        (true, true, true, false) => words(&format!("the path: {} and {}", wanted.path, other.path)),
        _ => String::new(),
    }
}

struct Url<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
    path: &'a str,
}

impl<'a> Url<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "none"));
        Some(Self { scheme, host, port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_thing_in_which_two_urls_differ_is_said() {
        let ours = "https://portal.example.nl/saml";
        for (found, words) in [
            ("https://portal.example.nl/saml/", " They differ only in a slash at the end."),
            (" https://portal.example.nl/saml\n", " They differ only in white space around them."),
            ("https://Portal.example.nl/saml", " They differ only in capitals."),
            ("http://portal.example.nl/saml", " They differ only in the scheme: https and http."),
            ("https://test.example.nl/saml", " They differ only in the host: portal.example.nl and test.example.nl."),
            ("https://portal.example.nl:8443/saml", " They differ only in the port: none and 8443."),
            ("https://portal.example.nl/acs", " They differ only in the path: /saml and /acs."),
            ("http://test.example.nl/saml", ""),
            ("urn:portal", ""),
        ] {
            assert_eq!(difference(ours, found), words, "{found}");
        }
    }
}
