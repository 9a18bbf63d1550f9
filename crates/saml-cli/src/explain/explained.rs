//! The verdict with all that is told about it: for the terminal, for programs and for the page.

use saml_digid::LevelOfAssurance;
use serde_json::{Map, Value, json};

use crate::explain::decide::{Accepted, Decision};
use crate::explain::fix::{Facts, fix};
use crate::explain::settings::Settings;

/// The verdict on a message with all that is told about it, in whatever form.
pub(crate) struct Explained {
    pub(crate) decision: Decision,
    pub(crate) settings: Settings,
    /// What is likely to mend a refusal.
    pub(crate) fix: Option<String>,
    /// Where in a recording the message was found.
    pub(crate) found: Option<String>,
}

impl Explained {
    pub(crate) fn new(
        decision: Decision,
        settings: Settings,
        requests: &[(String, usize)],
        found: Option<String>,
    ) -> Self {
        let facts = |error| Facts { record: error, settings: &settings, decision: &decision, requests };
        let fix = decision.accepted.as_ref().err().and_then(|error| fix(&facts(error.record())));
        Self { decision, settings, fix, found }
    }

    /// Returns what an accepted message says, by name, as JSON.
    pub(crate) fn fields(&self, show_identity: bool) -> Map<String, Value> {
        self.decision.accepted.as_ref().map_or_else(|_| Map::new(), |accepted| describe(accepted, show_identity))
    }

    /// Returns what an accepted message says, by name, as text.
    pub(crate) fn said(&self, show_identity: bool) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields = self.fields(show_identity);
        let (nested, plain): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, value)| value.is_object());
        let nested = nested.into_iter().flat_map(|(name, value)| {
            let members = value.as_object().into_iter().flatten();
            members.map(move |(member, value)| (format!("{name} {member}"), value))
        });
        let all = plain.into_iter().map(|(name, value)| (name.clone(), value)).chain(nested);
        all.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.replace('_', " "), text(value))).collect()
    }
}

fn describe(accepted: &Accepted, show_identity: bool) -> Map<String, Value> {
    let assertion = &accepted.assertion;
    let name_id = assertion.name_id();
    let identity = &accepted.subject.identity;
    let uri = assertion.level();
    let level = uri.and_then(LevelOfAssurance::from_uri).map(LevelOfAssurance::name);
    let attributes: Map<String, Value> = assertion
        .attributes()
        .iter()
        .map(|attribute| {
            let shown = |value: &String| if show_identity { value.clone() } else { mask(value) };
            (attribute.name().to_owned(), attribute.expose().iter().map(shown).collect())
        })
        .collect();
    let described = [
        (
            "name_id",
            json!({
                "kind": identity.kind(),
                "value": if show_identity { name_id.expose().trim().to_owned() } else { identity.masked() },
                "format": name_id.format(),
                "name_qualifier": name_id.name_qualifier(),
                "sp_name_qualifier": name_id.sp_name_qualifier(),
            }),
        ),
        ("level", json!(level.or(uri))),
        ("authn_context_class", json!(uri)),
        ("authority", json!(assertion.authority())),
        ("issuer", json!(assertion.issuer())),
        ("attributes", Value::Object(attributes)),
    ];
    described.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// Keeps the first two and the last two characters of a value that is long enough to hide something between them.
fn mask(value: &str) -> String {
    let characters: Vec<char> = value.chars().collect();
    match characters.as_slice() {
        [first, second, middle @ .., before_last, last] if middle.len() >= 5 => {
            format!("{first}{second}*****{before_last}{last}")
        }
        _ => "*****".to_owned(),
    }
}
