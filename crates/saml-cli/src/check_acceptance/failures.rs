//! Logins that do not succeed.

use super::check::Finding;
use super::control::Script;
use super::visitor::{Page, Visitor, without_slash};
use crate::client::without_query;
use crate::failure::Failure;

/// T6: each error shows the literal text and ends the session that was there.
pub(crate) fn errors(visitor: &Visitor<'_>, text: &str, finding: &mut Finding) -> Result<(), Failure> {
    for (what, script) in ERRORS {
        refused(visitor, what, script, text, finding)?;
    }
    Ok(())
}

/// TVS T6: a login below the level that was asked for.
pub(crate) fn level(visitor: &Visitor<'_>, text: &str, finding: &mut Finding) -> Result<(), Failure> {
    refused(visitor, "Niveau basis", Script::Flaw("level"), text, finding)
}

/// Has a login refused while a session is open in another tab.
fn refused(
    visitor: &Visitor<'_>,
    what: &str,
    script: Script,
    text: &str,
    finding: &mut Finding,
) -> Result<(), Failure> {
    let browser = &visitor.browser;
    visitor.begin_anew()?;
    // Its button still begins a login once somebody is logged in.
    visitor.open(&visitor.places.login)?;
    let first = browser.tab().map_err(Failure::new)?;
    browser.new_tab().map_err(Failure::new)?;
    visitor.log_in()?;
    if !visitor.is_inside()? {
        finding.deviates(format!("{what}: de login daarvoor gaf geen sessie."));
    }
    browser.close_tab().map_err(Failure::new)?;
    browser.show(&first).map_err(Failure::new)?;

    let ended = visitor.click_login(script);
    visitor.picture(finding, what)?;
    match ended {
        Ok(page) if page.says(text) => finding.saw(format!("{what}: de fouttekst staat er letterlijk.")),
        Ok(_) => finding.deviates(format!("{what}: de fouttekst staat er niet, of niet letterlijk.")),
        Err(failure) => finding.deviates(format!("{what}: {failure}.")),
    }
    let is_inside = visitor.is_inside()?;
    if is_inside {
        visitor.picture(finding, &format!("{what}: de sessie daarna"))?;
    }
    finding.expect(
        !is_inside,
        format!("{what}: daarna moet u opnieuw inloggen."),
        format!("{what}: daarna is er nog een sessie."),
    );
    Ok(())
}

/// T7: back where the login began, with a message that goes away.
pub(crate) fn cancel(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    let browser = &visitor.browser;
    visitor.begin_anew()?;
    let before = visitor.open(&visitor.places.login)?;
    if says_cancelled(&before) {
        finding.deviates("De melding staat er al voordat er geannuleerd is.");
    }
    let (tab, tabs) = (browser.tab().map_err(Failure::new)?, browser.tabs().map_err(Failure::new)?.len());
    let page = visitor.click_login(Script::Cancel)?;
    visitor.picture(finding, "Na annuleren")?;
    let is_same = browser.tabs().map_err(Failure::new)?.len() == tabs && browser.tab().map_err(Failure::new)? == tab;
    finding.expect(is_same, "Het is hetzelfde venster.", "Er is een ander venster geopend.");
    finding.expect(
        without_slash(&page.url) == without_slash(without_query(&before.url)),
        "U bent terug op de pagina waar het inloggen begon.",
        format!("U komt op {}, en begon op {}.", page.url, before.url),
    );
    finding.expect(
        says_cancelled(&page),
        "Er staat dat het inloggen is geannuleerd.",
        "Er staat niet dat het inloggen is geannuleerd.",
    );
    if visitor.is_inside()? {
        finding.deviates("Na annuleren is er een sessie.");
    }

    // From the page with the message, as a citizen who tries again.
    browser.open("about:blank").map_err(Failure::new)?;
    browser.forget_cookies().map_err(Failure::new)?;
    visitor.open(&visitor.places.login)?;
    visitor.click_login(Script::Cancel)?;
    let page = match visitor.login_control()? {
        Some(_) => visitor.click_login(Script::LogIn)?,
        None => visitor.log_in()?,
    };
    visitor.picture(finding, "De login daarna")?;
    let inside = visitor.open(&visitor.places.protected)?;
    finding.expect(
        !says_cancelled(&page) && !says_cancelled(&inside),
        "Bij de volgende login is de melding weg.",
        "Na de volgende login staat de melding er nog.",
    );
    Ok(())
}

/// Tells whether a page says in some way that the login was cancelled.
fn says_cancelled(page: &Page) -> bool {
    let text = page.text.to_lowercase();
    CANCELLED.iter().any(|word| text.contains(word))
}

/// The wording of the message is free.
const CANCELLED: [&str; 4] = ["geannuleerd", "afgebroken", "cancelled", "canceled"];

/// What Logius or an attacker can answer, beside success and a cancelled login.
const ERRORS: [(&str, Script); 5] = [
    ("RequestDenied", Script::Status("error")),
    ("NoAuthnContext", Script::Status("no_authn_context")),
    ("Responder", Script::Status("responder")),
    ("Handtekening klopt niet", Script::Flaw("signature")),
    ("Antwoord voor een ander", Script::Flaw("audience")),
];
