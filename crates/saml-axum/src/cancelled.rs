use saml_state::ReturnPath;

/// Tells whether the browser comes back from a login that the user cancelled, by the query of the page.
///
/// The page shows a text of its own then, [`CANCELLED_NL`](saml_digid::texts::CANCELLED_NL) for one. Anybody can make
/// such a URL, so it is good for nothing else.
///
/// ```
/// use saml_axum::is_cancelled;
///
/// assert!(is_cancelled(Some("tab=files&login=cancelled")));
/// assert!(!is_cancelled(Some("tab=files")));
/// assert!(!is_cancelled(None));
/// ```
#[must_use]
pub fn is_cancelled(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|pair| pair == MARK))
}

/// Returns the page where the login began, marked as cancelled (Logius T7).
pub(crate) fn marked(page: &ReturnPath) -> String {
    let page = unmarked(page);
    let (path, fragment) = split(&page, '#');
    let (_, query) = split(path, '?');
    let separator = if query.is_empty() { '?' } else { '&' };
    format!("{path}{separator}{MARK}{fragment}")
}

/// Returns the page without the mark, so that a login that succeeds does not end under an old message.
pub(crate) fn unmarked(page: &ReturnPath) -> String {
    let (rest, fragment) = split(page.as_str(), '#');
    let (path, query) = split(rest, '?');
    let pairs = query.strip_prefix('?').unwrap_or_default().split('&');
    let kept: Vec<&str> = pairs.filter(|pair| *pair != MARK).collect();
    let query = kept.join("&");
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{path}{separator}{query}{fragment}")
}

/// Splits before the first `separator`.
fn split(text: &str, separator: char) -> (&str, &str) {
    text.find(separator).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

const MARK: &str = "login=cancelled";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_put_into_the_query_once() {
        for (page, expected) in [
            ("/", "/?login=cancelled"),
            ("/a?b=c", "/a?b=c&login=cancelled"),
            ("/a#d", "/a?login=cancelled#d"),
            ("/a?b=c#d?e", "/a?b=c&login=cancelled#d?e"),
            ("/a?login=cancelled&b=c", "/a?b=c&login=cancelled"),
        ] {
            assert_eq!(marked(&ReturnPath::parse(page).unwrap()), expected);
        }
    }

    #[test]
    fn the_mark_and_nothing_else_is_taken_out() {
        for (page, expected) in [
            ("/", "/"),
            ("/?login=cancelled", "/"),
            ("/a?b=c&login=cancelled#d", "/a?b=c#d"),
            ("/a?login=cancelledx", "/a?login=cancelledx"),
            ("/a??b=c", "/a??b=c"),
        ] {
            assert_eq!(unmarked(&ReturnPath::parse(page).unwrap()), expected);
        }
    }
}
