//! What is said of each assertion at the top: what covers it, and whether it is the one that is read.

use saml_bindings::soap_body;
use saml_protocol::namespaces::{ASSERTION, PROTOCOL};
use saml_response::checks::ASSERTION_SIGNATURE;
use saml_response::{Coverage, SignaturePlace, Verdict};
use saml_xml::{Document, Element};

use super::parts::covering;
use super::privacy::Privacy;
use crate::explain::decide::Decision;

/// One assertion of the message, in words.
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) is_covered: bool,
    pub(super) words: String,
}

impl Summary {
    /// Says whether it is covered in a word, for whoever sees no colour.
    pub(super) const fn tag(&self) -> &'static str {
        if self.is_covered { "Signed" } else { "Unsigned" }
    }
}

/// Says of each assertion, plain or encrypted, what covers it and where it stands.
///
/// Of an encrypted one the signature may be inside: only the checks can tell, and do, of the one that is read.
pub(super) fn summaries(
    document: &Document,
    coverage: &Coverage,
    decision: &Decision,
    privacy: &Privacy,
) -> Vec<Summary> {
    let accepted = decision.accepted.is_ok();
    let mut records = decision.trace.records().iter();
    let inside_holds =
        records.any(|record| record.code == ASSERTION_SIGNATURE.code && record.verdict == Verdict::Passed);
    let in_place = in_the_place_that_counts(document);
    let is_assertion = |element: &Element<'_>| {
        element.namespace() == ASSERTION && ["Assertion", "EncryptedAssertion"].contains(&element.local_name())
    };
    let all = document.elements().filter(is_assertion);
    all.map(|element| {
        let covered = covering(coverage, element.source_range().start);
        let place = match (in_place.contains(&element), in_place.len()) {
            (false, _) => {
                let but = if covered.is_empty() { "and" } else { "but" };
                format!("{but} it is not the one in the place that counts: it stands in {}", around(element))
            }
            (true, 1) if accepted => "and it is the one that is read".to_owned(),
            (true, 1) => "and it stands in the place that counts".to_owned(),
            (true, others) => format!("and it is one of {others} in the place that counts, where one may be"),
        };
        let is_inside = inside_holds && element.is(ASSERTION, "EncryptedAssertion") && in_place.contains(&element);
        let inside = if is_inside { "; a signature inside it holds" } else { "" };
        Summary {
            name: privacy.redact(&named(element)),
            is_covered: !covered.is_empty() || is_inside,
            words: privacy.redact(&format!("{}{inside}, {place}.", by(element, &covered, coverage, document))),
        }
    })
    .collect()
}

/// Returns the assertions that are children of the Response of the message.
fn in_the_place_that_counts(document: &Document) -> Vec<Element<'_>> {
    let root = document.root();
    let response = match soap_body(document) {
        Ok(message) => message.children().last(),
        Err(_) => Some(root),
    };
    let response = response.filter(|response| response.is(PROTOCOL, "Response"));
    let children = response.into_iter().flat_map(Element::children);
    children.filter(|child| child.is(ASSERTION, "Assertion") || child.is(ASSERTION, "EncryptedAssertion")).collect()
}

fn by(element: Element<'_>, covered: &[usize], coverage: &Coverage, document: &Document) -> String {
    let places: Vec<&SignaturePlace> = covered.iter().filter_map(|index| coverage.signatures().get(*index)).collect();
    if places.is_empty() {
        let own = coverage.signatures().iter().find(|place| place.element == element.id());
        return match own.map(|own| &own.outcome) {
            Some(Err(error)) => format!("covered by no signature: the one in it does not hold ({error})"),
            _ => "covered by no signature".to_owned(),
        };
    }
    let words = places.iter().map(|place| match document.element(place.element) {
        Some(signed) if signed == element => format!("the signature over {}", reference(signed)),
        Some(signed) => format!("the signature over {} of the {} around it", reference(signed), signed.local_name()),
        None => "a signature".to_owned(),
    });
    format!("covered by {}", words.collect::<Vec<_>>().join(" and "))
}

/// Names an element by its kind and its ID.
pub(super) fn named(element: Element<'_>) -> String {
    let id = element.attribute("ID").map(|id| format!(" {}", shorten(id)));
    format!("{}{}", shorten(element.local_name()), id.unwrap_or_default())
}

/// Writes the ID as a Reference does.
pub(super) fn reference(element: Element<'_>) -> String {
    element.attribute("ID").map_or_else(|| "an element without ID".to_owned(), |id| format!("#{}", shorten(id)))
}

fn around(element: Element<'_>) -> String {
    element.parent().map_or_else(|| "the place of the message itself".to_owned(), named)
}

fn shorten(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}

const LONGEST: usize = 100;
