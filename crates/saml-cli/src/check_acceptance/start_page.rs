//! What stands on the page with the login button.

use serde_json::Value;

use super::check::Finding;
use super::visitor::{Visitor, single_spaced};
use crate::failure::Failure;

/// C1: nothing that shows that a portal is not ready.
pub(crate) fn no_test_text(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    visitor.begin_anew()?;
    let page = visitor.open(&visitor.places.login)?;
    visitor.picture(finding, "De pagina met de inlogknop")?;
    let found = test_words(&page.text);
    finding.expect(
        found.is_empty(),
        "Op de pagina met de inlogknop staat geen woord dat op een test of op aanbouw wijst.",
        format!("Op de pagina met de inlogknop staat: {}.", found.join(", ")),
    );
    Ok(())
}

/// C2: whose login it is.
pub(crate) fn organisation(visitor: &Visitor<'_>, name: Option<&str>, finding: &mut Finding) -> Result<(), Failure> {
    visitor.begin_anew()?;
    let page = visitor.open(&visitor.places.login)?;
    visitor.picture(finding, "De naam bij de inlogknop")?;
    let Some(name) = name else {
        finding.needs_human(
            "Kijk of bij de inlogknop de naam staat die de organisatie in de autorisatielijst van RvIG heeft; met \
             --organisation kijkt dit programma.",
        );
        return Ok(());
    };
    // The text of what is around the button, unless that is the whole page.
    let around = visitor.ask(
        "let place = loginControl();
         while (place && !/^(MAIN|BODY)$/.test(place.parentElement?.tagName || 'BODY')
                && !/^(MAIN|SECTION|ARTICLE|FORM)$/.test(place.tagName)) place = place.parentElement;
         const main = place?.closest('main, section, article') || place;
         return main ? main.innerText : '';",
    )?;
    let is_near = single_spaced(around.as_str().unwrap_or_default()).contains(name);
    match (page.says(name), is_near) {
        (true, true) => finding.saw(format!("\u{201e}{name}\u{201d} staat bij de inlogknop.")),
        (true, false) => finding.needs_human(format!(
            "\u{201e}{name}\u{201d} staat op de pagina, maar niet in het deel met de inlogknop: kijk of het duidelijk is."
        )),
        _ => finding.deviates(format!("\u{201e}{name}\u{201d} staat niet op de pagina met de inlogknop.")),
    }
    Ok(())
}

/// C3: links to DigiD, on all pages that were seen.
pub(crate) fn links(visitor: &Visitor<'_>, finding: &mut Finding) -> Result<(), Failure> {
    visitor.begin_anew()?;
    visitor.open(&visitor.places.login)?;
    let links = visitor.links.borrow();
    let deep: Vec<&str> = links.iter().map(String::as_str).filter(|link| !is_digid_itself(link)).collect();
    if links.is_empty() {
        finding.saw("Op de bekeken pagina's staat geen link naar DigiD.");
    } else if deep.is_empty() {
        finding.saw("Alle links naar DigiD op de bekeken pagina's gaan naar https://www.digid.nl.");
    } else {
        finding.deviates(format!("Er zijn links naar: {}.", deep.join(", ")));
    }
    Ok(())
}

/// Returns the words of a page that belong on no page for citizens.
fn test_words(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let spaced = format!(" {} ", words.join(" "));
    TEST_WORDS.iter().copied().filter(|word| spaced.contains(&format!(" {word} "))).collect()
}

/// Tells whether a link goes to DigiD, and to no page below it.
fn is_digid_itself(link: &str) -> bool {
    matches!(link, "https://www.digid.nl" | "https://www.digid.nl/")
}

/// Tells whether what a page was asked is so.
pub(crate) fn is_so(said: &Value) -> bool {
    said.as_bool().unwrap_or(false)
}

/// Words of which a tester says that they do not belong there.
const TEST_WORDS: &[&str] = &[
    "acceptatieomgeving",
    "binnenkort beschikbaar",
    "coming soon",
    "dummy",
    "foobar",
    "hello world",
    "in aanbouw",
    "in ontwikkeling",
    "lorem ipsum",
    "onder constructie",
    "placeholder",
    "test",
    "testdata",
    "testgebruiker",
    "testomgeving",
    "testpagina",
    "testportaal",
    "testtekst",
    "tijdelijke tekst",
    "todo",
    "under construction",
    "work in progress",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_test_are_found_and_words_that_hold_one_are_not() {
        assert_eq!(test_words("Welkom. Deze pagina is nog IN\u{a0}AANBOUW (test)."), ["in aanbouw", "test"]);
        assert_eq!(test_words("Het testament en de protesten: laatste, in aanbouwend."), Vec::<&str>::new());
    }

    #[test]
    fn a_link_goes_to_digid_itself_or_deeper() {
        assert!(is_digid_itself("https://www.digid.nl/"));
        for link in [
            "http://www.digid.nl/",
            "https://www.digid.nl/aanvragen",
            "https://mijn.digid.nl/",
            "https://www.digid.nl/?a",
        ] {
            assert!(!is_digid_itself(link), "{link}");
        }
    }
}
