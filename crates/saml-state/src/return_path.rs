use std::fmt;

use crate::Error;

/// Where on this very host the browser goes after the login (ATT-167).
///
/// A text that any browser could take for another host is refused.
///
/// ```
/// use saml_state::{Error, ReturnPath};
///
/// assert_eq!(ReturnPath::parse("/permits/42?tab=files#top")?.as_str(), "/permits/42?tab=files#top");
/// assert_eq!(ReturnPath::parse("//evil.example/"), Err(Error::ReturnPathNotLocal { found: 15 }));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// Reads a path, with query and fragment if it has them, that starts with a single slash.
    ///
    /// Two slashes in a row are refused anywhere, as are backslashes (browsers read them as slashes), and everything
    /// that is not visible ASCII (browsers drop tabs and line ends): write those as percent escapes.
    ///
    /// # Errors
    ///
    /// [`Error::ReturnPathNotLocal`].
    pub fn parse(text: &str) -> Result<ReturnPath, Error> {
        let is_local = text.starts_with('/')
            && !text.contains("//")
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && text.len() <= LIMIT;
        if is_local { Ok(ReturnPath(text.to_owned())) } else { Err(Error::ReturnPathNotLocal { found: text.len() }) }
    }

    /// Returns the path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// The longest URL that every browser and proxy passes is about 2,000 bytes.
const LIMIT: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_path_is_accepted() {
        for text in ["/", "/a", "/a/", "/a/b.html?c=d&e=%2F%2Ff#g", "/?next=/a", "/~a/b:c@d"] {
            assert_eq!(ReturnPath::parse(text).as_ref().map(ReturnPath::as_str), Ok(text));
        }
    }

    #[test]
    fn a_text_that_could_lead_elsewhere_is_rejected() {
        for text in [
            "",
            "a",
            "?a",
            "#a",
            "https://evil.example/",
            "javascript:alert(1)",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "/\t/evil.example",
            "/\n/evil.example",
            " /a",
            "/a b",
            "/a\r\nSet-Cookie: b",
            "/.//evil.example",
            "/a\0",
            "/é",
            "/?next=//evil.example",
        ] {
            assert_eq!(ReturnPath::parse(text), Err(Error::ReturnPathNotLocal { found: text.len() }), "{text:?}");
        }
    }

    #[test]
    fn a_path_of_more_than_2000_bytes_is_rejected() {
        assert!(ReturnPath::parse(&format!("/{}", "a".repeat(1999))).is_ok());
        assert_eq!(
            ReturnPath::parse(&format!("/{}", "a".repeat(2000))),
            Err(Error::ReturnPathNotLocal { found: 2001 })
        );
    }
}
