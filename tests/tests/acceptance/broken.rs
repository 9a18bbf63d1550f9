//! A portal without SAML that has flaws, and what it takes for DigiD: scripted on a control port as the simulator is.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use saml_digid::texts;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// What is wrong with a portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    CancelElsewhere,
    ChecklistSeven,
    DeepLink,
    InAFrame,
    LogoutIsForShow,
    MessageStays,
    NameOfSupplier,
    NeedsMouse,
    NeedsScripts,
    NoLogout,
    NoLogoutOnAPhone,
    NoMessage,
    OtherErrorText,
    PagesAreKept,
    PersistentCookie,
    SessionSurvives,
    TakesLowerLevel,
    UnderConstruction,
    Unprotected,
}

/// What is wrong with one portal.
pub(crate) type Flaws = &'static [Flaw];

/// Runs until it is dropped.
pub(crate) struct Broken {
    _runtime: Runtime,
    pub(crate) portal: String,
    pub(crate) control: String,
}

#[derive(Clone)]
struct Parties {
    flaws: Flaws,
    portal: SocketAddr,
    broker: SocketAddr,
    next: Arc<Mutex<Value>>,
    /// Whether the message was shown once.
    cancelled: Arc<Mutex<bool>>,
}

impl Broken {
    pub(crate) fn start(flaws: Flaws) -> Self {
        let runtime = Runtime::new().unwrap();
        let listen = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (portal, broker) = (listen(), listen());
        let (at, broker_at) = (portal.local_addr().unwrap(), broker.local_addr().unwrap());
        let (next, cancelled) = (Arc::default(), Arc::default());
        let parties = Parties { flaws, portal: at, broker: broker_at, next, cancelled };
        let pages = Router::new()
            .route("/", get(home))
            .route("/open", get(home))
            .route("/elders", get(async || page(&[], "<p>Het inloggen is geannuleerd.</p>")))
            .route("/login", get(begin))
            .route("/acs", get(finish))
            .route("/logout", post(log_out))
            .with_state(parties.clone());
        let digid = Router::new().route("/", get(digid)).route("/next-login", put(script)).with_state(parties);
        runtime.spawn(async { axum::serve(portal, pages).await });
        runtime.spawn(async { axum::serve(broker, digid).await });
        Self { _runtime: runtime, portal: format!("http://{at}/"), control: format!("http://{broker_at}/") }
    }
}

async fn script(State(parties): State<Parties>, Json(script): Json<Value>) -> StatusCode {
    *parties.next.lock().unwrap() = script;
    StatusCode::NO_CONTENT
}

/// Ends the login as the script says, in the query.
async fn digid(State(parties): State<Parties>) -> Response {
    let script = std::mem::take(&mut *parties.next.lock().unwrap());
    let end = match (script["flaw"].as_str(), &script["outcome"]) {
        (Some(flaw), _) => flaw,
        (None, Value::Null) => return Html("<h1>DigiD</h1>").into_response(),
        (None, Value::String(name)) => name,
        (None, _) => "log_in",
    };
    Redirect::to(&format!("http://{}/acs?{end}", parties.portal)).into_response()
}

