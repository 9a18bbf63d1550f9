//! What holds while somebody is logged in, and afterwards.

use std::time::Duration;

use super::check::Finding;
use super::visitor::Visitor;
use crate::failure::Failure;

/// D2: nothing of a login outlives the browser's session.
pub(crate) fn not_derived(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    let browser = &visitor.browser;
    visitor.begin_anew()?;
    visitor.log_in()?;
    if !visitor.is_inside()? {
        finding.deviates("Na het inloggen is er geen sessie.");
    }
    let cookies = browser.cookies().map_err(Failure::new)?;
    let (kept, ended): (Vec<_>, Vec<_>) = cookies.into_iter().partition(|cookie| cookie.expiry.is_some());
    // What the browser does when it is closed.
    for cookie in &ended {
        browser.forget_cookie(&cookie.name).map_err(Failure::new)?;
    }
    let names: Vec<&str> = kept.iter().map(|cookie| cookie.name.as_str()).collect();
    let is_inside = visitor.is_inside()?;
    visitor.picture(finding, "Na het sluiten van de browser")?;
    finding.expect(
        !is_inside,
        "Na het sluiten van de browser moet u opnieuw inloggen.",
        format!("Na het sluiten van de browser is er nog een sessie. Deze cookies bleven: {}.", names.join(", ")),
    );
    if !is_inside && !names.is_empty() {
        finding.saw(format!("Deze cookies bleven en geven geen toegang: {}.", names.join(", ")));
    }
    browser.forget_cookies().map_err(Failure::new)?;
    finding.expect(
        !visitor.is_inside()?,
        "Een andere browser moet zelf inloggen.",
        "Een andere browser ziet de pagina zonder in te loggen: wijs met --protected-path een pagina aan die alleen na inloggen \
         te zien is.",
    );
    Ok(())
}

/// T13: the way out, and nothing behind it.
pub(crate) fn log_out(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    let (browser, places) = (&visitor.browser, &visitor.places);
    visitor.begin_anew()?;
    visitor.log_in()?;
    for url in std::iter::once(&places.protected).chain(&places.pages) {
        for is_phone in [false, true] {
            if is_phone { browser.on_a_phone() } else { browser.on_a_desk() }.map_err(Failure::new)?;
            let page = visitor.open(url)?;
            let width = if is_phone { "op een telefoon" } else { "op een computer" };
            visitor.picture(finding, &format!("{} {width}", page.url))?;
            finding.expect(
                page.has_logout,
                format!("Uitloggen is te zien op {}, {width}.", page.url),
                format!("Uitloggen is niet te zien op {}, {width}.", page.url),
            );
        }
    }
    browser.on_a_desk().map_err(Failure::new)?;
    let inside = visitor.open(&places.protected)?;
    let Some(button) = visitor.logout_control()? else { return Ok(()) };
    visitor.leave_by(&button)?;
    visitor.picture(finding, "Na uitloggen")?;
    let mut is_back = false;
    for _ in 0..STEPS_BACK {
        browser.back().map_err(Failure::new)?;
        // A page of the browser that asks whether to send a form again has nothing to look at.
        if let Ok(page) = visitor.look()
            && visitor.shows_session(&page)
            && page.text == inside.text
        {
            is_back = true;
            visitor.picture(finding, "Na uitloggen, met de knop Terug")?;
            break;
        }
    }
    finding.expect(
        !is_back,
        "De knop Terug laat na uitloggen niets van de sessie zien.",
        "De knop Terug laat na uitloggen de pagina van de sessie weer zien.",
    );
    finding.expect(
        !visitor.is_inside()?,
        "Na uitloggen moet u opnieuw inloggen.",
        "Na uitloggen is er nog een sessie.",
    );
    Ok(())
}

/// T14: how long a session lasts without use.
pub(crate) fn idle(visitor: &Visitor<'_>, waits: bool, finding: &mut Finding) -> Result<(), Failure> {
    if !waits {
        finding.needs_human(
            "Log in, doe 15 minuten en 30 seconden niets en ververs de pagina: u moet opnieuw inloggen. Met --wait-idle wacht dit \
             programma zo lang.",
        );
        return Ok(());
    }
    visitor.begin_anew()?;
    visitor.log_in()?;
    if !visitor.is_inside()? {
        finding.deviates("Na het inloggen is er geen sessie.");
    }
    std::thread::sleep(IDLE);
    let is_inside = visitor.is_inside()?;
    visitor.picture(finding, "Na 15 minuten en 30 seconden niets doen")?;
    finding.expect(
        !is_inside,
        "Na 15 minuten en 30 seconden niets doen moet u opnieuw inloggen.",
        "Na 15 minuten en 30 seconden niets doen is er nog een sessie.",
    );
    Ok(())
}

/// The answer of DigiD, pages that carry a message, and the page of the session.
const STEPS_BACK: usize = 5;
/// The longest that a session may last without use, and half a minute.
const IDLE: Duration = Duration::from_secs(930);
