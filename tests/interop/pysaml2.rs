//! pysaml2 of PyPI, which signs and encrypts with the program xmlsec1.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cases::{self, Case};
use crate::peer::{Peer, Run, Running, write};

pub(crate) struct Pysaml2 {
    /// A Python that has pysaml2.
    pub(crate) python: String,
}

impl Peer for Pysaml2 {
    fn name(&self) -> &'static str {
        "pysaml2"
    }

    fn cases(&self) -> Vec<Case> {
        cases::pysaml2()
    }

    fn start(&self, run: &Run) -> Running {
        let folder = &run.folder;
        write(folder, "identity_provider.py", include_str!("pysaml2/identity_provider.py"));
        write(folder, "interop.json", &run.described(json!({})).to_string());
        let log = folder.join("log");
        let mut process = Command::new(&self.python)
            .arg(folder.join("identity_provider.py"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.python));
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut running = Running { process, metadata: String::new() };
        // It listens once it says where.
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("pysaml2 did not start:\n{}", std::fs::read_to_string(&log).unwrap()));
        running.metadata = said["metadata"].as_str().unwrap().to_owned();
        running
    }
}
