//! What there is to explain: one message, or the one that is chosen of a recording.

use std::io::Read;
use std::path::Path;

use saml_bindings::Received;

use crate::explain::arguments::Arguments;
use crate::explain::capture::{Capture, Login, is_recording};

/// The message, with what is known of the login around it.
pub(crate) struct Input {
    pub(crate) xml: Vec<u8>,
    /// `None` where the message came alone.
    pub(crate) login: Option<Login>,
    /// Where in a recording the message was found, in a sentence.
    pub(crate) found: Option<String>,
}

impl Input {
    /// Reads what `arguments` name.
    ///
    /// # Errors
    /// A sentence about what cannot be read, or about which message is meant.
    pub(crate) fn read(arguments: &Arguments) -> Result<Self, String> {
        let (name, input) = read_input(arguments.file.as_deref())?;
        if !is_recording(&input) {
            if arguments.message.is_some() {
                return Err("--message: expected a recording with several messages, found one message".to_owned());
            }
            if is_web_page(&input) {
                return Err(format!("{name}: expected a message, found a web page: {INSTEAD_OF_A_PAGE}"));
            }
            let received = Received::detect(&input).map_err(|error| format!("{name}: {error}"))?;
            return Ok(Self { xml: received.xml().to_vec(), login: None, found: None });
        }
        let capture = Capture::read(&input).map_err(|error| format!("{name}: {error}"))?;
        let message = capture.choose(arguments.message)?;
        let number = capture.number(message);
        let xml = message.xml.clone().map_err(|why| format!("message {number} of the recording: {why}"))?;
        let login = capture.login(message, arguments.request_id.as_deref());
        let found =
            format!("message {number} of the recording: {} by {} to {}", message.kind, message.binding, message.to);
        Ok(Self { xml, login: Some(login), found: Some(found) })
    }
}

/// Reads what there is to explain, with its name.
fn read_input(file: Option<&Path>) -> Result<(String, Vec<u8>), String> {
    let (name, input) = match file {
        Some(path) if path != Path::new("-") => {
            let name = path.display().to_string();
            let opened = std::fs::File::open(path).map_err(|error| format!("{name}: {error}"))?;
            let input = read_bounded(opened, &name)?;
            (name, input)
        }
        _ => ("standard input".to_owned(), read_bounded(std::io::stdin().lock(), "standard input")?),
    };
    if input.trim_ascii().is_empty() {
        return Err(format!("{name}: expected a message, found nothing"));
    }
    Ok((name, input))
}

/// Tells whether a browser saved the page, and not the message that was posted from it.
fn is_web_page(input: &[u8]) -> bool {
    let start = input.trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|page| start.get(..page.len()).is_some_and(|start| start.eq_ignore_ascii_case(page)))
}

fn read_bounded(source: impl Read, name: &str) -> Result<Vec<u8>, String> {
    let mut input = Vec::new();
    source.take(INPUT_LIMIT + 1).read_to_end(&mut input).map_err(|error| format!("{name}: {error}"))?;
    if input.len() as u64 > INPUT_LIMIT {
        return Err(format!("{name}: expected at most 64 MiB, found more: record the login alone"));
    }
    Ok(input)
}

const INSTEAD_OF_A_PAGE: &str = "record the login as a HAR file, or save the value of its field SAMLResponse";
/// Room for what a browser records of a login, pictures and scripts in it.
const INPUT_LIMIT: u64 = 64 << 20;
