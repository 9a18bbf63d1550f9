//! Checks `message`, `message_type`, `schema`, `issuer` and `partner`.

use saml_response::{ReceivedResponse, Trace};

use crate::case::{BROKER, Signed, case, good, replaced, source};

#[test]
fn bytes_that_are_no_document_are_rejected() {
    let xml = good().xml();
    let half = xml.split_at(xml.len() / 2).0;

    good().accepts(&xml);
    good().rejects(half, "xml_unexpected_end");
    good().rejects("", "xml_unexpected_end");
}

#[test]
fn a_document_type_is_rejected() {
    let xml = good().xml();

    good().accepts(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}"));
    good().rejects(&format!("<!DOCTYPE a>{xml}"), "xml_document_type");
}

#[test]
fn a_comment_in_the_name_id_is_rejected() {
    let xml = good().xml();

    good().rejects(&replaced(&xml, "900026236", "900026236<!---->"), "xml_comment");
    good().rejects(&replaced(&xml, ":900026236", ":<!-- -->900026236"), "xml_comment");
}

#[test]
fn an_identifier_that_stands_twice_is_rejected() {
    good().rejects(&replaced(&good().xml(), "ID=\"_response\"", "ID=\"_assertion\""), "duplicate_id");
}

#[test]
fn another_message_is_rejected() {
    for other in ["ArtifactResponse", "AuthnRequest", "LogoutRequest", "LogoutResponse", "response"] {
        let xml = good().xml().replace("samlp:Response", &format!("samlp:{other}"));
        let error = good().rejects(&xml, "message_type");
        assert_eq!(
            (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
            ("Response", other)
        );
    }
}

#[test]
fn an_assertion_without_its_response_is_rejected() {
    good().rejects(&source(&good().xml(), "Assertion"), "message_type");
}

#[test]
fn a_response_in_another_namespace_is_rejected() {
    let xml = good().xml().replace("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.0:protocol");

    good().rejects(&xml, "message_type");
}

#[test]
fn a_response_in_an_envelope_does_not_come_by_post() {
    let xml = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{}</s:Body></s:Envelope>",
        good().xml()
    );

    good().rejects(&xml, "message_type");
    good().rejects_soap(&xml, "message_type");
}

#[test]
fn a_response_that_breaks_the_schema_is_rejected() {
    let good = case(|case| case.signed = Signed::Assertion);
    let xml = good.xml();
    let breaks = [
        (" Version=\"2.0\" IssueInstant", " IssueInstant", "attribute_missing"),
        (" Version=\"2.0\"", " Version=\"1.1\"", "version"),
        (" ID=\"_response\"", "", "attribute_missing"),
        (" ID=\"_response\"", " ID=\"\"", "attribute_value"),
        ("58.000Z\" Destination", "58.000+00:00\" Destination", "date_time"),
        ("<samlp:Status>", "text<samlp:Status>", "text_unexpected"),
        ("<samlp:Status>", "<samlp:Other/><samlp:Status>", "element_missing"),
        ("</samlp:Status>", "</samlp:Status><samlp:Status/>", "element_unexpected"),
    ];

    good.accepts(&xml);
    for (from, to, code) in breaks {
        let error = good.rejects(&replaced(&xml, from, to), code);
        assert_eq!(error.record().clause, "SAML Core 3.3.3, schema");
    }
}

#[test]
fn a_response_without_status_is_rejected() {
    let good = case(|case| case.signed = Signed::Assertion);
    let status = source(&good.xml(), "Status");

    good.rejects(&replaced(&good.xml(), &status, ""), "element_missing");
}

#[test]
fn a_signed_assertion_that_breaks_the_schema_is_rejected() {
    let breaks = [
        (" Version=\"2.0\"", " Version=\"1.1\"", "version"),
        ("IssueInstant=\"2026-03-01T11:59:58.000Z\"", "IssueInstant=\"2026-03-01T11:59:58.000\"", "date_time"),
        ("<saml:AudienceRestriction>", "<saml:Condition/><saml:AudienceRestriction>", "condition_unknown"),
        ("</saml:Subject>", "</saml:Subject><saml:Subject/>", "element_unexpected"),
        (
            "<saml:SubjectConfirmation ",
            "<saml:NameID>other</saml:NameID><saml:SubjectConfirmation ",
            "element_unexpected",
        ),
        ("<saml:SubjectConfirmation ", "<saml:EncryptedID/><saml:SubjectConfirmation ", "element_unexpected"),
        ("900026236<", "900026236<b/><", "xml_child_in_text"),
    ];

    for (from, to, code) in breaks {
        good().rejects(&good().xml_with(|assertion| replaced(assertion, from, to)), code);
    }
}

#[test]
fn advice_decides_nothing() {
    let advice = "</saml:Conditions><saml:Advice><saml:Assertion ID=\"_a\"><saml:Subject><saml:NameID>other</saml:NameID>\
                  </saml:Subject></saml:Assertion></saml:Advice>";
    let xml = good().xml_with(|assertion| replaced(assertion, "</saml:Conditions>", advice));

    assert_eq!(good().accepts(&xml).name_id().expose(), "s00000000:900026236");
}

#[test]
fn a_response_of_another_issuer_is_rejected() {
    let error = case(|case| case.response.issuer = Some("https://evil.example")).rejected("issuer");

    assert_eq!(error.record().expected, BROKER);
    assert_eq!(error.record().found, "https://evil.example");
}

#[test]
fn issuers_are_compared_byte_for_byte() {
    for issuer in ["https://BROKER.example/broker/sp/saml", "https://broker.example/broker/sp/saml/", ""] {
        case(|case| case.response.issuer = Some(issuer)).rejected("issuer");
    }
    case(|case| case.response.issuer = Some("\n  https://broker.example/broker/sp/saml\n")).accepted();
}

#[test]
fn a_response_may_leave_its_issuer_to_the_assertion() {
    let case = case(|case| (case.response.issuer, case.signed) = (None, Signed::Assertion));
    let received = ReceivedResponse::parse(case.xml().as_bytes(), &mut Trace::new()).unwrap();

    assert_eq!(received.issuer(), None);
    case.accepted();
}

#[test]
fn a_signed_response_without_issuer_is_rejected() {
    case(|case| case.signed = Signed::Both).accepted();
    for signed in [Signed::Both, Signed::Response] {
        case(|case| (case.response.issuer, case.signed) = (None, signed)).rejected("issuer");
    }
}

#[test]
fn an_answer_to_what_another_partner_was_asked_is_rejected() {
    good().accepted();
    let error = case(|case| case.request.identity_provider = "https://other.example.nl".to_owned()).rejected("partner");

    assert_eq!(
        (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
        ("https://other.example.nl", BROKER)
    );
}
