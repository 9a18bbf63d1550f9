//! The configuration in the form that its hash is of.

use std::path::Path;

use saml_config::{Parts, environment_name};
use saml_xml_security::sha256;
use toml::Value;

use crate::failure::Failure;

/// Writes the configuration of one environment so that the same settings always give the same text: a line for each
/// key, in alphabetical order, without comments; then what holds where the file says nothing.
///
/// Secrets do not stand in the file, so they do not stand here; a password in a URL is left out.
pub(super) fn text(path: &Path, parts: &Parts<'_>) -> Result<String, Failure> {
    let unusable = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let read = std::fs::read_to_string(path).map_err(|error| unusable(&error))?;
    let file: toml::Table = toml::from_str(&read).map_err(|error| unusable(&error))?;
    let name = environment_name(parts.environment());
    let mut lines = Vec::new();
    if let Some(value) = file.get(name) {
        flatten(name, value, &mut lines);
    }
    lines.sort();
    let portal = &parts.deployment().portal;
    let mut holds = vec![
        ("entity_id", portal.entity_id()),
        ("assertion_consumer_service", portal.assertion_consumer_service()),
        ("answers_by", format!("{:?}", parts.answer_binding()).to_lowercase()),
        ("requests_by", format!("{:?}", parts.request_binding()).to_lowercase()),
        ("force_authn", parts.deployment().login.force_authn.to_string()),
    ];
    let rules = parts.profile().map(|profile| profile.rules()).unwrap_or_default();
    let rules = rules.into_iter().map(|rule| (rule.name, rule.value));
    holds.extend(rules);
    lines.extend(holds.into_iter().map(|(key, value)| format!("holds.{key} = {}", Value::String(value))));
    Ok(lines.join("\n") + "\n")
}

/// Returns the SHA-256 of a text in hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    sha256(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn flatten(place: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Table(table) => table.iter().for_each(|(key, value)| flatten(&format!("{place}.{key}"), value, lines)),
        Value::Array(all) => {
            (0..).zip(all).for_each(|(index, value): (usize, _)| flatten(&format!("{place}[{index}]"), value, lines));
        }
        Value::String(text) => lines.push(format!("{place} = {}", Value::String(without_password(text)))),
        other => lines.push(format!("{place} = {other}")),
    }
}

/// Takes out what stands before the host of a URL.
fn without_password(text: &str) -> String {
    let split = text.split_once("://").and_then(|(scheme, rest)| {
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        let (_, host) = authority.rsplit_once('@')?;
        let path = path.map_or_else(String::new, |path| format!("/{path}"));
        Some(format!("{scheme}://***@{host}{path}"))
    });
    split.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let table: toml::Table = toml::from_str(text).unwrap();
        let mut lines = Vec::new();
        flatten("production", &Value::Table(table), &mut lines);
        lines.sort();
        lines
    }

    #[test]
    fn order_space_and_comments_do_not_count_and_values_do() {
        let one = lines("a = 1\n# so\nb = [\"x\", \"y\"]\n");
        assert_eq!(one, lines("b=[ 'x', 'y' ]\na=1"));
        assert_ne!(one, lines("b = [\"x\", \"y\"]\na = 2"));
        assert_eq!(one, ["production.a = 1", "production.b[0] = \"x\"", "production.b[1] = \"y\""]);
    }

    #[test]
    fn a_password_in_a_url_is_left_out() {
        assert_eq!(without_password("https://me:secret@a.nl/p"), "https://***@a.nl/p");
        assert_eq!(without_password("https://a.nl/p@q"), "https://a.nl/p@q");
    }
}
