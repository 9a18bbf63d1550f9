//! What a message travels in (ATT-018, ATT-150 to ATT-163).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, FlushCompress};
use saml_bindings::{MessageParameter, encode_redirect};
use saml_xml_security::{SignOptions, SignatureAlgorithm, sign, sign_octets};

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::{FORGED_RESPONSE, GoodMessage};

attacks! {
    "018" oversize_message Form "binding_too_large" oversize,
        "fills the form with more than any message has";
    "150" param_confusion Form "binding_parameter_unexpected" confusion,
        "sends another message beside the response";
    "151" duplicate_param Form "binding_parameter_duplicate" duplicate,
        "sends a parameter twice";
    "157" base64_deflate_guessing Form "xml_encoding" guessing_in_form,
        "sends a response by HTTP-POST that is compressed";
    "159" response_via_redirect Form "binding_parameter_unexpected" by_another_binding,
        "sends what belongs to another binding";
    "152" redirect_signature_reencode Redirect "signature_invalid" reencode,
        "writes the signed query another way";
    "153" redirect_signature_strip Redirect "binding_signature_missing" strip,
        "takes the signature of the query away";
    "154" sigalg_downgrade Redirect "signature_algorithm" algorithm,
        "names an algorithm that is broken or unknown, signed";
    "155" relay_state_unsigned Redirect "signature_invalid" relay_state,
        "changes, adds or removes the relay state";
    "156" deflate_bomb Redirect "binding_too_large" bomb,
        "compresses much into little";
    "157" base64_deflate_guessing Redirect "binding_deflate" guessing_in_query,
        "sends a message by HTTP-Redirect that is not compressed";
    "162" artifact_response_checks Soap "signature_missing" artifact_response,
        "changes the message around a response that came for an artifact";
    "163" soap_body_ambiguity Soap "binding_soap_structure" body,
        "gives the envelope two bodies, or a body two children";
}

/// Escapes as the writer of redirects does.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn parameter(name: &str, octets: impl AsRef<[u8]>) -> String {
    format!("{name}={}", escaped(&STANDARD.encode(octets)))
}

/// For a server that keeps or decodes a body before it asks how large it is.
fn oversize(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = parameter("SAMLResponse", good.signed(Signed::Both));
    variants.add("form", format!("{twin}&x={}", "x".repeat(3 << 20)), twin.as_str());
    variants.add("message", parameter("SAMLResponse", vec![b' '; (1 << 20) + 1]), twin.as_str());
    variants.add("base64", format!("SAMLResponse={}", "A".repeat(3 << 20)), twin);
    Ok(())
}

/// For two readers of one form: a filter looks at one message, the application at the other.
fn confusion(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = parameter("SAMLResponse", good.signed(Signed::Both));
    let forged = parameter("SAMLRequest", good.forged()?);
    variants.add("request_behind", format!("{twin}&{forged}"), twin.as_str());
    variants.add("request_first", format!("{forged}&{twin}"), twin.as_str());
    variants.add("artifact_behind", format!("{twin}&SAMLart=AAQAAA"), twin.as_str());
    variants.add("all_three", format!("SAMLart=AAQAAA&{forged}&{twin}"), twin.as_str());
    variants.add("empty_request", format!("{twin}&SAMLRequest="), twin.as_str());
    variants.add_as("binding_parameter_form", "escaped_name", twin.replacen("SAMLR", "SAML%52", 1), twin.as_str());
    let other_case = twin.replacen("SAMLResponse", "samlresponse", 1);
    variants.add_as("binding_parameter_missing", "other_case", other_case, twin);
    Ok(())
}

/// For two readers of one form: one takes the first value, the other the last.
fn duplicate(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = parameter("SAMLResponse", good.signed(Signed::Both));
    let forged = parameter("SAMLResponse", good.forged()?);
    variants.add("forged_behind", format!("{twin}&{forged}"), twin.as_str());
    variants.add("forged_first", format!("{forged}&{twin}"), twin.as_str());
    variants.add("same", format!("{twin}&{twin}"), twin.as_str());
    variants.add("empty", format!("{twin}&SAMLResponse="), twin.as_str());
    variants.add("relay_state", format!("{twin}&RelayState=a&RelayState=b"), twin.as_str());
    let hidden = forged.replacen("SAMLResponse", "SAMLRespons%65", 1);
    variants.add_as("binding_parameter_form", "escaped_name", format!("{twin}&{hidden}"), twin.as_str());
    variants.add_as("binding_parameter_form", "no_value", format!("{twin}&SAMLResponse"), twin.as_str());
    variants.add_as(HARMLESS, "semicolon", format!("{twin}&x=1;SAMLResponse=x"), twin);
    Ok(())
}

