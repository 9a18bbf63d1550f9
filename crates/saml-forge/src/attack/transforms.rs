//! Transforms and canonical forms (ATT-073 to ATT-084).

use super::{Variants, attacks, places};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "073" xslt_transform Response "signature_transforms" xslt,
        "adds a style sheet to the transforms, signed";
    "074" xpath_transform Response "signature_transforms" xpath,
        "adds an XPath filter to the transforms, signed";
    "075" transform_flood Response "signature_transforms" flood,
        "adds transforms, signed";
    "076" enveloped_missing_or_repeated Response "signature_transforms" enveloped,
        "leaves the enveloped transform out, repeats or moves it, signed";
    "077" enveloped_removes_other Response "signature_digest_mismatch" other_signature,
        "takes another signature than its own out of what is signed";
    "078" void_canonicalisation Response "xml_bad_namespace" void,
        "makes the canonical form fail by a relative namespace name";
    "079" inclusive_namespaces_prefix Response "signature_digest_mismatch" prefix_list,
        "binds a prefix of the list anew";
    "080" inclusive_c14n_context Response "signature_transforms" inclusive,
        "uses inclusive canonicalisation, with the digest that it gives, signed";
    "081" c14n_method_spoof Response "signature_canonicalization_method" method,
        "names another canonical form for the SignedInfo, signed";
    "082" with_comments Response "signature_transforms" with_comments,
        "names the canonical form with comments, signed";
    "084" c14n_dos Response "xml_too_many_namespaces" expensive,
        "makes the canonical form expensive";
}

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const EXCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE_1_1: &str = "http://www.w3.org/2006/12/xml-c14n11";

fn transform(algorithm: &str, content: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\">{content}</ds:Transform>")
}

/// Adds a transform behind the two genuine ones and between them, and puts it in the place of the second.
fn with_transform(good: &GoodMessage, variants: &mut Variants, name: &str, one: &str) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let transforms = format!("{path}/SignedInfo/Reference/Transforms");
        let (first, second) = two(&twin, &transforms)?;
        for (where_, list) in [
            ("last", format!("{first}{second}{one}")),
            ("between", format!("{first}{one}{second}")),
            ("first", format!("{one}{first}{second}")),
            ("instead", format!("{first}{one}")),
            ("alone", one.to_owned()),
        ] {
            let bad = good.resign(&edit::content(&twin, &transforms, |_| list)?, path, &[])?;
            variants.add(format!("{place}_{name}_{where_}"), bad, twin.as_str());
        }
    }
    Ok(())
}

/// Returns the two genuine transforms.
fn two(xml: &str, transforms: &str) -> Result<(String, String), Error> {
    let [first, second] = <[String; 2]>::try_from(edit::children(xml, transforms)?)
        .map_err(|_| Error::Part { path: format!("{transforms}, two of them") })?;
    Ok((first, second))
}

/// For a verifier that runs a program of the sender before it knows who that is.
fn xslt(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let sheet = "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>";
    with_transform(good, variants, "xslt", &transform("http://www.w3.org/TR/1999/REC-xslt-19991116", sheet))
}

/// For a verifier that lets the sender choose what of the element is hashed.
fn xpath(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let filter = "<ds:XPath>not(ancestor-or-self::*[local-name()='Subject'])</ds:XPath>";
    with_transform(good, variants, "xpath", &transform("http://www.w3.org/TR/1999/REC-xpath-19991116", filter))?;
    let filter = "<x:XPath xmlns:x=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">//*</x:XPath>";
    with_transform(good, variants, "filter2", &transform("http://www.w3.org/2002/06/xmldsig-filter2", filter))
}

/// For a verifier that works off whatever list it is given: each step costs a pass over the document.
fn flood(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    with_transform(good, variants, "inclusive", &transform(INCLUSIVE, ""))?;
    with_transform(good, variants, "base64", &transform("http://www.w3.org/2000/09/xmldsig#base64", ""))?;
    with_transform(good, variants, "thousand", &transform(EXCLUSIVE, "").repeat(1_000))
}

