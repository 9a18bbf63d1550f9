//! The list: a table for people, JSON, and a text for Prometheus.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use saml_doctor::{NOTICE, Owner};
use serde_json::{Value, json};

use super::Asked;
use super::looked::{Looked, Row, State, owner};
use crate::failure::Failure;
use crate::output::{day, moment, say, tell, wrapped};

/// List every certificate: what it is for, whose it is, until when, and where it is published
///
/// Reads the configuration file and the keys, certificates and metadata that it names. Nothing is asked of the network,
/// and nothing of a private key is shown.
///
/// Exit status: 0 when every certificate lasts; 1 when one has expired, ends within 60 days or cannot be read, which is
/// then named; 2 wrong usage or a configuration file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) asked: Asked,

    #[command(flatten)]
    pub(super) form: Form,
}

/// How the list is written; a table where nothing is said.
#[derive(Debug, Args)]
pub(super) struct Form {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print the text format of Prometheus, for a file that its node exporter collects
    #[arg(long, conflicts_with = "json")]
    prometheus: bool,
}

pub(super) fn run(asked: &Asked, form: &Form) -> Result<ExitCode, Failure> {
    let config = asked.read()?;
    let looked = asked.look(&config)?;
    say(&if form.json {
        format!("{:#}", json!(looked.iter().map(json).collect::<Vec<_>>()))
    } else if form.prometheus {
        prometheus(&looked)
    } else {
        looked.iter().map(table).collect()
    })?;
    let findings: Vec<String> =
        looked.iter().flat_map(|looked| looked.findings().map(|row| finding(looked, row))).collect();
    for finding in &findings {
        tell(&format!("saml certificates list: {finding}"));
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says what somebody must do about a certificate, in one line.
fn finding(looked: &Looked, row: &Row) -> String {
    let place = format!("{}.{} ({})", looked.name(), row.entry.place, row.entry.role);
    match (&row.entry.facts, row.state) {
        (Err(reason), _) => format!("{place}: {reason}"),
        (Ok(facts), State::Expired) => format!("{place}: expired on {}", day(facts.not_after)),
        (Ok(facts), _) => {
            let mend = if row.entry.owner == Owner::Ours { "renew it" } else { "see what comes in its place" };
            format!("{place}: ends on {}, within {NOTICE} days: {mend}", day(facts.not_after))
        }
    }
}

fn table(looked: &Looked) -> String {
    let at = looked.at.format("%Y-%m-%d %H:%M UTC");
    let mut text = format!("{}, looked at as of {at}\n\n", looked.name());
    for row in &looked.rows {
        text.push_str(&shown(row, looked.at));
    }
    text
}

/// Writes a certificate in at most 100 columns; a name without spaces may be wider.
fn shown(row: &Row, at: DateTime<Utc>) -> String {
    let entry = &row.entry;
    let place = format!("{}: {}, {}", entry.place, owner(entry.owner), entry.role);
    let mut text = wrapped(&place, &format!("{:WORD$}", row.state.as_str()), &" ".repeat(WORD));
    let mut detail = |label: &str, value: &str| {
        let first = format!("{:WORD$}{label:LABEL$}", "");
        text.push_str(&wrapped(value, &first, &" ".repeat(first.len())));
    };
    match &entry.facts {
        Err(reason) => detail("unreadable", reason),
        Ok(facts) => {
            let left = row.days_left(at).unwrap_or_default();
            detail("valid", &format!("{} to {}, {left} days left", day(facts.not_before), day(facts.not_after)));
            let of = if facts.organisation.is_empty() { String::new() } else { format!(" ({})", facts.organisation) };
            let oin = facts.oin.as_ref().map_or_else(String::new, |oin| format!(", OIN {oin}"));
            detail("subject", &format!("{}{of}{oin}", facts.subject));
            let generation = facts.generation.map_or_else(String::new, |found| format!(", PKIoverheid {found}"));
            detail("issuer", &format!("{}{generation}", facts.issuer));
            detail("serial", &facts.serial);
            detail("SHA-256", &facts.sha256);
        }
    }
    detail("file", &entry.file.display().to_string());
    if entry.facts.is_ok() {
        let published = if row.published.is_empty() { "nowhere".to_owned() } else { row.published.join("; ") };
        detail("published", &published);
    }
    text.push('\n');
    text
}

fn json(looked: &Looked) -> Value {
    let certificates: Vec<Value> = looked.rows.iter().map(|row| certificate(row, looked.at)).collect();
    json!({ "environment": looked.name(), "at": moment(looked.at), "notice_days": NOTICE, "certificates": certificates })
}

fn certificate(row: &Row, at: DateTime<Utc>) -> Value {
    let entry = &row.entry;
    let mut value = json!({
        "place": entry.place,
        "file": entry.file,
        "owner": owner(entry.owner),
        "role": entry.role,
        "state": row.state.as_str(),
        "days_left": row.days_left(at),
        "published": row.published,
    });
    let said = match &entry.facts {
        Err(reason) => json!({ "error": reason }),
        Ok(facts) => json!({
            "subject": facts.subject,
            "organisation": facts.organisation,
            "issuer": facts.issuer,
            "serial": facts.serial,
            "oin": facts.oin,
            "generation": facts.generation.map(|generation| generation.to_string()),
            "not_before": moment(facts.not_before),
            "not_after": moment(facts.not_after),
            "sha256": facts.sha256,
        }),
    };
    if let (Value::Object(all), Value::Object(more)) = (&mut value, said) {
        all.extend(more);
    }
    value
}

/// Writes gauges whose labels are as many as there are certificates; one that stands twice in a file is written once.
fn prometheus(looked: &[Looked]) -> String {
    let mut ends: Vec<String> = Vec::new();
    let mut unreadable: Vec<String> = Vec::new();
    for looked in looked {
        for Row { entry, .. } in &looked.rows {
            let labels = format!(
                "environment=\"{}\",place=\"{}\",owner=\"{}\",role=\"{}\"",
                looked.name(),
                entry.place,
                owner(entry.owner),
                entry.role
            );
            let (list, line) = match &entry.facts {
                Ok(facts) => {
                    let line =
                        format!("{ENDS}{{{labels},sha256=\"{}\"}} {}", facts.sha256, facts.not_after.timestamp());
                    (&mut ends, line)
                }
                Err(_) => (&mut unreadable, format!("{UNREADABLE}{{{labels}}} 1")),
            };
            if !list.contains(&line) {
                list.push(line);
            }
        }
    }
    let gauge = |name: &str, help: &str, lines: &[String]| {
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        format!("# HELP {name} {help}\n# TYPE {name} gauge\n{lines}")
    };
    gauge(ENDS, "The last second of a certificate, in seconds since 1970.", &ends)
        + &gauge(UNREADABLE, "1 for a certificate that cannot be read.", &unreadable)
}

const ENDS: &str = "saml_certificate_not_after_seconds";
const UNREADABLE: &str = "saml_certificate_unreadable";
/// Columns of the state, and of the label of a detail.
const WORD: usize = 12;
const LABEL: usize = 12;

pub(super) const EXAMPLE: &str = "Examples:
  saml certificates --config saml.toml
  saml certificates list --config saml.toml --environment production --json
  saml certificates list --config saml.toml --prometheus > saml.prom";
