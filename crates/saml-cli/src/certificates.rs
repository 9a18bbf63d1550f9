//! `saml certificates`: every certificate that the configuration and the metadata know of, their renewal, and a picture
//! of both.

mod dates;
mod list;
mod looked;
mod renew;
mod timeline;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use saml_config::ConfigFile;

use crate::config::{EnvironmentArgument, read_file, subjects};
use crate::failure::Failure;
use crate::output::tell;
use crate::values::time;
pub(crate) use looked::Looked;
use looked::Row;
pub(crate) use timeline::svg;
pub(crate) use words::Lang;

/// List every certificate in configuration and metadata, draw when they hold, and renew ours
///
/// Without a subcommand it lists, as `saml certificates list` does.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = list::EXAMPLE)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    asked: Option<Asked>,

    #[command(flatten)]
    form: list::Form,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Renew(Box<renew::Renew>),
    Timeline(timeline::Timeline),
}

/// What is looked at, and when.
#[derive(Debug, Args)]
struct Asked {
    /// The configuration file
    #[arg(long, value_name = "saml.toml")]
    config: PathBuf,

    /// The environment to look at; both when absent
    #[arg(long, value_enum)]
    environment: Option<EnvironmentArgument>,

    /// The moment to judge at, such as 2026-01-31T12:00:00Z; now when absent
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,
}

impl Asked {
    fn read(&self) -> Result<ConfigFile, Failure> {
        read_file(&self.config)
    }

    /// Takes the environments that are asked for, each with its certificates.
    fn look(&self, config: &ConfigFile) -> Result<Vec<Looked>, Failure> {
        let at = self.at.unwrap_or_else(Utc::now);
        let subjects = subjects(config, &self.config, self.environment, at)?;
        Ok(subjects.iter().map(|subject| Looked::at(subject, &self.config, at)).collect())
    }
}

/// Runs the command: 0 when all certificates last, 1 when one does not, 2 for wrong usage or an unreadable file.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let (name, ended) = match (&arguments.command, &arguments.asked) {
        (Some(Command::List(list)), _) => ("list", list::run(&list.asked, &list.form)),
        (None, Some(asked)) => ("list", list::run(asked, &arguments.form)),
        (Some(Command::Renew(renew)), _) => ("renew", renew::run(renew)),
        (Some(Command::Timeline(timeline)), _) => ("timeline", timeline::run(timeline)),
        (None, None) => ("list", Err(Failure::usage("expected --config saml.toml"))),
    };
    ended.unwrap_or_else(|failure| {
        tell(&format!("saml certificates {name}: {failure}"));
        failure.exit_code()
    })
}
