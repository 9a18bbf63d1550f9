//! Who else can use the portal, and whom it can be shown to: without scripts, by keyboard, in a frame.

use saml_browser::Element;

use super::check::Finding;
use super::control::Script;
use super::start_page::is_so;
use super::visitor::Visitor;
use crate::client::without_query;
use crate::failure::Failure;

/// The address of DigiD is seen, and nobody can put the portal in a page of their own.
pub(crate) fn no_frame(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    let browser = &visitor.browser;
    visitor.begin_anew()?;
    visitor.open(&visitor.places.login)?;
    let tabs = browser.tabs().map_err(Failure::new)?.len();
    visitor.control.next(Script::Page)?;
    let button = visitor.login_control()?.ok_or_else(|| Failure::new("er is geen inlogknop te zien op de pagina"))?;
    browser.click_on(&button).map_err(Failure::new)?;
    let url = visitor.leave_portal()?;
    let is_alone = browser.tabs().map_err(Failure::new)?.len() == tabs;
    match url {
        Some(url) if is_alone => {
            finding.saw(format!("De adresbalk toont bij het inloggen {}.", without_query(&url)));
        }
        Some(_) => finding.deviates("Inloggen opent een ander venster."),
        None => finding.deviates("De adresbalk toont bij het inloggen nog het portaal."),
    }
    visitor.picture(finding, "De inlogpagina")?;

    // Served by us, so that it is of another origin than the portal, on this machine as the browser is.
    let framed = visitor.places.login.replace('&', "&amp;").replace('"', "&quot;");
    let elsewhere = visitor.control.serve(format!("<!doctype html><iframe src=\"{framed}\"></iframe>"))?;
    browser.open(&elsewhere).map_err(Failure::new)?;
    browser.enter_frame(0).map_err(Failure::new)?;
    // A frame that was refused has an error page of the browser, or is out of reach.
    let shown = browser.run("return location.protocol !== 'chrome-error:' && location.protocol !== 'about:';", &[]);
    browser.leave_frame().map_err(Failure::new)?;
    finding.expect(
        !shown.is_ok_and(|said| is_so(&said)),
        "Een pagina van een ander kan het portaal niet in een kader tonen.",
        "Een pagina van een ander kan het portaal in een kader tonen: stuur frame-ancestors 'none' in Content-Security-Policy.",
    );
    Ok(())
}

/// In and out where pages run no scripts.
pub(crate) fn scriptless(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    visitor.begin_anew()?;
    visitor.log_in()?;
    let is_inside = visitor.is_inside()?;
    visitor.picture(finding, "Ingelogd zonder JavaScript")?;
    finding.expect(is_inside, "Inloggen werkt zonder JavaScript.", "Inloggen werkt niet zonder JavaScript.");
    let Some(button) = visitor.logout_control()? else {
        finding.deviates("Zonder JavaScript is uitloggen niet te zien.");
        return Ok(());
    };
    visitor.leave_by(&button)?;
    let is_inside = visitor.is_inside()?;
    finding.expect(!is_inside, "Uitloggen werkt zonder JavaScript.", "Uitloggen werkt niet zonder JavaScript.");
    Ok(())
}

/// In and out by the keys Tab and Enter.
pub(crate) fn keyboard(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    visitor.begin_anew()?;
    visitor.open(&visitor.places.login)?;
    visitor.control.next(Script::LogIn)?;
    if !walk_to(visitor, visitor.login_control()?)? {
        finding.deviates("De inlogknop is met de toets Tab niet te bereiken.");
        return Ok(());
    }
    visitor.picture(finding, "De inlogknop, bereikt met Tab")?;
    visitor.mark()?;
    visitor.browser.press(ENTER).map_err(Failure::new)?;
    visitor.settle()?;
    let is_inside = visitor.is_inside()?;
    finding.expect(
        is_inside,
        "Inloggen werkt met alleen het toetsenbord.",
        "Inloggen werkt niet met alleen het toetsenbord.",
    );
    if !walk_to(visitor, visitor.logout_control()?)? {
        finding.deviates("Uitloggen is met de toets Tab niet te bereiken.");
        return Ok(());
    }
    visitor.picture(finding, "Uitloggen, bereikt met Tab")?;
    visitor.mark()?;
    visitor.browser.press(ENTER).map_err(Failure::new)?;
    visitor.settle()?;
    let is_inside = visitor.is_inside()?;
    finding.expect(
        !is_inside,
        "Uitloggen werkt met alleen het toetsenbord.",
        "Uitloggen werkt niet met alleen het toetsenbord.",
    );
    Ok(())
}

/// Presses Tab until what is looked for has the focus.
fn walk_to(visitor: &Visitor<'_>, wanted: Option<Element>) -> Result<bool, Failure> {
    let Some(wanted) = wanted else { return Ok(false) };
    for _ in 0..MOST_TABS {
        visitor.browser.press(TAB).map_err(Failure::new)?;
        if visitor.browser.active().map_err(Failure::new)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As many as a patient person presses.
const MOST_TABS: usize = 100;
/// Keys as WebDriver names them.
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
