//! What is said of the measurements: rows on stdout, remarks on stderr.

use std::io::Write;

use crate::Result;
use crate::cases::Case;

/// One measurement.
pub(crate) struct Row {
    pub(crate) implementation: String,
    pub(crate) microseconds: f64,
    pub(crate) peak_kb: Option<u64>,
    pub(crate) remark: String,
}

/// How rows are written.
pub(crate) struct Report {
    json: bool,
    exceeding: Vec<String>,
}

impl Report {
    /// Begins a table, or rows of JSON.
    pub(crate) fn begin(json: bool) -> Result<Self> {
        if !json {
            let head = ["case", "implementation", "us", "x limit", "peak kB"];
            say_row(head[0], head[1], head[2], head[3], head[4], "")?;
        }
        Ok(Self { json, exceeding: Vec::new() })
    }

    /// Writes the rows of a case.
    pub(crate) fn rows(&mut self, case: Case, rows: Vec<Row>) -> Result<()> {
        let limit = rows.iter().find(|row| row.implementation == "limit").map(|row| row.microseconds);
        for row in rows {
            let ratio = limit.map(|limit| row.microseconds / limit);
            if self.json {
                let line = serde_json::json!({
                    "case": case.name,
                    "impl": row.implementation,
                    "us": round(row.microseconds),
                    "ratio_to_limit": ratio.map(round),
                    "peak_kb": row.peak_kb,
                });
                writeln!(std::io::stdout(), "{line}")?;
            } else {
                let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
                let peak = row.peak_kb.map(|peak| peak.to_string()).unwrap_or_default();
                let time = format!("{:.2}", row.microseconds);
                say_row(case.name, &row.implementation, &time, &ratio, &peak, &row.remark)?;
            }
            if let Some(at_most) = case.at_most()
                && row.microseconds > at_most
            {
                self.exceeding
                    .push(format!("over {at_most} us: {}, {:.0} us ({})", case.name, row.microseconds, row.remark));
            }
        }
        Ok(())
    }

    /// Says what is not in the rows, and why.
    pub(crate) fn not_run(&self, case: &str, implementation: &str, reason: &str) {
        say(&format!("not run: {case} by {implementation}, because {reason}"));
    }

    /// Says which cases took longer than they may.
    pub(crate) fn end(self) {
        self.exceeding.iter().for_each(|line| say(line.trim_end()));
    }
}

/// Says one line beside the results.
pub(crate) fn say(line: &str) {
    // A terminal that went away is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints one line of results.
pub(crate) fn print(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn say_row(case: &str, who: &str, time: &str, ratio: &str, peak: &str, remark: &str) -> Result<()> {
    let line = format!("{case:<34} {who:<24} {time:>11} {ratio:>8} {peak:>9}  {remark}");
    Ok(writeln!(std::io::stdout(), "{}", line.trim_end())?)
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
