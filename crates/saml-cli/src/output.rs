//! What the commands write: answers to standard output, the rest to standard error.

use std::io::{self, Write};

use crate::failure::Failure;

/// Writes to standard output what was asked for.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    writeln!(out, "{}", text.trim_end())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(format!("stdout: {error}")))
}

/// Writes to standard error how it goes.
pub(crate) fn tell(line: &str) {
    // Where nobody reads it, the exit code still says it.
    let _ = writeln!(io::stderr(), "{line}");
}
