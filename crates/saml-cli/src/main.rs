//! The program `saml`: for who develops, operates or tests a SAML service provider.

mod certificates;
mod check_acceptance;
mod client;
mod completions;
mod config;
mod demo;
mod doctor;
mod dossier;
mod explain;
mod failure;
mod files;
mod forge;
mod form;
mod init;
mod man;
mod metadata;
mod output;
mod portal;
mod profile;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// SAML 2.0 for Dutch portals that log citizens in with DigiD.
#[derive(Debug, Parser)]
#[command(name = "saml", version, after_help = EXAMPLE)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Certificates(Box<certificates::Arguments>),
    CheckAcceptance(Box<check_acceptance::Arguments>),
    Completions(completions::Arguments),
    Demo(demo::Arguments),
    Doctor(Box<doctor::Arguments>),
    Dossier(dossier::Arguments),
    Explain(Box<explain::Arguments>),
    #[command(subcommand)]
    Forge(Box<forge::Command>),
    Init(Box<init::Arguments>),
    Man(man::Arguments),
    #[command(subcommand)]
    Metadata(metadata::Command),
    Portal(portal::Arguments),
    #[command(subcommand)]
    Profile(profile::Command),
}

fn main() -> ExitCode {
    let arguments = match config::expand(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(failure) => {
            output::tell(&format!("saml explain: {failure}"));
            return failure.exit_code();
        }
    };
    match Cli::parse_from(arguments).command {
        Command::Certificates(arguments) => certificates::run(&arguments),
        Command::CheckAcceptance(arguments) => check_acceptance::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Dossier(arguments) => dossier::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Forge(command) => forge::run(&command),
        Command::Init(arguments) => init::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Metadata(command) => metadata::run(&command),
        Command::Portal(arguments) => portal::run(&arguments),
        Command::Profile(command) => profile::run(&command),
    }
}

const EXAMPLE: &str = "Examples:
  saml demo                          a portal and a broker on this machine
  saml init                          a configuration file of your own
  saml portal --config saml.toml     a portal that runs by it";
