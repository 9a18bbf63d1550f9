//! What leaves the portal: the log writes itself down here, a test the rest.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::needles::found;

thread_local! {
    // Each test has a thread, and so a witness, of its own.
    static SEEN: RefCell<Vec<(String, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// Begins to keep what is logged: every event, and every span with its fields when it begins and ends.
pub(crate) fn keep() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(|| Log)
            .init();
    });
}

/// Writes down something that left.
pub(crate) fn note(place: &str, text: impl AsRef<[u8]>) {
    SEEN.with_borrow_mut(|seen| seen.push((place.to_owned(), text.as_ref().to_vec())));
}

/// Returns where a secret was found since it was last asked, and forgets what it saw.
pub(crate) fn leaks() -> Vec<String> {
    let seen = SEEN.take();
    let leaked = seen.iter().filter_map(|(place, text)| found(text).map(|what| (place, what, text)));
    leaked.map(|(place, what, text)| format!("{what} in {place}: {}", String::from_utf8_lossy(text))).collect()
}

/// Requires that much was seen since it was last asked, and no secret.
#[track_caller]
pub(crate) fn is_clean(path: &str) {
    let logged = SEEN.with_borrow(|seen| seen.iter().filter(|(place, _)| place == LOG).count());
    assert!(logged > 0, "{path}: nothing was logged");
    assert_eq!(leaks(), Vec::<String>::new(), "{path}");
}

const LOG: &str = "the log";

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        note(LOG, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
