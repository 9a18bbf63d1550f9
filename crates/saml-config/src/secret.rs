use std::path::PathBuf;

use serde::Deserialize;

/// Where a secret is: `{ file = "..." }` or `{ env = "..." }`. The secret itself never stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Secret {
    /// In an environment variable of this name.
    Env(String),
    /// In this file, whose last line end is left out.
    File(PathBuf),
}