/// For a decoder that tries what else it could be: one message then has many forms.
fn guessing_in_form(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let xml = good.signed(Signed::Both);
    let twin = parameter("SAMLResponse", &xml);
    variants.add("deflated", parameter("SAMLResponse", deflate(xml.as_bytes())), twin.as_str());
    let twice = parameter("SAMLResponse", STANDARD.encode(&xml));
    variants.add_as("xml_syntax", "base64_twice", twice, twin.as_str());
    variants.add_as("binding_base64", "xml", format!("SAMLResponse={}", escaped(&xml)), twin);
    Ok(())
}

/// For an endpoint that takes any binding: each has rules of its own on what is signed.
fn by_another_binding(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let xml = good.signed(Signed::Both);
    let twin = parameter("SAMLResponse", &xml);
    variants.add(
        "artifact",
        "SAMLart=AAQAAMh48%2F1oXIM%2BsDo7Dh2qMp1HM4IF5DaRNmDj6RdUmllwn9jJHyEgIi8%3D",
        twin.as_str(),
    );
    variants.add("request", parameter("SAMLRequest", &xml), twin.as_str());
    // The query of a redirect, posted.
    let query = query_of(good, None)?;
    variants.add_as("xml_encoding", "query_of_a_redirect", query, twin);
    Ok(())
}

/// Compresses without a head, as HTTP-Redirect does.
fn deflate(octets: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    let mut deflated = Vec::with_capacity(octets.len() + 1_024);
    // There is room for everything: what comes back can only be the end of the stream.
    let _ = compress.compress_vec(octets, &mut deflated, FlushCompress::Finish);
    deflated
}

/// Returns a message that may come by HTTP-Redirect.
fn logout_response(good: &GoodMessage) -> Result<String, Error> {
    let bare = edit::remove(&good.failure()?, "Signature")?;
    Ok(bare.replace("samlp:Response", "samlp:LogoutResponse"))
}

/// Returns the query of a signed redirect.
fn query_of(good: &GoodMessage, relay_state: Option<&str>) -> Result<String, Error> {
    let signer = Some((&good.keys().identity_provider, SignatureAlgorithm::RsaSha256));
    let xml = logout_response(good)?;
    let url = encode_redirect("https://x.example/", MessageParameter::SamlResponse, &xml, relay_state, signer)?;
    Ok(url.split_once('?').map_or("", |(_, query)| query).to_owned())
}

/// Signs `query`, all but the signature itself, with the genuine key.
fn signed_query(good: &GoodMessage, query: &str) -> Result<String, Error> {
    let octets = query.split_once("&Signature=").map_or(query, |(octets, _)| octets);
    let signature = sign_octets(octets.as_bytes(), SignatureAlgorithm::RsaSha256, &good.keys().identity_provider)?;
    Ok(format!("{octets}&{}", parameter("Signature", signature)))
}

/// Puts the escapes of everything before the signature in lower case.
fn lower_case(query: &str) -> String {
    let (octets, signature) = query.split_once("&Signature=").unwrap_or((query, ""));
    let mut pieces = octets.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (escape, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        text.push_str(&format!("%{}{rest}", escape.to_lowercase()));
    }
    format!("{text}&Signature={signature}")
}

/// For a verifier that writes the query anew before it verifies, and not as it came (SAML Bindings 3.4.4.1).
fn reencode(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = query_of(good, Some("state"))?;
    variants.add("lower_case_escapes", lower_case(&twin), twin.as_str());
    variants.add("needless_escape", twin.replacen("RelayState=s", "RelayState=%73", 1), twin.as_str());
    let signed = signed_query(good, &lower_case(&twin))?;
    variants.add_as(HARMLESS, "signed_with_lower_case_escapes", signed, twin.as_str());
    // The order of what is signed is fixed, whatever the order in the query.
    let mut parts: Vec<&str> = twin.split('&').collect();
    parts.reverse();
    variants.add_as(HARMLESS, "reversed", parts.join("&"), twin.as_str());
    let (octets, signature) = twin.split_once("&Signature=").unwrap_or_default();
    let other = signed_query(good, &format!("x=1&{octets}"))?;
    variants.add("signed_over_more", other, twin.as_str());
    let prefixed = format!("x=1&{octets}&Signature={signature}");
    variants.add_as(HARMLESS, "another_parameter_first", prefixed, twin);
    Ok(())
}

/// For a verifier that checks a signature where there is one.
fn strip(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = query_of(good, Some("state"))?;
    let without = |name: &str| {
        let parts: Vec<&str> = twin.split('&').filter(|part| !part.starts_with(name)).collect();
        parts.join("&")
    };
    variants.add("both", without("Sig"), twin.as_str());
    variants.add_as("binding_signature_incomplete", "signature", without("Signature="), twin.as_str());
    variants.add_as("binding_signature_incomplete", "algorithm", without("SigAlg="), twin.as_str());
    // A signature inside the message does not count.
    let xml = sign(&logout_response(good)?, &good.keys().identity_provider, &SignOptions::default())?;
    variants.add("inside_the_message", parameter("SAMLResponse", deflate(xml.as_bytes())), twin.as_str());
    let (octets, _) = twin.split_once("&Signature=").unwrap_or_default();
    variants.add_as("signature_invalid", "empty", format!("{octets}&Signature="), twin);
    Ok(())
}

