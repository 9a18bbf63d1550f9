//! The verdict on a terminal, and for programs.

use saml_response::Verdict;
use serde_json::{Value, json};

use crate::explain::arguments::Arguments;
use crate::explain::explained::Explained;
use crate::failure::Failure;
use crate::output::say;

/// Prints the decision for people, or as one JSON object.
pub(crate) fn print(explained: &Explained, arguments: &Arguments) -> Result<(), Failure> {
    let shows_identity = arguments.show_identity;
    say(&if arguments.json {
        format!("{:#}", json(explained, shows_identity))
    } else {
        text(explained, shows_identity)
    })
}

fn json(explained: &Explained, show_identity: bool) -> Value {
    let decision = &explained.decision;
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
        "verdict": if decision.accepted.is_ok() { "accepted" } else { "rejected" },
        "code": decision.accepted.as_ref().err().map(saml_response::Error::code),
        "fix": explained.fix,
        "message": explained.found,
        "taken": explained.settings.taken,
        "checks": checks,
        "name_id": null,
        "level": null,
        "attributes": {},
    });
    if let Some(fields) = report.as_object_mut() {
        fields.extend(explained.fields(show_identity));
    }
    report
}

/// Writes a line for each check; one that failed with what was expected.
fn text(explained: &Explained, show_identity: bool) -> String {
    let decision = &explained.decision;
    let mut lines = vec![match &decision.accepted {
        Ok(_) => "accepted".to_owned(),
        Err(error) => format!("rejected: {}", error.code()),
    }];
    let from_recording = explained.found.iter().chain(&explained.settings.taken);
    lines.extend(from_recording.map(|taken| format!("  from  {taken}")));
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
    if let Some(fix) = &explained.fix {
        lines.push(format!("fix: {fix}"));
    }
    for (name, value) in &explained.fields(show_identity) {
        lines.push(format!("{name}: {value}"));
    }
    lines.join("\n") + "\n"
}
