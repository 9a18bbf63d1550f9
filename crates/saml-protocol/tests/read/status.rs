//! What a `Status` may hold.

use saml_protocol::{Error, Status};

use crate::documents::{attribute_missing, is_child_in_text, missing, parse, text, unexpected};

fn status_of(content: &str) -> Result<(), Error> {
    let namespace = "urn:oasis:names:tc:SAML:2.0:protocol";
    Status::read(parse(&format!(r#"<p:Status xmlns:p="{namespace}">{content}</p:Status>"#)).root()).map(|_| ())
}

#[test]
fn a_status_has_one_code_and_at_most_one_below_it() {
    let second = r#"<p:StatusCode Value="urn:second"/>"#;
    let nested = |inner: &str| format!(r#"<p:StatusCode Value="urn:top">{inner}</p:StatusCode>"#);
    let message = "<p:StatusMessage>m</p:StatusMessage>";
    assert_eq!(status_of(&nested("")), Ok(()));
    assert_eq!(status_of(&format!("{}{message}<p:StatusDetail><x/>y</p:StatusDetail>", nested(second))), Ok(()));
    assert_eq!(status_of(""), missing("Status", "StatusCode", "nothing"));
    assert_eq!(status_of(message), missing("Status", "StatusCode", "StatusMessage"));
    assert_eq!(status_of("<p:StatusCode/>"), attribute_missing("StatusCode", "Value"));
    assert_eq!(status_of(&nested("<p:StatusCode/>")), attribute_missing("StatusCode", "Value"));
    assert_eq!(status_of(&nested(&format!("{second}{second}"))), unexpected("StatusCode", "StatusCode"));
    assert_eq!(status_of(&nested("text")), text("StatusCode"));
    assert_eq!(status_of(&format!("{0}{0}", nested(""))), unexpected("Status", "StatusCode"));
    assert_eq!(status_of(&format!("{}{message}{message}", nested(""))), unexpected("Status", "StatusMessage"));
    assert_eq!(status_of(&format!("{}<p:StatusDetail/>{message}", nested(""))), unexpected("Status", "StatusMessage"));
    assert_eq!(status_of(&format!("{}<x/>", nested(""))), unexpected("Status", "x"));
    assert!(is_child_in_text(&status_of(&format!("{}<p:StatusMessage><x/></p:StatusMessage>", nested("")))));
}

#[test]
fn the_second_level_makes_no_success() {
    let document = parse(
        r#"<p:Status xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"><p:StatusCode Value="urn:top"><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:StatusCode></p:Status>"#,
    );
    assert!(!Status::read(document.root()).unwrap().is_success());
}
