//! What `Conditions` may hold: none that is not understood, and times with a zone.

use saml_protocol::{Assertion, Error};

use crate::documents::{assertion_of, assertion_xml, is_child_in_text, parse, text, unexpected};

#[test]
fn a_condition_that_is_not_understood_is_refused() {
    let conditions = |content: &str| assertion_of(&format!("<a:Conditions>{content}</a:Conditions>"));
    let restriction = "<a:AudienceRestriction><a:Audience>urn:sp</a:Audience></a:AudienceRestriction>";
    let unknown = |found: &str| Err(Error::ConditionUnknown { found: found.to_owned() });
    assert_eq!(conditions(&format!("{restriction}<a:OneTimeUse/>{restriction}<a:ProxyRestriction/>")), Ok(()));
    assert_eq!(conditions(&format!("{restriction}<a:Condition/>")), unknown("Condition"));
    assert_eq!(conditions("<p:OneTimeUse/>"), unknown("OneTimeUse"));
    assert_eq!(conditions("<a:DelegationRestriction/>"), unknown("DelegationRestriction"));
    assert_eq!(conditions("text"), text("Conditions"));
    assert_eq!(
        conditions("<a:AudienceRestriction><a:x/></a:AudienceRestriction>"),
        unexpected("AudienceRestriction", "x")
    );
    assert_eq!(conditions("<a:AudienceRestriction>urn:sp</a:AudienceRestriction>"), text("AudienceRestriction"));
    let child = "<a:AudienceRestriction><a:Audience>urn<x/></a:Audience></a:AudienceRestriction>";
    assert!(is_child_in_text(&conditions(child)));
}

#[test]
fn the_times_of_conditions_have_a_zone() {
    let with = |attribute: &str, time: &str| assertion_of(&format!(r#"<a:Conditions {attribute}="{time}"/>"#));
    for attribute in ["NotBefore", "NotOnOrAfter"] {
        assert_eq!(with(attribute, "2026-01-31T12:00:00Z"), Ok(()));
        for time in ["2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00", ""] {
            assert_eq!(with(attribute, time), Err(Error::DateTime { place: attribute }));
        }
    }
}

#[test]
fn several_audience_restrictions_stay_apart() {
    let restriction = |audiences: &str| format!("<a:AudienceRestriction>{audiences}</a:AudienceRestriction>");
    let (one, two) = ("<a:Audience> urn:1\n</a:Audience>", "<a:Audience>urn:2</a:Audience>");
    let document = parse(&assertion_xml(&format!(
        "<a:Conditions>{}{}</a:Conditions>",
        restriction(one),
        restriction(&[one, two].concat())
    )));
    let conditions = Assertion::read(document.root()).unwrap().conditions.unwrap();
    assert_eq!(conditions.audience_restrictions, [vec!["urn:1"], vec!["urn:1", "urn:2"]]);
    assert!(!conditions.one_time_use);
}
