//! `saml man`: a manual page for each command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use crate::Cli;
use crate::failure::Failure;
use crate::files::replace;
use crate::output::tell;

/// Write a manual page for each command into a directory
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The directory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command: 0 when all are written, 2 for a directory that cannot be written into.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let mut root = Cli::command().disable_help_subcommand(true);
    // Gives each command its whole name, such as saml-metadata-show.
    root.build();
    match write(&root, &arguments.out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("saml man: {failure}"));
            failure.exit_code()
        }
    }
}

/// Writes the page of a command, and those of its subcommands.
fn write(command: &clap::Command, out: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(out).map_err(|error| Failure::usage(format!("{}: {error}", out.display())))?;
    let page = Man::new(command.clone());
    let path = out.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text).map_err(Failure::new)?;
    replace(&path, &text)?;
    command.get_subcommands().try_for_each(|command| write(command, out))
}

const EXAMPLE: &str = "Example:
  saml man --out /usr/local/share/man/man1";
