//! `saml check-acceptance`: what a tester of Logius looks for, played in a browser against a portal.

mod access;
mod check;
mod control;
mod failures;
mod report;
mod session;
mod start_page;
mod visitor;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use axum::http::Uri;
use chrono::Utc;
use clap::{Args, ValueEnum};
use saml_browser::{Browser, Scripts, Settings};
use saml_digid::texts;

use check::{Check, Finding, Outcome};
use control::{Control, Script};
use report::Report;
use visitor::{Places, Visitor};

use crate::client::{Reach, addresses, without_query};
use crate::failure::Failure;
use crate::output::{say, tell};

/// Play the checklists of Logius against a portal, in a browser
///
/// Goes through the items of the checklists for DigiD that are known, as a tester does: logs a test person in and out,
/// cancels, lets logins go wrong, goes back, reads what stands there, at a desk, on a phone, without scripts and by
/// keyboard. What it saw is said in Dutch, for the file that goes to Logius.
///
/// The portal may be written in anything, as long as its identity provider is the simulator, which is told on its
/// control port what each login does: saml demo --control-port, and --config with it for a portal of your own. It needs
/// chromium and chromedriver on this machine.
///
/// Each check ends as ok; as afwijking, which a tester would write down; or as mens, which a person must look at.
///
/// Exit status: 0 without afwijking; 1 with one; 2 wrong usage, no browser, or a portal that nobody can log in at.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The start page of the portal
    #[arg(long, value_name = "URL")]
    portal: String,

    /// The control port of the simulator, as saml demo prints it
    #[arg(long, value_name = "URL")]
    control: String,

    /// The page with the login button, when it is not the start page
    #[arg(long, value_name = "PATH", value_parser = path)]
    login_path: Option<String>,

    /// A page that only who is logged in sees [default: where a login ends]
    #[arg(long, value_name = "PATH", value_parser = path)]
    protected_path: Option<String>,

    /// A further page of the session, on which logging out must be seen; may be repeated
    #[arg(long = "page", value_name = "PATH", value_parser = path)]
    pages: Vec<String>,

    /// The name that must stand at the login button
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,

    /// The login button, as a CSS selector [default: by what it says]
    #[arg(long, value_name = "CSS")]
    login_selector: Option<String>,

    /// What logs out, as a CSS selector [default: by what it says]
    #[arg(long, value_name = "CSS")]
    logout_selector: Option<String>,

    /// The error text that the portal was, or will be, approved with
    #[arg(long, value_name = "TEXT", value_enum, default_value_t = ErrorText::Current)]
    error_text: ErrorText,

    /// Really wait 15 minutes and 30 seconds, for T14
    #[arg(long)]
    wait_idle: bool,

    /// Only these checks, such as T6,T7
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id)]
    only: Vec<&'static str>,

    /// The directory to leave report.html, report.json and the pictures in
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The portal is on another machine, and it is yours
    #[arg(long)]
    i_own_this_target: bool,
}

/// The texts of Logius for a login that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ErrorText {
    /// That of the present checklist
    Current,
    /// That of checklist 7.0
    #[value(name = "checklist-7")]
    Checklist7,
}

/// Runs the command: 0 without a deviation, 1 with one, 2 where nothing could be played.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let ended = play(arguments).and_then(|report| {
        // First to who waits for it: a file that cannot be written must not cost what was played.
        say(&if arguments.json { format!("{:#}", report.json()) } else { report.table() })?;
        if let Some(folder) = &arguments.out {
            report.write(folder)?;
        }
        Ok(report.count(Outcome::Deviation) > 0)
    });
    match ended {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(failure) => {
            tell(&format!("saml check-acceptance: {failure}"));
            failure.exit_code()
        }
    }
}

