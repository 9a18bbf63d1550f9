//! A genuinely signed message with something forged beside, above or below it (ATT-022 to ATT-054).

use saml_protocol::{NameId, Subject};

use crate::case::{Case, Signed, cancelled, case, confirmation, good, name_id, replaced, signature, source};

/// Another person, so that an accepted forgery would be seen.
const FORGED: &str = "s00000000:123456782";

fn signed(signed: Signed) -> Case {
    case(|case| case.signed = signed)
}

/// The message that the attacker makes: unsigned, about another person, with identifiers of its own.
fn forged() -> String {
    case(|case| {
        case.signed = Signed::Nothing;
        case.response.id = "_forged_response";
        let assertion = case.assertion.as_mut().unwrap();
        assertion.id = "_forged_assertion";
        let name_id = NameId { value: FORGED, ..name_id() };
        assertion.subject = Some(Subject { name_id: Some(name_id), confirmations: vec![confirmation()] });
    })
    .xml()
}

fn forged_assertion() -> String {
    source(&forged(), "Assertion")
}

/// Puts a signature where the schema has it in the outermost element: directly after the issuer.
fn with_signature(xml: &str, signature: &str) -> String {
    replaced(xml, "</saml:Issuer>", &format!("</saml:Issuer>{signature}"))
}

/// Puts something last into a signature.
fn within(signature: &str, content: &str) -> String {
    replaced(signature, "</ds:Signature>", &format!("{content}</ds:Signature>"))
}

#[test]
fn the_forged_message_by_itself_is_rejected() {
    good().rejects(&forged(), "signature_missing");
}

/// ATT-022.
#[test]
fn xsw_1_the_signed_response_in_the_signature_of_a_forged_one_is_rejected() {
    let genuine = signed(Signed::Response).xml();
    let signature = signature(&genuine);
    let original = replaced(&genuine, &signature, "");

    good().rejects(&with_signature(&forged(), &within(&signature, &original)), "signature_structure");
}

/// ATT-023.
#[test]
fn xsw_2_the_signed_response_beside_the_signature_of_a_forged_one_is_rejected() {
    let genuine = signed(Signed::Response).xml();
    let signature = signature(&genuine);
    let original = replaced(&genuine, &signature, "");

    let before = with_signature(&forged(), &format!("{original}{signature}"));
    good().rejects(&before, "signature_position");
    let after = with_signature(&forged(), &format!("{signature}{original}"));
    good().rejects(&after, "signature_reference_uri");
}

/// ATT-024.
#[test]
fn xsw_3_a_forged_assertion_before_the_signed_one_is_rejected() {
    let good = signed(Signed::Assertion);
    let genuine = source(&good.xml(), "Assertion");

    good.rejects(&replaced(&good.xml(), &genuine, &format!("{}{genuine}", forged_assertion())), "element_unexpected");
    good.rejects(&replaced(&good.xml(), &genuine, &format!("{genuine}{}", forged_assertion())), "element_unexpected");
}

/// ATT-025.
#[test]
fn xsw_4_the_signed_assertion_inside_a_forged_one_is_rejected() {
    let good = signed(Signed::Assertion);
    let genuine = source(&good.xml(), "Assertion");
    let at_the_end = replaced(&forged_assertion(), "</saml:Assertion>", &format!("{genuine}</saml:Assertion>"));
    let in_advice = format!("</saml:Conditions><saml:Advice>{genuine}</saml:Advice>");
    let in_advice = replaced(&forged_assertion(), "</saml:Conditions>", &in_advice);

    for around in [at_the_end, in_advice] {
        good.rejects(&replaced(&good.xml(), &genuine, &around), "signature_missing");
    }
}

/// ATT-026.
#[test]
fn xsw_5_the_signature_on_a_forged_assertion_before_the_original_is_rejected() {
    let good = signed(Signed::Assertion);
    let genuine = source(&good.xml(), "Assertion");
    let signature = signature(&genuine);
    let original = replaced(&genuine, &signature, "");
    let forged = with_signature(&forged_assertion(), &signature);

    good.rejects(&replaced(&good.xml(), &genuine, &format!("{forged}{original}")), "element_unexpected");
    good.rejects(&replaced(&good.xml(), &genuine, &forged), "signature_reference_uri");
}

/// ATT-027.
#[test]
fn xsw_6_the_original_in_the_signature_of_a_forged_assertion_is_rejected() {
    let good = signed(Signed::Assertion);
    let genuine = source(&good.xml(), "Assertion");
    let signature = signature(&genuine);
    let original = replaced(&genuine, &signature, "");
    let forged = with_signature(&forged_assertion(), &within(&signature, &original));

    good.rejects(&replaced(&good.xml(), &genuine, &forged), "signature_structure");
    let same_id = forged.replace("_forged_assertion", "_assertion");
    good.rejects(&replaced(&good.xml(), &genuine, &same_id), "duplicate_id");
}

/// ATT-028.
#[test]
fn xsw_7_a_forged_assertion_in_the_extensions_is_not_read() {
    let good = signed(Signed::Assertion);
    let extended = |content: &str| {
        let extensions = format!("</saml:Issuer><samlp:Extensions>{content}</samlp:Extensions>");
        replaced(&good.xml(), "</saml:Issuer>", &extensions)
    };

    assert_eq!(good.accepts(&extended(&forged_assertion())).name_id().expose(), "s00000000:900026236");
    good.rejects(&extended(&forged_assertion().replace("_forged_assertion", "_assertion")), "duplicate_id");
}

