use std::fmt;

/// Who may have authenticated the user.
///
/// A broker speaks for many identity providers with one entity ID and one key. Without this list, an iDIN customer
/// number, an eHerkenning pseudonym or a simulated login could be taken for a citizen (ATT-142, ATT-208).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    EachOf(Vec<String>),
    IssuerItself,
    OneOf(Vec<String>),
    WhoeverTheIssuerNames,
}

impl Authorities {
    /// The issuer authenticates by itself: it is no broker, and may name nobody but itself.
    #[must_use]
    pub const fn issuer_itself() -> Self {
        Self(Kind::IssuerItself)
    }

    /// The issuer is a broker: it must name one of `entity_ids`. An empty list refuses everybody.
    #[must_use]
    pub fn one_of(entity_ids: impl IntoIterator<Item = String>) -> Self {
        Self(Kind::OneOf(entity_ids.into_iter().collect()))
    }

    /// The issuer is a routing service that may name several, such as who authenticated and who knows the mandate: at
    /// least one, and each of `entity_ids`. An empty list refuses everybody.
    #[must_use]
    pub fn each_of(entity_ids: impl IntoIterator<Item = String>) -> Self {
        Self(Kind::EachOf(entity_ids.into_iter().collect()))
    }

    /// The issuer answers for whoever authenticated: what it names is not judged, and not passed on.
    #[must_use]
    pub const fn whoever_the_issuer_names() -> Self {
        Self(Kind::WhoeverTheIssuerNames)
    }

    /// Returns the allowed entity IDs behind a broker; empty where the issuer is none.
    #[must_use]
    pub fn entity_ids(&self) -> &[String] {
        match &self.0 {
            Kind::EachOf(entity_ids) | Kind::OneOf(entity_ids) => entity_ids,
            Kind::IssuerItself | Kind::WhoeverTheIssuerNames => &[],
        }
    }
}

impl fmt::Display for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::EachOf(entity_ids) => write!(f, "one or more of: {}", entity_ids.join(", ")),
            Kind::IssuerItself => f.write_str("the issuer itself"),
            Kind::OneOf(entity_ids) => write!(f, "one of: {}", entity_ids.join(", ")),
            Kind::WhoeverTheIssuerNames => f.write_str("whoever the issuer names"),
        }
    }
}
