//! `saml profile`: what a kind of partner must send, and why.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use saml_digid::{LevelOfAssurance, Rule};
use serde_json::{Value, json};

use crate::explain::ProfileArgument;
use crate::failure::Failure;
use crate::output::{say, tell};
use crate::values::level;

/// Show what a profile accepts, and where each rule comes from
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
    Diff(Diff),
}

/// Show every rule of a profile: what is accepted, and the clause it comes from
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLE)]
pub(crate) struct Show {
    /// The profile
    #[arg(value_enum)]
    name: ProfileArgument,

    #[command(flatten)]
    settings: Settings,
}

/// Show the rules in which two profiles differ
///
/// Exit status: 0 without a difference, 1 with one, 2 wrong usage.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLE)]
pub(crate) struct Diff {
    /// The one profile
    #[arg(value_enum)]
    left: ProfileArgument,

    /// The other
    #[arg(value_enum)]
    right: ProfileArgument,

    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct Settings {
    /// The lowest level that the service accepts: basic, middle, substantial or high
    #[arg(long, value_name = "LEVEL", default_value = "basic", value_parser = level)]
    floor: LevelOfAssurance,

    /// The UUID of the service in the service catalogue, for the profile st-saml
    #[arg(long, value_name = "UUID", default_value = "the UUID of the service")]
    service: String,

    /// An identity provider behind the broker or the routing service that may authenticate, besides DigiD's production;
    /// may be repeated
    #[arg(long, value_name = "URI")]
    allow_authority: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command: 0 at its end, 1 when two profiles differ, 2 for wrong usage.
pub(crate) fn run(command: &Command) -> ExitCode {
    let ended = match command {
        Command::Show(arguments) => show(arguments),
        Command::Diff(arguments) => diff(arguments),
    };
    ended.unwrap_or_else(|failure| {
        tell(&format!("saml profile: {failure}"));
        failure.exit_code()
    })
}

fn show(arguments: &Show) -> Result<ExitCode, Failure> {
    let rules = arguments.settings.rules(arguments.name)?;
    if arguments.settings.json {
        let rules: Vec<Value> = rules
            .iter()
            .map(|Rule { name, value, clause, .. }| json!({ "rule": name, "value": value, "clause": clause }))
            .collect();
        say(&format!("{:#}", json!(rules)))?;
    } else {
        let lines: Vec<String> = rules.iter().map(|rule| lines(rule.name, &[("", rule)])).collect();
        say(&lines.concat())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn diff(arguments: &Diff) -> Result<ExitCode, Failure> {
    let settings = &arguments.settings;
    let (left, right) = (settings.rules(arguments.left)?, settings.rules(arguments.right)?);
    let different: Vec<(&Rule, &Rule)> =
        left.iter().zip(&right).filter(|(left, right)| left.value != right.value).collect();
    if settings.json {
        let side = |rule: &Rule| json!({ "value": rule.value, "clause": rule.clause });
        let rules: Vec<Value> = different
            .iter()
            .map(|(left, right)| json!({ "rule": left.name, "left": side(left), "right": side(right) }))
            .collect();
        say(&format!("{:#}", json!(rules)))?;
    } else {
        let lines: Vec<String> =
            different.iter().map(|(left, right)| lines(left.name, &[("- ", left), ("+ ", right)])).collect();
        say(&lines.concat())?;
    }
    Ok(if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

impl Settings {
    /// Returns the rules of a profile, one for each name.
    fn rules(&self, name: ProfileArgument) -> Result<Vec<Rule>, Failure> {
        let authorities = name.authorities(&self.allow_authority);
        Ok(name.profile(self.floor, &self.service, authorities).map_err(Failure::usage)?.rules())
    }
}

/// Writes a rule of one profile or of two, each part on a line of its own, as some parts are long.
fn lines(name: &str, sides: &[(&str, &Rule)]) -> String {
    let side = |(mark, rule): &(&str, &Rule)| {
        format!("  {mark}{}\n  {:width$}[{}]\n", rule.value, "", rule.clause, width = mark.len())
    };
    format!("{name}\n{}", sides.iter().map(side).collect::<String>())
}

const DIFFERENT: u8 = 1;

const SHOW_EXAMPLE: &str = "Example:
  saml profile show signicat-broker --floor substantial";

const DIFF_EXAMPLE: &str = "Example:
  saml profile diff digid signicat-broker";
