//! How a peer is started, told of the portals, and logged in at.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use saml_metadata::{IdentityProvider, Metadata};
use saml_tests::{certificate, http};
use saml_xml_security::AlgorithmPolicy;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::browser::{Browser, Page};
use crate::cases::{Case, Step};
use crate::keys::Keys;
use crate::log;
use crate::portal::Portal;
use crate::report::Row;

/// An identity provider of others.
pub(crate) trait Peer {
    fn name(&self) -> &'static str;

    fn cases(&self) -> Vec<Case>;

    /// Starts it with the folder of a run, and returns when it listens.
    fn start(&self, run: &Run) -> Running;
}

/// What a peer is started with: keys, portals, and a folder for itself.
pub(crate) struct Run {
    pub(crate) folder: PathBuf,
    pub(crate) keys: Keys,
    pub(crate) portals: Vec<Portal>,
}

/// A peer that listens, until it is dropped or this program ends: it ends with its standard input.
pub(crate) struct Running {
    pub(crate) process: Child,
    /// Where its metadata is.
    pub(crate) metadata: String,
}

/// Runs all cases of a peer.
pub(crate) fn run(peer: &dyn Peer) -> Vec<Row> {
    let folder = Folder::make(peer.name());
    let keys = Keys::make(&folder.0);
    let portals = peer.cases().into_iter().map(Portal::new).collect();
    let run = Run { folder: folder.0.clone(), keys, portals };
    let running = peer.start(&run);
    let identity_provider = run.identity_provider(&running);

    let runtime = Runtime::new().expect("a runtime");
    for portal in &run.portals {
        portal.serve(&run.keys, identity_provider.clone(), runtime.handle());
    }
    let rows = run.portals.iter().map(|portal| {
        let seen = log_in(portal, &running.metadata);
        Row::new(peer.name(), &portal.case, seen)
    });
    rows.collect()
}

impl Run {
    /// Returns what a peer is to know, with `more` of its own, for the file that it reads.
    pub(crate) fn described(&self, more: Value) -> Value {
        let certificate = String::from_utf8(self.keys.certificate("portal")).unwrap();
        let certificate: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
        let portals = self.portals.iter().enumerate().map(|(index, portal)| {
            let file = self.folder.join(format!("portal-{index}.xml"));
            std::fs::write(&file, portal.metadata(&self.keys)).unwrap();
            let logout = portal.single_logout().into_iter();
            let logout = logout.map(|to| json!({ "Binding": to.binding.uri(), "Location": to.location }));
            let known = json!({
                "binding": portal.case.answer.uri(),
                "certificate": certificate,
                "consumer": portal.consumer(),
                "logout": logout.collect::<Vec<_>>(),
                "metadata": file,
                "options": portal.case.options,
            });
            (portal.entity_id(), known)
        });
        let portals: serde_json::Map<String, Value> = portals.collect();
        let mut all = json!({
            "entity_id": ENTITY_ID,
            "folder": self.folder,
            "level": LEVEL,
            "person": { "user": USER, "password": PASSWORD, "name_id": NAME_ID, "display_name": DISPLAY_NAME },
            "portals": portals,
        });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    }

    /// Reads the peer's metadata, which must be signed by the key that was made for it.
    fn identity_provider(&self, running: &Running) -> IdentityProvider {
        let answer = http::get(&running.metadata);
        let key = certificate(&self.folder.join("keys/idp.crt.pem"));
        let metadata = Metadata::verify(answer.body.as_bytes(), &[key], &AlgorithmPolicy::modern());
        let metadata = metadata.unwrap_or_else(|error| panic!("{}: {error}: {}", running.metadata, answer.body));
        metadata.require_entity_id(ENTITY_ID).unwrap();
        metadata.identity_provider().unwrap()
    }
}

