//! What an `AuthnStatement` may hold: an instant, and one context.

use saml_protocol::Error;

use crate::documents::{CONTEXT, assertion_of, attribute_missing, is_child_in_text, missing, text, unexpected};

#[test]
fn an_authn_statement_has_an_instant_and_one_context() {
    let instant = r#"AuthnInstant="2026-01-31T12:00:00Z""#;
    let statement = |attributes: &str, content: &str| {
        assertion_of(&format!("<a:AuthnStatement {attributes}>{content}</a:AuthnStatement>"))
    };
    assert_eq!(statement(instant, CONTEXT), Ok(()));
    assert_eq!(statement(instant, &format!("<a:SubjectLocality/>{CONTEXT}")), Ok(()));
    assert_eq!(statement("", CONTEXT), attribute_missing("AuthnStatement", "AuthnInstant"));
    let without_zone = instant.replace("00Z", "00");
    assert_eq!(statement(&without_zone, CONTEXT), Err(Error::DateTime { place: "AuthnInstant" }));
    let end = |time: &str| statement(&format!(r#"{instant} SessionNotOnOrAfter="{time}""#), CONTEXT);
    assert_eq!(end("2026-01-31T12:00:00Z"), Ok(()));
    assert_eq!(end("2026-01-31T12:00:00"), Err(Error::DateTime { place: "SessionNotOnOrAfter" }));
    assert_eq!(statement(instant, ""), missing("AuthnStatement", "AuthnContext", "nothing"));
    assert_eq!(statement(instant, &format!("{CONTEXT}{CONTEXT}")), unexpected("AuthnStatement", "AuthnContext"));
    assert_eq!(
        statement(instant, &format!("{CONTEXT}<a:SubjectLocality/>")),
        unexpected("AuthnStatement", "SubjectLocality")
    );
    assert_eq!(statement(instant, &format!("{CONTEXT}text")), text("AuthnStatement"));
}

#[test]
fn an_authn_context_has_one_class_before_its_authorities() {
    let context = |content: &str| {
        assertion_of(&format!(
            r#"<a:AuthnStatement AuthnInstant="2026-01-31T12:00:00Z"><a:AuthnContext>{content}</a:AuthnContext></a:AuthnStatement>"#
        ))
    };
    let class = "<a:AuthnContextClassRef>urn:level</a:AuthnContextClassRef>";
    let authority = "<a:AuthenticatingAuthority>urn:a</a:AuthenticatingAuthority>";
    assert_eq!(context(&format!("{class}<a:AuthnContextDeclRef/>{authority}{authority}")), Ok(()));
    assert_eq!(context(&format!("{class}<a:AuthnContextDecl/>{authority}")), Ok(()));
    let both = format!("{class}<a:AuthnContextDecl/><a:AuthnContextDeclRef/>");
    assert_eq!(context(&both), unexpected("AuthnContext", "AuthnContextDeclRef"));
    assert_eq!(context(&format!("{class}{class}")), unexpected("AuthnContext", "AuthnContextClassRef"));
    assert_eq!(context(&format!("{authority}{class}")), unexpected("AuthnContext", "AuthnContextClassRef"));
    assert_eq!(context("urn:level"), text("AuthnContext"));
    assert!(is_child_in_text(&context(&class.replace("urn:level", "urn:<x/>level"))));
    assert!(is_child_in_text(&context(&authority.replace("urn:a", "<x>urn:a</x>"))));
}
