//! The whole login over HTTP, as a browser does it.

use axum::http::StatusCode;
use saml_axum::Language;
use saml_digid::LevelOfAssurance;
use saml_simulator::form_value;
use serde_json::Value;

use crate::client::{Client, Page};
use crate::failure::Failure;
use crate::form::Form;

/// Logs a test person in at the portal, and out again: everywhere, where the portal has `single_logout`.
///
/// Returns what the portal said of the session, and how the answer came: one line of JSON.
pub(crate) async fn log_in(
    portal_url: &str,
    level: LevelOfAssurance,
    language: Language,
    single_logout: bool,
) -> Result<String, Failure> {
    let mut client = Client::default();
    let start = client.get(&format!("{portal_url}/?lang={}", language.code())).await?;
    let mut form = form_with(&start, "return_to", "the start page of the portal")?;
    form.fill("level", level.name());
    let mut login = client.submit(&start, &form).await?;
    // By HTTP-POST, the request is in a page of the portal.
    if let Ok(form) = form_with(&login, "SAMLRequest", "the request of the portal") {
        login = client.submit(&login, &form).await?;
    }

    let mut form = form_with(&login, "bsn", "the login page of the broker")?;
    form.fill("bsn", TEST_BSN);
    form.fill("loa", form_value(level));
    let mut back = client.submit(&login, &form).await?;
    let mut binding = "artifact";
    // By HTTP-POST, the answer is in a page of the broker; an artifact has brought us to the portal already.
    if let Ok(form) = form_with(&back, "SAMLResponse", "the answer of the broker") {
        binding = "post";
        back = client.submit(&back, &form).await?;
    }
    if back.status != StatusCode::OK {
        return Err(Failure::new(format!("the portal answers the login with status {}", back.status)));
    }
    let said = session(&client.get(&format!("{portal_url}/session")).await?)?;
    log_out(&mut client, portal_url, &back, single_logout).await?;
    Ok(with_binding(&said, binding))
}

/// Logs out at the portal, and at the broker where the portal has `single_logout`, and makes sure of it.
async fn log_out(client: &mut Client, portal_url: &str, account: &Page, single_logout: bool) -> Result<(), Failure> {
    let form = Form::all(&account.text).into_iter().find(|form| form.action() == "/saml/logout");
    let form = form.ok_or_else(|| Failure::new("expected a page of the portal to log out at, found one without"))?;
    let asked = client.submit(account, &form).await?;
    if !single_logout {
        let is_out = session(&client.get(&format!("{portal_url}/session")).await?).is_err();
        let still_in = || Failure::new("expected a session that ended with the logout, found one that goes on");
        return if is_out { Ok(()) } else { Err(still_in()) };
    }
    let form = form_with(&asked, "SAMLRequest", "the logout request of the portal")?;
    let mut end = client.submit(&asked, &form).await?;
    // By HTTP-POST, the answer is in a page of the broker; a redirect has brought us to the portal already.
    if let Ok(form) = form_with(&end, "SAMLResponse", "the answer of the broker") {
        end = client.submit(&end, &form).await?;
    }
    let after = client.get(&format!("{portal_url}/session")).await?;
    if end.status == StatusCode::OK && end.text.contains(LOGGED_OUT) && session(&after).is_err() {
        return Ok(());
    }
    Err(Failure::new(format!("the portal answers the logout with status {}", end.status)))
}

/// Returns what the portal says of the session, once it says that there is one.
fn session(page: &Page) -> Result<String, Failure> {
    let said: Option<Value> = serde_json::from_str(&page.text).ok();
    let result = said.as_ref().and_then(|said| said.get("result")).and_then(Value::as_str);
    match result {
        Some("authenticated") => Ok(page.text.trim().to_owned()),
        _ => Err(Failure::new(format!("the portal has no session after the login (status {})", page.status))),
    }
}

/// Adds to an object of JSON how the answer came, of which the portal says nothing.
fn with_binding(said: &str, binding: &str) -> String {
    let members = said.strip_suffix('}').unwrap_or(said);
    format!("{members},\"binding\":\"{binding}\"}}")
}

/// Finds the form that has a field; `what` is what the page should be.
fn form_with(page: &Page, field: &str, what: &str) -> Result<Form, Failure> {
    let form = Form::all(&page.text).into_iter().find(|form| form.has(field));
    form.ok_or_else(|| Failure::new(format!("expected {what}, found a page with status {} without it", page.status)))
}

/// What the portal says when everybody agrees that the session ended.
const LOGGED_OUT: &str = "U bent overal uitgelogd.";
/// A number that passes the eleven-test, of those that DigiD's pre-production takes for test accounts.
const TEST_BSN: &str = "900026236";
