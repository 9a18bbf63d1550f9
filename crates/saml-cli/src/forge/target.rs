//! The service provider under test: how it is asked for a request, sent a message, and read.

use std::time::Duration;

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_bindings::{MessageParameter, decode_post, decode_redirect};
use saml_forge::attack::Carrier;
use saml_protocol::namespaces::PROTOCOL;
use saml_xml::{Document, ParseOptions};
use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::client::{Answer, Client, Reach, absolute, addresses, without_query};
use crate::failure::Failure;
use crate::form::{Form, escape};

/// Where a service provider is, and how it lets somebody in.
pub(crate) struct Target {
    pub(crate) acs: String,
    pub(crate) login: Login,
    pub(crate) success: Success,
    pub(crate) reach: Reach,
    pub(crate) patience: Duration,
    pace: Mutex<Interval>,
}

/// Where the request comes from that a message answers.
pub(crate) enum Login {
    /// One that is given, with what the browser has.
    Given { request_id: String, relay_state: Option<String>, cookies: Vec<String> },
    /// A new one for each message, from the page that begins a login.
    Url(String),
}

/// What an answer is like that lets somebody in: all that is given must hold.
pub(crate) struct Success {
    pub(crate) statuses: Vec<u16>,
    pub(crate) location: Option<String>,
    pub(crate) body: Option<String>,
    /// A page that only who is logged in sees, and what it then says.
    pub(crate) session: Option<(String, String)>,
    /// What a page shows of the one whom the attacker wants to be.
    pub(crate) forged: String,
}

/// A request that waits for its answer, and the browser that it belongs to.
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) force_authn: bool,
    relay_state: Option<String>,
    client: Client,
}

/// What a target did with a message.
pub(crate) struct Outcome {
    pub(crate) let_in: bool,
    /// A page shows the one whom the attacker wants to be.
    pub(crate) as_forged: bool,
    pub(crate) status: u16,
    /// Where it sent the browser, without a query.
    pub(crate) location: Option<String>,
}

impl Target {
    /// `rate` is the number of HTTP requests in a second.
    pub(crate) fn new(
        acs: String,
        login: Login,
        success: Success,
        reach: Reach,
        patience: Duration,
        rate: u32,
    ) -> Self {
        let mut pace = interval(Duration::from_secs(1) / rate.max(1));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { acs, login, success, reach, patience, pace: Mutex::new(pace) }
    }

    /// Refuses URLs that cannot or may not be spoken to, before any of them is.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        let login = match &self.login {
            Login::Url(url) => Some(("--login-url", url)),
            Login::Given { .. } => None,
        };
        let session = self.success.session.as_ref().map(|(url, _)| ("--session-url", url));
        for (option, url) in [Some(("--target", &self.acs)), login, session].into_iter().flatten() {
            addresses(url, self.reach).await.map_err(|failure| Failure::usage(format!("{option}: {failure}")))?;
        }
        Ok(())
    }

    /// Begins a login.
    pub(crate) async fn request(&self) -> Result<Request, Failure> {
        let mut client = Client::new(self.reach, self.patience);
        let login = match &self.login {
            Login::Url(url) => url,
            Login::Given { request_id, relay_state, cookies } => {
                for cookie in cookies {
                    client.give(&self.acs, cookie)?;
                }
                let (id, relay_state) = (request_id.clone(), relay_state.clone());
                return Ok(Request { id, force_authn: false, relay_state, client });
            }
        };
        let mut url = login.clone();
        for _ in 0..MOST_REDIRECTS {
            let answer = self.exchange(&mut client, &Method::GET, &url, Vec::new()).await?;
            let Some(location) = answer.location() else {
                return Request::posted(&answer, &url, client);
            };
            let next = absolute(&url, location)?;
            if let Some((_, query)) = next.split_once('?').filter(|(_, query)| query.contains("SAMLRequest=")) {
                return Request::redirected(query, client);
            }
            url = next;
        }
        Err(Failure::usage(format!("--login-url: more than {MOST_REDIRECTS} redirects and no SAMLRequest")))
    }

    /// Posts a message, and reads what came of it.
    pub(crate) async fn post(&self, request: Request, carrier: Carrier, message: &[u8]) -> Result<Outcome, Failure> {
        let body = match carrier {
            Carrier::Form => message.to_vec(),
            _ => format!("SAMLResponse={}", escape(&STANDARD.encode(message))).into_bytes(),
        };
        self.send(request, body).await
    }

    /// Posts a form without any message, which no target can let in.
    pub(crate) async fn post_nothing(&self, request: Request) -> Result<Outcome, Failure> {
        self.send(request, Vec::new()).await
    }

    /// Posts a form, with the RelayState of the request where it has none, and looks who is logged in.
    async fn send(&self, request: Request, mut body: Vec<u8>) -> Result<Outcome, Failure> {
        let Request { relay_state, mut client, .. } = request;
        let has_one = body.split(|byte| *byte == b'&').any(|field| field.starts_with(b"RelayState="));
        if let Some(relay_state) = relay_state.filter(|_| !has_one) {
            let separator = if body.is_empty() { "" } else { "&" };
            body.extend_from_slice(format!("{separator}RelayState={}", escape(&relay_state)).as_bytes());
        }
        let answer = self.exchange(&mut client, &Method::POST, &self.acs, body).await?;
        let success = &self.success;
        let (mut let_in, mut pages) = (success.matches(&answer), answer.text.clone());
        if let Some((url, expected)) = success.session.as_ref().filter(|_| let_in) {
            let page = self.exchange(&mut client, &Method::GET, url, Vec::new()).await?;
            let_in = page.status.is_success() && page.text.contains(expected);
            pages.push_str(&page.text);
        }
        Ok(Outcome {
            let_in,
            as_forged: let_in && !success.forged.is_empty() && pages.contains(&success.forged),
            status: answer.status.as_u16(),
            location: answer.location().map(|location| without_query(location).to_owned()),
        })
    }

    /// Waits for its turn, and exchanges.
    async fn exchange(
        &self,
        client: &mut Client,
        method: &Method,
        url: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        self.pace.lock().await.tick().await;
        client.exchange(method, url, body).await
    }
}

