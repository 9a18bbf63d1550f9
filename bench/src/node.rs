//! A portal process as its driver sees it: started, killed, its log read.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::Result;
use crate::client::between;
use crate::portal::Secrets;
use crate::redis_server::free_port;

/// One node of the portal. It ends with this value, and with the driver.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    directory: PathBuf,
    store: String,
    secrets: Secrets,
    log: Arc<Log>,
    process: Mutex<Child>,
}

impl Node {
    /// Starts a portal on a free port, and waits until it listens; `store` is `memory` or the URL of a Redis.
    pub(crate) fn start(directory: &Path, store: &str, secrets: &Secrets, log: &Arc<Log>) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let process = spawn(directory, address.port(), store, secrets, log)?;
        let (directory, store) = (directory.to_owned(), store.to_owned());
        let (secrets, log, process) = (secrets.clone(), Arc::clone(log), Mutex::new(process));
        Ok(Self { address, directory, store, secrets, log, process })
    }

    /// Ends it with SIGKILL, whatever it is doing; when this returns it is gone.
    pub(crate) fn kill(&self) -> Result<()> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.kill()?;
        process.wait()?;
        Ok(())
    }

    /// Starts it again where it was, and waits until it listens.
    pub(crate) fn start_again(&self) -> Result<()> {
        let process = spawn(&self.directory, self.address.port(), &self.store, &self.secrets, &self.log)?;
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = process;
        Ok(())
    }

    /// Returns the ID of its process, which is that of its group too.
    pub(crate) fn id(&self) -> u32 {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Returns how much memory it holds.
    pub(crate) fn resident_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        between(&status, "VmRSS:", "kB")?.trim().parse().ok()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Whoever ended already needs no end.
        let _ = self.kill();
    }
}

fn spawn(directory: &Path, port: u16, store: &str, secrets: &Secrets, log: &Arc<Log>) -> Result<Child> {
    let (name, value) = secrets.variable();
    let mut process = Command::new(std::env::current_exe()?)
        .arg("portal")
        .arg(directory)
        .args([&port.to_string(), store])
        .env(name, value)
        // Ctrl-C is for the driver, which ends it.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = process.stdout.take().zip(process.stderr.take()).ok_or("no pipes")?;
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        // Read to its end: a server whose log nobody reads stands still.
        BufReader::new(stderr).lines().map_while(std::io::Result::ok).for_each(|line| log.add(&line));
    });
    let (said, ready) = channel();
    std::thread::spawn(move || said.send(BufReader::new(stdout).lines().next()));
    match ready.recv_timeout(PATIENCE) {
        Ok(Some(Ok(line))) if line == "ready" => Ok(process),
        _ => {
            let _ = process.kill();
            let _ = process.wait();
            Err("expected a portal that listens, found that it ended, or does not".into())
        }
    }
}

/// What the logs of all nodes say of each reference that a page shows.
#[derive(Default)]
pub(crate) struct Log {
    codes: Mutex<HashMap<String, String>>,
    grew: Notify,
}

impl Log {
    fn add(&self, line: &str) {
        let code = between(line, "code=\"", "\"").filter(|code| *code != WITHOUT_REFERENCE);
        let reference = line.split_once(" reference=").map(|(_, rest)| rest.split(' ').next().unwrap_or(rest));
        if let (Some(code), Some(reference)) = (code, reference) {
            let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            // The first line is the reason, a later one with the same reference what followed from it.
            codes.entry(reference.to_owned()).or_insert_with(|| code.to_owned());
            drop(codes);
            self.grew.notify_waiters();
        }
    }

    /// Returns the code that the log gives for a reference; a line may come a little after its page.
    pub(crate) async fn code(&self, reference: &str) -> Option<String> {
        let find = async {
            loop {
                let grew = self.grew.notified();
                if let Some(code) = self.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(reference) {
                    return code;
                }
                grew.await;
            }
        };
        timeout(PATIENCE, find).await.ok()
    }
}

/// Its page tells the user where to go on, and shows no reference.
pub(crate) const WITHOUT_REFERENCE: &str = "pending_request";
const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_line_with_a_reference_is_its_reason() {
        let log = Log::default();
        log.add("2026-01-01T00:00:00Z  WARN login refused code=\"store_unavailable\" reference=00ff checks=passed xml");
        log.add("2026-01-01T00:00:00Z ERROR session not ended code=\"store_full\" reference=00ff");
        assert_eq!(log.code("00ff").await.as_deref(), Some("store_unavailable"));
    }

    #[test]
    fn a_reference_that_no_page_shows_is_not_kept() {
        let log = Log::default();
        log.add(&format!(" WARN login refused code=\"{WITHOUT_REFERENCE}\" reference=00ff checks="));
        log.add(" INFO login finished level=\"substantial\"");
        assert!(log.codes.lock().unwrap().is_empty());
        log.add(" WARN login refused code=\"request_once\" reference=00ff checks=");
        assert_eq!(log.codes.lock().unwrap().len(), 1);
    }
}
