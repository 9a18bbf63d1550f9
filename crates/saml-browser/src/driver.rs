use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::error::Error;
use crate::http;

/// A chromedriver of our own with its one session, ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Driver {
    process: Child,
    /// Kept open: a program whose output nobody reads ends.
    _output: BufReader<ChildStdout>,
    port: u16,
    /// The path of the session; empty until there is one.
    session: String,
}

impl Driver {
    /// Starts chromedriver on a free port.
    pub(crate) fn start() -> Result<Self, Error> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|_| Error::Missing { program: "chromedriver" })?;
        let output = process.stdout.take().ok_or_else(|| broken("no output"))?;
        let mut output = BufReader::new(output);
        let port = port_of(&mut output).inspect_err(|_| end(&mut process))?;
        Ok(Self { process, _output: output, port, session: String::new() })
    }

    /// Begins the session, with a browser that is as `capabilities` say.
    pub(crate) fn begin(&mut self, capabilities: &Value) -> Result<(), Error> {
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let said = self.send("POST", "/session", &wanted)?;
        self.session = format!("/session/{}", text(said.get("sessionId"))?);
        Ok(())
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Error> {
        self.send("GET", &format!("{}{path}", self.session), &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, parameters: &Value) -> Result<Value, Error> {
        self.send("POST", &format!("{}{path}", self.session), parameters)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Value, Error> {
        self.send("DELETE", &format!("{}{path}", self.session), &Value::Null)
    }

    /// Sends a command, and returns what its answer holds.
    fn send(&self, method: &str, path: &str, parameters: &Value) -> Result<Value, Error> {
        let body = if parameters.is_null() { String::new() } else { parameters.to_string() };
        let answer = http::send(self.port, method, path, &body);
        let (status, body) = answer.map_err(|error| broken(&error.to_string()))?;
        let mut said: Value = serde_json::from_str(&body).map_err(|error| broken(&error.to_string()))?;
        let value = said.get_mut("value").map(Value::take).unwrap_or_default();
        if status == 200 {
            return Ok(value);
        }
        let command = path.strip_prefix(&self.session).unwrap_or(path).trim_start_matches('/').to_owned();
        let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
        Err(Error::Refused { command, message: message.lines().next().unwrap_or_default().to_owned() })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ends Chromium itself. Where the driver is gone, there is nobody to ask.
            let _ = http::send(self.port, "DELETE", &self.session, "");
        }
        end(&mut self.process);
    }
}

fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

/// Reads where the driver listens.
fn port_of(output: &mut impl BufRead) -> Result<u16, Error> {
    loop {
        let mut line = String::new();
        let read = output.read_line(&mut line).map_err(|error| broken(&error.to_string()))?;
        if read == 0 {
            return Err(broken("it ended without saying where it listens"));
        }
        if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once(" on port ")
            && line.contains("successfully")
        {
            return port.parse().map_err(|_| broken("it listens on no port"));
        }
    }
}

/// Takes a text out of an answer that must have one there.
pub(crate) fn text(value: Option<&Value>) -> Result<String, Error> {
    value.and_then(Value::as_str).map(str::to_owned).ok_or_else(|| broken("expected a text"))
}

/// Says that the driver did not answer as WebDriver has it.
pub(crate) fn broken(message: &str) -> Error {
    Error::Driver(message.to_owned())
}
