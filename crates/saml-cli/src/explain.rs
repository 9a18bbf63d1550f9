//! `saml explain`: why a message is accepted or rejected.

mod arguments;
mod decide;
mod partner;
mod report;

pub(crate) use arguments::{Arguments, ProfileArgument, time};

use std::process::ExitCode;

/// Runs the command: 0 for accepted, 1 for rejected, 2 for wrong usage or input that cannot be read.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match decide::decide(arguments) {
        Ok(decision) => {
            report::print(&decision, arguments);
            if decision.accepted.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(REJECTED) }
        }
        Err(problem) => {
            #[expect(clippy::print_stderr, reason = "the command line is this program's way to speak")]
            {
                eprintln!("saml explain: {problem}");
            }
            ExitCode::from(UNREADABLE)
        }
    }
}

const REJECTED: u8 = 1;
const UNREADABLE: u8 = 2;
