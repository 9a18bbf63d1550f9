//! The export of SAML-tracer, in the form of today and in that before its version 1.0.
//!
//! It holds no time for a request, only that of the export, at which a message of two minutes has long ended. The
//! `Date` of the answer is the nearest thing to a time.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::explain::capture::exchange::{Exchange, Field};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    url: String,
    /// Pairs of name and value.
    post: Option<Vec<Vec<Value>>>,
    saml: Option<String>,
    response_headers: Option<Vec<Value>>,
}

pub(crate) fn exchanges(requests: Vec<Request>) -> Vec<Exchange> {
    requests.into_iter().map(Request::exchange).collect()
}

impl Request {
    fn exchange(self) -> Exchange {
        let at = self.response_headers.iter().flatten().find_map(date).map(|at| (at, CLOCK));
        let form = self.post.iter().flatten().filter_map(|pair| match pair.as_slice() {
            [Value::String(name), Value::String(value)] => Some(Field { name: name.clone(), value: value.clone() }),
            _ => None,
        });
        let form = form.collect();
        Exchange { url: self.url, at, form, decoded: self.saml, ..Exchange::default() }
    }
}

/// Reads a header if it is `Date`: an object with name and value, or a pair in older exports.
fn date(header: &Value) -> Option<DateTime<Utc>> {
    let part = |name: &str, index: usize| header.get(name).or_else(|| header.get(index))?.as_str();
    let value = part("name", 0).filter(|name| name.eq_ignore_ascii_case("date")).and(part("value", 1))?;
    DateTime::parse_from_rfc2822(value).ok().map(|at| at.to_utc())
}

const CLOCK: &str = "the clock of the server that answered";
