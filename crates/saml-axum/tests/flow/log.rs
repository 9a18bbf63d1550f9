//! What the operator reads.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use axum::http::StatusCode;
use saml_digid::LevelOfAssurance;
use saml_forge::{Login, Outcome};

use crate::answers::{BSN, answer, form, login};
use crate::browser::Browser;
use crate::portal::portal;

thread_local! {
    // Each test has a thread, and so a log, of its own.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Begins to keep what is logged.
///
/// Once for all tests and before any of them logs: which events nobody listens to is remembered across threads.
pub(crate) fn keep() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init());
}

/// Returns what was logged in this test since it was last asked.
pub(crate) fn taken() -> String {
    String::from_utf8(LOG.take()).unwrap()
}

/// Returns the audit events of this test since the log was last asked for: name and fields, without what differs each
/// time.
pub(crate) fn audited() -> Vec<String> {
    audited_with_references().into_iter().map(|(event, _)| event).collect()
}

/// Returns each audit event with its reference.
pub(crate) fn audited_with_references() -> Vec<(String, Option<String>)> {
    let log = taken();
    let events = log.lines().filter_map(|line| line.split_once(" saml::audit: ").map(|(_, event)| event));
    events
        .map(|event| {
            // The records of the checks have tests of their own.
            let event = event.split(" checks=passed").next().unwrap().split(" checks=failed").next().unwrap();
            let Some((before, rest)) = event.split_once(" reference=") else { return (event.to_owned(), None) };
            let (reference, after) = rest.split_at(12);
            assert!(reference.bytes().all(|byte| byte.is_ascii_hexdigit()), "{event}");
            (format!("{before}{after}"), Some(reference.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn the_log_has_code_and_reference_and_no_number() {
    let (portal, mut browser) = (portal(), Browser::default());

    let id = browser.begin(&portal, "/saml/login?level=substantial").await;
    browser.post(&portal, "/saml/acs", &login(&id)).await;
    let id = browser.begin(&portal, "/saml/login").await;
    let other_sector =
        Login::new(&format!("s00000001:{BSN}"), "simulator", LevelOfAssurance::High.authn_context_class());
    let page = browser.post(&portal, "/saml/acs", &form(&answer(&id, Outcome::Login(other_sector)))).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let log = taken();
    let reference = page.reference();
    let refused = log.lines().find(|line| line.contains(&reference)).unwrap();
    assert!(refused.contains("login refused code=\"name_id_sector_unexpected\""), "{refused}");
    assert!(refused.contains("passed pending_request"), "{refused}");
    let finished = log.lines().find(|line| line.contains("login finished")).unwrap();
    assert!(finished.contains("level=\"substantial\" sector=\"bsn\""), "{finished}");
    assert!(!log.contains(BSN));
    assert!(!page.text.contains(BSN));
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
