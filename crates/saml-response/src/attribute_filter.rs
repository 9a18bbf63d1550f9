use std::fmt;

/// Which attributes of an assertion are kept; the others are forgotten unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeFilter(Option<Vec<String>>);

impl AttributeFilter {
    /// Keeps the attributes with one of these names.
    #[must_use]
    pub fn named(names: impl IntoIterator<Item = String>) -> Self {
        Self(Some(names.into_iter().collect()))
    }

    /// Keeps every attribute that the signature covers, for an application that chooses by itself.
    #[must_use]
    pub const fn every_signed_attribute() -> Self {
        Self(None)
    }

    pub(crate) fn keeps(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.iter().any(|kept| kept == name))
    }
}

impl fmt::Display for AttributeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref() {
            None => f.write_str("every signed attribute"),
            Some([]) => f.write_str("none"),
            Some(names) => f.write_str(&names.join(", ")),
        }
    }
}