/// For a verifier that takes a list of transforms for good because both known ones are in it.
fn enveloped(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let transforms = format!("{path}/SignedInfo/Reference/Transforms");
        let (first, second) = two(&twin, &transforms)?;
        for (name, list) in [
            ("missing", second.clone()),
            ("alone", first.clone()),
            ("repeated", format!("{first}{first}{second}")),
            ("twice", format!("{first}{first}")),
            ("last", format!("{second}{first}")),
            ("none", String::new()),
        ] {
            let bad = good.resign(&edit::content(&twin, &transforms, |_| list)?, path, &[])?;
            variants.add(format!("{place}_{name}"), bad, twin.as_str());
        }
        let gone = good.resign(&edit::remove(&twin, &transforms)?, path, &[])?;
        variants.add_as("signature_structure", format!("{place}_no_transforms"), gone, twin.as_str());
        let lookalike = transform(&ENVELOPED.replace("enveloped", "Enveloped"), "");
        let bad = edit::content(&twin, &transforms, |_| format!("{lookalike}{second}"))?;
        variants.add(format!("{place}_other_case"), good.resign(&bad, path, &[])?, twin);
    }
    Ok(())
}

/// For an enveloped transform that takes out every signature, not its own alone.
fn other_signature(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    // Signed is the response with the signature of the assertion in it.
    let twin = good.signed(Signed::Both);
    variants.add("inner_signature_removed", edit::remove(&twin, "Assertion/Signature")?, twin.as_str());
    let other = good.changed(Signed::Assertion, |xml| edit::set_attribute(xml, "Assertion", "ID", "_advised"))?;
    let advice = format!("<saml:Advice>{}</saml:Advice>", edit::source(&other, "Assertion")?);
    let twin = good.changed(Signed::Assertion, |xml| edit::after(xml, "Assertion/Conditions", &advice))?;
    let inner = "Assertion/Advice/Assertion/Signature";
    variants.add("signature_in_advice_removed", edit::remove(&twin, inner)?, twin.as_str());
    let changed = edit::content(&twin, &format!("{inner}/SignatureValue"), |_| String::new())?;
    variants.add("signature_in_advice_changed", changed, twin.as_str());
    let parked = edit::last_in(&twin, inner, &format!("<ds:Object>{}</ds:Object>", good.forged_assertion()?))?;
    variants.add("forged_in_signature_in_advice", parked, twin);
    Ok(())
}

/// For a verifier that hashes nothing where the canonical form fails: that digest is a constant.
fn void(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    const OF_NOTHING: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for (place, path, twin) in places(good)? {
        let value = format!("{path}/SignedInfo/Reference/DigestValue");
        let constant = good.resign(&edit::content(&twin, &value, |_| OF_NOTHING.to_owned())?, path, &[])?;
        variants.add_as(
            "signature_digest_mismatch",
            format!("{place}_digest_of_nothing"),
            constant.as_str(),
            twin.as_str(),
        );
        for (name, declaration) in
            [("relative", "xmlns:x=\"1\""), ("path", "xmlns:x=\"../x\""), ("fragment", "xmlns:x=\"#x\"")]
        {
            let bad = constant.replacen(" ID=", &format!(" {declaration} ID="), 1);
            variants.add(format!("{place}_{name}"), bad, twin.as_str());
        }
    }
    Ok(())
}

/// For a canonical form that forgets the prefix list: what a prefix in a value means is then not signed.
fn prefix_list(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    // Signed with PrefixList="xs": what the prefix means is part of what is signed.
    let declared = edit::parse(&twin)
        .and_then(|document| Ok(edit::find(&document, "Assertion")?.lookup_namespace("xs").map(str::to_owned)))?;
    let bad = match declared {
        Some(uri) => twin.replacen(&format!("xmlns:xs=\"{uri}\""), "xmlns:xs=\"urn:evil\"", 1),
        None => edit::add_attributes(&twin, "Assertion", "xmlns:xs=\"urn:evil\"")?,
    };
    variants.add("bound_anew", bad, twin);
    for (place, path, twin) in places(good)? {
        let list = format!("{path}/SignedInfo/Reference/Transforms");
        let (first, _) = two(&twin, &list)?;
        let namespaces =
            |prefixes: &str| format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{prefixes}\"/>");
        let twice = format!("{first}{}", transform(EXCLUSIVE, &namespaces("xs").repeat(2)));
        let bad = good.resign(&edit::content(&twin, &list, |_| twice)?, path, &[])?;
        variants.add_as("signature_structure", format!("{place}_two_lists"), bad, twin.as_str());
        let foreign =
            format!("{first}{}", transform(EXCLUSIVE, "<x:InclusiveNamespaces xmlns:x=\"urn:x\" PrefixList=\"xs\"/>"));
        let bad = good.resign(&edit::content(&twin, &list, |_| foreign)?, path, &[])?;
        variants.add_as("signature_structure", format!("{place}_foreign_list"), bad, twin);
    }
    Ok(())
}

