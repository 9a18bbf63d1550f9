//! The page of `saml explain --html`: the message, shaded by which signature covers it, with the checks beside it.

mod lines;
mod parts;
mod privacy;
mod summary;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use saml_response::{Coverage, Record, Verdict};
use saml_xml::{Document, Element};
use saml_xml_security::sha256;

use crate::explain::explained::Explained;
use crate::explain::fix::describe_key;
use crate::explain::partner::Partner;
use crate::explain::settings::rfc3339;
use crate::explain::words::capital;
use lines::{Breaks, Line};
use parts::{Part, PartKind};
use privacy::Privacy;
use summary::{Summary, named, reference};

/// Writes the page to `path`; a new file is for its owner alone to read.
///
/// # Errors
/// A sentence about the file.
pub(crate) fn write(path: &Path, explained: &Explained, show_identity: bool) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("--html {}: {error}", path.display());
    let page = html(explained, show_identity).map_err(|error| format!("--html {}: {error}", path.display()))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).and_then(|mut file| file.write_all(page.as_bytes())).map_err(wrong)
}

#[derive(Template)]
#[template(path = "explain.html")]
struct Page {
    css: &'static str,
    css_hash: String,
    accepted: bool,
    code: &'static str,
    fix: Option<String>,
    failed: Option<Row>,
    summaries: Vec<Summary>,
    facts: Vec<(&'static str, String)>,
    taken: Vec<String>,
    said: Vec<(String, String)>,
    parts: Vec<PartView>,
    is_complete: bool,
    counts: String,
    checks: Vec<Row>,
    show_identity: bool,
}

/// A check, as a row of the table.
struct Row {
    code: &'static str,
    clause: &'static str,
    expected: String,
    found: String,
    verdict: Verdict,
}

/// A part of the message, as it is shown.
struct PartView {
    /// The class of its shade.
    shade: &'static str,
    label: String,
    first: usize,
    behind: usize,
    /// Folded, as nobody reads it.
    is_signature: bool,
    is_encrypted: bool,
    lines: Vec<Line>,
}

impl PartView {
    /// Says the shade in a word, for whoever sees no colour.
    fn tag(&self) -> &'static str {
        match self.shade {
            "assertion" => "Assertion",
            "response" => "Message",
            "both" => "Both",
            "signature" => "Signature",
            "broken" => "No signature",
            _ => "Unsigned",
        }
    }
}

impl Row {
    const fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::NotChecked => "not made",
        }
    }
}

fn html(explained: &Explained, show_identity: bool) -> Result<String, askama::Error> {
    let decision = &explained.decision;
    let document = decision.document.as_ref();
    let privacy = Privacy::of(document, show_identity);
    let coverage = decision.coverage();
    let row = |record: &Record| Row {
        code: record.code,
        clause: record.clause,
        expected: privacy.redact(&record.expected.to_string()),
        found: privacy.redact(&record.found.to_string()),
        verdict: record.verdict,
    };
    let records = decision.trace.records();
    let count = |verdict| records.iter().filter(|record| record.verdict == verdict).count();
    let shown = document.zip(coverage.as_ref());
    let accepted = decision.accepted.is_ok();
    Page {
        css: CSS,
        css_hash: STANDARD.encode(sha256(CSS.as_bytes())),
        accepted,
        code: decision.accepted.as_ref().err().map_or("", saml_response::Error::code),
        fix: explained.fix.as_deref().map(|fix| privacy.redact(fix)),
        failed: decision.accepted.as_ref().err().map(|error| row(error.record())),
        summaries: shown
            .map(|(document, coverage)| summary::summaries(document, coverage, decision, &privacy))
            .unwrap_or_default(),
        facts: facts(explained),
        taken: explained.settings.taken.iter().map(|taken| privacy.redact(taken)).collect(),
        said: explained
            .said(show_identity)
            .into_iter()
            .map(|(name, value)| (privacy.redact(&name), privacy.redact(&value)))
            .collect(),
        parts: shown.map(|(document, coverage)| views(document, coverage, &privacy)).unwrap_or_default(),
        is_complete: coverage.as_ref().is_none_or(Coverage::is_complete),
        counts: format!(
            "{} passed, {} failed, {} not made",
            count(Verdict::Passed),
            count(Verdict::Failed),
            count(Verdict::NotChecked)
        ),
        checks: records.iter().map(row).collect(),
        show_identity,
    }
    .render()
}

