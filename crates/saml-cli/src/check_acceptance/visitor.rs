//! The portal as a citizen in a browser meets it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use saml_browser::{Browser, Element, Scripts};
use serde_json::{Value, json};

use super::check::{Finding, Picture};
use super::control::{Control, Script};
use crate::client::without_query;
use crate::failure::Failure;

/// Where a portal has what a tester looks at.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Scheme, host and port.
    pub(crate) origin: String,
    /// The page with the login button.
    pub(crate) login: String,
    /// A page that only who is logged in sees.
    pub(crate) protected: String,
    /// Further pages of the session.
    pub(crate) pages: Vec<String>,
    pub(crate) login_selector: Option<String>,
    pub(crate) logout_selector: Option<String>,
}

/// Somebody with a browser.
pub(crate) struct Visitor<'a> {
    pub(crate) browser: Browser,
    pub(crate) scripts: Scripts,
    pub(crate) places: Places,
    pub(crate) control: &'a Control,
    /// The links to DigiD on all pages of the portal that were seen.
    pub(crate) links: RefCell<BTreeSet<String>>,
}

/// A page that the browser came to rest at.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Without its query, which may hold a message.
    pub(crate) url: String,
    /// What is seen of it, with single spaces.
    pub(crate) text: String,
    pub(crate) has_login: bool,
    pub(crate) has_logout: bool,
    /// Whether somebody answered.
    pub(crate) is_answered: bool,
    is_of_portal: bool,
    /// 0 where the browser does not say.
    status: u64,
}

