//! Changes to the text of the configuration file, which keep all that they are not about.
//!
//! **Invariant:** a text is returned only if reading it gives exactly the settings that were meant; else the lines are
//! said for a person to write.

use std::path::Path;

use saml_config::{ConfigFile, Deployment, NextKeyFiles, environment_name};
use saml_digid::Environment;

use crate::failure::Failure;

/// Writes a path as a string of TOML.
pub(super) fn quoted(path: &Path) -> String {
    toml::Value::String(path.to_string_lossy().into_owned()).to_string()
}

/// Adds the table of the next key at the end.
pub(super) fn add_next(
    text: &str,
    table: &str,
    before: &ConfigFile,
    environment: Environment,
) -> Result<(String, ConfigFile), Failure> {
    let line_end = if text.ends_with('\n') { "" } else { "\n" };
    let whole = format!("{text}{line_end}\n{table}");
    let by_hand = || Failure::usage(format!("the file could not be changed; add these lines yourself:\n{table}"));
    let after = ConfigFile::parse(&whole).map_err(|_| by_hand())?;
    let mut without = after.clone();
    if let Some(deployment) = deployment(&mut without, environment) {
        deployment.keys.next = None;
    }
    if without == *before && after != *before { Ok((whole, after)) } else { Err(by_hand()) }
}

/// Makes the next key the present one, and takes its table away.
pub(super) fn finish(
    text: &str,
    before: &ConfigFile,
    environment: Environment,
    next: &NextKeyFiles,
) -> Result<String, Failure> {
    let name = environment_name(environment);
    let (next_header, signing_header) = (format!("[{name}.keys.next]"), format!("[{name}.keys.signing]"));
    let mut moved: Vec<&str> = Vec::new();
    let mut kept: Vec<&str> = Vec::new();
    let mut table = "";
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if trimmed.starts_with('[') {
            table = trimmed;
        }
        let is_setting = !trimmed.is_empty() && !trimmed.starts_with('#');
        let of_files = ["key", "certificate", "passphrase"].contains(&key(trimmed));
        if table.starts_with(&next_header) && is_setting {
            if of_files {
                moved.push(line);
            }
        } else if !(table.starts_with(&signing_header) && of_files) {
            kept.push(line);
        }
    }
    let mut whole = String::with_capacity(text.len());
    for line in kept {
        whole.push_str(line);
        if line.trim_start().starts_with(&signing_header) {
            moved.iter().for_each(|line| whole.push_str(&format!("{}\n", line.trim_end())));
        }
    }
    let mut expected = before.clone();
    if let Some(deployment) = deployment(&mut expected, environment) {
        deployment.keys.signing = next.files();
        deployment.keys.next = None;
    }
    match ConfigFile::parse(&whole) {
        Ok(after) if after == expected => Ok(whole),
        _ => Err(Failure::usage(format!(
            "the file could not be changed; make the settings of {next_header} those of {signing_header} yourself: key = {}, certificate = {}",
            quoted(&next.key),
            quoted(&next.certificate)
        ))),
    }
}

/// Returns the key of a line.
fn key(line: &str) -> &str {
    line.split_once('=').map_or("", |(key, _)| key.trim())
}

fn deployment(config: &mut ConfigFile, environment: Environment) -> Option<&mut Deployment> {
    match environment {
        Environment::PreProduction => config.preproduction.as_mut(),
        Environment::Production => config.production.as_mut(),
    }
}
