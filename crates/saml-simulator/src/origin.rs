/// Returns the origin of a URL, `scheme://host[:port]`, or `None` for what could be something else in a header.
///
/// It goes into the `Content-Security-Policy`, where `;` and white space would begin another directive.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    if authority.is_empty() || !authority.bytes().all(plain) {
        return None;
    }
    url.split_at_checked(url.len() - rest.len() + authority.len()).map(|(origin, _)| origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_ends_before_path_and_query() {
        assert_eq!(origin("https://portal.example.nl/saml/acs"), Some("https://portal.example.nl"));
        assert_eq!(origin("http://127.0.0.1:8080?a=b"), Some("http://127.0.0.1:8080"));
        assert_eq!(origin("http://[::1]:8080"), Some("http://[::1]:8080"));
    }

    #[test]
    fn what_could_end_a_directive_is_refused() {
        for url in
            ["https://a;b/", "https://a b/", "https://a'b/", "https:///acs", "javascript:alert(1)", "https://*/", ""]
        {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
