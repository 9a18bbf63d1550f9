//! The port where the simulator is told what the next login does.

use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::client::{Client, Reach, without_query};
use crate::demo::listen::{base_url, listen};
use crate::failure::Failure;

/// Tells the simulator what to do.
pub(crate) struct Control {
    url: String,
    reach: Reach,
    runtime: Runtime,
}

/// What the next login does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// A test person logs in, at a level that every portal takes.
    LogIn,
    Cancel,
    /// It ends with a status of its own.
    Status(&'static str),
    /// A test person logs in with an answer that is not to be taken.
    Flaw(&'static str),
    /// The simulator shows its page.
    Page,
}

impl Control {
    /// Takes the URL that the simulator prints, or the origin of it.
    pub(crate) fn new(url: &str, reach: Reach) -> Result<Self, Failure> {
        let base = url.trim_end_matches('/').trim_end_matches("/next-login");
        let runtime = Runtime::new().map_err(Failure::new)?;
        Ok(Self { url: format!("{base}/next-login"), reach, runtime })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Serves a page of somebody else on this machine, and returns its URL.
    pub(crate) fn serve(&self, html: String) -> Result<String, Failure> {
        let listener = self.runtime.block_on(listen(0, "--control"))?;
        let url = base_url(&listener)?;
        let routes = Router::new().route("/", get(async move || Html(html.clone())));
        self.runtime.spawn(async { axum::serve(listener, routes).await });
        Ok(url)
    }

    /// Lets the next login follow a script.
    pub(crate) fn next(&self, script: Script) -> Result<(), Failure> {
        let wrong = |why: String| Failure::usage(format!("--control: {why}"));
        let mut client = Client::new(self.reach, PATIENCE);
        let answer = self.runtime.block_on(client.exchange(&Method::PUT, &self.url, script.json().to_string()));
        let answer = answer.map_err(|failure| wrong(failure.to_string()))?;
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(());
        }
        Err(wrong(format!(
            "expected status 204, found {} at {}: name the URL that saml demo prints after Control",
            answer.status.as_u16(),
            without_query(&self.url)
        )))
    }
}

impl Script {
    /// Writes what the simulator reads.
    fn json(self) -> Value {
        let log_in = |level| json!({ "log_in": { "bsn": TEST_BSN, "level": level } });
        match self {
            Self::LogIn => json!({ "outcome": log_in("high") }),
            Self::Cancel => json!({ "outcome": "cancel" }),
            Self::Status(name) => json!({ "outcome": name }),
            Self::Flaw("level") => json!({ "outcome": log_in("basic"), "flaw": "level" }),
            Self::Flaw(name) => json!({ "outcome": log_in("high"), "flaw": name }),
            Self::Page => json!({}),
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
/// A number that passes the eleven-test, of those that DigiD's pre-production takes for test accounts.
const TEST_BSN: &str = "900026236";
