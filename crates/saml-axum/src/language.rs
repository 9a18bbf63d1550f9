/// The languages that the pages are written in.
///
/// ```
/// use saml_axum::Language;
///
/// assert_eq!(Language::from_code("en"), Some(Language::English));
/// assert_eq!(Language::from_code("de"), None);
/// assert_eq!(Language::default().code(), "nl");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Dutch.
    #[default]
    Dutch,
    /// English.
    English,
}

impl Language {
    /// Returns the language with this code of two letters.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Dutch, Self::English].into_iter().find(|language| language.code() == code)
    }

    /// Returns the code of two letters, as in the attribute `lang`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
        }
    }

    /// Returns the language that a page offers beside this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Dutch => Self::English,
            Self::English => Self::Dutch,
        }
    }

    /// Returns the one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'a>(self, dutch: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Dutch => dutch,
            Self::English => english,
        }
    }
}
