//! What was seen, on a terminal, for programs, and on a page for who approves.

use std::path::Path;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use saml_xml_security::sha256;
use serde_json::{Map, Value, json};

use super::check::{Finding, Outcome};
use crate::failure::Failure;
use crate::output::moment;

/// What came of all checks.
#[derive(Debug)]
pub(crate) struct Report {
    /// The portal, without its query.
    pub(crate) portal: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) findings: Vec<Finding>,
}

/// What the template shows.
#[derive(Template)]
#[template(path = "acceptance.html")]
struct Page<'a> {
    css: &'static str,
    css_hash: String,
    report: &'a Report,
}

/// Makes the directory, before anything is played for it.
pub(crate) fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))
}

impl Report {
    /// Returns how many checks ended so.
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// Writes the page, the same for programs, and the pictures.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let put = |name: &str, bytes: &[u8]| {
            let file = folder.join(name);
            std::fs::write(&file, bytes).map_err(|error| unwritable(&file, &error))
        };
        for picture in self.findings.iter().flat_map(|finding| &finding.pictures) {
            put(&picture.file, &picture.png)?;
        }
        put("report.json", format!("{:#}\n", self.json()).as_bytes())?;
        put("report.html", self.html()?.as_bytes())
    }

    pub(crate) fn json(&self) -> Value {
        let check = |finding: &Finding| {
            json!({
                "id": finding.check.id,
                "also": finding.check.also,
                "question": finding.check.question,
                "outcome": finding.outcome.as_str(),
                "seen": finding.seen,
                "pictures": finding.pictures.iter().map(|picture| &picture.file).collect::<Vec<_>>(),
            })
        };
        let counts = Outcome::ALL.map(|outcome| (outcome.as_str().to_owned(), json!(self.count(outcome))));
        json!({
            "portal": self.portal,
            "at": moment(self.at),
            "checks": self.findings.iter().map(check).collect::<Vec<_>>(),
            "summary": counts.into_iter().collect::<Map<String, Value>>(),
        })
    }

    /// Writes a row for each check, and below those that are not ok what was seen.
    pub(crate) fn table(&self) -> String {
        let row = |finding: &Finding| {
            let head =
                format!("{:<9}  {:<7}  {}\n", finding.outcome.as_str(), finding.check.id, finding.check.question);
            // What is as it should be stands in the report.
            let shown: &[String] = if finding.outcome == Outcome::Ok { &[] } else { &finding.seen };
            shown.iter().fold(head, |text, sentence| format!("{text}{:20}{sentence}\n", ""))
        };
        let rows: String = self.findings.iter().map(row).collect();
        format!("{rows}\n{}", self.summary())
    }

    fn summary(&self) -> String {
        Outcome::ALL.map(|outcome| format!("{} {}", self.count(outcome), outcome.as_str())).join(", ")
    }

    fn time(&self) -> String {
        self.at.format("%d-%m-%Y %H:%M UTC").to_string()
    }

    fn html(&self) -> Result<String, Failure> {
        let css_hash = STANDARD.encode(sha256(CSS.as_bytes()));
        Page { css: CSS, css_hash, report: self }.render().map_err(Failure::new)
    }
}

impl super::check::Picture {
    /// Returns the picture as it stands in the page.
    fn base64(&self) -> String {
        STANDARD.encode(&self.png)
    }

    /// Tells whether it is of a phone, whose page is half as wide as the picture has pixels.
    fn is_narrow(&self) -> bool {
        self.caption.ends_with("op een telefoon")
    }
}

const CSS: &str = concat!(include_str!("../../assets/page.css"), include_str!("../../assets/acceptance.css"));

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("--out: {}: {error}", path.display()))
}
