//! One HTTP request at a time, to servers on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Returns the value of a header that stands there once.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// Sends a request without cookies and without following redirects.
#[must_use]
pub fn send(method: &str, url: &str, content_type: &str, body: &str) -> Answer {
    exchange(method, url, &[("Content-Type", content_type)], body)
}

/// Sends a request with these headers, without following redirects.
#[must_use]
pub fn exchange(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let rest = url.strip_prefix("http://").expect("a URL with http");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(authority).expect("a server that listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    let length = body.len();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n\
         {body}"
    );
    stream.write_all(request.as_bytes()).expect("a server that reads");

    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a server that answers");
        line.trim_end().to_owned()
    };
    let status = line().split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
    let mut headers = Vec::new();
    loop {
        let line = line();
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let answer = Answer { status, headers, body: String::new() };
    let mut body = Vec::new();
    match answer.header("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => reader.take(length).read_to_end(&mut body).expect("a body"),
        None if answer.header("transfer-encoding") == Some("chunked") => read_chunks(&mut reader, &mut body),
        None => reader.read_to_end(&mut body).expect("a body"),
    };
    Answer { body: String::from_utf8(body).expect("text"), ..answer }
}

/// Reads a body in chunks, and returns how long it is (RFC 9112 7.1).
fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> usize {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the size of a chunk");
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            return body.len();
        }
        reader.by_ref().take(size).read_to_end(body).expect("a chunk");
        reader.read_line(&mut line).expect("the end of a chunk");
    }
}

/// Gets a page.
#[must_use]
pub fn get(url: &str) -> Answer {
    send("GET", url, "text/plain", "")
}

/// A server that hangs fails the test; one that is slow does not.
const PATIENCE: Duration = Duration::from_secs(120);
