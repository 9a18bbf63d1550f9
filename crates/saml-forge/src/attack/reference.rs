//! References to something else than the element that is consumed (ATT-046 to ATT-050).

use super::{Variants, attacks, places};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "046" reference_uri_empty Response "signature_reference_uri" empty,
        "refers to the whole document, signed";
    "047" reference_uri_xpointer Response "signature_reference_uri" xpointer,
        "refers by XPointer, signed";
    "048" reference_uri_external Response "signature_reference_uri" external,
        "refers to a document elsewhere, signed";
    "049" reference_uri_unresolved Response "signature_reference_uri" unresolved,
        "refers to an ID that no element has, signed";
    "050" reference_injection_in_lookup Response "id_missing" injection,
        "gives the element an ID that is no name, signed";
}

fn with_uri(good: &GoodMessage, variants: &mut Variants, uris: &[(&str, &str)]) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let reference = format!("{path}/SignedInfo/Reference");
        let id = edit::attribute(&twin, edit::parent(path), "ID")?;
        for (name, uri) in uris {
            let bad = edit::set_attribute(&twin, &reference, "URI", &uri.replace("ID", &id))?;
            variants.add(format!("{place}_{name}"), good.resign(&bad, path, &[])?, twin.as_str());
        }
    }
    Ok(())
}

/// For a verifier that takes the whole document for what is signed, whichever part is read.
fn empty(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    with_uri(good, variants, &[("empty", ""), ("empty_fragment", "#")])?;
    for (place, path, twin) in places(good)? {
        let none = edit::remove_attribute(&twin, &format!("{path}/SignedInfo/Reference"), "URI")?;
        variants.add(format!("{place}_none"), good.resign(&none, path, &[])?, twin);
    }
    Ok(())
}

/// For a verifier that evaluates what the sender writes to find the signed element.
fn xpointer(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let uris = [
        ("root", "#xpointer(/)"),
        ("id", "#xpointer(id('ID'))"),
        ("element", "#element(/1)"),
        ("first", "#xpointer((//*)[1])"),
        ("escaped", "#%5FID"),
        ("space", "#ID "),
    ];
    with_uri(good, variants, &uris)
}

/// For a verifier that fetches what is signed: it asks other machines, and what it hashed is not what it reads.
fn external(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let uris = [
        ("http", "http://attacker.example/x.xml"),
        ("http_with_fragment", "http://attacker.example/x.xml#ID"),
        ("file", "file:///etc/passwd"),
        ("relative", "x.xml#ID"),
        ("no_hash", "ID"),
    ];
    with_uri(good, variants, &uris)
}

/// For a verifier that takes a reference to nothing for one to the root, or for an empty set that holds.
fn unresolved(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    with_uri(good, variants, &[("nothing", "#_nothing"), ("longer", "#IDx"), ("double_hash", "##ID")])?;
    for (place, path, twin) in places(good)? {
        let parent = edit::parent(path);
        let renamed = edit::set_attribute(&twin, parent, "ID", "_renamed")?;
        variants.add(format!("{place}_renamed"), renamed, twin.as_str());
        let without = edit::remove_attribute(&twin, parent, "ID")?;
        variants.add_as("id_missing", format!("{place}_without_id"), without, twin);
    }
    Ok(())
}

/// For a verifier that puts the ID into an XPath expression.
fn injection(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, signed) in [("response", "", Signed::Response), ("assertion", "Assertion", Signed::Assertion)] {
        for (name, id) in [
            ("quote", "x' or '1'='1"),
            ("double_quote", "x&quot;] | //*[&quot;"),
            ("space", "a b"),
            ("digit_first", "1a"),
            ("hash", "a#b"),
        ] {
            let bad = good.changed(signed, |xml| edit::set_attribute(xml, path, "ID", id))?;
            variants.add(format!("{place}_{name}"), bad, good.signed(signed));
        }
    }
    Ok(())
}
