//! The pages of the portal: what an application that uses `saml-axum` looks like.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use saml_axum::{Language, LoggedIn, Session};
use saml_digid::{LevelOfAssurance, texts};
use saml_name_id::Identity;
use saml_response::Verdict;
use serde::{Deserialize, Serialize};

/// What the pages know beside who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Portal {
    pub(crate) organisation: String,
    /// The level that is chosen at first; none where the user has no choice.
    pub(crate) level: Option<LevelOfAssurance>,
    /// Whether nobody goes to the real DigiD.
    pub(crate) demonstration: bool,
    /// Whether it is DigiD that one logs in with.
    pub(crate) with_digid: bool,
    pub(crate) language: Language,
    /// Whether browsers come by https.
    pub(crate) is_https: bool,
}

impl Portal {
    /// Returns the pages, to be served by a portal that knows who is logged in.
    pub(crate) fn routes(self) -> Router {
        let style = ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../assets/portal.css"));
        Router::new()
            .route("/", get(home))
            .route("/session", get(session))
            .route("/portal.css", get(style))
            .with_state(self)
    }

    /// Returns the language that the link says, else the one that was chosen before.
    fn language(&self, asked: Option<&str>, headers: &HeaderMap) -> Language {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let before = || pairs.find(|(name, _)| *name == LANGUAGE_COOKIE).map(|(_, value)| value);
        asked.or_else(before).and_then(Language::from_code).unwrap_or(self.language)
    }
}

/// What a link to the start page may say.
#[derive(Deserialize)]
struct HomeQuery {
    lang: Option<String>,
    login: Option<String>,
    show: Option<String>,
}

/// Shows who is logged in, or how to.
async fn home(
    State(portal): State<Portal>,
    logged_in: Option<LoggedIn>,
    headers: HeaderMap,
    Query(query): Query<HomeQuery>,
) -> Response {
    let language = portal.language(query.lang.as_deref(), &headers);
    let organisation = portal.organisation.as_str();
    let page = match &logged_in {
        Some(LoggedIn(session)) => {
            let shown = query.show.as_deref() == Some("bsn");
            Account { language, organisation, logged_in: true, session, shown }.render()
        }
        None => {
            let cancelled = query.login.as_deref() == Some("cancelled");
            let Portal { level, demonstration, with_digid, .. } = portal;
            Start { language, organisation, logged_in: false, cancelled, chosen: level, demonstration, with_digid }
                .render()
        }
    };
    let secure = if portal.is_https { "; Secure" } else { "" };
    let kept = query.lang.map(|_| {
        (SET_COOKIE, format!("{LANGUAGE_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{secure}", language.code()))
    });
    match page {
        Ok(html) => (AppendHeaders(kept), Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Says who is logged in to a program, masked.
async fn session(LoggedIn(session): LoggedIn) -> Json<SessionAnswer> {
    let bsn = match &session.identity {
        Identity::Bsn(bsn) => Some(bsn.masked()),
        _ => None,
    };
    Json(SessionAnswer {
        result: "authenticated",
        sector: session.identity.kind(),
        bsn,
        level: session.level.map(LevelOfAssurance::name),
        authority: session.authority,
        checks: session.checks.len(),
    })
}

/// Who is logged in, for a program.
#[derive(Serialize)]
struct SessionAnswer {
    result: &'static str,
    sector: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bsn: Option<String>,
    level: Option<&'static str>,
    authority: Option<String>,
    checks: usize,
}

/// The page with the login button.
#[derive(Template)]
#[template(path = "start.html")]
struct Start<'a> {
    language: Language,
    organisation: &'a str,
    logged_in: bool,
    cancelled: bool,
    chosen: Option<LevelOfAssurance>,
    demonstration: bool,
    with_digid: bool,
}

impl Start<'_> {
    fn level_name(&self, level: &LevelOfAssurance) -> &'static str {
        level_name(*level, self.language)
    }

    fn cancelled_text(&self) -> &'static str {
        self.language.pick(texts::CANCELLED_NL, texts::CANCELLED_EN)
    }
}

/// The page of who is logged in.
#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    language: Language,
    organisation: &'a str,
    logged_in: bool,
    session: &'a Session,
    /// Whether the number was asked for in full.
    shown: bool,
}

impl Account<'_> {
    /// Returns the number, masked until it is asked for.
    fn number(&self) -> String {
        match &self.session.identity {
            Identity::Bsn(bsn) if self.shown => bsn.expose().to_owned(),
            other => other.masked(),
        }
    }

    fn level(&self) -> &'static str {
        self.session.level.map_or("-", |level| level_name(level, self.language))
    }

    fn authority(&self) -> &str {
        self.session.authority.as_deref().unwrap_or(&self.session.issuer)
    }

    fn time(&self) -> String {
        self.session.logged_in_at.format("%H:%M:%S UTC").to_string()
    }

    fn verdict(&self, verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Passed => self.language.pick("goed", "passed"),
            Verdict::NotChecked => self.language.pick("niet gecontroleerd", "not checked"),
            Verdict::Failed => self.language.pick("fout", "failed"),
        }
    }
}

const fn level_name(level: LevelOfAssurance, language: Language) -> &'static str {
    match level {
        LevelOfAssurance::Basic => language.pick("Basis", "Basic"),
        LevelOfAssurance::Middle => language.pick("Midden", "Middle"),
        LevelOfAssurance::Substantial => language.pick("Substantieel", "Substantial"),
        LevelOfAssurance::High => language.pick("Hoog", "High"),
    }
}

const LANGUAGE_COOKIE: &str = "portal-language";
