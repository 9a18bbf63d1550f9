//! A request with its answer, in whatever format it was recorded, and the messages in it.

use chrono::{DateTime, Utc};
use saml_bindings::Received;

use crate::explain::capture::message::{Message, Origin};

/// One request of a browser with its answer, as far as it can hold SAML messages.
#[derive(Default)]
pub(crate) struct Exchange {
    pub(crate) url: String,
    pub(crate) at: Option<(DateTime<Utc>, &'static str)>,
    /// The fields of the form that was sent.
    pub(crate) form: Vec<Field>,
    /// The body that was sent, where it is no form.
    pub(crate) sent: Option<Vec<u8>>,
    /// The body that came back.
    pub(crate) answered: Option<Vec<u8>>,
    /// The message, as who recorded it decoded it.
    pub(crate) decoded: Option<String>,
}

/// A field of a form.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Exchange {
    /// Returns the SAML messages in it: of the query, the form, and the SOAP envelopes that went and came.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let to = without_query(&self.url);
        let from = |binding| Origin { binding, to: to.clone(), at: self.at };
        let mut found = Vec::new();
        for field in fields_of(query(&self.url)).filter(Field::is_message) {
            found.push(self.message(&field, from("HTTP-Redirect")));
        }
        for field in self.form.iter().filter(|field| field.is_message()) {
            found.push(self.message(field, from("HTTP-POST")));
        }
        for body in [&self.sent, &self.answered].into_iter().flatten() {
            found.extend(Message::of_soap(body, from("SOAP")));
        }
        found
    }

    fn message(&self, field: &Field, origin: Origin) -> Message {
        if field.name == ARTIFACT {
            return Message::of_artifact(Origin { binding: "HTTP-Artifact", ..origin });
        }
        let read = field.read();
        let xml = match (&read, &self.decoded) {
            // SAML-tracer can be told to hide what forms hold; it still has what it decoded.
            (None, Some(decoded)) if decoded.trim_start().starts_with('<') => Some(decoded.clone().into_bytes()),
            _ => read,
        };
        Message::of_parameter(&field.name, xml, origin)
    }
}

impl Field {
    fn is_message(&self) -> bool {
        ["SAMLRequest", "SAMLResponse", ARTIFACT].contains(&self.name.as_str())
    }

    /// Takes the message out of the value. Some browsers record it with percent escapes, some without; base64 has none.
    fn read(&self) -> Option<Vec<u8>> {
        let escaped = || format!("{}={}", self.name, self.value);
        let text = if self.value.contains('%') { escaped() } else { self.value.clone() };
        Received::detect(text.as_bytes()).ok().map(|received| received.xml().to_vec())
    }
}

/// Splits a query, or the body of a form, into fields whose values are as they were sent.
pub(crate) fn fields_of(text: &str) -> impl Iterator<Item = Field> + '_ {
    text.split('&')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| Field { name: name.to_owned(), value: value.trim().to_owned() })
}

fn query(url: &str) -> &str {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    url.split_once('?').map_or("", |(_, query)| query)
}

/// Returns the URL without user, query and fragment, any of which may hold a secret.
fn without_query(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

const ARTIFACT: &str = "SAMLart";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, shown) in [
            ("https://me:secret@portal.example/acs?SAMLart=a&password=b#c", "https://portal.example/acs"),
            ("https://portal.example", "https://portal.example"),
            ("https://portal.example/a@b", "https://portal.example/a@b"),
            ("about:blank", "about:blank"),
        ] {
            assert_eq!(without_query(url), shown);
        }
    }

    #[test]
    fn a_value_is_read_with_and_without_percent_escapes() {
        let read = |value: &str| Field { name: "SAMLResponse".to_owned(), value: value.to_owned() }.read();
        for value in ["PGEvPg==", "PGEvPg%3D%3D", "PGEv\r\nPg=="] {
            assert_eq!(read(value).as_deref(), Some(&b"<a/>"[..]), "{value}");
        }
        assert_eq!(read("*****"), None);
    }
}
