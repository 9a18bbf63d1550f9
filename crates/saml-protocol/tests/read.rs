//! Reading is strict: each document that is refused stands beside one that differs in that one thing and is read.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use saml_protocol::{
    ArtifactResolve, ArtifactResponse, Assertion, AssertionConsumerService, AttributeValue, AuthnRequest,
    DecryptedPart, Error, NameId, Response, ResponseAssertion, Status, Subject, encrypted_parts,
};
use saml_xml::{Document, ErrorKind, ParseOptions};

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &ParseOptions::message()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

fn response(xml: &str) -> Result<(), Error> {
    Response::read(parse(xml).root()).map(|_| ())
}

fn response_of(content: &str) -> Result<(), Error> {
    response(&format!("<p:Response {HEAD}>{content}</p:Response>"))
}

fn artifact_response_of(content: &str) -> Result<(), Error> {
    ArtifactResponse::read(parse(&format!("<p:ArtifactResponse {HEAD}>{content}</p:ArtifactResponse>")).root())
        .map(|_| ())
}

fn assertion(xml: &str) -> Result<(), Error> {
    Assertion::read(parse(xml).root()).map(|_| ())
}

fn assertion_xml(content: &str) -> String {
    format!("<a:Assertion {HEAD}>{ISSUER}{content}</a:Assertion>")
}

fn assertion_of(content: &str) -> Result<(), Error> {
    assertion(&assertion_xml(content))
}

fn request_of(attributes: &str, content: &str) -> Result<(), Error> {
    AuthnRequest::read(parse(&format!("<p:AuthnRequest {HEAD} {attributes}>{content}</p:AuthnRequest>")).root())
        .map(|_| ())
}

