//! A demo that runs: the portal and the broker, in a process of their own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use crate::saml;

/// Runs until it is dropped.
#[derive(Debug)]
pub struct Demo {
    process: Child,
    /// Kept open: a program whose output nobody reads ends.
    _output: BufReader<ChildStdout>,
    /// The URL of the portal's start page, as it was printed.
    pub portal: String,
    /// The URL of the broker.
    pub broker: String,
    /// The URL that takes what the next login does.
    pub control: String,
}

impl Demo {
    /// Starts `saml demo` on free ports, and returns when it has said where it listens.
    #[must_use]
    pub fn start() -> Self {
        let mut command = saml();
        command.args(["demo", "--portal-port", "0", "--broker-port", "0", "--control-port", "0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("saml demo");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut url = |name: &str| {
            let mut line = String::new();
            output.read_line(&mut line).expect("a line");
            let rest = line.strip_prefix(name).expect("the line with the URL");
            rest.split_whitespace().next().expect("a URL").to_owned()
        };
        let (portal, broker, control) = (url("Portal: "), url("Broker: "), url("Control: "));
        Self { process, _output: output, portal, broker, control }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
