//! The log that an operator reads, from which the verdict on a login is taken.

use std::io;
use std::sync::{Mutex, PoisonError};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Begins to keep what is logged.
pub(crate) fn keep() {
    tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init();
}

/// Returns the last verdict since it was last asked: `authenticated`, `logged_out`, `session_ended`, or the code of the
/// refusal.
pub(crate) fn verdict() -> Option<String> {
    let log = std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner));
    let log = String::from_utf8(log).expect("text");
    log.lines().rev().find_map(|line| {
        if line.contains("login finished") {
            return Some("authenticated".to_owned());
        }
        if line.contains("logout finished began=\"here\"") {
            let is_complete = line.contains("outcome=\"complete\"");
            return Some(if is_complete { "logged_out" } else { "logged_out_in_part" }.to_owned());
        }
        if line.contains("logout finished began=\"identity_provider\"") {
            let is_one = line.ends_with("sessions=1");
            return Some(if is_one { "session_ended" } else { "sessions_not_ended" }.to_owned());
        }
        let (_, rest) = [" refused code=\"", " cancelled code=\""].iter().find_map(|before| line.split_once(before))?;
        rest.split('"').next().map(str::to_owned)
    })
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
