use thiserror::Error as ThisError;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A key or value that is not known.
    #[error("line {line}, column {column}: expected a known {kind}, found `{found}`; {}", hint(nearest.as_deref(), known))]
    Unknown {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// `key` or `value`.
        kind: &'static str,
        /// What stands there.
        found: String,
        /// The known one that is most like it, where one is.
        nearest: Option<String>,
        /// Those that are known there.
        known: Vec<String>,
    },
    /// Anything else that cannot be read.
    #[error("line {line}, column {column}: {reason}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What was expected, and what was found.
        reason: String,
    },
}

impl Error {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "config_unknown",
            Self::Unreadable { .. } => "config_unreadable",
        }
    }

    /// Returns the line, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        match self {
            Self::Unknown { line, .. } | Self::Unreadable { line, .. } => *line,
        }
    }

    pub(crate) fn of(error: &toml::de::Error, text: &str) -> Self {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        // serde has no form for these but its sentence; the tests of `file` hold it to the sentence that is read here.
        let unknown = [("unknown field ", "key"), ("unknown variant ", "value")];
        let quoted: Vec<&str> = error.message().split('`').skip(1).step_by(2).collect();
        let kind = unknown.iter().find(|(start, _)| error.message().starts_with(start)).map(|(_, kind)| *kind);
        match (kind, quoted.split_first()) {
            (Some(kind), Some((found, known))) => Self::Unknown {
                line,
                column,
                kind,
                found: (*found).to_owned(),
                nearest: nearest(found, known).map(str::to_owned),
                known: known.iter().map(|known| (*known).to_owned()).collect(),
            },
            _ => Self::Unreadable { line, column, reason: without_text(error.message()).trim().replace('\n', "; ") },
        }
    }
}

/// Leaves out a text that stands where something else belongs: it may be a secret, and errors go to logs.
fn without_text(message: &str) -> String {
    const START: &str = "invalid type: string ";
    let rest = message.strip_prefix(START).and_then(|rest| rest.rsplit_once("\", expected "));
    rest.map_or_else(|| message.to_owned(), |(_, expected)| format!("invalid type: a string, expected {expected}"))
}

/// Counts lines and columns from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

fn nearest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(found, known);
    let best = known.iter().max_by(|left, right| likeness(left).total_cmp(&likeness(right)))?;
    (likeness(best) >= LIKE).then_some(best)
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known are `{}`", known.join("`, `")),
    }
}

/// Below this two words have little in common; clap draws the line near here too.
const LIKE: f64 = 0.8;
