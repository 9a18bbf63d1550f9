//! What came of it, for a person and for a program.

use std::fmt::Write as _;
use std::io::Write as _;

use saml_protocol::Binding;
use saml_sp::RequestBinding;
use serde_json::json;

use crate::cases::Case;

/// One case and its verdict.
#[derive(Debug)]
pub(crate) struct Row {
    peer: &'static str,
    case: Case,
    seen: String,
}

impl Row {
    pub(crate) fn new(peer: &'static str, case: &Case, seen: String) -> Self {
        Self { peer, case: case.clone(), seen }
    }

    pub(crate) fn is_as_expected(&self) -> bool {
        self.seen == self.case.expected
    }

    fn request(&self) -> &'static str {
        match self.case.request {
            RequestBinding::Post => "post",
            RequestBinding::Redirect => "redirect",
        }
    }

    fn answer(&self) -> &'static str {
        match self.case.answer {
            Binding::HttpArtifact => "artifact",
            _ => "post",
        }
    }
}

/// Writes a table, or one row of JSON a line.
pub(crate) fn print(rows: &[Row], json: bool) {
    let text = if json { lines(rows) } else { table(rows) };
    std::io::stdout().write_all(text.as_bytes()).expect("standard output");
}

fn lines(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let said = json!({
            "peer": row.peer,
            "request": row.request(),
            "answer": row.answer(),
            "variant": row.case.variant,
            "expected": row.case.expected,
            "seen": row.seen,
            "as_expected": row.is_as_expected(),
        });
        format!("{said}\n")
    };
    rows.iter().map(line).collect()
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut line = |cells: [&str; 7]| {
        let [peer, request, answer, variant, expected, seen, mark] = cells;
        let row = format!("{peer:<14} {request:<8} {answer:<8} {variant:<38} {expected:<30} {seen:<30} {mark}");
        writeln!(text, "{}", row.trim_end()).unwrap();
    };
    line(["peer", "request", "answer", "variant", "expected", "seen", ""]);
    for row in rows {
        let mark = if row.is_as_expected() { "" } else { "DIFFERS" };
        line([row.peer, row.request(), row.answer(), row.case.variant, row.case.expected, &row.seen, mark]);
    }
    let good = rows.iter().filter(|row| row.is_as_expected()).count();
    writeln!(text, "{good} passed, {} failed", rows.len() - good).unwrap();
    text
}
