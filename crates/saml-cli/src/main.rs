//! The program `saml`: for who develops, operates or tests a SAML service provider.

mod client;
mod demo;
mod explain;
mod failure;
mod forge;
mod form;
mod metadata;
mod output;
mod profile;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// SAML 2.0 for Dutch portals that log citizens in with DigiD.
#[derive(Debug, Parser)]
#[command(name = "saml", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Explain(Box<explain::Arguments>),
    #[command(subcommand)]
    Forge(Box<forge::Command>),
    #[command(subcommand)]
    Metadata(metadata::Command),
    #[command(subcommand)]
    Profile(profile::Command),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Forge(command) => forge::run(&command),
        Command::Metadata(command) => metadata::run(&command),
        Command::Profile(command) => profile::run(&command),
    }
}