impl Visitor<'_> {
    /// Begins anew: no cookies, one tab, nothing of before.
    pub(crate) fn begin_anew(&self) -> Result<(), Failure> {
        self.browser.open("about:blank").map_err(Failure::new)?;
        self.browser.forget_cookies().map_err(Failure::new)?;
        self.browser.on_a_desk().map_err(Failure::new)
    }

    /// Opens a page of the portal.
    pub(crate) fn open(&self, url: &str) -> Result<Page, Failure> {
        self.browser.open(url).map_err(Failure::new)?;
        self.look()
    }

    /// Logs a test person in at the page with the login button, and returns where the browser ends.
    pub(crate) fn log_in(&self) -> Result<Page, Failure> {
        self.open(&self.places.login)?;
        self.click_login(Script::LogIn)
    }

    /// Clicks on the login button of the page that is shown, and returns where the browser ends.
    pub(crate) fn click_login(&self, script: Script) -> Result<Page, Failure> {
        self.control.next(script)?;
        let button = self.login_control()?.ok_or_else(|| {
            Failure::new("er is geen inlogknop te zien op de pagina; wijs hem aan met --login-selector")
        })?;
        self.leave_by(&button)
    }

    /// Clicks on something that leads away and in the end back to the portal.
    pub(crate) fn leave_by(&self, button: &Element) -> Result<Page, Failure> {
        self.mark()?;
        self.browser.click_on(button).map_err(Failure::new)?;
        self.settle()
    }

    /// Notes which page is left, so that it is known when it is gone.
    pub(crate) fn mark(&self) -> Result<(), Failure> {
        self.browser.run("window.samlLeftBehind = true;", &[]).map(drop).map_err(Failure::new)
    }

    /// Finds what logs in on the page that is shown: by the selector, or by what it says.
    pub(crate) fn login_control(&self) -> Result<Option<Element>, Failure> {
        self.browser.find_by(&in_page("return loginControl();"), &self.selectors()).map_err(Failure::new)
    }

    /// Finds what logs out, in the same way.
    pub(crate) fn logout_control(&self) -> Result<Option<Element>, Failure> {
        self.browser.find_by(&in_page("return logoutControl();"), &self.selectors()).map_err(Failure::new)
    }

    /// Asks something about the page.
    pub(crate) fn ask(&self, script: &str) -> Result<Value, Failure> {
        self.browser.run(&in_page(script), &self.selectors()).map_err(Failure::new)
    }

    /// Tells whether somebody is logged in, by the page that only they see.
    pub(crate) fn is_inside(&self) -> Result<bool, Failure> {
        Ok(self.shows_session(&self.open(&self.places.protected)?))
    }

    /// Tells whether a page is one of a session.
    pub(crate) fn shows_session(&self, page: &Page) -> bool {
        let is_there = without_slash(&page.url) == without_slash(without_query(&self.places.protected));
        page.is_of_portal && (page.has_logout || is_there && !page.has_login && page.status < 400)
    }

    /// Waits until the browser is back at the portal on a page that stays.
    pub(crate) fn settle(&self) -> Result<Page, Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            // Between two pages there is none to ask.
            let state = self.ask(STATE).unwrap_or_default();
            let is = |name: &str| state.get(name).and_then(Value::as_bool).unwrap_or(false);
            if is("carries") && !is("left") && self.scripts == Scripts::Off {
                self.send_on();
            }
            if is("stays")
                && !is("carries")
                && !is("left")
                && let Ok(page) = self.page(&state)
                && page.is_of_portal
            {
                return Ok(page);
            }
            if Instant::now() > end {
                let url = self.browser.url().unwrap_or_default();
                return Err(Failure::new(format!(
                    "de browser kwam niet terug bij het portaal en staat op {}",
                    without_query(&url)
                )));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Clicks once on the button of a page that carries a message. It may go away meanwhile: the next look tells what
    /// there is.
    fn send_on(&self) {
        let clicked = self.mark().is_ok() && self.browser.click(CARRYING).is_ok();
        if !clicked {
            let _ = self.browser.run("window.samlLeftBehind = false;", &[]);
        }
    }

    /// Waits until the browser shows a page of somebody else, and returns its URL; `None` when it does not.
    pub(crate) fn leave_portal(&self) -> Result<Option<String>, Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            let page = self.look();
            if let Ok(page) = &page
                && !page.is_of_portal
                && page.is_answered
            {
                return Ok(Some(page.url.clone()));
            }
            if Instant::now() > end {
                return Ok(None);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Looks at the page that is shown.
    pub(crate) fn look(&self) -> Result<Page, Failure> {
        self.page(&self.ask(STATE)?)
    }

    /// Reads what the page said of itself, and notes its links to DigiD.
    fn page(&self, state: &Value) -> Result<Page, Failure> {
        let text = |name: &str| state.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is = |name: &str| state.get(name).and_then(Value::as_bool).unwrap_or(false);
        // An error page of the browser says another address than the one that was asked for.
        let url = self.browser.url().map_err(Failure::new)?;
        let url = without_query(url.split('#').next().unwrap_or_default()).to_owned();
        let is_of_portal = url == self.places.origin || url.starts_with(&format!("{}/", self.places.origin));
        if is_of_portal {
            let links = state.get("links").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            self.links.borrow_mut().extend(links.map(str::to_owned));
        }
        let status = state.get("status").and_then(Value::as_u64).unwrap_or(0);
        Ok(Page {
            url,
            text: single_spaced(&text("text")),
            has_login: is("login"),
            has_logout: is("logout"),
            is_of_portal,
            status,
            is_answered: is("answered"),
        })
    }

    /// Keeps a picture of what is shown.
    pub(crate) fn picture(&self, finding: &mut Finding, caption: &str) -> Result<(), Failure> {
        let png = self.browser.screenshot().map_err(Failure::new)?;
        let file = format!("{}-{}.png", finding.check.id, finding.pictures.len() + 1);
        finding.pictures.push(Picture { file, caption: caption.to_owned(), png });
        Ok(())
    }

    fn selectors(&self) -> [Value; 2] {
        [json!(self.places.login_selector), json!(self.places.logout_selector)]
    }
}

impl Page {
    /// Tells whether a text is seen on the page.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.text.contains(&single_spaced(text))
    }
}

pub(crate) fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn without_slash(url: &str) -> &str {
    url.trim_end_matches('/')
}

/// Puts before a script what every script about a page needs.
fn in_page(script: &str) -> String {
    format!("{}\n{script}", include_str!("page.js"))
}

/// What a page is, and whether it stays: it was asked before and is complete.
const STATE: &str = "\
const stays = window.samlAsked === true && document.readyState === 'complete';
window.samlAsked = true;
const answered = performance.getEntriesByType('navigation')[0];
return {
  stays, left: window.samlLeftBehind === true,
  carries: document.querySelector('input[name=SAMLRequest], input[name=SAMLResponse]') !== null,
  text: document.body ? document.body.innerText : '',
  login: loginControl() !== null, logout: logoutControl() !== null,
  status: answered ? answered.responseStatus : 0,
  answered: location.protocol !== 'chrome-error:',
  links: [...document.querySelectorAll('a[href]')].filter(atDigid).map(link => link.href),
};";

/// The button of a page that carries a message, for who has no scripts.
const CARRYING: &str =
    "form:has(input[name='SAMLRequest'], input[name='SAMLResponse']) :is(button, input[type='submit'])";

/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at a page that is loading.
const PAUSE: Duration = Duration::from_millis(60);
