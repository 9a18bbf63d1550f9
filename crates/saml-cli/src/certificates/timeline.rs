//! The picture: when each certificate holds, where two overlap, and when the next key signs.

use std::path::PathBuf;
use std::process::ExitCode;

use askama::Template;
use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use clap::Args;
use saml_doctor::{Facts, Owner};

use super::Asked;
use super::dates::Dates;
use super::looked::{Looked, State};
use super::words::Lang;
use crate::failure::Failure;
use crate::files::replace;
use crate::output::{day, say};

/// Draw when our certificates and the partner's hold, and how a renewal goes
///
/// Writes one picture (SVG) that needs nothing else, readable light and dark and by screen readers: a bar for each
/// certificate, where the present and the next one overlap, the moment at which the next one signs, and when the old
/// one may go.
///
/// Exit status: 0 written, 2 wrong usage or a file that cannot be read or written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Timeline {
    #[command(flatten)]
    asked: Asked,

    /// Where to write the picture
    #[arg(long, value_name = "FILE")]
    svg: PathBuf,

    /// The language of the picture
    #[arg(long, value_enum, default_value = "en")]
    lang: Lang,
}

pub(super) fn run(arguments: &Timeline) -> Result<ExitCode, Failure> {
    let config = arguments.asked.read()?;
    let picture = svg(&arguments.asked.look(&config)?, arguments.lang)?;
    replace(&arguments.svg, picture.as_bytes())?;
    say(&format!("{}: written", arguments.svg.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// What the template draws.
#[derive(Template)]
#[template(path = "timeline.svg", escape = "html")]
struct Picture {
    lang: &'static str,
    title: &'static str,
    description: String,
    height: i64,
    charts: Vec<Chart>,
}

/// One environment.
struct Chart {
    name: &'static str,
    y: i64,
    top: i64,
    bottom: i64,
    ticks: Vec<Mark>,
    overlap: Option<Overlap>,
    bars: Vec<Bar>,
    marks: Vec<Mark>,
}

/// A vertical line with a word.
struct Mark {
    x: i64,
    y: i64,
    class: &'static str,
    anchor: &'static str,
    text_x: i64,
    text: String,
}

/// A stretch of time, in units of the picture.
struct Span {
    x: i64,
    width: i64,
}

/// While both the present and the next certificate hold.
struct Overlap {
    span: Span,
    text: String,
}

/// A certificate.
struct Bar {
    y: i64,
    span: Span,
    class: &'static str,
    role: String,
    subject: String,
    dates: String,
    dates_x: i64,
}

/// Draws the picture.
pub(crate) fn svg(looked: &[Looked], lang: Lang) -> Result<String, Failure> {
    let mut y = HEAD;
    let mut charts = Vec::new();
    let mut description = String::new();
    for looked in looked {
        let chart = chart(looked, lang, y, &mut description);
        y = chart.bottom + FOOT;
        charts.push(chart);
    }
    let title = lang.pick("Wanneer de certificaten geldig zijn", "When the certificates hold");
    let picture = Picture { lang: lang.pick("nl", "en"), title, description, height: y, charts };
    picture.render().map_err(Failure::new)
}

/// Draws one environment from `y` down, and adds to `description` what it shows.
fn chart(looked: &Looked, lang: Lang, y: i64, description: &mut String) -> Chart {
    let name = match looked.name() {
        "production" => lang.pick("Productie", "Production"),
        _ => lang.pick("Preproductie", "Preproduction"),
    };
    let rows = certificates(looked);
    let facts: Vec<&Facts> = rows.iter().map(|(_, facts)| *facts).collect();
    let axis = Axis::of(&facts, looked.at);
    let dates = looked.next.as_ref().map(Dates::of);
    let mut events = vec![(looked.at, "now", lang.pick("bekeken op", "as of"))];
    if let Some(dates) = dates {
        events.push((dates.switch, "switch", lang.pick("volgende ondertekent vanaf", "next one signs from")));
        events.push((dates.signing_may_go, "go", lang.pick("oude mag weg vanaf", "old one may go from")));
    }
    let top = y + TITLE + LINE * i64::try_from(events.len()).unwrap_or_default();
    let bottom = top + ROW * i64::try_from(rows.len().max(1)).unwrap_or_default();
    description.push_str(&format!("{name}. "));
    let bars = rows.iter().zip(0..).map(|((row, facts), place)| {
        let role = format!("{}, {}", owner(row.entry.owner, lang), lang.role(row.entry.role));
        let dates = format!("{} – {}", day(facts.not_before), day(facts.not_after));
        description.push_str(&format!("{role}: {}, {dates}. ", facts.subject));
        let span = axis.span(facts.not_before, facts.not_after);
        Bar {
            y: top + ROW * place,
            dates_x: span.x.min(RIGHT - DATES),
            span,
            class: class(row.state, row.entry.role),
            role,
            subject: shortened(&facts.subject),
            dates,
        }
    });
    let bars = bars.collect();
    let marks = (1..).zip(events).map(|(line, (at, class, text))| {
        let text = format!("{text} {}", day(at));
        description.push_str(&format!("{text}. "));
        axis.mark(at, y + TITLE + LINE * (line - 1) + LINE / 2, class, text)
    });
    let marks = marks.collect();
    let overlap = overlap(looked).map(|(from, until)| {
        let text = format!("{} {} – {}", lang.pick("beide geldig", "both hold"), day(from), day(until));
        description.push_str(&format!("{text}. "));
        Overlap { span: axis.span(from, until), text }
    });
    Chart { name, y, top, bottom, ticks: axis.ticks(bottom), overlap, bars, marks }
}

/// Returns the certificates that are drawn: of ours and of the partner, each once. Those of authorities last for
/// decades.
fn certificates(looked: &Looked) -> Vec<(&super::Row, &Facts)> {
    let mut found: Vec<(&super::Row, &Facts)> = Vec::new();
    for row in looked.rows.iter().filter(|row| row.entry.owner != Owner::Authority) {
        if let Ok(facts) = &row.entry.facts
            && !found.iter().any(|(_, known)| known.sha256 == facts.sha256)
        {
            found.push((row, facts));
        }
    }
    found
}

/// Returns from when until when both the present and the next certificate hold.
fn overlap(looked: &Looked) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let find = |place: &str| looked.rows.iter().find(|row| row.entry.place == place)?.entry.facts.as_ref().ok();
    let (current, next) = (find("keys.signing")?, find("keys.next")?);
    let (from, until) = (current.not_before.max(next.not_before), current.not_after.min(next.not_after));
    (from < until).then_some((from, until))
}

/// The time from left to right.
struct Axis {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Axis {
    /// Shows all that is drawn, but no more than a year before and four years after `at`.
    fn of(facts: &[&Facts], at: DateTime<Utc>) -> Self {
        let from = facts.iter().map(|facts| facts.not_before).min().unwrap_or(at);
        let until = facts.iter().map(|facts| facts.not_after).max().unwrap_or(at);
        let (from, until) = (from.max(at - TimeDelta::days(366)), until.min(at + TimeDelta::days(4 * 366)));
        let margin = TimeDelta::days(30);
        Self { from: from.min(at - margin), until: until.max(at + margin) }
    }

    /// Returns where a moment is; those before and after the axis are at its ends.
    fn x(&self, at: DateTime<Utc>) -> i64 {
        let whole = (self.until - self.from).num_seconds().max(1);
        let part = (at - self.from).num_seconds().clamp(0, whole);
        LEFT + part * (RIGHT - LEFT) / whole
    }

    fn span(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Span {
        let x = self.x(from);
        Span { x, width: (self.x(until) - x).max(2) }
    }

    /// Puts the word on the side where there is room.
    fn mark(&self, at: DateTime<Utc>, y: i64, class: &'static str, text: String) -> Mark {
        let x = self.x(at);
        let is_left = x < i64::midpoint(LEFT, RIGHT);
        let (anchor, text_x) = if is_left { ("start", x + 6) } else { ("end", x - 6) };
        Mark { x, y, class, anchor, text_x, text }
    }

    /// Returns a line for each year; where there are few, for each half of one.
    fn ticks(&self, y: i64) -> Vec<Mark> {
        let months = if self.until - self.from > TimeDelta::days(5 * 365) { 12 } else { 6 };
        let first = NaiveDate::from_ymd_opt(self.from.year(), 1, 1).unwrap_or(NaiveDate::MIN);
        let days = (0..).map_while(|step| first.checked_add_months(Months::new(step * months)));
        let moments = days.map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
        let within = moments.skip_while(|at| *at < self.from).take_while(|at| *at <= self.until);
        within
            .map(|at| {
                let x = self.x(at);
                Mark { x, y, class: "tick", anchor: "middle", text_x: x, text: at.format("%Y-%m").to_string() }
            })
            .collect()
    }
}

const fn owner(owner: Owner, lang: Lang) -> &'static str {
    match owner {
        Owner::Ours => lang.pick("wij", "ours"),
        Owner::Partner => lang.pick("partner", "partner"),
        Owner::Authority => lang.pick("uitgever", "authority"),
    }
}

/// Returns the class of the style sheet in the picture.
fn class(state: State, role: &str) -> &'static str {
    match state {
        State::Expired | State::Unreadable => "expired",
        State::Ends => "ends",
        State::Begins => "next",
        State::Ok if role == "signing, next" => "next",
        State::Ok => "holds",
    }
}

/// Cuts a name that is wider than its column.
fn shortened(text: &str) -> String {
    if text.chars().count() <= NAME {
        return text.to_owned();
    }
    text.chars().take(NAME - 1).chain(['…']).collect()
}

// Places in the picture, in its units, of which it is 960 wide.
const HEAD: i64 = 56;
const TITLE: i64 = 34;
const LINE: i64 = 20;
const ROW: i64 = 46;
const FOOT: i64 = 60;
const LEFT: i64 = 280;
const RIGHT: i64 = 940;
/// The room that the two dates of a bar take.
const DATES: i64 = 165;
/// How many characters of a name fit left of the bars.
const NAME: usize = 36;

const EXAMPLE: &str = "Example:
  saml certificates timeline --config saml.toml --environment production --svg certificates.svg --lang nl";