/// Does what the case says in a fresh browser, and returns the verdict that the operator reads.
fn log_in(portal: &Portal, peer: &str) -> String {
    let Case { level, step, .. } = portal.case;
    let mut browser = Browser::default();
    let login = format!("{}/saml/login?level={level}&return_to=/session", portal.url);
    let mut page = begin(&mut browser, &login);
    let Some(mut form) = page.form_with("password") else { return unexpected("no login page", &page) };
    form.fill("username", USER);
    form.fill("password", PASSWORD);
    if step == Step::Cancel {
        form.fill("cancel", "1");
    }
    page = browser.submit(&form);
    if let Some(form) = page.form_with("SAMLResponse") {
        page = browser.submit(&form);
        if step == Step::Repeat {
            page = browser.submit(&form);
        }
    }
    let verdict = match log::verdict() {
        Some(verdict) if verdict == "authenticated" => person(&page).unwrap_or(verdict),
        Some(verdict) => verdict,
        None => unexpected("no answer", &page),
    };
    match step {
        Step::LogOut(_) if verdict == "authenticated" => log_out(&mut browser, portal, &login),
        Step::LogOutThere(_) if verdict == "authenticated" => log_out_there(&mut browser, portal, peer),
        _ => verdict,
    }
}

/// Logs out at the peer, whose metadata is at `peer`, and returns the verdict on its request once nobody is logged in
/// here any more.
fn log_out_there(browser: &mut Browser, portal: &Portal, peer: &str) -> String {
    let root = peer.trim_end_matches("saml2/idp/metadata.php");
    let mut page = browser.get(&format!("{root}saml2/idp/SingleLogoutService.php?ReturnTo={root}logout.php"));
    for parameter in ["SAMLRequest", "SAMLResponse"] {
        if let Some(form) = page.form_with(parameter) {
            page = browser.submit(&form);
        }
    }
    let Some(verdict) = log::verdict() else { return unexpected("no request to log out", &page) };
    if !page.body.contains("You have been logged out") {
        return unexpected("the peer does not take the answer", &page);
    }
    let session = browser.get(&format!("{}/session", portal.url));
    if person(&session).is_none() { unexpected("still logged in here", &session) } else { verdict }
}

/// Logs out, and returns the verdict on the peer's answer once nobody is logged in any more, here or there.
fn log_out(browser: &mut Browser, portal: &Portal, login: &str) -> String {
    let asked = browser.post(&format!("{}/saml/logout", portal.url));
    let Some(form) = asked.form_with("SAMLRequest") else { return unexpected("no request to log out", &asked) };
    let mut page = browser.submit(&form);
    if let Some(form) = page.form_with("SAMLResponse") {
        page = browser.submit(&form);
    }
    let Some(verdict) = log::verdict() else { return unexpected("no answer to the logout", &page) };
    let session = browser.get(&format!("{}/session", portal.url));
    if person(&session).is_none() {
        return unexpected("still logged in here", &session);
    }
    let again = begin(browser, login);
    match again.form_with("password") {
        Some(_) => verdict,
        None => unexpected("still logged in there", &again),
    }
}

/// Begins a login, and returns the page that the peer shows.
fn begin(browser: &mut Browser, login: &str) -> Page {
    let page = browser.get(login);
    match page.form_with("SAMLRequest") {
        Some(form) => browser.submit(&form),
        None => page,
    }
}

/// Tells what is wrong with who is logged in.
fn person(page: &Page) -> Option<String> {
    let expected = json!({ "person": MASKED, "class": LEVEL, "display_name": [DISPLAY_NAME] });
    let found: Option<Value> = serde_json::from_str(&page.body).ok();
    (found.as_ref() != Some(&expected)).then(|| unexpected("authenticated as somebody else", page))
}

fn unexpected(what: &str, page: &Page) -> String {
    format!("{what} ({})", page.words())
}

impl Drop for Running {
    /// Closes its standard input, upon which it ends.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// A folder that goes away with this.
struct Folder(PathBuf);

impl Folder {
    fn make(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("saml-interop-{name}-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Writes a file of the run.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// How long a peer may take to start.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const ENTITY_ID: &str = "https://idp.example.nl/saml";
const LEVEL: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract";
const USER: &str = "jan";
const PASSWORD: &str = "jan";
/// The number passes the eleven-test, and is of those that DigiD's pre-production takes for test accounts.
const NAME_ID: &str = "s00000000:900026236";
const MASKED: &str = "90*****36";
const DISPLAY_NAME: &str = "Jan Jönsen <&\"'>";
