//! HAR 1.2: what the developer tools of browsers, and proxies, export.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::explain::capture::exchange::{Exchange, Field, fields_of};

/// The one member of a HAR file.
#[derive(Deserialize)]
pub(crate) struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    request: Request,
    response: Option<Response>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    url: String,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct PostData {
    text: Option<String>,
    params: Option<Vec<Parameter>>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
}

impl Log {
    pub(crate) fn exchanges(self) -> Vec<Exchange> {
        self.entries.into_iter().map(Entry::exchange).collect()
    }
}

impl Entry {
    fn exchange(self) -> Exchange {
        let at = self.started_date_time.as_deref().and_then(time).map(|at| (at, CLOCK));
        let answered = self.response.and_then(|response| response.content).and_then(Content::bytes);
        let (form, sent) = self.request.post_data.map_or_else(Default::default, PostData::read);
        Exchange { url: self.request.url, at, form, sent, answered, decoded: None }
    }
}

impl PostData {
    /// Returns the fields of a form, or the body as it is. The text, where it is there, is what was sent; parameters
    /// are written differently by each browser.
    fn read(self) -> (Vec<Field>, Option<Vec<u8>>) {
        match self.text.filter(|text| !text.is_empty()) {
            Some(text) if text.trim_start().starts_with('<') => (Vec::new(), Some(text.into_bytes())),
            Some(text) => (fields_of(&text).collect(), None),
            None => {
                let field = |parameter: Parameter| Some(Field { name: parameter.name, value: parameter.value? });
                (self.params.unwrap_or_default().into_iter().filter_map(field).collect(), None)
            }
        }
    }
}

impl Content {
    fn bytes(self) -> Option<Vec<u8>> {
        let text = self.text?;
        if self.encoding.as_deref() == Some("base64") { STANDARD.decode(text).ok() } else { Some(text.into_bytes()) }
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

const CLOCK: &str = "the clock of the browser";