/// For a verifier that takes the algorithm from the query without an allow-list.
fn algorithm(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = query_of(good, None)?;
    let genuine = escaped(SignatureAlgorithm::RsaSha256.uri());
    for (name, uri) in [
        ("rsa_sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        ("hmac", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        ("unknown", "urn:x:none"),
        ("empty", ""),
    ] {
        let bad = signed_query(good, &twin.replacen(&genuine, &escaped(uri), 1))?;
        variants.add(name, bad, twin.as_str());
    }
    let swapped = twin.replacen(&genuine, &escaped(SignatureAlgorithm::RsaSha512.uri()), 1);
    variants.add_as("signature_invalid", "swapped", swapped, twin);
    Ok(())
}

/// For a verifier that leaves the relay state out of what is signed.
fn relay_state(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let (with, without) = (query_of(good, Some("state"))?, query_of(good, None)?);
    let empty = query_of(good, Some(""))?;
    variants.add("changed", with.replacen("=state", "=other", 1), with.as_str());
    variants.add("removed", with.replacen("&RelayState=state", "", 1), with.as_str());
    variants.add("added", format!("{without}&RelayState=other"), without.as_str());
    variants.add("empty_added", format!("{without}&RelayState="), without.as_str());
    variants.add("empty_removed", empty.replacen("&RelayState=", "", 1), empty);
    Ok(())
}

/// For a decoder that inflates without a limit, or stops reading where the first stream ends.
fn bomb(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = query_of(good, None)?;
    let bomb = |octets: &[u8]| -> Result<String, Error> {
        let query = parameter("SAMLResponse", octets);
        signed_query(good, &format!("{query}&SigAlg={}", escaped(SignatureAlgorithm::RsaSha256.uri())))
    };
    for mebibytes in [2, 8] {
        variants.add(format!("{mebibytes}_mebibytes"), bomb(&deflate(&vec![b' '; mebibytes << 20]))?, twin.as_str());
    }
    let message = deflate(logout_response(good)?.as_bytes());
    let trailing = [&message[..], b"trailing"].concat();
    variants.add_as("binding_deflate_trailing", "trailing", bomb(&trailing)?, twin.as_str());
    let two = [&message[..], &message[..]].concat();
    variants.add_as("binding_deflate_trailing", "two_streams", bomb(&two)?, twin.as_str());
    let cut = message.get(..message.len() / 2).unwrap_or_default();
    variants.add_as("binding_deflate", "cut", bomb(cut)?, twin);
    Ok(())
}

/// For a decoder that tries what else it could be.
fn guessing_in_query(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = query_of(good, None)?;
    let algorithm = escaped(SignatureAlgorithm::RsaSha256.uri());
    let with = |octets: &[u8]| signed_query(good, &format!("{}&SigAlg={algorithm}", parameter("SAMLResponse", octets)));
    let xml = logout_response(good)?;
    variants.add("plain", with(xml.as_bytes())?, twin.as_str());
    variants.add("base64_twice", with(STANDARD.encode(deflate(xml.as_bytes())).as_bytes())?, twin.as_str());
    let encoding = format!("{twin}&SAMLEncoding=urn%3Ax%3Anone");
    variants.add_as("binding_saml_encoding", "another_encoding", encoding, twin);
    Ok(())
}

/// Puts a response into an `ArtifactResponse`, which is not signed yet.
fn around(good: &GoodMessage, response: &str) -> Result<String, Error> {
    let response = response.replacen(FORGED_RESPONSE, "_inner", 1);
    let issuer = edit::text(good.unsigned(), "Issuer")?;
    let instant = edit::attribute(good.unsigned(), "", "IssueInstant")?;
    Ok(format!(
        "<samlp:ArtifactResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_artifact_response\" Version=\"2.0\" \
         IssueInstant=\"{instant}\" InResponseTo=\"_resolve\"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{response}\
         </samlp:ArtifactResponse>"
    ))
}

fn envelope(body: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>")
}

fn sign_around(good: &GoodMessage, message: &str) -> Result<String, Error> {
    let options = SignOptions { inclusive_prefixes: vec!["xs".to_owned()], ..SignOptions::default() };
    Ok(sign(message, &good.keys().identity_provider, &options)?)
}

/// For a service provider that trusts the back channel in the place of the signature.
fn artifact_response(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let message = around(good, &good.signed(Signed::Both))?;
    let twin = envelope(&sign_around(good, &message)?);
    variants.add("unsigned", envelope(&message), twin.as_str());
    let other = signed_by_attacker(good, &message)?;
    variants.add_as("signature_invalid", "signed_by_the_attacker", envelope(&other), twin.as_str());
    let answering = |id: &str| sign_around(good, &edit::set_attribute(&message, "", "InResponseTo", id)?);
    variants.add_as("artifact_in_response_to", "of_another_resolve", envelope(&answering("_other")?), twin.as_str());
    let unasked = sign_around(good, &message.replacen(" InResponseTo=\"_resolve\"", "", 1))?;
    variants.add_as("artifact_in_response_to", "of_no_resolve", envelope(&unasked), twin.as_str());
    let old = edit::set_attribute(&message, "", "IssueInstant", "2020-01-01T00:00:00Z")?;
    variants.add_as("artifact_issue_instant", "old", envelope(&sign_around(good, &old)?), twin.as_str());
    let evil = |_: &str| "https://other-idp.example/saml".to_owned();
    let bad = envelope(&sign_around(good, &edit::content(&message, "Issuer", evil)?)?);
    variants.add_as("issuer", "another_issuer", bad, twin.as_str());
    let inner = around(good, &good.changed(Signed::Both, |xml| edit::content(xml, "Issuer", evil))?)?;
    variants.add_as("issuer", "another_issuer_inside", envelope(&sign_around(good, &inner)?), twin.as_str());
    let failed =
        edit::set_attribute(&message, "Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")?;
    variants.add_as("status_responder", "failed", envelope(&sign_around(good, &failed)?), twin.as_str());
    let failed = around(good, &good.failure()?)?;
    variants.add_as("status_authn_failed", "failed_inside", envelope(&sign_around(good, &failed)?), twin.as_str());
    let empty = around(good, "")?;
    variants.add_as("artifact_resolved", "nothing_inside", envelope(&sign_around(good, &empty)?), twin.as_str());
    let two = around(good, &format!("{}{}", good.forged()?, good.signed(Signed::Both)))?;
    variants.add_as("element_unexpected", "two_inside", envelope(&sign_around(good, &two)?), twin.as_str());
    let request = good.signed(Signed::Both).replace("samlp:Response", "samlp:LogoutRequest");
    let request = around(good, &request)?;
    variants.add_as("message_type", "a_request_inside", envelope(&sign_around(good, &request)?), twin.as_str());
    let forged = edit::replace(&edit::source(&twin, "Body/ArtifactResponse")?, "Response", &good.forged()?)?;
    variants.add_as("signature_digest_mismatch", "forged_inside", envelope(&forged), twin.as_str());
    variants.add_as("message_type", "response_alone", envelope(&good.signed(Signed::Both)), twin);
    Ok(())
}

fn signed_by_attacker(good: &GoodMessage, message: &str) -> Result<String, Error> {
    Ok(sign(message, &good.keys().attacker, &SignOptions::default())?)
}

/// For a reader of SOAP that takes the first body, or the first child, where another takes the last.
fn body(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let genuine = sign_around(good, &around(good, &good.signed(Signed::Both))?)?;
    let forged = around(good, &good.forged()?)?.replacen("_artifact_response", "_forged", 1);
    let twin = envelope(&genuine);
    let (open, close) = ("<s:Body>", "</s:Body>");
    variants.add("two_children", envelope(&format!("{genuine}{forged}")), twin.as_str());
    variants.add("forged_first", envelope(&format!("{forged}{genuine}")), twin.as_str());
    let second = twin.replacen(close, &format!("{close}{open}{forged}{close}"), 1);
    variants.add("second_body", second, twin.as_str());
    let first = twin.replacen(open, &format!("{open}{forged}{close}{open}"), 1);
    variants.add("first_body", first, twin.as_str());
    let header = |content: &str| twin.replacen(open, &format!("<s:Header>{content}</s:Header>{open}"), 1);
    variants.add_as(HARMLESS, "forged_in_header", header(&forged), twin.as_str());
    variants.add_as(
        "binding_soap_must_understand",
        "must_understand",
        header("<x s:mustUnderstand=\"1\"/>"),
        twin.as_str(),
    );
    variants.add_as("binding_soap_fault", "fault", envelope("<s:Fault/>"), twin.as_str());
    let with_fault = envelope(&format!("<s:Fault/>{genuine}"));
    variants.add_as("binding_soap_fault", "fault_with_a_message", with_fault, twin.as_str());
    variants.add("text", envelope(&format!("x{genuine}")), twin.as_str());
    variants.add("empty", envelope(""), twin.as_str());
    let other =
        twin.replacen("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", 1);
    variants.add("soap_1_2", other, twin.as_str());
    variants.add("no_envelope", genuine, twin);
    Ok(())
}
