//! `saml completions`: what a shell proposes after the first letters.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::Cli;
use crate::output::{say, tell};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command: 0 when it is printed.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), "saml", &mut script);
    match say(&String::from_utf8_lossy(&script)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("saml completions: {failure}"));
            failure.exit_code()
        }
    }
}

const EXAMPLE: &str = "Examples:
  saml completions bash > /etc/bash_completion.d/saml
  saml completions zsh > /usr/local/share/zsh/site-functions/_saml
  saml completions fish > ~/.config/fish/completions/saml.fish";