/// Plays the checks that are asked for. What keeps the browser from one of them is a deviation of that one.
fn play(arguments: &Arguments) -> Result<Report, Failure> {
    let reach = if arguments.i_own_this_target { Reach::Anywhere } else { Reach::Loopback };
    let control = Control::new(&arguments.control, reach)?;
    let places = arguments.places()?;
    // The browser speaks TLS; where the host is does not depend on it.
    let plain = arguments.portal.replacen("https://", "http://", 1);
    let found = control.runtime().block_on(addresses(&plain, reach));
    found.map_err(|failure| Failure::usage(format!("--portal: {failure}")))?;
    if let Some(folder) = &arguments.out {
        report::make(folder)?;
    }
    control.next(Script::Page)?;
    let mut visitor = browser(places, &control, reach, Scripts::On)?;
    visitor.places.protected = first_login(&visitor, arguments.protected_path.is_some())?;

    let wanted = check::ALL.into_iter().filter(|check| arguments.only.is_empty() || arguments.only.contains(&check.id));
    // C3 is about all pages that the others came by.
    let (last, first): (Vec<&'static Check>, Vec<&'static Check>) = wanted.partition(|check| check.id == check::C3.id);
    let mut findings: Vec<Finding> = Vec::new();
    for check in first.into_iter().chain(last) {
        let mut finding = Finding::new(check);
        if let Err(failure) = arguments.play_one(check, &visitor, reach, &mut finding) {
            finding.deviates(format!("Verder kwam de browser niet: {failure}."));
        }
        findings.push(finding);
    }
    findings.sort_by_key(|finding| check::ALL.iter().position(|check| check.id == finding.check.id));
    if let Some(warning) = leave(&control) {
        tell(&warning);
    }
    Ok(Report { portal: without_query(&arguments.portal).to_owned(), at: Utc::now(), findings })
}

/// Leaves nothing of ours for whoever logs in next, or says that it may be there: what was seen counts all the same.
fn leave(control: &Control) -> Option<String> {
    let failure = control.next(Script::Page).err()?;
    Some(format!("saml check-acceptance: the next login may still follow the last script: {failure}"))
}

/// Starts a browser that reaches the portal, and no other machine unless the portal is on one.
fn browser(places: Places, control: &Control, reach: Reach, scripts: Scripts) -> Result<Visitor<'_>, Failure> {
    let is_here = reach == Reach::Loopback;
    let host = places.origin.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    let settings = Settings {
        hosts: is_here.then(|| host.into_iter().collect()),
        danger_any_certificate: is_here,
        ..Settings::new(scripts)
    };
    let browser = Browser::start(&settings).map_err(Failure::usage)?;
    Ok(Visitor { browser, scripts, places, control, links: RefCell::new(BTreeSet::new()) })
}

/// Makes sure that a test person can log in, and returns the page that only they see.
fn first_login(visitor: &Visitor<'_>, is_given: bool) -> Result<String, Failure> {
    let places = &visitor.places;
    let absent = |error: Failure| Failure::usage(format!("--portal: {error}"));
    if !visitor.open(&places.login).map_err(absent)?.is_answered {
        return Err(Failure::usage(format!(
            "--portal: expected a page at {}, found nobody that answers",
            places.login
        )));
    }
    if visitor.login_control()?.is_none() {
        return Err(Failure::usage(format!(
            "expected a login button at {}, found none: name its page with --login-path, or the button with --login-selector",
            places.login
        )));
    }
    let Ok(page) = visitor.click_login(Script::LogIn) else {
        let url = visitor.browser.url().unwrap_or_default();
        return Err(Failure::usage(format!(
            "expected a test person to log in and come back to {}, found the browser at {}: is its identity provider the \
             simulator of --control?",
            places.origin,
            without_query(&url)
        )));
    };
    let protected = if is_given { places.protected.clone() } else { page.url };
    let inside = visitor.open(&protected).map_err(absent)?;
    if inside.has_logout || !inside.has_login {
        return Ok(protected);
    }
    Err(Failure::usage(format!(
        "expected a session after the login, found a login button at {protected}: name a page of the session with \
         --protected-path"
    )))
}

