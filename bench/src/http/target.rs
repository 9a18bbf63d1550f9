//! A server under measurement, and how a response is brought to it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use saml_bindings::{MessageParameter, decode_redirect};
use saml_forge::Signed;
use saml_xml_security::SigningKey;

use super::peers::Process;
use crate::Result;
use crate::cases::{answer, attributes};
use crate::client::{Connection, Jar, between};
use crate::message::escaped;
use crate::node::Node;
use crate::portal::PAGE;
use crate::world::PORTAL_ORIGIN;

/// A server that takes responses, until it is dropped.
pub(super) struct Target {
    pub(super) name: &'static str,
    address: SocketAddr,
    consumer: &'static str,
    /// How the name of the cookie begins that whoever is let in gets.
    session: &'static str,
    /// A page that only who is logged in sees.
    page: &'static str,
    kind: Kind,
}

enum Kind {
    Ours(Node),
    Peer(Vec<Process>),
}

/// A browser that waits for a response, and the redirect to the broker that it followed.
pub(super) struct Begun {
    jar: Jar,
    request: Option<String>,
    pub(super) took: Duration,
}

/// A response in the browser that it belongs to.
pub(super) struct Ready {
    jar: Jar,
    form: Bytes,
    pub(super) begun: Duration,
}

/// What became of a response.
pub(super) struct Posted {
    pub(super) took: Duration,
    /// The cookies of whoever was let in.
    pub(super) let_in: Option<Jar>,
    pub(super) status: u16,
}

impl Target {
    pub(super) fn ours(name: &'static str, node: Node) -> Self {
        let (address, kind) = (node.address, Kind::Ours(node));
        Self { name, address, consumer: "/saml/acs", session: "__Host-saml-session", page: PAGE, kind }
    }

    pub(super) fn peer(
        name: &'static str,
        address: SocketAddr,
        consumer: &'static str,
        session: &'static str,
        processes: Vec<Process>,
    ) -> Self {
        Self { name, address, consumer, session, page: "/secure/index.txt", kind: Kind::Peer(processes) }
    }

    pub(super) const fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours(_))
    }

    /// Returns the groups of its processes.
    pub(super) fn groups(&self) -> Vec<u32> {
        match &self.kind {
            Kind::Ours(node) => vec![node.id()],
            Kind::Peer(processes) => processes.iter().map(Process::id).collect(),
        }
    }

    pub(super) fn connection(&self) -> Connection {
        Connection::new(self.address, "portal.example.nl")
    }

    /// Begins a login in a new browser. Others take responses that nobody asked for, and are given those.
    pub(super) async fn begin(&self, connection: &mut Connection) -> Result<Begun> {
        let mut jar = Jar::default();
        if !self.is_ours() {
            // mod_auth_mellon wants to see that the browser takes cookies.
            jar.set(self.session, "cookietest");
            return Ok(Begun { jar, request: None, took: Duration::ZERO });
        }
        let since = Instant::now();
        let answer = connection.get(LOGIN, &jar).await.map_err(|_| "the portal does not answer")?;
        let took = since.elapsed();
        jar.keep(&answer);
        let request = answer.location().ok_or_else(|| format!("no login begins: status {}", answer.status))?;
        Ok(Begun { jar, request: Some(request.to_owned()), took })
    }

    /// Writes the response to a login, signed now; `change` is made to it after that.
    pub(super) fn respond(
        &self,
        begun: Begun,
        broker: &SigningKey,
        change: impl FnOnce(String) -> String,
    ) -> Result<Ready> {
        let mut answer = answer(Utc::now(), 0, attributes(13, 120), Signed::Both)?;
        answer.request.assertion_consumer_service = format!("{PORTAL_ORIGIN}{}", self.consumer);
        if let Some(request) = &begun.request {
            let query = request.split_once('?').map_or("", |(_, query)| query);
            let message = decode_redirect(query, MessageParameter::SamlRequest)?;
            let xml = String::from_utf8_lossy(message.xml()).into_owned();
            answer.request.request_id = between(&xml, " ID=\"", "\"").ok_or("a request without an ID")?.to_owned();
        }
        let message = escaped(&STANDARD.encode(change(answer.write(broker)?)));
        // To others it says where to go on; we have that with the request.
        let relay_state = format!("{PORTAL_ORIGIN}{}", self.page).replace(':', "%3A").replace('/', "%2F");
        let form = Bytes::from(format!("SAMLResponse={message}&RelayState={relay_state}"));
        Ok(Ready { jar: begun.jar, form, begun: begun.took })
    }

    /// Posts a response. Whoever is sent on with a session is let in.
    pub(super) async fn post(&self, connection: &mut Connection, ready: &Ready) -> Result<Posted> {
        let since = Instant::now();
        let answer = connection.post(self.consumer, &ready.jar, &ready.form).await;
        let took = since.elapsed();
        let answer = answer.map_err(|_| "it does not answer")?;
        let mut after = Jar::default();
        after.keep(&answer);
        let is_let_in = answer.location().is_some() && after.has(self.session);
        Ok(Posted { took, let_in: is_let_in.then_some(after), status: answer.status })
    }

    /// Makes sure that a good response lets in and that one with another number in it does not; returns whether a
    /// response works twice, which in ours it must not.
    pub(super) async fn prove(&self, broker: &SigningKey) -> Result<bool> {
        let mut connection = self.connection();
        let page_status = async |connection: &mut Connection, jar: &Jar| {
            connection.get(self.page, jar).await.map(|answer| answer.status).map_err(|_| "its page is not answered")
        };
        if page_status(&mut connection, &Jar::default()).await? == 200 {
            return Err("it shows its page to anybody".into());
        }
        let begun = self.begin(&mut connection).await?;
        let forged = self.respond(begun, broker, |xml| xml.replace(NUMBER, OTHER_NUMBER))?;
        if self.post(&mut connection, &forged).await?.let_in.is_some() {
            return Err("it lets in with a broken signature".into());
        }
        let begun = self.begin(&mut connection).await?;
        let good = self.respond(begun, broker, |xml| xml)?;
        let posted = self.post(&mut connection, &good).await?;
        let jar = posted.let_in.ok_or_else(|| format!("it refuses a good response: status {}", posted.status))?;
        match page_status(&mut connection, &jar).await? {
            200 => {}
            status => return Err(format!("its page is not shown to who was let in: status {status}").into()),
        }
        let works_twice = self.post(&mut connection, &good).await?.let_in.is_some();
        if works_twice && self.is_ours() {
            return Err("a response worked twice".into());
        }
        Ok(works_twice)
    }
}

const LOGIN: &str = "/saml/login?level=substantial&return_to=/session";
const NUMBER: &str = "s00000000:900026236";
const OTHER_NUMBER: &str = "s00000000:900029365";
