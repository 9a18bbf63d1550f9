//! `saml forge list`: the catalogue of attacks.

use std::process::ExitCode;

use chrono::Utc;
use clap::Args;
use saml_forge::attack::{Attack, HARMLESS};
use serde::Serialize;

use crate::failure::Failure;
use crate::forge::case::{Selection, carrier, title};
use crate::forge::message::{MessageArguments, Names, Template};
use crate::output::say;

/// List every attack: what it changes, in how many ways, and the code that our own validator refuses it with
///
/// `harmless` stands for what may be accepted, because the part that is put in must not be read: the one who is logged
/// in is then the one of the good message.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An attack, as it is listed.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    title: String,
    changes: &'static str,
    carrier: &'static str,
    variants: usize,
    codes: Vec<&'static str>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let template = Template::of_our_own(&MessageArguments::default(), Names::examples(), None, Utc::now())?;
    let good = template.good(EXAMPLE_REQUEST, Utc::now())?;
    let attacks = Selection::default().attacks()?.into_iter();
    let entries = attacks.map(|attack| entry(attack, &good)).collect::<Result<Vec<_>, _>>()?;
    if arguments.json {
        say(&format!("{:#}", serde_json::json!(entries)))?;
    } else {
        say(&table(&entries))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn entry(attack: &'static Attack, good: &saml_forge::GoodMessage) -> Result<Entry, Failure> {
    let variants = attack.variants(good).map_err(Failure::new)?;
    let mut codes: Vec<&str> = Vec::new();
    for variant in &variants {
        if !codes.contains(&variant.expect) {
            codes.push(variant.expect);
        }
    }
    // What may be accepted goes last: it is the exception.
    codes.sort_by_key(|code| *code == HARMLESS);
    Ok(Entry {
        id: attack.id,
        title: title(attack),
        changes: attack.changes,
        carrier: carrier(attack.carrier),
        variants: variants.len(),
        codes,
    })
}

fn table(entries: &[Entry]) -> String {
    let mut out = format!("{:8} {:>8}  {:20}  {}\n", "id", "variants", "carrier", "what, and the codes that refuse it");
    for entry in entries {
        let Entry { id, title, changes, carrier, variants, codes } = entry;
        out.push_str(&format!("{id:8} {variants:>8}  {carrier:20}  {title}: {changes}\n"));
        out.push_str(&format!("{:40}  {}\n", "", codes.join(", ")));
    }
    let variants: usize = entries.iter().map(|entry| entry.variants).sum();
    let posted = entries.iter().filter(|entry| entry.carrier == "HTTP-POST");
    let posted: usize = posted.map(|entry| entry.variants).sum();
    out.push_str(&format!("{} attacks with {variants} variants, {posted} of them by HTTP-POST\n", entries.len()));
    out
}

/// The ID of a request that nobody made.
pub(super) const EXAMPLE_REQUEST: &str = "_0f3b6c1d9a7e4285b1c0d3e6f9a2b5c8";

const EXAMPLE: &str = "\
Examples:
  saml forge list
  saml forge list --json";