/// Returns what the message was judged by.
fn facts(explained: &Explained) -> Vec<(&'static str, String)> {
    let settings = &explained.settings;
    let partner = explained.decision.partner.as_ref();
    let named = partner.and_then(Partner::entity_id);
    let keys = partner.map_or(&[][..], Partner::keys).iter().map(describe_key).collect::<Vec<_>>();
    let request_at = settings.request_at.map(rfc3339);
    let facts = [
        ("Message", explained.found.clone()),
        ("Profile", settings.profile.to_possible_value().map(|profile| profile.get_name().to_owned())),
        ("Judged at", Some(rfc3339(settings.at))),
        ("Identity provider", named.map(str::to_owned)),
        ("Its keys", Some(keys.join("; ")).filter(|keys| !keys.is_empty())),
        ("Our entity ID", Some(settings.entity_id.clone())),
        ("Our URL (ACS)", Some(settings.acs.clone())),
        ("Our request", Some(settings.request_id.clone())),
        ("Sent at", request_at),
        ("Level asked for", settings.requested_level.clone()),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn views(document: &Document, coverage: &Coverage, privacy: &Privacy) -> Vec<PartView> {
    let breaks = Breaks::of(document);
    let view = |part: Part<'_>| PartView {
        shade: shade(&part, document, coverage),
        label: privacy.redact(&label(&part, document, coverage)),
        first: part.bytes.start,
        behind: part.bytes.end,
        is_signature: matches!(part.kind, PartKind::Signature(_)),
        is_encrypted: matches!(part.kind, PartKind::Encrypted(_)),
        lines: breaks.lines(document, part.bytes, privacy),
    };
    parts::parts(document, coverage).into_iter().map(view).collect()
}

/// Returns the elements whose signatures cover a part.
fn signed<'d>(part: &Part<'_>, document: &'d Document, coverage: &Coverage) -> Vec<Element<'d>> {
    let places = part.covered_by.iter().filter_map(|index| coverage.signatures().get(*index));
    places.filter_map(|place| document.element(place.element)).collect()
}

fn shade(part: &Part<'_>, document: &Document, coverage: &Coverage) -> &'static str {
    if let PartKind::Signature(signature) = part.kind {
        return if outcome(signature, coverage).is_ok() { "signature" } else { "broken" };
    }
    match signed(part, document, coverage).as_slice() {
        [] => "none",
        [only] if only.local_name() == "Assertion" => "assertion",
        [_] => "response",
        _ => "both",
    }
}

fn label(part: &Part<'_>, document: &Document, coverage: &Coverage) -> String {
    let around = signed(part, document, coverage);
    let over = around.iter().map(|element| format!("{} ({})", element.local_name(), reference(*element)));
    let over: Vec<String> = over.collect();
    let covered = match over.as_slice() {
        [] => "covered by no signature".to_owned(),
        [only] => format!("covered by the signature of the {only}"),
        several => format!("covered by the signatures of the {}", several.join(" and the ")),
    };
    match part.kind {
        PartKind::Content => capital(&covered),
        PartKind::Encrypted(element) => {
            let inside = if over.is_empty() { " from outside; one may be inside" } else { "" };
            format!("Encrypted ({}), {covered}{inside}", named(element))
        }
        PartKind::Signature(signature) => {
            let owner = signature.parent().map_or_else(|| "the message".to_owned(), named);
            let outcome = match outcome(signature, coverage) {
                Ok(by) => format!("holds, {by}"),
                Err(why) => format!("does not hold: {why}"),
            };
            let outer = if over.is_empty() { String::new() } else { format!("; itself {covered}") };
            format!("Signature in {owner}: {outcome}{outer}")
        }
    }
}

/// Says by what a signature holds, or why it does not.
fn outcome(signature: Element<'_>, coverage: &Coverage) -> Result<String, String> {
    let owner = signature.parent().map(Element::id);
    let place = coverage.signatures().iter().find(|place| Some(place.element) == owner);
    match place.map(|place| &place.outcome) {
        Some(Ok(held)) => {
            let algorithm = held.algorithm.rsplit('#').next().unwrap_or_default();
            Ok(format!("{algorithm} by key {}…", held.key_fingerprint.get(..16).unwrap_or_default()))
        }
        Some(Err(error)) => Err(error.to_string()),
        None => Err("it was not tried".to_owned()),
    }
}

const CSS: &str = concat!(include_str!("../../assets/page.css"), include_str!("../../assets/explain.css"));

#[cfg(test)]
mod tests;
