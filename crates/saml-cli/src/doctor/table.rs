//! The table for people: by the steps, 100 columns wide, in colour on a terminal.

use std::io::IsTerminal;

use saml_config::environment_name;
use saml_doctor::{BUILT_IN, Finding, Outcome, Report, Step};

use crate::output::wrapped;

/// Writes the reports; in colour where standard output is a terminal and `NO_COLOR` is not set.
pub(super) fn text(reports: &[Report]) -> String {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    written(reports, std::io::stdout().is_terminal() && !unwanted)
}

fn written(reports: &[Report], colour: bool) -> String {
    let mut text = String::new();
    for report in reports {
        text.push_str(&environment(report, colour));
    }
    text.push_str("Always so, whatever the file says:\n");
    for line in BUILT_IN {
        text.push_str(&wrapped(line, "  - ", "    "));
    }
    text
}

fn environment(report: &Report, colour: bool) -> String {
    let name = environment_name(report.environment);
    let at = report.at.format("%Y-%m-%d %H:%M UTC");
    let mut text = format!("{name}, looked at as of {at}\n\n");
    for step in Step::ALL {
        let findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.check.step == step).collect();
        if findings.is_empty() {
            continue;
        }
        let number = if step == Step::Preproduction { String::new() } else { format!("{}  ", step.number()) };
        text.push_str(&format!("{number}{}\n", step.title()));
        for finding in findings {
            text.push_str(&row(finding, colour));
        }
        text.push('\n');
    }
    text.push_str(&not_looked_at(report));
    let worst_first = Outcome::ALL.into_iter().rev().map(|outcome| (outcome, report.count(outcome)));
    let counts: Vec<String> =
        worst_first.filter(|(_, count)| *count > 0).map(|(outcome, count)| counted(outcome, count)).collect();
    text.push_str(&format!("{name}: {}\n\n", counts.join(", ")));
    text
}

/// Writes one check, and where it is not as it should be what was found, what to do and why.
fn row(finding: &Finding, colour: bool) -> String {
    let check = finding.check;
    let title = match finding.outcome {
        Outcome::Ok => format!("{}: {}", check.title, finding.found),
        _ => check.title.to_owned(),
    };
    let indent = " ".repeat(2 + WORD);
    let line = wrapped(&title, &format!("{indent}{:CODE$}", check.code), &format!("{indent}{:CODE$}", ""));
    let (word, code) = word(finding.outcome);
    let padded = format!("{word:WORD$}");
    let shown = if colour { format!("\x1b[{code}m{padded}\x1b[0m") } else { padded };
    let mut text = line.replacen(&indent, &format!("  {shown}"), 1);
    // What was not looked at is said once for all, below.
    if matches!(finding.outcome, Outcome::Ok | Outcome::NotLookedAt) {
        return text;
    }
    text.push_str(&detail("found", &finding.found));
    if let Some(mend) = &finding.mend {
        text.push_str(&detail("do", mend));
    }
    if finding.outcome != Outcome::Human {
        text.push_str(&detail("why", &format!("{} [{}]", check.why, check.source)));
    }
    text
}

/// Lists what was not looked at by what it needs.
fn not_looked_at(report: &Report) -> String {
    let mut needs: Vec<(String, Vec<&str>)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::NotLookedAt) {
        let need = format!("{}: {}", finding.found, finding.mend.as_deref().unwrap_or_default());
        match needs.iter_mut().find(|(known, _)| *known == need) {
            Some((_, codes)) => codes.push(finding.check.code),
            None => needs.push((need, vec![finding.check.code])),
        }
    }
    if needs.is_empty() {
        return String::new();
    }
    let mut text = "Not looked at\n".to_owned();
    for (need, codes) in needs {
        text.push_str(&wrapped(&need, "  - ", "    "));
        text.push_str(&wrapped(&codes.join(", "), "    ", "    "));
    }
    text.push('\n');
    text
}

fn detail(label: &str, text: &str) -> String {
    let indent = " ".repeat(2 + WORD);
    wrapped(text, &format!("{indent}{label:LABEL$}"), &format!("{indent}{:LABEL$}", ""))
}

/// Returns the word of an outcome, and its colour on a terminal (ECMA-48 SGR).
const fn word(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Ok => ("ok", "32"),
        Outcome::Human => ("human", "36"),
        Outcome::NotLookedAt => ("not seen", "2"),
        Outcome::Warning => ("warning", "33"),
        Outcome::Problem => ("problem", "1;31"),
    }
}

fn counted(outcome: Outcome, count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    match outcome {
        Outcome::Ok => format!("{count} ok"),
        Outcome::Human => format!("{count} for people"),
        Outcome::NotLookedAt => format!("{count} not looked at"),
        Outcome::Warning => format!("{count} warning{plural}"),
        Outcome::Problem => format!("{count} problem{plural}"),
    }
}

/// Columns of the outcome, of the code, and of the label of a detail.
const WORD: usize = 10;
const CODE: usize = 29;
const LABEL: usize = 7;

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use saml_digid::Environment;
    use saml_doctor::CHECKS;

    use super::*;
    use crate::output::WIDTH;

    fn report() -> Report {
        let outcomes = Outcome::ALL.into_iter().cycle();
        let found = "a word and another ".repeat(12);
        let finding =
            |(check, outcome)| Finding { check, outcome, found: found.clone(), mend: Some("do it".to_owned()) };
        let findings = CHECKS.iter().copied().zip(outcomes).map(finding).collect();
        Report { environment: Environment::Production, at: DateTime::UNIX_EPOCH, findings }
    }

    #[test]
    fn no_line_is_wider_than_a_hundred_columns() {
        for line in written(&[report()], false).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn colour_is_for_terminals_alone() {
        assert!(!written(&[report()], false).contains('\x1b'));
        let coloured = written(&[report()], true);
        assert!(coloured.contains("\x1b[1;31mproblem   \x1b[0m"));
    }

    #[test]
    fn the_codes_stand_in_one_column() {
        let text = written(&[report()], false);
        for check in CHECKS {
            let start = format!("{} ", check.code);
            assert!(
                text.lines().any(|line| line.get(2 + WORD..).is_some_and(|rest| rest.starts_with(&start))),
                "{start}"
            );
        }
    }
}
