//! A message of a case, as it lies in the directory of the case: one line of `messages.tsv`.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use crate::Result;

/// What a message is carried in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// The body of a form, ready to be posted.
    Body,
    /// The query of a redirect.
    Query,
    /// A `Response`; it is posted in base64 in a form.
    Response,
    /// A SOAP envelope.
    Soap,
}

/// One message, the request that it answers, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) request_id: String,
    pub(crate) carrier: Carrier,
    pub(crate) bytes: Vec<u8>,
    /// `accept`, the code of the refusal, `refuse` where any code will do, or `any` where only time counts.
    pub(crate) expect: String,
}

impl Carrier {
    const ALL: [(Self, &str); 4] =
        [(Self::Body, "body"), (Self::Query, "query"), (Self::Response, "response"), (Self::Soap, "soap")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(carrier, _)| *carrier == self).map_or("", |(_, name)| name)
    }
}

impl Message {
    /// Returns what arrives at the portal: for a `Response` the body of the form, as a browser writes it.
    pub(crate) fn arriving(&self) -> Vec<u8> {
        match self.carrier {
            Carrier::Body | Carrier::Query | Carrier::Soap => self.bytes.clone(),
            Carrier::Response => format!("SAMLResponse={}", escaped(&STANDARD.encode(&self.bytes))).into_bytes(),
        }
    }
}

/// Writes base64 as a browser does in a form.
pub(crate) fn escaped(base64: &str) -> String {
    base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// Writes the messages of a case, with the moment at which they were made.
pub(crate) fn write(directory: &Path, issued: DateTime<Utc>, messages: &[Message]) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    let mut lines = String::new();
    for message in messages {
        let fields = [&message.request_id, message.carrier.name(), &STANDARD.encode(&message.bytes), &message.expect];
        lines.push_str(&fields.join("\t"));
        lines.push('\t');
        lines.push_str(&message.name);
        lines.push('\n');
    }
    std::fs::write(directory.join("messages.tsv"), lines)?;
    std::fs::write(directory.join("issued"), issued.to_rfc3339())?;
    Ok(())
}

/// Reads the messages of a case.
pub(crate) fn read(directory: &Path) -> Result<(DateTime<Utc>, Vec<Message>)> {
    let text = std::fs::read_to_string(directory.join("messages.tsv"))?;
    let issued = DateTime::parse_from_rfc3339(&std::fs::read_to_string(directory.join("issued"))?)?;
    let mut messages = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let mut next = || fields.next().ok_or("messages.tsv: expected five fields in a line");
        let (request_id, carrier, bytes, expect, name) = (next()?, next()?, next()?, next()?, next()?);
        let carrier = Carrier::ALL.iter().find(|(_, name)| *name == carrier).ok_or("messages.tsv: unknown carrier")?.0;
        messages.push(Message {
            name: name.to_owned(),
            request_id: request_id.to_owned(),
            carrier,
            bytes: STANDARD.decode(bytes)?,
            expect: expect.to_owned(),
        });
    }
    Ok((issued.to_utc(), messages))
}