async fn home(State(parties): State<Parties>, uri: Uri, headers: HeaderMap) -> Response {
    let (flaws, query, is_open) = (parties.flaws, uri.query(), uri.path() == "/open");
    let is_in = headers.get(COOKIE).is_some_and(|cookies| cookies.to_str().unwrap().contains("session=in"));
    let message = if query == Some("cancelled") { "<p>Het inloggen is geannuleerd.</p>" } else { "" };
    let stays = flaws.contains(&Flaw::MessageStays) && *parties.cancelled.lock().unwrap();
    let message = if stays { "<p>Het inloggen is geannuleerd.</p>" } else { message };
    if is_in || flaws.contains(&Flaw::Unprotected) && is_open {
        let style = "<style>@media (max-width: 600px) { form { display: none } }</style>";
        let style = if flaws.contains(&Flaw::NoLogoutOnAPhone) { style } else { "" };
        let form = "<form method=post action=/logout><button>Uitloggen</button></form>";
        let form = if flaws.contains(&Flaw::NoLogout) { "" } else { form };
        return page(flaws, &format!("{style}{form}{message}<h1>Uw gegevens</h1>"));
    }
    let name = if flaws.contains(&Flaw::NameOfSupplier) { "Leverancier BV" } else { "Gemeente Voorbeeld" };
    let button = if flaws.contains(&Flaw::NeedsMouse) {
        "<span role=button onclick=\"location='/login'\">Inloggen met DigiD</span>"
    } else if flaws.contains(&Flaw::NeedsScripts) {
        "<button onclick=\"location='/login'\">Inloggen met DigiD</button>"
    } else {
        "<a href=/login>Inloggen met DigiD</a>"
    };
    let link = if flaws.contains(&Flaw::DeepLink) { "aanvragen" } else { "" };
    let more = if flaws.contains(&Flaw::UnderConstruction) { "<p>Nog in aanbouw</p>" } else { "" };
    let digid = format!("<a href=https://www.digid.nl/{link}>Over DigiD</a>");
    page(flaws, &format!("<main>{message}<h1>Inloggen bij {name}</h1>{button} {digid}{more}</main>"))
}

async fn begin(State(parties): State<Parties>) -> Redirect {
    Redirect::to(&format!("http://{}/", parties.broker))
}

async fn finish(State(parties): State<Parties>, RawQuery(query): RawQuery) -> Response {
    let flaws = parties.flaws;
    match query.unwrap().as_str() {
        "log_in" => let_in(flaws),
        "level" if flaws.contains(&Flaw::TakesLowerLevel) => let_in(flaws),
        "cancel" => {
            *parties.cancelled.lock().unwrap() = true;
            let elsewhere = if flaws.contains(&Flaw::NoMessage) { "/" } else { "/?cancelled" };
            Redirect::to(if flaws.contains(&Flaw::CancelElsewhere) { "/elders" } else { elsewhere }).into_response()
        }
        _ => {
            let text =
                if flaws.contains(&Flaw::ChecklistSeven) { texts::ERROR_CHECKLIST_7_NL } else { texts::ERROR_NL };
            let text = if flaws.contains(&Flaw::OtherErrorText) { "Er ging iets mis." } else { text };
            let answer = page(flaws, &format!("<p>{text}</p>"));
            if flaws.contains(&Flaw::SessionSurvives) { answer } else { (ENDED, answer).into_response() }
        }
    }
}

fn let_in(flaws: Flaws) -> Response {
    let lasting = if flaws.contains(&Flaw::PersistentCookie) { "; Max-Age=86400" } else { "" };
    let is_elsewhere = flaws.contains(&Flaw::Unprotected) || flaws.contains(&Flaw::PagesAreKept);
    let to = if is_elsewhere { "/open" } else { "/" };
    ([(SET_COOKIE, format!("session=in; Path=/; HttpOnly{lasting}"))], Redirect::to(to)).into_response()
}

async fn log_out(State(parties): State<Parties>) -> Response {
    // To a page of its own, so that what was there before is one step back.
    let after = Redirect::to("/elders");
    if parties.flaws.contains(&Flaw::LogoutIsForShow) { after.into_response() } else { (ENDED, after).into_response() }
}

fn page(flaws: Flaws, body: &str) -> Response {
    let policy = if flaws.contains(&Flaw::InAFrame) { "base-uri 'none'" } else { "frame-ancestors 'none'" };
    let is_kept = flaws.contains(&Flaw::PagesAreKept) && body.contains("Uw gegevens");
    let cache = if is_kept { "max-age=3600" } else { "no-store" };
    let html = Html(format!("<!doctype html><meta name=viewport content=width=device-width>{body}"));
    ([(CONTENT_SECURITY_POLICY, policy), (CACHE_CONTROL, cache)], html).into_response()
}

const ENDED: [(axum::http::HeaderName, &str); 1] = [(SET_COOKIE, "session=; Path=/; Max-Age=0")];
