use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de};
use toml::Value;

/// Where a secret is: `{ file = "..." }` or `{ env = "..." }`. The secret itself never stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// In an environment variable of this name.
    Env(String),
    /// In this file, whose last line end is left out.
    File(PathBuf),
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Who writes the secret itself here must not find it again in an error, and so in a log: serde would repeat it.
        let Value::Table(table) = Value::deserialize(deserializer)? else { return Err(de::Error::custom(EXPECTED)) };
        let mut entries = table.into_iter();
        match (entries.next(), entries.next()) {
            (Some((key, Value::String(name))), None) if key == "env" => Ok(Self::Env(name)),
            (Some((key, Value::String(path))), None) if key == "file" => Ok(Self::File(path.into())),
            _ => Err(de::Error::custom(EXPECTED)),
        }
    }
}

const EXPECTED: &str = "expected { file = \"...\" } or { env = \"...\" }, found something else";