/// For a verifier with the inclusive form: what is signed then changes with what stands around it.
fn inclusive(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let every = ["saml", "samlp", "xs", "xsi", "ds"];
    for (place, path, twin) in places(good)? {
        let parent = edit::parent(path);
        let unsigned = edit::remove(&twin, path)?;
        // Exclusive with every prefix that is in scope is the inclusive form.
        let digest = match parent {
            "" => good.digest(&unsigned, &every)?,
            _ => good.digest(&edit::source(&unsigned, parent)?, &every)?,
        };
        for (name, algorithm) in [("1_0", INCLUSIVE), ("1_1", INCLUSIVE_1_1)] {
            let transforms = format!("{path}/SignedInfo/Reference/Transforms");
            let (first, _) = two(&twin, &transforms)?;
            let bad = edit::content(&twin, &transforms, |_| format!("{first}{}", transform(algorithm, "")))?;
            let bad = edit::content(&bad, &format!("{path}/SignedInfo/Reference/DigestValue"), |_| digest.clone())?;
            variants.add(format!("{place}_{name}"), good.resign(&bad, path, &[])?, twin.as_str());
        }
    }
    Ok(())
}

/// For a verifier that hashes the SignedInfo in the form that it has, whatever the message names.
fn method(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        for (name, algorithm) in [
            ("inclusive", INCLUSIVE),
            ("inclusive_1_1", INCLUSIVE_1_1),
            ("inclusive_with_comments", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"),
            ("exclusive_with_comments", EXCLUSIVE_WITH_COMMENTS),
            ("xslt", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
            ("unknown", "urn:x:none"),
            ("empty", ""),
        ] {
            let spoofed = format!("{path}/SignedInfo/CanonicalizationMethod");
            let bad = edit::set_attribute(&twin, &spoofed, "Algorithm", algorithm)?;
            variants.add(format!("{place}_{name}"), good.resign(&bad, path, &["saml", "samlp", "xs"])?, twin.as_str());
        }
    }
    Ok(())
}

/// For a verifier that hashes comments: what it read with them is not what others read without.
fn with_comments(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path, twin) in places(good)? {
        let transforms = format!("{path}/SignedInfo/Reference/Transforms");
        let (first, second) = two(&twin, &transforms)?;
        let commented =
            second.replace(&format!("Algorithm=\"{EXCLUSIVE}\""), &format!("Algorithm=\"{EXCLUSIVE_WITH_COMMENTS}\""));
        let bad = good.resign(&edit::content(&twin, &transforms, |_| format!("{first}{commented}"))?, path, &[])?;
        variants.add(place, bad.as_str(), twin.as_str());
        let with_a_comment = edit::first_in(&bad, "Assertion/Subject", "<!-- -->")?;
        variants.add_as("xml_comment", format!("{place}_and_a_comment"), with_a_comment, twin);
    }
    Ok(())
}

/// For a canonicaliser that looks at every namespace in scope for each element.
fn expensive(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let declarations: String = (0..40).map(|number| format!(" xmlns:n{number}=\"urn:n{number}\"")).collect();
    variants.add("namespaces", twin.replacen(" ID=", &format!("{declarations} ID="), 1), twin.as_str());
    // Each level binds a few more, until those in scope are too many.
    let nested: String =
        (0..30).map(|level| format!("<x xmlns:a{level}=\"urn:a\" xmlns:b{level}=\"urn:b\">")).collect();
    let nested = format!("{nested}{}", "</x>".repeat(30));
    variants.add("namespaces_in_depth", edit::before(&twin, "Status", "MARK")?.replace("MARK", &nested), twin.as_str());
    let wide = "<x a=\"&#13;\"/>".repeat(25_000);
    variants.add_as("xml_too_many_nodes", "wide", edit::before(&twin, "Status", "MARK")?.replace("MARK", &wide), twin);
    Ok(())
}
