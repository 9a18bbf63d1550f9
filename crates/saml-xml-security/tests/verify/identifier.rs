//! The `ID` of what is signed.

use saml_xml_security::{Error, require_unique_ids};

use crate::by_hand::{ByHand, ENVELOPED, EXCLUSIVE, parse, reference, verdict};

fn with_attributes(attributes: &str) -> Result<(), Error> {
    verdict(&ByHand { attributes: attributes.to_owned(), ..ByHand::default() }.xml())
}

fn with_id(id: &str) -> Result<(), Error> {
    let attributes = format!(r#"ID="{id}""#);
    let references = reference(&format!(r##"URI="#{id}""##), &format!("{ENVELOPED}{EXCLUSIVE}"));
    verdict(&ByHand { attributes, references, ..ByHand::default() }.xml())
}

#[test]
fn another_attribute_that_looks_like_an_id_is_rejected() {
    assert_eq!(with_attributes(r#"ID="_1" Version="2.0""#), Ok(()));
    for (other, found) in [("Id", "Id"), ("id", "id"), ("iD", "iD"), ("xml:id", "id"), ("samlp:ID", "ID")] {
        let refused = Err(Error::IdAttribute { found: found.to_owned() });
        assert_eq!(with_attributes(&format!(r#"ID="_1" {other}="_1""#)), refused, "{other}");
        assert_eq!(with_attributes(&format!(r#"{other}="_1""#)), refused, "{other} alone");
    }
}

#[test]
fn an_element_without_id_is_rejected() {
    assert_eq!(with_attributes(r#"ID="_1""#), Ok(()));
    assert_eq!(with_attributes(r#"Version="2.0""#), Err(Error::IdMissing));
}

#[test]
fn an_id_that_is_no_name_is_rejected() {
    for id in ["_1", "a", "_a-b.c", "\u{E9}1"] {
        assert_eq!(with_id(id), Ok(()), "{id}");
    }
    for id in ["", "1a", "-a", "a'b", "a&quot;b", "a b", " a", "a\u{A0}", "xpointer(id('a'))", "a#b", "a:b", "a%62"] {
        assert_eq!(with_id(id), Err(Error::IdMissing), "{id}");
    }
}

#[test]
fn one_id_on_two_elements_is_rejected() {
    let ids = |second: &str| require_unique_ids(&parse(&format!("<a ID='_1'><b><c ID='{second}'/></b></a>")));
    assert_eq!(ids("_2"), Ok(()));
    assert_eq!(ids("_1"), Err(Error::DuplicateId));
    assert_eq!(ids("&#95;1"), Err(Error::DuplicateId));
}
