use std::path::{Path, PathBuf};

use thiserror::Error as ThisError;

/// What keeps a file from becoming a portal, by the path of the key that is to be changed. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum PartError {
    /// A file that cannot be read.
    #[error("{key}: expected a file that can be read at {}, found: {reason}", path.display())]
    File {
        /// The path of the key, such as `production.keys.signing.key`.
        key: String,
        /// Where the file was looked for.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A value that another part refuses.
    #[error("{key}: {reason}")]
    Refused {
        /// The path of the key.
        key: String,
        /// The code of that part.
        code: &'static str,
        /// What was expected and what was found.
        reason: String,
    },
    /// A secret that is not where the file says, or not of its form.
    #[error("{key}: expected {expected}, found {found}")]
    Secret {
        /// The path of the key.
        key: String,
        /// What should be there.
        expected: String,
        /// What is wrong with what is there; nothing of the secret.
        found: &'static str,
    },
    /// Values that cannot be together.
    #[error("{key}: expected {expected}, found {found}; {mend}")]
    Value {
        /// The path of the key.
        key: String,
        /// The stable word for logs.
        code: &'static str,
        /// What would do.
        expected: String,
        /// What stands there.
        found: String,
        /// What to do.
        mend: &'static str,
    },
}

impl PartError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "config_file",
            Self::Refused { code, .. } | Self::Value { code, .. } => code,
            Self::Secret { .. } => "config_secret",
        }
    }

    /// Returns the path of the key, such as `production.login.authorities`.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::File { key, .. } | Self::Refused { key, .. } | Self::Secret { key, .. } | Self::Value { key, .. } => {
                key
            }
        }
    }

    pub(crate) fn refused(key: String, code: &'static str, reason: impl ToString) -> Self {
        Self::Refused { key, code, reason: reason.to_string() }
    }

    /// Says what is wrong with the content of a file.
    pub(crate) fn in_file(key: String, path: &Path, code: &'static str, reason: impl ToString) -> Self {
        Self::refused(key, code, format!("{}: {}", path.display(), reason.to_string()))
    }
}
