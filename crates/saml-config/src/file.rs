use saml_digid::Environment;
use serde::Deserialize;

use crate::deployment::Deployment;
use crate::error::Error;

/// What `saml.toml` says: a deployment for each environment that there is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConfigFile {
    /// Where test persons log in.
    pub preproduction: Option<Deployment>,
    /// Where citizens log in.
    pub production: Option<Deployment>,
}

impl ConfigFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// An [`Error`] with the line and column of what is wrong: no TOML, a key that is not known, a value of another
    /// type or outside its list, a key that is missing.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::of(&error, text))
    }

    /// Returns the deployment in an environment, where there is one.
    #[must_use]
    pub const fn deployment(&self, environment: Environment) -> Option<&Deployment> {
        match environment {
            Environment::PreProduction => self.preproduction.as_ref(),
            Environment::Production => self.production.as_ref(),
        }
    }

    /// Returns the deployments with their environments.
    pub fn deployments(&self) -> impl Iterator<Item = (Environment, &Deployment)> {
        let all = [Environment::PreProduction, Environment::Production];
        all.into_iter().filter_map(|environment| Some((environment, self.deployment(environment)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_environments_is_read_and_has_none() {
        let file = ConfigFile::parse("").unwrap();
        assert_eq!((file.preproduction, file.production), (None, None));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_column() {
        for (text, said) in [
            (
                "[acceptance]\n",
                "line 1, column 2: expected a known key, found `acceptance`; known are `preproduction`, `production`",
            ),
            (
                "[production]\nprofile = \"digid\"\n[production.portal]\nbase_ur = 1\n",
                "line 4, column 1: expected a known key, found `base_ur`; did you mean `base_url`?",
            ),
            (
                "[production]\nprofile = \"digit\"\n",
                "line 2, column 11: expected a known value, found `digit`; did you mean `digid`?",
            ),
            (
                "[production]\nprofile = \"digid\"\n[production.portal]\nbase_url = 1\n",
                "line 4, column 12: invalid type: integer `1`, expected a string",
            ),
            ("[production]\nprofile = \"digid\"\n", "line 1, column 1: missing field `portal`"),
        ] {
            assert_eq!(ConfigFile::parse(text).unwrap_err().to_string(), said, "{text}");
        }
    }

    #[test]
    fn a_secret_that_stands_in_the_file_is_refused_and_not_repeated() {
        for state in [
            "digest_key = \"hunter2\"",
            "url = { url = \"hunter2\" }",
            "url = { env = \"A\", file = \"hunter2\" }",
            "sealing_keys = \"hunter2\"",
            "sealing_keys = [\"hunter2\"]",
        ] {
            let said = ConfigFile::parse(&format!("[production.state]\n{state}\n")).unwrap_err().to_string();
            assert!(said.starts_with("line 2, column ") && said.contains("expected"), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
