//! `saml explain`: why a message is accepted or rejected.

mod arguments;
mod capture;
mod decide;
mod explained;
mod fix;
mod input;
mod page;
mod partner;
mod report;
mod settings;
mod words;

pub(crate) use arguments::{Arguments, ProfileArgument};

use std::process::ExitCode;

use crate::output::tell;
use explained::Explained;
use input::Input;
use settings::Settings;

/// Runs the command: 0 for accepted, 1 for rejected, 2 for wrong usage or input that cannot be read.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let ended = explain(arguments).and_then(|explained| {
        // An answer that nobody got is neither accepted nor rejected.
        report::print(&explained, arguments).map_err(|failure| failure.to_string())?;
        Ok(explained.decision.accepted.is_ok())
    });
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(REJECTED),
        Err(problem) => {
            tell(&format!("saml explain: {problem}"));
            ExitCode::from(UNREADABLE)
        }
    }
}

fn explain(arguments: &Arguments) -> Result<Explained, String> {
    let Input { xml, login, found } = Input::read(arguments)?;
    let settings = Settings::of(arguments, login.as_ref())?;
    let decision = decide::decide(&xml, &settings)?;
    let requests = login.map(|login| login.requests).unwrap_or_default();
    let explained = Explained::new(decision, settings, &requests, found);
    if let Some(path) = &arguments.html {
        page::write(path, &explained, arguments.show_identity)?;
    }
    Ok(explained)
}

const REJECTED: u8 = 1;
const UNREADABLE: u8 = 2;
