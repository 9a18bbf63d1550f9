//! The one `Reference`: what it names, and how that is transformed.

use saml_xml_security::Error;

use crate::by_hand::{ByHand, ENVELOPED, EXCLUSIVE, reference, verdict};

fn with_uri(attributes: &str) -> Result<(), Error> {
    let references = reference(attributes, &format!("{ENVELOPED}{EXCLUSIVE}"));
    verdict(&ByHand { references, ..ByHand::default() }.xml())
}

fn with_transforms(transforms: &str) -> Result<(), Error> {
    verdict(&ByHand { references: reference(r##"URI="#_1""##, transforms), ..ByHand::default() }.xml())
}

fn transform(uri: &str) -> String {
    format!(r#"<ds:Transform Algorithm="{uri}"/>"#)
}

#[test]
fn only_the_element_itself_may_be_referenced() {
    let refused = |found: &str| Err(Error::ReferenceUri { expected: "_1".to_owned(), found: found.to_owned() });
    assert_eq!(with_uri(r##"URI="#_1""##), Ok(()));
    for uri in [
        "",
        "#",
        "#_2",
        "#other",
        "_1",
        " #_1",
        "#_1 ",
        "##_1",
        "#%5F1",
        "#xpointer(/)",
        "#xpointer(id('_1'))",
        "http://localhost/x",
        "file:///etc/hostname",
        "http://localhost/x#_1",
    ] {
        assert_eq!(with_uri(&format!(r#"URI="{uri}""#)), refused(uri), "{uri}");
    }
    assert_eq!(with_uri(r#"URI="_2&#10;forged log line""#), refused("_2forged log line"));
    assert_eq!(with_uri(""), refused("no URI"));
    assert_eq!(with_uri(r##"xmlns:x="urn:x" x:URI="#_1""##), refused("no URI"));
}

#[test]
fn another_number_of_references_is_rejected() {
    let with = |references: String| verdict(&ByHand { references, ..ByHand::default() }.xml());
    let one = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}"));
    let refused = |found: &str| {
        Err(Error::SignatureStructure {
            parent: "SignedInfo",
            expected: "CanonicalizationMethod, SignatureMethod and one Reference",
            found: found.to_owned(),
        })
    };
    assert_eq!(with(one.clone()), Ok(()));
    assert_eq!(with(String::new()), refused("less"));
    assert_eq!(with(format!("{one}{one}")), refused("Reference"));
    assert_eq!(with(format!("{one}<ds:Object/>")), refused("Object"));
    assert_eq!(with(format!("x{one}")), refused("text"));
    assert_eq!(with("<ds:Manifest/>".to_owned()), refused("Manifest"));
}

#[test]
fn the_children_of_the_reference_are_fixed() {
    let good = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}"));
    let with = |from: &str, to: &str| {
        let references = good.replace(from, to);
        verdict(&ByHand { references, ..ByHand::default() }.xml())
    };
    let refused = |found: &str| {
        Err(Error::SignatureStructure {
            parent: "Reference",
            expected: "Transforms, DigestMethod and DigestValue",
            found: found.to_owned(),
        })
    };
    assert_eq!(with("", ""), Ok(()));
    let transforms = format!("<ds:Transforms>{ENVELOPED}{EXCLUSIVE}</ds:Transforms>");
    assert_eq!(with(&transforms, ""), refused("DigestMethod"));
    assert_eq!(with("</ds:Reference>", "<ds:DigestValue/></ds:Reference>"), refused("DigestValue"));
    assert_eq!(with("<ds:DigestValue>{digest}</ds:DigestValue>", ""), refused("less"));
    assert_eq!(with("<ds:DigestMethod", "text<ds:DigestMethod"), refused("text"));
}

#[test]
fn the_two_transforms_are_fixed() {
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    assert_eq!(with_transforms(&format!("{ENVELOPED}{EXCLUSIVE}")), Ok(()));
    let lists: [&[&str]; 11] = [
        &[],
        &[enveloped],
        &[exclusive],
        &[exclusive, enveloped],
        &[enveloped, enveloped],
        &[exclusive, exclusive],
        &[enveloped, exclusive, exclusive],
        &[enveloped, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"],
        &[enveloped, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"],
        &["http://www.w3.org/TR/1999/REC-xpath-19991116", exclusive],
        &[enveloped, "http://www.w3.org/TR/1999/REC-xslt-19991116"],
    ];
    for list in lists {
        let transforms: String = list.iter().map(|uri| transform(uri)).collect();
        let found = list.join(" ").chars().take(100).collect();
        assert_eq!(with_transforms(&transforms), Err(Error::Transforms { found }), "{list:?}");
    }
}

#[test]
fn a_transform_without_algorithm_is_rejected() {
    let found = "http://www.w3.org/2000/09/xmldsig#enveloped-signature no algorithm".to_owned();
    assert_eq!(with_transforms(&format!("{ENVELOPED}<ds:Transform/>")), Err(Error::Transforms { found }));
}

#[test]
fn a_transform_of_another_namespace_is_rejected() {
    let foreign = EXCLUSIVE.replace("ds:Transform", r#"x:Transform xmlns:x="urn:x""#);
    let found = "http://www.w3.org/2000/09/xmldsig#enveloped-signature http://www.w3.org/2001/10/xml-exc-c14n#";
    let refused = Err(Error::Transforms { found: found.to_owned() });
    assert_eq!(with_transforms(&format!("{ENVELOPED}{foreign}")), refused);
    assert_eq!(with_transforms(&format!("{ENVELOPED}text{EXCLUSIVE}")), refused);
}

#[test]
fn a_parameter_of_the_enveloped_transform_is_rejected() {
    let enveloped = ENVELOPED.replace("/>", "><ds:XPath>1</ds:XPath></ds:Transform>");
    let found = "XPath".to_owned();
    let refused = Error::SignatureStructure { parent: "Transform", expected: "nothing", found };
    assert_eq!(with_transforms(&format!("{enveloped}{EXCLUSIVE}")), Err(refused));
}
