//! One request at a time to chromedriver, which listens on this machine and says how long its answers are.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends JSON to `path` on this machine, and returns the status and the body of the answer.
pub(crate) fn send(port: u16, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;

    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(ErrorKind::InvalidData)?;
    let mut length: u64 = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = String::new();
    reader.take(length.min(LARGEST)).read_to_string(&mut body)?;
    Ok((status, body))
}

/// Longer than a page may take to load.
const PATIENCE: Duration = Duration::from_secs(120);
/// A picture of a page, many times over.
const LARGEST: u64 = 256 * 1024 * 1024;
