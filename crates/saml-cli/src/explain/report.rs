use saml_digid::LevelOfAssurance;
use saml_name_id::Identity;
use saml_response::Verdict;
use serde_json::{Map, Value, json};

use crate::explain::arguments::Arguments;
use crate::explain::decide::{Accepted, Decision};

/// Prints the decision for people, or as one JSON object.
#[expect(clippy::print_stdout, reason = "the command line is this program's way to speak")]
pub(crate) fn print(decision: &Decision, arguments: &Arguments) {
    if arguments.json {
        println!("{:#}", json(decision, arguments.show_identity));
    } else {
        print!("{}", text(decision, arguments.show_identity));
    }
}

fn json(decision: &Decision, show_identity: bool) -> Value {
    let checks: Vec<_> = decision
        .trace
        .records()
        .iter()
        .map(|record| {
            json!({
                "code": record.code,
                "clause": record.clause,
                "expected": record.expected.to_string(),
                "found": record.found.to_string(),
                "verdict": record.verdict.as_str(),
            })
        })
        .collect();
    let mut report = json!({
        "verdict": verdict(decision),
        "code": decision.accepted.as_ref().err().map(saml_response::Error::code),
        "checks": checks,
        "name_id": null,
        "level": null,
        "attributes": {},
    });
    if let (Ok(accepted), Some(fields)) = (&decision.accepted, report.as_object_mut()) {
        describe(accepted, show_identity, fields);
    }
    report
}

fn describe(accepted: &Accepted, show_identity: bool, fields: &mut Map<String, Value>) {
    let assertion = &accepted.assertion;
    let name_id = assertion.name_id();
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
                "kind": accepted.subject.identity.kind(),
                "value": if show_identity { name_id.expose().trim().to_owned() } else { masked(&accepted.subject.identity) },
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
    fields.extend(described.map(|(name, value)| (name.to_owned(), value)));
}

fn text(decision: &Decision, show_identity: bool) -> String {
    let mut lines = vec![match &decision.accepted {
        Ok(_) => "accepted".to_owned(),
        Err(error) => format!("rejected: {}", error.code()),
    }];
    for record in decision.trace.records() {
        lines.push(match record.verdict {
            Verdict::Passed => format!("  ok    {}: {}", record.code, record.found),
            Verdict::NotChecked => format!("  -     {}: {}", record.code, record.expected),
            Verdict::Failed => format!(
                "  FAIL  {}\n          expected  {}\n          found     {}\n          clause    {}",
                record.code, record.expected, record.found, record.clause
            ),
        });
    }
    if let Ok(accepted) = &decision.accepted {
        let mut fields = Map::new();
        describe(accepted, show_identity, &mut fields);
        for (name, value) in &fields {
            lines.push(format!("{name}: {value}"));
        }
    }
    lines.join("\n") + "\n"
}

fn verdict(decision: &Decision) -> &'static str {
    if decision.accepted.is_ok() { "accepted" } else { "rejected" }
}

fn masked(identity: &Identity) -> String {
    identity.masked()
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
