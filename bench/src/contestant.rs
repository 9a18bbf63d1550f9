//! A program under measurement, as the runner sees it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::Result;

/// How to start a program: a name for the report, and a command that gets the directory of the messages as last
/// argument.
#[derive(Clone, Debug)]
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
}

/// A started program.
pub(crate) struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

/// What a program answers.
pub(crate) enum Answer {
    /// So many nanoseconds, with a remark.
    Took(u64, String),
    /// It cannot do this, or does it wrongly.
    Not(String),
}

impl Contestant {
    /// Starts the program.
    pub(crate) fn start(&self, directory: &Path) -> Result<Running> {
        let (program, arguments) = self.command.split_first().ok_or("an empty command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (stdin, stdout) = child.stdin.take().zip(child.stdout.take()).ok_or("no pipes")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Running { child, stdin, lines })
    }
}

impl Running {
    /// Asks for so many runs of a case.
    pub(crate) fn ask(&mut self, case: &str, iterations: usize) -> Result<Answer> {
        writeln!(self.stdin, "{case} {iterations}")?;
        self.stdin.flush()?;
        let line = self.lines.recv_timeout(PATIENCE).map_err(|_| "it ended, or did not answer in time")?;
        let (first, remark) = line.split_once(' ').unwrap_or((&line, ""));
        Ok(match first.parse() {
            Ok(nanoseconds) => Answer::Took(nanoseconds, remark.to_owned()),
            Err(_) => Answer::Not(line),
        })
    }

    /// Returns the largest memory that the process has had, in KiB, where the system tells.
    pub(crate) fn peak_kb(&self) -> Option<u64> {
        peak_kb(&self.child.id().to_string())
    }

    /// Returns the nanoseconds that all its threads have been on a processor, where the system tells.
    pub(crate) fn cpu_nanoseconds(&self) -> Option<u64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let of_task = |task: std::fs::DirEntry| -> Option<u64> {
            let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse().ok()
        };
        Some(tasks.flatten().filter_map(of_task).sum())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A program that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the largest memory that a process has had, in KiB; it is named by its ID, or `self` (proc(5), status).
pub(crate) fn peak_kb(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

const PATIENCE: Duration = Duration::from_secs(120);