fn status_of(content: &str) -> Result<(), Error> {
    let namespace = "urn:oasis:names:tc:SAML:2.0:protocol";
    Status::read(parse(&format!(r#"<p:Status xmlns:p="{namespace}">{content}</p:Status>"#)).root()).map(|_| ())
}

fn missing<T>(parent: &str, expected: &'static str, found: &str) -> Result<T, Error> {
    Err(Error::ElementMissing { parent: parent.to_owned(), expected, found: found.to_owned() })
}

fn unexpected<T>(parent: &str, found: &str) -> Result<T, Error> {
    Err(Error::ElementUnexpected { parent: parent.to_owned(), found: found.to_owned() })
}

fn attribute_missing<T>(element: &str, attribute: &'static str) -> Result<T, Error> {
    Err(Error::AttributeMissing { element: element.to_owned(), attribute })
}

fn text<T>(parent: &str) -> Result<T, Error> {
    Err(Error::TextUnexpected { parent: parent.to_owned() })
}

fn encrypted<T>(found: &str) -> Result<T, Error> {
    Err(Error::Encrypted { found: found.to_owned() })
}

fn is_child_in_text(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Xml(error)) if error.kind == ErrorKind::ChildInText)
}

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
fn the_children_of_a_response_stand_in_the_order_of_the_schema() {
    let (signature, extensions) = ("<ds:Signature/>", "<p:Extensions><x/></p:Extensions>");
    assert_eq!(response_of(&format!("{ISSUER}{signature}{extensions}{STATUS}<a:Assertion/>")), Ok(()));
    assert_eq!(response_of(STATUS), Ok(()));
    assert_eq!(response_of(ISSUER), missing("Response", "Status", "nothing"));
    assert_eq!(response_of(&format!("{STATUS}{ISSUER}")), unexpected("Response", "Issuer"));
    assert_eq!(response_of(&format!("{ISSUER}{ISSUER}{STATUS}")), missing("Response", "Status", "Issuer"));
    assert_eq!(response_of(&format!("{signature}{ISSUER}{STATUS}")), missing("Response", "Status", "Issuer"));
    assert_eq!(response_of(&format!("{signature}{signature}{STATUS}")), missing("Response", "Status", "Signature"));
    assert_eq!(response_of(&format!("{STATUS}{STATUS}")), unexpected("Response", "Status"));
    assert_eq!(response_of(&format!("<a:Assertion/>{STATUS}")), missing("Response", "Status", "Assertion"));
    assert_eq!(response_of(&format!("{STATUS}<x/>")), unexpected("Response", "x"));
    assert_eq!(response_of(&format!("{STATUS} text ")), text("Response"));
    assert_eq!(response_of(&format!("\n {STATUS}\t")), Ok(()));
    assert!(is_child_in_text(&response_of(&format!("<a:Issuer>urn<x/>:idp</a:Issuer>{STATUS}"))));
}

#[test]
fn a_response_holds_at_most_one_assertion() {
    let found = |content: &str| {
        let document = parse(&format!("<p:Response {HEAD}>{STATUS}{content}</p:Response>"));
        Response::read(document.root()).map(|(_, assertion)| match assertion {
            ResponseAssertion::Plain(assertion) => Some(assertion.source().to_owned()),
            ResponseAssertion::Encrypted(assertion) => Some(assertion.source().to_owned()),
            ResponseAssertion::None => None,
        })
    };
    let (plain, encrypted) = ("<a:Assertion/>", "<a:EncryptedAssertion/>");
    assert_eq!(found(""), Ok(None));
    assert_eq!(found(plain), Ok(Some(plain.to_owned())));
    assert_eq!(found(encrypted), Ok(Some(encrypted.to_owned())));
    assert_eq!(found(&format!("{plain}{plain}")), unexpected("Response", "Assertion"));
    assert_eq!(found(&format!("{plain}{encrypted}")), unexpected("Response", "EncryptedAssertion"));
    assert_eq!(found(&format!("{encrypted}{plain}")), unexpected("Response", "Assertion"));
    assert_eq!(found(&format!("{encrypted}{encrypted}")), unexpected("Response", "EncryptedAssertion"));
    assert_eq!(found("<p:Assertion/>"), unexpected("Response", "Assertion"));
}

#[test]
fn an_assertion_in_the_extensions_of_a_response_is_not_found() {
    let document =
        parse(&format!("<p:Response {HEAD}><p:Extensions><a:Assertion/></p:Extensions>{STATUS}</p:Response>"));
    assert_eq!(Response::read(document.root()).unwrap().1, ResponseAssertion::None);
}

#[test]
fn a_request_with_an_empty_issuer_is_refused() {
    assert_eq!(request_of("", "<a:Issuer>urn:sp</a:Issuer>"), Ok(()));
    for issuer in ["<a:Issuer/>", "<a:Issuer> </a:Issuer>"] {
        assert_eq!(request_of("", issuer), missing("AuthnRequest", "Issuer", "an Issuer without text"));
    }
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

#[test]
fn an_artifact_resolve_holds_one_issuer_and_one_artifact() {
    let read = |content: &str| {
        let document = parse(&format!("<p:ArtifactResolve {HEAD}>{content}</p:ArtifactResolve>"));
        ArtifactResolve::read(document.root()).map(|resolve| resolve.artifact.to_owned())
    };
    let artifact = "<p:Artifact> AAQ= </p:Artifact>";
    assert_eq!(read(&format!("{ISSUER}<ds:Signature/>{artifact}")), Ok("AAQ=".to_owned()));
    assert_eq!(read(artifact), missing("ArtifactResolve", "Issuer", "Artifact"));
    assert_eq!(read(ISSUER), missing("ArtifactResolve", "Artifact", "nothing"));
    let two = format!("{ISSUER}{artifact}{artifact}");
    assert_eq!(read(&two), unexpected("ArtifactResolve", "Artifact"));
}

#[test]
fn an_artifact_response_holds_at_most_one_message() {
    let message = "<p:Response/>";
    assert_eq!(artifact_response_of(&format!("{ISSUER}<ds:Signature/>{STATUS}{message}")), Ok(()));
    assert_eq!(artifact_response_of(STATUS), Ok(()));
    assert_eq!(
        artifact_response_of(&format!("{STATUS}{message}{message}")),
        unexpected("ArtifactResponse", "Response")
    );
    assert_eq!(artifact_response_of(&format!("{message}{STATUS}")), missing("ArtifactResponse", "Status", "Response"));
    assert_eq!(artifact_response_of(message), missing("ArtifactResponse", "Status", "Response"));
    assert_eq!(artifact_response_of(&format!("{STATUS}{message}text")), text("ArtifactResponse"));

    let document = parse(&format!("<p:ArtifactResponse {HEAD}>{STATUS}{message}</p:ArtifactResponse>"));
    let read = ArtifactResponse::read(document.root()).unwrap();
    assert_eq!(read.message.map(|message| message.source()), Some(message));
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

#[test]
fn the_children_of_an_assertion_stand_in_the_order_of_the_schema() {
    let subject = "<a:Subject/>";
    let conditions = "<a:Conditions/>";
    let advice = "<a:Advice/>";
    let statement = format!(r#"<a:AuthnStatement AuthnInstant="2026-01-31T12:00:00Z">{CONTEXT}</a:AuthnStatement>"#);
    let attributes = "<a:AttributeStatement/>";
    let all = format!("<ds:Signature/>{subject}{conditions}{advice}{statement}{attributes}{statement}");
    assert_eq!(assertion_of(&all), Ok(()));
    assert_eq!(assertion_of(""), Ok(()));
    let without = assertion_xml("").replace(ISSUER, "");
    assert_eq!(assertion(&without), missing("Assertion", "Issuer", "nothing"));
    for (content, found) in [
        (ISSUER.to_owned(), "Issuer"),
        (format!("{subject}<ds:Signature/>"), "Signature"),
        (format!("{subject}{subject}"), "Subject"),
        (format!("{conditions}{subject}"), "Subject"),
        (format!("{conditions}{conditions}"), "Conditions"),
        (format!("{advice}{conditions}"), "Conditions"),
        (format!("{advice}{advice}"), "Advice"),
        (format!("{statement}{subject}"), "Subject"),
        (format!("{attributes}{advice}"), "Advice"),
        ("<a:AuthzDecisionStatement/>".to_owned(), "AuthzDecisionStatement"),
        ("<a:Statement/>".to_owned(), "Statement"),
        ("<a:Assertion/>".to_owned(), "Assertion"),
        ("<p:AuthnStatement/>".to_owned(), "AuthnStatement"),
    ] {
        assert_eq!(assertion_of(&content), unexpected("Assertion", found), "{content}");
    }
    assert_eq!(assertion_of(&format!("{subject}text")), text("Assertion"));
    assert!(is_child_in_text(&assertion(&assertion_xml("").replace("urn:idp", "<x/>"))));
}

#[test]
fn advice_decides_nothing_even_when_it_holds_an_assertion() {
    let inner = r#"<a:Assertion ID="_9"><a:Subject><a:NameID>other</a:NameID></a:Subject></a:Assertion>text"#;
    let subject = "<a:Subject><a:NameID>me</a:NameID></a:Subject>";
    let (with, without) =
        (parse(&assertion_xml(&format!("{subject}<a:Advice>{inner}</a:Advice>"))), parse(&assertion_xml(subject)));
    let with = Assertion::read(with.root()).unwrap();
    assert_eq!(Ok(&with), Assertion::read(without.root()).as_ref());
    let subject = with.subject.unwrap();
    assert_eq!(subject.name_id.unwrap().value, "me");
}

#[test]
fn a_subject_holds_one_plain_name_id_and_its_confirmations() {
    let subject = |content: &str| assertion_of(&format!("<a:Subject>{content}</a:Subject>"));
    let (name_id, confirmation) = ("<a:NameID>x</a:NameID>", r#"<a:SubjectConfirmation Method="urn:m"/>"#);
    assert_eq!(subject(&format!("{name_id}{confirmation}{confirmation}")), Ok(()));
    assert_eq!(subject(&format!("{name_id}{name_id}")), unexpected("Subject", "NameID"));
    assert_eq!(subject(&format!("{confirmation}{name_id}")), unexpected("Subject", "NameID"));
    assert_eq!(subject("<a:BaseID/>"), unexpected("Subject", "BaseID"));
    assert_eq!(subject("<a:EncryptedID/>"), encrypted("EncryptedID"));
    assert_eq!(subject(&format!("{name_id}<a:EncryptedID/>")), unexpected("Subject", "EncryptedID"));
    assert_eq!(subject(&format!("{name_id}text")), text("Subject"));
    assert_eq!(subject("<p:NameID>x</p:NameID>"), unexpected("Subject", "NameID"));
    assert!(is_child_in_text(&subject("<a:NameID>x<y/></a:NameID>")));
}

#[test]
fn what_was_opened_is_read_in_the_place_of_what_it_was_encrypted_in() {
    let value = "<a:AttributeValue><a:EncryptedID/></a:AttributeValue>";
    let content = format!(
        "<a:Subject><a:EncryptedID/><a:SubjectConfirmation Method='urn:m'><a:EncryptedID/></a:SubjectConfirmation></a:Subject>\
         <a:Advice><a:EncryptedID/></a:Advice>\
         <a:AttributeStatement><a:EncryptedAttribute/><a:Attribute Name='ids'>{value}</a:Attribute>\
         <a:Attribute Name='other'>{value}</a:Attribute></a:AttributeStatement>"
    );
    let document = parse(&assertion_xml(&content));
    assert_eq!(encrypted_parts(document.root(), &[]).len(), 2);
    let found = encrypted_parts(document.root(), &["ids".to_owned()]);
    let plain = |content: &str| {
        let document = parse(&content.replacen(' ', " xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ", 1));
        assert_eq!(document.root().namespace(), "urn:oasis:names:tc:SAML:2.0:assertion");
        document
    };
    let plaintexts = ["<NameID >me</NameID>", "<Attribute Name='x'/>", "<NameID >acting</NameID>"].map(plain);
    let decrypted: Vec<_> =
        found.iter().zip(plaintexts).map(|(part, plaintext)| DecryptedPart::new(*part, plaintext).unwrap()).collect();
    let assertion = Assertion::read_decrypted(document.root(), &decrypted).unwrap();
    assert_eq!(assertion.subject.unwrap().name_id.unwrap().value, "me");
    let names: Vec<_> = assertion.attributes.iter().map(|attribute| attribute.name).collect();
    assert_eq!(names, ["x", "ids", "other"]);
    let AttributeValue::NameId(acting) = assertion.attributes[1].values[0] else { panic!("a NameID") };
    assert_eq!(acting.value, "acting");
    assert_eq!(assertion.attributes[2].values, [AttributeValue::Opaque]);

    // What is left unopened is refused by name, and so is what is in the wrong kind of wrapping.
    let refused = |decrypted: &[DecryptedPart]| Assertion::read_decrypted(document.root(), decrypted).map(|_| ());
    assert_eq!(refused(&decrypted[1..]), encrypted("EncryptedID"));
    assert_eq!(refused(&decrypted[..1]), encrypted("EncryptedAttribute"));
    assert!(DecryptedPart::new(found[0], plain("<Attribute Name='x'/>")).is_none());
    assert!(DecryptedPart::new(found[1], plain("<NameID >me</NameID>")).is_none());
    assert!(DecryptedPart::new(found[0], parse("<NameID>me</NameID>")).is_none());
    assert!(DecryptedPart::new(document.root(), plain("<NameID >me</NameID>")).is_none());
}

#[test]
fn the_name_id_of_a_confirmation_is_never_the_subject() {
    let read = |before: &str| {
        let content = format!(
            r#"<a:Subject>{before}<a:SubjectConfirmation Method="urn:m"><a:NameID>other</a:NameID></a:SubjectConfirmation></a:Subject>"#
        );
        let document = parse(&assertion_xml(&content));
        let subject = Assertion::read(document.root()).unwrap().subject.unwrap();
        subject.name_id.map(|name_id| name_id.value.to_owned())
    };
    assert_eq!(read(""), None);
    assert_eq!(read("<a:NameID>me</a:NameID>").as_deref(), Some("me"));
}

#[test]
fn the_text_of_a_name_id_is_kept_as_it_is() {
    let document = parse("<x SPNameQualifier='s'> a\n</x>");
    let read = NameId::read(document.root()).unwrap();
    assert_eq!((read.value, read.sp_name_qualifier, read.name_qualifier), (" a\n", Some("s"), None));
}

#[test]
fn a_confirmation_has_a_method_and_at_most_one_data() {
    let confirmation = |attributes: &str, content: &str| {
        assertion_of(&format!(
            "<a:Subject><a:SubjectConfirmation {attributes}>{content}</a:SubjectConfirmation></a:Subject>"
        ))
    };
    let method = r#"Method="urn:m""#;
    let data = r#"<a:SubjectConfirmationData NotOnOrAfter="2026-01-31T12:00:00Z"/>"#;
    assert_eq!(confirmation(method, data), Ok(()));
    assert_eq!(confirmation("", data), attribute_missing("SubjectConfirmation", "Method"));
    let twice = format!("{data}{data}");
    assert_eq!(confirmation(method, &twice), unexpected("SubjectConfirmation", "SubjectConfirmationData"));
    assert_eq!(confirmation(method, "<x/>"), unexpected("SubjectConfirmation", "x"));
    assert_eq!(confirmation(method, "text"), text("SubjectConfirmation"));
    let time = Err(Error::DateTime { place: "NotOnOrAfter" });
    assert_eq!(confirmation(method, &data.replace("00Z", "00")), time);
    let time = Err(Error::DateTime { place: "NotBefore" });
    assert_eq!(confirmation(method, &data.replace("NotOnOrAfter", "NotBefore").replace("00Z", "00")), time);
}

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
    assert_eq!(context(&format!("{class}{class}")), unexpected("AuthnContext", "AuthnContextClassRef"));
    assert_eq!(context(&format!("{authority}{class}")), unexpected("AuthnContext", "AuthnContextClassRef"));
    assert_eq!(context("urn:level"), text("AuthnContext"));
    assert!(is_child_in_text(&context(&class.replace("urn:level", "urn:<x/>level"))));
    assert!(is_child_in_text(&context(&authority.replace("urn:a", "<x>urn:a</x>"))));
}

#[test]
fn an_attribute_has_a_name_and_values_only() {
    let statement = |content: &str| assertion_of(&format!("<a:AttributeStatement>{content}</a:AttributeStatement>"));
    let value = "<a:AttributeValue>v</a:AttributeValue>";
    let attribute = |content: &str| format!(r#"<a:Attribute Name="n">{content}</a:Attribute>"#);
    assert_eq!(statement(&format!("{}{}", attribute(value), attribute(""))), Ok(()));
    let nameless = attribute(value).replace(r#" Name="n""#, r#" FriendlyName="n""#);
    assert_eq!(statement(&nameless), attribute_missing("Attribute", "Name"));
    assert_eq!(statement(&attribute(&format!("{value}<x/>"))), unexpected("Attribute", "x"));
    assert_eq!(statement(&attribute(&format!("{value}text"))), text("Attribute"));
    assert_eq!(statement("<x/>"), unexpected("AttributeStatement", "x"));
    assert_eq!(statement("<a:EncryptedAttribute/>"), encrypted("EncryptedAttribute"));
    assert_eq!(statement("text"), text("AttributeStatement"));
}

#[test]
fn a_value_that_holds_an_element_is_opaque() {
    let reads_as = |content: &str, expected: AttributeValue<'_>| {
        let xml = with_attribute_value(content);
        let document = parse(&xml);
        let attributes = Assertion::read(document.root()).unwrap().attributes;
        assert_eq!(attributes.len(), 1, "{content}");
        assert!(attributes[0].values == [expected], "{content}");
    };
    reads_as(" v ", AttributeValue::Text(" v "));
    for content in ["<a:NameID>v</a:NameID>", "v<x/>", "<x/>v"] {
        reads_as(content, AttributeValue::Opaque);
    }
}

#[test]
fn debug_of_an_assertion_shows_no_name_id_and_no_attribute_value() {
    let xml = with_attribute_value("900026236");
    let document = parse(&xml);
    let assertion = Assertion::read(document.root()).unwrap();
    let name_id = NameId { value: "900026236", format: None, name_qualifier: None, sp_name_qualifier: None };
    let subject = Subject { name_id: Some(name_id), confirmations: Vec::new() };
    let shown = format!("{:?}", Assertion { subject: Some(subject), ..assertion });
    assert!(shown.contains("Text(redacted)") && shown.contains("NameId"), "{shown}");
    assert!(!shown.contains("900026236"), "{shown}");
}

#[test]
fn debug_of_an_artifact_resolve_shows_no_artifact() {
    let resolve = ArtifactResolve {
        id: "_1",
        issue_instant: chrono::DateTime::UNIX_EPOCH,
        destination: None,
        issuer: "https://portal.example.nl/saml/metadata",
        artifact: "AAQAAMFbLinlXaCM",
    };
    let shown = format!("{resolve:?}");
    assert!(shown.contains("_1") && !shown.contains("AAQAAMFbLinlXaCM"), "{shown}");
}

fn with_attribute_value(content: &str) -> String {
    assertion_xml(&format!(
        r#"<a:AttributeStatement><a:Attribute Name="n"><a:AttributeValue>{content}</a:AttributeValue></a:Attribute></a:AttributeStatement>"#
    ))
}

#[test]
fn the_children_of_a_request_stand_in_the_order_of_the_schema() {
    let request = |content: &str| request_of("", content);
    let context =
        "<p:RequestedAuthnContext><a:AuthnContextClassRef>urn:l</a:AuthnContextClassRef></p:RequestedAuthnContext>";
    let scoping = r#"<p:Scoping><p:IDPList><p:IDPEntry ProviderID="digid"/></p:IDPList></p:Scoping>"#;
    assert_eq!(
        request(&format!(
            "{ISSUER}<ds:Signature/><p:Extensions/><a:Subject/><p:NameIDPolicy/><a:Conditions/>{context}{scoping}"
        )),
        Ok(())
    );
    assert_eq!(request(""), missing("AuthnRequest", "Issuer", "nothing"));
    assert_eq!(request(&format!("<ds:Signature/>{ISSUER}")), missing("AuthnRequest", "Issuer", "Signature"));
    assert_eq!(request(&format!("{ISSUER}{ISSUER}")), unexpected("AuthnRequest", "Issuer"));
    assert_eq!(request(&format!("{ISSUER}{scoping}{context}")), unexpected("AuthnRequest", "RequestedAuthnContext"));
    assert_eq!(request(&format!("{ISSUER}{scoping}{scoping}")), unexpected("AuthnRequest", "Scoping"));
    assert_eq!(request(&format!("{ISSUER}<x/>")), unexpected("AuthnRequest", "x"));
    assert_eq!(request(&format!("{ISSUER}text")), text("AuthnRequest"));
    assert_eq!(
        request(&format!("{ISSUER}{}", scoping.replace("ProviderID", "Name"))),
        attribute_missing("IDPEntry", "ProviderID")
    );
    let other = context.replace("a:AuthnContextClassRef", "a:x");
    assert_eq!(request(&format!("{ISSUER}{other}")), unexpected("RequestedAuthnContext", "x"));
}

#[test]
fn the_providers_of_a_request_are_a_list_and_nothing_else() {
    let scoping = |content: &str| request_of("", &format!("{ISSUER}<p:Scoping>{content}</p:Scoping>"));
    let list = |content: &str| scoping(&format!("<p:IDPList>{content}</p:IDPList>"));
    let entry = r#"<p:IDPEntry ProviderID="digid"/>"#;
    assert_eq!(list(&format!("{entry}{entry}<p:GetComplete>urn:u</p:GetComplete>")), Ok(()));
    assert_eq!(scoping("<p:IDPList/><p:RequesterID>urn:r</p:RequesterID>"), Ok(()));
    assert_eq!(list(&format!("{entry}<x/>")), unexpected("IDPList", "x"));
    assert_eq!(list(&format!("{entry}text")), text("IDPList"));
    assert_eq!(scoping("<p:IDPList/><p:IDPList/>"), unexpected("Scoping", "IDPList"));
}

#[test]
fn the_attributes_of_a_request_have_their_types() {
    let request = |attributes: &str| request_of(attributes, ISSUER);
    for value in ["true", "1", "false", "0"] {
        assert_eq!(request(&format!(r#"ForceAuthn="{value}""#)), Ok(()));
    }
    for value in ["TRUE", "yes", "", " true"] {
        let refused = Err(Error::Value { attribute: "ForceAuthn", expected: "true or false" });
        assert_eq!(request(&format!(r#"ForceAuthn="{value}""#)), refused);
    }
    for attribute in ["AssertionConsumerServiceIndex", "AttributeConsumingServiceIndex"] {
        assert_eq!(request(&format!(r#"{attribute}="65535""#)), Ok(()));
        for value in ["65536", "-1", "", " 1"] {
            let refused = Err(Error::Value { attribute, expected: "a number from 0 to 65535" });
            assert_eq!(request(&format!(r#"{attribute}="{value}""#)), refused, "{value}");
        }
    }
    let binding = |uri: &str| request(&format!(r#"AssertionConsumerServiceURL="urn:u" ProtocolBinding="{uri}""#));
    assert_eq!(binding("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"), Ok(()));
    let expected = "the URI of a SAML 2.0 binding";
    assert_eq!(binding("urn:x"), Err(Error::Value { attribute: "ProtocolBinding", expected }));
}

#[test]
fn a_consumer_service_is_named_in_one_way() {
    let index = r#"AssertionConsumerServiceIndex="1""#;
    let both = Err(Error::Value {
        attribute: "AssertionConsumerServiceIndex",
        expected: "no AssertionConsumerServiceURL or ProtocolBinding beside it",
    });
    let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
    assert_eq!(request_of(index, ISSUER), Ok(()));
    assert_eq!(request_of(&format!(r#"{index} AssertionConsumerServiceURL="urn:u""#), ISSUER), both);
    assert_eq!(request_of(&format!(r#"{index} ProtocolBinding="{binding}""#), ISSUER), both);
    let document = parse(&format!("<p:AuthnRequest {HEAD}>{ISSUER}</p:AuthnRequest>"));
    let read = AuthnRequest::read(document.root()).unwrap();
    assert_eq!(read.assertion_consumer_service, AssertionConsumerService::Default);
    assert!(!read.force_authn);
}

#[test]
fn a_comparison_is_one_of_four() {
    let with = |attribute: &str| request_of("", &format!("{ISSUER}<p:RequestedAuthnContext {attribute}/>"));
    assert_eq!(with(""), Ok(()));
    assert_eq!(with(r#"Comparison="minimum""#), Ok(()));
    let refused = Err(Error::Value { attribute: "Comparison", expected: "exact, minimum, maximum or better" });
    assert_eq!(with(r#"Comparison="least""#), refused);
}

const HEAD: &str = r#"xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="_1" Version="2.0" IssueInstant="2026-01-31T12:00:00Z""#;
const STATUS: &str = r#"<p:Status><p:StatusCode Value="urn:top"/></p:Status>"#;
const ISSUER: &str = "<a:Issuer>urn:idp</a:Issuer>";
const CONTEXT: &str = "<a:AuthnContext><a:AuthnContextClassRef>urn:level</a:AuthnContextClassRef></a:AuthnContext>";
