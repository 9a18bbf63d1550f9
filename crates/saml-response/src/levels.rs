use std::fmt;

/// The levels of assurance that a partner may answer with, and how they compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Exact,
    Ordered { scale: &'static [(&'static str, u8)], floor: u8 },
}

impl Levels {
    /// The class must be exactly the one that was asked for; when none was asked for, any class will do.
    #[must_use]
    pub const fn exact() -> Self {
        Self(Kind::Exact)
    }

    /// The class must be on `scale` (class URI and rank) and rank at least `floor` and at least what was asked for.
    ///
    /// A class that is not on the scale is refused (ATT-123, ATT-207). Several classes may share a rank.
    #[must_use]
    pub const fn ordered(scale: &'static [(&'static str, u8)], floor: u8) -> Self {
        Self(Kind::Ordered { scale, floor })
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Exact => f.write_str("exactly the class that was asked for; any, where none was"),
            Kind::Ordered { scale, floor } => {
                let accepted = scale.iter().filter(|(_, rank)| *rank >= floor);
                let classes: Vec<String> = accepted.map(|(uri, rank)| format!("{uri} ({rank})")).collect();
                write!(f, "at least what was asked for, of: {}", classes.join(", "))
            }
        }
    }
}

/// Returns the rank of a class on a scale.
pub(crate) fn rank(scale: &[(&str, u8)], class_ref: &str) -> Option<u8> {
    scale.iter().find(|(uri, _)| *uri == class_ref).map(|(_, rank)| *rank)
}
