//! What a browser recorded of a login: a HAR file, or an export of SAML-tracer.
//!
//! Of a recording nothing is taken but SAML messages, where they went and when. Cookies, headers and other fields of
//! forms are not kept, and a URL loses its query.

mod exchange;
mod har;
mod message;
mod saml_tracer;

pub(crate) use message::{AskedFor, Message};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::error::Category;

use crate::explain::capture::exchange::Exchange;
use crate::explain::settings::rfc3339;

/// The SAML messages of a recording, in its order.
pub(crate) struct Capture {
    messages: Vec<Message>,
}

/// What a recording tells of the login that a message belongs to.
pub(crate) struct Login {
    /// When the message was sent, and by which clock.
    pub(crate) received_at: Option<(DateTime<Utc>, &'static str)>,
    /// Where the browser brought the message.
    pub(crate) posted_to: Option<String>,
    pub(crate) asked: Option<AskedFor>,
    /// The ID of each AuthnRequest in the recording, with its number.
    pub(crate) requests: Vec<(String, usize)>,
}

/// Tells whether the input is a recording: of all that is read here, only that starts so.
pub(crate) fn is_recording(input: &[u8]) -> bool {
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    input.trim_ascii_start().starts_with(b"{")
}

impl Capture {
    /// Reads a recording.
    ///
    /// # Errors
    /// A sentence, which quotes nothing of the recording.
    pub(crate) fn read(input: &[u8]) -> Result<Self, String> {
        let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
        let shape: Shape = serde_json::from_slice(input).map_err(|error| unreadable(&error))?;
        let exchanges = match shape {
            Shape { log: Some(log), .. } => log.exchanges(),
            Shape { requests: Some(requests), .. } => saml_tracer::exchanges(requests),
            Shape { log: None, requests: None } => {
                return Err(
                    "expected a HAR file (log.entries) or an export of SAML-tracer (requests), found other JSON"
                        .to_owned(),
                );
            }
        };
        let mut messages: Vec<Message> = Vec::new();
        for message in exchanges.iter().flat_map(Exchange::messages) {
            // A browser records a form again that it sends again.
            if messages.iter().any(|known| known.is_same(&message)) {
                continue;
            }
            if messages.len() == MOST_MESSAGES {
                return Err(format!("expected a recording with at most {MOST_MESSAGES} SAML messages, found more"));
            }
            messages.push(message);
        }
        if messages.is_empty() {
            return Err(
                "expected a recording with a SAML message in it, found none: was the export made with its content, \
                        and does it begin before the login?"
                    .to_owned(),
            );
        }
        Ok(Self { messages })
    }

    /// Finds the message to explain: the one with the number `wanted`, else the only response.
    ///
    /// # Errors
    /// A sentence with the list of all messages where the choice is not clear.
    pub(crate) fn choose(&self, wanted: Option<usize>) -> Result<&Message, String> {
        if let Some(number) = wanted {
            let found = number.checked_sub(1).and_then(|index| self.messages.get(index));
            return found
                .ok_or_else(|| format!("expected one of these for --message, found {number}\n{}", self.list()));
        }
        let mut responses = self.messages.iter().filter(|message| message.is_response());
        match (responses.next(), responses.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(format!("choose one of these with --message N\n{}", self.list())),
            (None, _) => {
                let artifact = self.messages.iter().any(|message| message.xml.is_err() && message.is_artifact());
                let why = if artifact { message::ARTIFACT_ALONE } else { "the recording has no response" };
                Err(format!("{why}\n{}", self.list()))
            }
        }
    }

    /// Tells what the recording says of the login of `message`; `request_id` is the request it is known to answer.
    pub(crate) fn login(&self, message: &Message, request_id: Option<&str>) -> Login {
        let until = self.messages.iter().take(self.number(message));
        let asked: Vec<AskedFor> =
            self.messages.iter().zip(1..).filter_map(|(other, number)| other.asked(number)).collect();
        let by_id = |id: &str| asked.iter().find(|asked| asked.id == id);
        let last_before = until.zip(1..).filter_map(|(other, number)| other.asked(number)).last();
        let chosen = match (request_id, &message.in_response_to) {
            (Some(id), _) => by_id(id).cloned(),
            (None, Some(id)) => by_id(id).cloned().or(last_before),
            (None, None) => last_before,
        };
        Login {
            received_at: message.at,
            posted_to: message.is_posted().then(|| message.to.clone()),
            asked: chosen,
            requests: asked.into_iter().map(|asked| (asked.id, asked.number)).collect(),
        }
    }

    /// Returns the number of `message` in the list.
    pub(crate) fn number(&self, message: &Message) -> usize {
        self.messages.iter().take_while(|other| !std::ptr::eq(*other, message)).count() + 1
    }

    /// Lists the messages as a table.
    fn list(&self) -> String {
        let head = ["N", "kind", "binding", "time", "ID", "to"].map(str::to_owned);
        let rows = self.messages.iter().zip(1..).map(|(message, number): (&Message, usize)| {
            let time = message.at.map_or_else(|| "-".to_owned(), |(at, _)| rfc3339(at));
            let id = message.id.clone().unwrap_or_else(|| "-".to_owned());
            [number.to_string(), message.kind.clone(), message.binding.to_owned(), time, id, message.to.clone()]
        });
        let rows: Vec<[String; 6]> = std::iter::once(head).chain(rows).collect();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..6).map(width).collect();
        let line = |row: &[String; 6]| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What tells the two formats apart.
#[derive(Deserialize)]
struct Shape {
    log: Option<har::Log>,
    requests: Option<Vec<saml_tracer::Request>>,
}

/// Says where it ends to be what is expected. The error itself may quote a password.
fn unreadable(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Data => {
            format!("expected a HAR file or an export of SAML-tracer, found JSON of another form at {place}")
        }
        Category::Eof => format!("expected a whole recording, found that it ends at {place}: it was cut off"),
        Category::Io | Category::Syntax => format!("expected JSON, found something else at {place}"),
    }
}

/// Far more than a login and a logout have.
const MOST_MESSAGES: usize = 200;