/// ATT-028, the other way round.
#[test]
fn xsw_7_the_signed_assertion_in_the_extensions_of_a_forged_message_is_rejected() {
    let genuine = source(&signed(Signed::Assertion).xml(), "Assertion");
    let extensions = format!("</saml:Issuer><samlp:Extensions>{genuine}</samlp:Extensions>");

    good().rejects(&replaced(&forged(), "</saml:Issuer>", &extensions), "signature_missing");
}

/// ATT-029.
#[test]
fn xsw_8_the_original_in_an_object_of_the_signature_is_rejected() {
    let good = signed(Signed::Assertion);
    let genuine = source(&good.xml(), "Assertion");
    let signature = signature(&genuine);
    let original = replaced(&genuine, &signature, "");
    let object = format!("<ds:Object>{original}</ds:Object>");
    let forged = with_signature(&forged_assertion(), &within(&signature, &object));

    good.rejects(&replaced(&good.xml(), &genuine, &forged), "signature_structure");
}

/// ATT-030.
#[test]
fn xsw_9_a_signed_response_inside_a_forged_one_is_rejected() {
    let genuine = signed(Signed::Response).xml();

    let last = replaced(&forged(), "</samlp:Response>", &format!("{genuine}</samlp:Response>"));
    good().rejects(&last, "element_unexpected");
    let first = with_signature(&forged(), &genuine);
    good().rejects(&first, "element_missing");
    let extensions = with_signature(&forged(), &format!("<samlp:Extensions>{genuine}</samlp:Extensions>"));
    good().rejects(&extensions, "signature_missing");
}

/// ATT-031.
#[test]
fn an_assertion_in_a_wrapper_is_rejected() {
    let good = signed(Signed::Assertion);
    let genuine = source(&good.xml(), "Assertion");
    let wrapped = format!("<x:Wrapper xmlns:x=\"urn:x\">{genuine}</x:Wrapper>");

    good.rejects(&replaced(&good.xml(), &genuine, &wrapped), "element_unexpected");
    good.rejects(&replaced(&good.xml(), &genuine, &format!("{wrapped}{}", forged_assertion())), "element_unexpected");
}

/// ATT-035.
#[test]
fn ancestors_of_the_signed_assertion_grant_nothing() {
    let good = signed(Signed::Assertion);
    let xml = good.xml();

    good.rejects(
        &replaced(&xml, "Destination=\"https://portal.example/", "Destination=\"https://evil.example/"),
        "destination",
    );
    good.rejects(&replaced(&xml, "<saml:Issuer>https://broker", "<saml:Issuer>https://evil"), "issuer");
    assert_eq!(good.accepts(&replaced(&xml, "ID=\"_response\"", "ID=\"_another\"")).id(), "_assertion");
}

/// ATT-038, ATT-039.
#[test]
fn the_signature_of_a_failure_is_none_for_a_login() {
    let failed = case(|case| {
        case.signed = Signed::Response;
        case.assertion = None;
        case.sign_options.inclusive_prefixes.clear();
        case.response.status = cancelled();
    })
    .xml();
    let signature = signature(&failed);
    let same_id = forged().replace("_forged_response", "_response");

    good().rejects(&with_signature(&same_id, &signature), "signature_digest_mismatch");
    good().rejects(&with_signature(&forged(), &signature), "signature_reference_uri");
    let parked = within(&signature, &format!("<ds:Object>{}</ds:Object>", replaced(&failed, &signature, "")));
    good().rejects(&with_signature(&forged(), &parked), "signature_structure");
}

/// ATT-052.
#[test]
fn two_signed_assertions_are_rejected() {
    let good = signed(Signed::Assertion);
    let one = source(&good.xml(), "Assertion");
    let other = case(|case| {
        case.signed = Signed::Assertion;
        case.assertion.as_mut().unwrap().id = "_another";
    })
    .xml();
    let two = format!("{one}{}", source(&other, "Assertion"));

    good.rejects(&replaced(&good.xml(), &one, &two), "element_unexpected");
    good.rejects(&replaced(&good.xml(), &one, &format!("{one}<saml:EncryptedAssertion/>")), "element_unexpected");
    // Signed as a whole, they are still two.
    let whole = good.sign(&replaced(&good.xml(), &one, &two));
    good.rejects(&whole, "element_unexpected");
}

/// ATT-034: each byte of what the signature covers counts.
#[test]
fn no_change_inside_the_signed_assertion_is_accepted() {
    let good = signed(Signed::Assertion);
    let xml = good.xml();
    let genuine = source(&xml, "Assertion");

    for (from, to) in [
        ("_assertion\"", "_assertion2\""),
        ("11:59:58", "11:59:59"),
        ("900026236", "123456782"),
        ("NameQualifier=\"https://digid", "NameQualifier=\"https://digix"),
        ("Recipient=\"https://portal", "Recipient=\"https://evil"),
        ("<saml:Audience>https://portal", "<saml:Audience>https://evil"),
        ("level:middle", "level:high"),
        ("xs:string", "xs:token"),
        ("canary", "forged"),
    ] {
        let changed = replaced(&xml, &genuine, &replaced(&genuine, from, to));
        let code = if from.starts_with("_assertion") { "signature_reference_uri" } else { "signature_digest_mismatch" };
        good.rejects(&changed, code);
    }
}