impl Arguments {
    /// Reads where the portal has what a tester looks at.
    fn places(&self) -> Result<Places, Failure> {
        let refused = || {
            Failure::usage(format!(
                "--portal: expected a URL such as http://127.0.0.1:8080/, found {}",
                without_query(&self.portal)
            ))
        };
        let uri: Uri = self.portal.parse().map_err(|_| refused())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(refused()) };
        if !["http", "https"].contains(&scheme) || authority.as_str().contains('@') {
            return Err(refused());
        }
        let origin = format!("{scheme}://{authority}");
        let at = |path: &String| format!("{origin}{path}");
        let start = format!("{origin}{}", uri.path_and_query().map_or("/", |path| path.as_str()));
        Ok(Places {
            login: self.login_path.as_ref().map_or(start, at),
            protected: self.protected_path.as_ref().map(at).unwrap_or_default(),
            pages: self.pages.iter().map(at).collect(),
            login_selector: self.login_selector.clone(),
            logout_selector: self.logout_selector.clone(),
            origin,
        })
    }

    /// Plays one check.
    fn play_one(
        &self,
        check: &Check,
        visitor: &Visitor<'_>,
        reach: Reach,
        finding: &mut Finding,
    ) -> Result<(), Failure> {
        let text = match self.error_text {
            ErrorText::Current => texts::ERROR_NL,
            ErrorText::Checklist7 => texts::ERROR_CHECKLIST_7_NL,
        };
        match check.id {
            "C1" => start_page::no_test_text(visitor, finding),
            "C2" => start_page::organisation(visitor, self.organisation.as_deref(), finding),
            "C3" => start_page::links(visitor, finding),
            "D2" => session::not_derived(visitor, finding),
            "T6" => failures::errors(visitor, text, finding),
            "TVS-T6" => failures::level(visitor, text, finding),
            "T7" => failures::cancel(visitor, finding),
            "T13" => session::log_out(visitor, finding),
            "T14" => session::idle(visitor, self.wait_idle, finding),
            "KADER" => access::no_frame(visitor, finding),
            "SCRIPT" => {
                let without = browser(visitor.places.clone(), visitor.control, reach, Scripts::Off)?;
                access::scriptless(&without, finding)
            }
            "TOETSEN" => access::keyboard(visitor, finding),
            "T2" => {
                finding.needs_human("saml doctor --online kijkt naar https, het domein en DNSSEC.");
                Ok(())
            }
            _ => {
                finding.needs_human(
                    "saml doctor kijkt naar wat de configuratie daarvan laat zien; de rest is voor het \
                     ICT-beveiligingsassessment.",
                );
                Ok(())
            }
        }
    }
}

/// Reads a path of the portal, which must not lead to another host.
fn path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    is_path.then(|| text.to_owned()).ok_or_else(|| "expected a path that begins with one /".to_owned())
}

/// Reads the ID of a check, in whatever case.
fn id(text: &str) -> Result<&'static str, String> {
    let known = check::ALL.map(|check| check.id);
    let found = known.into_iter().find(|id| id.eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("expected one of {}", known.join(", ")))
}

const EXAMPLE: &str = "Examples:
  saml demo --control-port 8082     and in another terminal:
  saml check-acceptance --portal http://127.0.0.1:8080/ --control http://127.0.0.1:8082/ --out acceptance
  saml check-acceptance --portal http://127.0.0.1:8080/ --control http://127.0.0.1:8082/ --only T6,T7 --json";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::put;
    use tokio::net::TcpListener;
    use tokio::runtime::Runtime;

    use super::*;

    #[test]
    fn a_script_that_is_left_behind_is_said_and_costs_nothing_that_was_played() {
        let left = |status: StatusCode| {
            let runtime = Runtime::new().unwrap();
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let routes = Router::new().route("/next-login", put(async move || status));
            runtime.spawn(async { axum::serve(listener, routes).await });
            leave(&Control::new(&url, Reach::Loopback).unwrap())
        };
        assert_eq!(left(StatusCode::NO_CONTENT), None);
        let said = left(StatusCode::SERVICE_UNAVAILABLE).unwrap();
        assert!(said.contains("may still follow the last script: --control: expected status 204, found 503"), "{said}");
    }
}
