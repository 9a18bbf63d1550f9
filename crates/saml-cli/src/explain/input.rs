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
        let input = read_input(arguments.file.as_deref())?;
        if !is_recording(&input) {
            if arguments.message.is_some() {
                return Err("--message: expected a recording with several messages, found one message".to_owned());
            }
            let received = Received::detect(&input).map_err(|error| error.to_string())?;
            return Ok(Self { xml: received.xml().to_vec(), login: None, found: None });
        }
        let capture = Capture::read(&input)?;
        let message = capture.choose(arguments.message)?;
        let number = capture.number(message);
        let xml = message.xml.clone().map_err(|why| format!("message {number} of the recording: {why}"))?;
        let login = capture.login(message, arguments.request_id.as_deref());
        let found =
            format!("message {number} of the recording: {} by {} to {}", message.kind, message.binding, message.to);
        Ok(Self { xml, login: Some(login), found: Some(found) })
    }
}

fn read_input(file: Option<&Path>) -> Result<Vec<u8>, String> {
    match file {
        Some(path) if path != Path::new("-") => {
            let opened = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
            read_bounded(opened, &path.display().to_string())
        }
        _ => read_bounded(std::io::stdin().lock(), "standard input"),
    }
}

fn read_bounded(source: impl Read, name: &str) -> Result<Vec<u8>, String> {
    let mut input = Vec::new();
    source.take(INPUT_LIMIT + 1).read_to_end(&mut input).map_err(|error| format!("{name}: {error}"))?;
    if input.len() as u64 > INPUT_LIMIT {
        return Err(format!("{name}: expected at most 64 MiB, found more: record the login alone"));
    }
    Ok(input)
}

/// Room for what a browser records of a login, pictures and scripts in it.
const INPUT_LIMIT: u64 = 64 << 20;
