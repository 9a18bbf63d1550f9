/// Who may have authenticated the user.
///
/// A broker speaks for many identity providers with one entity ID and one key. Without this list, an iDIN customer
/// number, an eHerkenning pseudonym or a simulated login could be taken for a citizen (ATT-142, ATT-208).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities(pub(crate) Option<Vec<String>>);

impl Authorities {
    /// The issuer authenticates by itself: it is no broker, and `AuthenticatingAuthority` decides nothing.
    #[must_use]
    pub const fn issuer_itself() -> Self {
        Self(None)
    }

    /// The issuer is a broker: it must name one of `entity_ids`. An empty list refuses everybody.
    #[must_use]
    pub fn one_of(entity_ids: impl IntoIterator<Item = String>) -> Self {
        Self(Some(entity_ids.into_iter().collect()))
    }

    /// Returns the allowed entity IDs; empty where the issuer authenticates by itself.
    #[must_use]
    pub fn entity_ids(&self) -> &[String] {
        self.0.as_deref().unwrap_or_default()
    }
}