impl Success {
    /// Tells whether an answer looks like one that lets somebody in.
    fn matches(&self, answer: &Answer) -> bool {
        let contains = |text: &str, wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| text.contains(wanted));
        (self.statuses.is_empty() || self.statuses.contains(&answer.status.as_u16()))
            && contains(answer.location().unwrap_or_default(), &self.location)
            && contains(&answer.text, &self.body)
    }
}

impl Request {
    /// Reads the request in the query of a redirect.
    fn redirected(query: &str, client: Client) -> Result<Self, Failure> {
        let message = decode_redirect(query, MessageParameter::SamlRequest)
            .map_err(|error| Failure::usage(format!("--login-url: the redirect to the identity provider: {error}")))?;
        Self::of(message.xml(), message.relay_state(), client)
    }

    /// Reads the request in a form of the page.
    fn posted(answer: &Answer, url: &str, client: Client) -> Result<Self, Failure> {
        let Some(form) = Form::all(&answer.text).into_iter().find(|form| form.has("SAMLRequest")) else {
            return Err(Failure::usage(format!(
                "--login-url: expected a redirect or a form with a SAMLRequest, found status {} at {}: name the page that \
                 begins a login, with what it needs in its query",
                answer.status.as_u16(),
                without_query(url)
            )));
        };
        let message = decode_post(form.encoded().as_bytes(), MessageParameter::SamlRequest)
            .map_err(|error| Failure::usage(format!("--login-url: the form for the identity provider: {error}")))?;
        Self::of(message.xml(), message.relay_state(), client)
    }

    fn of(xml: &[u8], relay_state: Option<&str>, client: Client) -> Result<Self, Failure> {
        let document = Document::parse(xml, &ParseOptions::metadata())
            .map_err(|error| Failure::usage(format!("--login-url: the request: {error}")))?;
        let root = document.root();
        let id = root.attribute("ID").filter(|_| root.is(PROTOCOL, "AuthnRequest"));
        let id = id.ok_or_else(|| {
            Failure::usage(format!("--login-url: expected an AuthnRequest with an ID, found {}", root.local_name()))
        })?;
        let force_authn = matches!(root.attribute("ForceAuthn"), Some("true" | "1"));
        Ok(Self { id: id.to_owned(), force_authn, relay_state: relay_state.map(str::to_owned), client })
    }
}

/// A portal may ask for a language or a consent first.
const MOST_REDIRECTS: usize = 10;
