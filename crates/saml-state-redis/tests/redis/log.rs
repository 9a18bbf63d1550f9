//! Why a store was unavailable, as its log says.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// Keeps the codes that are logged on this thread while the guard lives.
pub(crate) fn codes() -> (Arc<Mutex<Vec<String>>>, DefaultGuard) {
    let codes = Codes::default();
    (Arc::clone(&codes.0), tracing::subscriber::set_default(codes))
}

#[derive(Clone, Default)]
struct Codes(Arc<Mutex<Vec<String>>>);

impl Subscriber for Codes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Codes {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.0.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
