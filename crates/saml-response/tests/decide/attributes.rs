//! Check `attributes`: what is kept, and what two of a name do.

use saml_protocol::{Attribute, AttributeValue};
use saml_response::AttributeFilter;

use crate::case::{ATTRIBUTE_CANARY, Case, assertion, attribute, good, replaced};

fn with(attributes: Vec<Attribute<'static>>, filter: AttributeFilter) -> Case {
    let mut case = assertion(|assertion| assertion.attributes = attributes);
    case.policy = case.policy.with_attributes(filter);
    case
}

fn nin_only() -> AttributeFilter {
    AttributeFilter::named(["nin".to_owned()])
}

fn names(case: &Case) -> Vec<String> {
    case.accepted().attributes().iter().map(|attribute| attribute.name().to_owned()).collect()
}

#[test]
fn an_attribute_that_stands_twice_is_rejected() {
    let error = with(vec![attribute("nin"), attribute("nin")], nin_only()).rejected("attribute_duplicate");

    assert_eq!(error.record().found, "nin twice");
    with(vec![attribute("a"), attribute("a")], AttributeFilter::every_signed_attribute())
        .rejected("attribute_duplicate");
}

#[test]
fn an_attribute_that_stands_in_two_statements_is_rejected() {
    let second = "</saml:AttributeStatement><saml:AttributeStatement><saml:Attribute Name=\"nin\">\
                  <saml:AttributeValue>other</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>";
    let xml = good().xml_with(|assertion| replaced(assertion, "</saml:AttributeStatement>", second));

    good().rejects(&xml, "attribute_duplicate");
}

#[test]
fn an_attribute_that_is_not_kept_may_stand_twice() {
    let case = with(vec![attribute("nin"), attribute("other"), attribute("other")], nin_only());

    assert_eq!(names(&case), ["nin"]);
}

#[test]
fn only_attributes_on_the_list_are_kept() {
    let three = || vec![attribute("a"), attribute("nin"), attribute("NIN")];

    assert_eq!(names(&with(three(), nin_only())), ["nin"]);
    assert_eq!(names(&with(three(), AttributeFilter::named([]))), Vec::<String>::new());
    assert_eq!(names(&with(three(), AttributeFilter::every_signed_attribute())), ["a", "nin", "NIN"]);
}

#[test]
fn an_assertion_without_attributes_is_accepted() {
    let mut case = with(Vec::new(), nin_only());
    case.sign_options.inclusive_prefixes.clear();

    assert_eq!(names(&case), Vec::<String>::new());
}

#[test]
fn the_one_value_of_an_attribute_is_given_and_never_the_first_of_two() {
    let mut two = attribute("two");
    two.values.push(AttributeValue::Text("second"));
    let mut none = attribute("none");
    none.values.clear();
    let accepted = with(vec![attribute("one"), two, none], AttributeFilter::every_signed_attribute()).accepted();

    assert_eq!(accepted.attribute("one"), Some(ATTRIBUTE_CANARY));
    assert_eq!(accepted.attribute("two"), None);
    assert_eq!(accepted.attribute("none"), None);
    assert_eq!(accepted.attribute("absent"), None);
    assert_eq!(accepted.attributes()[1].expose(), [ATTRIBUTE_CANARY, "second"]);
}

#[test]
fn a_value_that_holds_elements_is_not_looked_into() {
    let decoy = "<saml:AttributeValue><saml:NameID>123456782</saml:NameID></saml:AttributeValue></saml:Attribute>";
    let xml = good().xml_with(|assertion| {
        let own = crate::case::source(assertion, "AttributeValue");
        replaced(&replaced(assertion, &own, ""), "</saml:Attribute>", decoy)
    });
    let accepted = good().accepts(&xml);

    assert_eq!(accepted.name_id().expose(), "s00000000:900026236");
    assert_eq!(accepted.attribute("nin"), None);
}

#[test]
fn a_friendly_name_names_nothing() {
    let friendly = "<saml:Attribute Name=\"other\" FriendlyName=\"nin\">";
    let xml = good().xml_with(|assertion| replaced(assertion, "<saml:Attribute Name=\"nin\">", friendly));

    assert_eq!(good().accepts(&xml).attribute("nin"), None);
}

#[test]
fn debug_of_an_attribute_shows_its_name_alone() {
    let accepted = with(vec![attribute("nin")], nin_only()).accepted();

    assert_eq!(format!("{:?}", accepted.attributes()), "[SignedAttribute(nin, redacted)]");
}
