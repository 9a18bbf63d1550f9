//! What the commands write: answers to standard output, the rest to standard error.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use crate::failure::Failure;

/// Writes to standard output what was asked for.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        // Whoever reads, such as `head`, has read enough; the exit code stays what the command found.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::new(format!("stdout: {error}"))),
    }
}

/// Writes to standard error how it goes.
pub(crate) fn tell(line: &str) {
    // Where nobody reads it, the exit code still says it.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Breaks a text at spaces, so that each line has at most [`WIDTH`] columns; what has no spaces is not broken.
pub(crate) fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = rest.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

/// Writes a moment to the second (RFC 3339).
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes the day of a moment, in UTC.
pub(crate) fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// The columns of what is written for people.
pub(crate) const WIDTH: usize = 100;
