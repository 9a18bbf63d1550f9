/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Dutch,
    English,
}

impl Language {
    /// Returns the language with this tag, such as `en` or `en-GB`.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next() {
            Some("en") => Some(Self::English),
            Some("nl") => Some(Self::Dutch),
            _ => None,
        }
    }

    /// Returns the language that a query string asks for by `lang`.
    pub(crate) fn from_query(query: &str) -> Option<Self> {
        query.split('&').find_map(|field| field.strip_prefix("lang=")).and_then(Self::from_tag)
    }

    /// Returns the first language of an `Accept-Language` that there is; browsers send them in order of preference.
    pub(crate) fn from_accept_language(header: &str) -> Option<Self> {
        header.split(',').find_map(|item| Self::from_tag(item.split(';').next().unwrap_or_default().trim()))
    }

    /// Returns the tag for the `lang` attribute.
    pub(crate) const fn tag(self) -> &'static str {
        self.pick("nl", "en")
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Dutch => Self::English,
            Self::English => Self::Dutch,
        }
    }

    /// Returns the text in this language.
    pub(crate) const fn pick<'t>(self, dutch: &'t str, english: &'t str) -> &'t str {
        match self {
            Self::Dutch => dutch,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_language_of_the_browser_that_there_is_counts() {
        assert_eq!(Language::from_accept_language("de-DE, en-GB;q=0.8, nl;q=0.5"), Some(Language::English));
        assert_eq!(Language::from_accept_language("nl,en"), Some(Language::Dutch));
        assert_eq!(Language::from_accept_language("fr"), None);
    }

    #[test]
    fn language_of_the_query_is_found_between_other_fields() {
        assert_eq!(Language::from_query("SAMLRequest=a&lang=en"), Some(Language::English));
        assert_eq!(Language::from_query("xlang=en"), None);
    }
}
