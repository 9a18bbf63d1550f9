//! What every message and assertion begins with: its type, ID, version, time and issuer.

use saml_protocol::{ArtifactResponse, Assertion, AuthnRequest, Error, Response};

use crate::documents::{HEAD, ISSUER, STATUS, assertion, assertion_xml, attribute_missing, parse, response, text};

#[test]
fn the_head_of_every_message_is_complete() {
    type Read = fn(&str) -> Result<(), Error>;
    let messages: [(&str, String, Read); 4] = [
        ("Response", format!("<p:Response {HEAD}>{STATUS}</p:Response>"), response),
        ("ArtifactResponse", format!("<p:ArtifactResponse {HEAD}>{STATUS}</p:ArtifactResponse>"), |xml| {
            ArtifactResponse::read(parse(xml).root()).map(|_| ())
        }),
        ("AuthnRequest", format!("<p:AuthnRequest {HEAD}>{ISSUER}</p:AuthnRequest>"), |xml| {
            AuthnRequest::read(parse(xml).root()).map(|_| ())
        }),
        ("Assertion", assertion_xml(""), assertion),
    ];
    for (name, good, read) in messages {
        assert_eq!(read(&good), Ok(()), "{name}");
        assert_eq!(read(&good.replace(r#" ID="_1""#, "")), attribute_missing(name, "ID"));
        assert_eq!(read(&good.replace(r#" ID="_1""#, r#" p:ID="_1""#)), attribute_missing(name, "ID"));
        let empty = Err(Error::Value { attribute: "ID", expected: "an identifier" });
        assert_eq!(read(&good.replace(r#" ID="_1""#, r#" ID="""#)), empty);
        assert_eq!(read(&good.replace(r#" Version="2.0""#, "")), attribute_missing(name, "Version"));
        for version in ["1.1", "2", "2.00", " 2.0", ""] {
            let other = good.replace(r#" Version="2.0""#, &format!(r#" Version="{version}""#));
            assert_eq!(read(&other), Err(Error::Version { found: version.to_owned() }));
        }
        let two_lines = good.replace(r#" Version="2.0""#, r#" Version="1&#10;1""#);
        assert_eq!(read(&two_lines), Err(Error::Version { found: "11".to_owned() }));
        let instant = r#" IssueInstant="2026-01-31T12:00:00Z""#;
        assert_eq!(read(&good.replace(instant, "")), attribute_missing(name, "IssueInstant"));
        for time in ["2026-01-31T12:00:00", "2026-01-31T12:00:00+00:00", "now", ""] {
            let other = good.replace(instant, &format!(r#" IssueInstant="{time}""#));
            assert_eq!(read(&other), Err(Error::DateTime { place: "IssueInstant" }), "{name} {time}");
        }
        let foreign = good.replace("urn:oasis:names:tc:SAML:2.0:", "urn:oasis:names:tc:SAML:1.0:");
        let Err(Error::MessageType { expected, found }) = read(&foreign) else { panic!("{name} was read") };
        assert_eq!((expected, found.as_str()), (name, name));
        assert_eq!(read(&good.replacen('>', ">text", 1)), text(name));
    }
}

#[test]
fn another_message_is_refused_by_its_name() {
    let request = format!("<p:AuthnRequest {HEAD}>{ISSUER}</p:AuthnRequest>");
    assert_eq!(response(&request), Err(Error::MessageType { expected: "Response", found: "AuthnRequest".to_owned() }));
    let misplaced = assertion_xml("").replace("a:Assertion", "p:Assertion");
    assert_eq!(assertion(&misplaced), Err(Error::MessageType { expected: "Assertion", found: "Assertion".to_owned() }));
}

#[test]
fn white_space_around_the_issuer_does_not_count() {
    let issuer = "<a:Issuer>\n urn:idp\t</a:Issuer>";
    let document = parse(&format!("<p:Response {HEAD}>{issuer}{STATUS}</p:Response>"));
    assert_eq!(Response::read(document.root()).unwrap().0.issuer, Some("urn:idp"));
    let document = parse(&format!("<p:ArtifactResponse {HEAD}>{issuer}{STATUS}</p:ArtifactResponse>"));
    assert_eq!(ArtifactResponse::read(document.root()).unwrap().issuer, Some("urn:idp"));
    let document = parse(&format!("<p:AuthnRequest {HEAD}>{issuer}</p:AuthnRequest>"));
    assert_eq!(AuthnRequest::read(document.root()).unwrap().issuer, "urn:idp");
    let document = parse(&assertion_xml("").replace(ISSUER, issuer));
    assert_eq!(Assertion::read(document.root()).unwrap().issuer, "urn:idp");
}
