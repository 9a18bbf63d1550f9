//! What a signed answer says, and to whom: everything here is signed by the genuine key (ATT-103 to ATT-149).

use super::{HARMLESS, Variants, attacks, change, change_as};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "103" audience_missing Response "audience_restriction" audience_missing,
        "leaves the audience out";
    "104" audience_other_sp Response "audience_restriction" audience_other,
        "is for another service provider";
    "105" audience_prefix_or_case Response "audience_restriction" audience_alike,
        "is for an audience that looks like ours";
    "106" recipient_mismatch Response "recipient" recipient,
        "is to be delivered elsewhere, or nowhere";
    "107" destination_mismatch Response "destination" destination,
        "goes to another URL, or names none";
    "108" in_response_to_missing Response "in_response_to" unsolicited,
        "answers no request";
    "109" in_response_to_dangling Response "in_response_to" dangling,
        "answers a request that is not pending";
    "110" in_response_to_unsigned Response "confirmation_in_response_to" unsigned_request,
        "names the request only where no signature covers it";
    "126" status_not_success Response "status_responder" status,
        "has an assertion and a status other than success";
    "127" issuer_mismatch Response "issuer" issuer,
        "names another issuer, or none";
    "130" subject_confirmation_method Response "bearer_confirmation" method,
        "is confirmed by another method than bearer";
    "131" confirmation_mix_and_match Response "recipient" mix,
        "spreads what must hold over two confirmations";
    "132" address_check Response HARMLESS address,
        "names addresses of the user";
    "134" multiple_subject_identifiers Response "element_unexpected" identifiers,
        "names two subjects, or one in the wrong place";
    "135" empty_name_id Response "subject" empty_name_id,
        "names nobody";
    "138" sp_name_qualifier_mismatch Response "subject_sp_name_qualifier" qualifier,
        "holds an identifier for another service provider";
    "143" assertion_uri_ref Response HARMLESS uri_ref,
        "refers to assertions elsewhere";
    "144" status_message_injection Response "status_authn_failed" status_message,
        "says something in a status message that breaks a page or a log";
    "145" unknown_condition Response "condition_unknown" condition,
        "sets a condition that is not known";
    "146" version_downgrade Response "version" version,
        "is of another version of SAML";
    "147" missing_id Response "attribute_missing" missing_id,
        "leaves an ID out";
    "149" message_type_confusion Response "message_type" message_type,
        "is another message";
}

const AUDIENCE: &str = "Assertion/Conditions/AudienceRestriction/Audience";
const CONFIRMATION: &str = "Assertion/Subject/SubjectConfirmation";
const CONFIRMATION_DATA: &str = "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
const NAME_ID: &str = "Assertion/Subject/NameID";

/// For a service provider that takes an assertion for anybody for one that is for itself.
fn audience_missing(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    change(good, variants, "no_conditions", |xml| edit::remove(xml, "Assertion/Conditions"))?;
    change(good, variants, "no_restriction", |xml| edit::remove(xml, "Assertion/Conditions/AudienceRestriction"))?;
    change(good, variants, "empty_restriction", |xml| edit::remove(xml, AUDIENCE))?;
    change(good, variants, "empty_audience", |xml| edit::content(xml, AUDIENCE, |_| String::new()))
}

/// For a service provider that takes what somebody got for another one: that one can then log in here.
fn audience_other(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let other =
        "<saml:AudienceRestriction><saml:Audience>https://other-sp.example</saml:Audience></saml:AudienceRestriction>";
    change(good, variants, "instead", |xml| edit::content(xml, AUDIENCE, |_| "https://other-sp.example".to_owned()))?;
    // Errata E46: all restrictions must hold; of the audiences of one, any will do.
    change(good, variants, "second_restriction", |xml| edit::last_in(xml, "Assertion/Conditions", other))?;
    change(good, variants, "first_restriction", |xml| edit::first_in(xml, "Assertion/Conditions", other))?;
    change_as(good, variants, HARMLESS, "second_audience", |xml| {
        edit::after(xml, AUDIENCE, "<saml:Audience>https://other-sp.example</saml:Audience>")
    })
}

/// For a comparison by prefix, without case, or of normalised URLs.
fn audience_alike(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let own = edit::text(good.unsigned(), AUDIENCE)?;
    for (name, alike) in [
        ("longer", format!("{own}.evil.example")),
        ("shorter", own.get(..own.len() - 1).unwrap_or_default().to_owned()),
        ("upper_case", own.to_uppercase()),
        ("slash", format!("{own}/")),
        ("port", own.replacen("/saml", ":443/saml", 1)),
        ("escaped", own.replacen("//p", "//%70", 1)),
        ("list", format!("{own} https://other-sp.example")),
    ] {
        change(good, variants, name, |xml| edit::content(xml, AUDIENCE, |_| alike))?;
    }
    Ok(())
}

/// For a service provider that does not ask where a bearer assertion was to be delivered.
fn recipient(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, value) in [("other", "https://other-sp.example/acs"), ("empty", "")] {
        change(good, variants, name, |xml| edit::set_attribute(xml, CONFIRMATION_DATA, "Recipient", value))?;
    }
    change(good, variants, "none", |xml| edit::remove_attribute(xml, CONFIRMATION_DATA, "Recipient"))?;
    change(good, variants, "no_data", |xml| edit::remove(xml, CONFIRMATION_DATA))?;
    change(good, variants, "query_added", |xml| {
        let own = edit::attribute(xml, CONFIRMATION_DATA, "Recipient")?;
        edit::set_attribute(xml, CONFIRMATION_DATA, "Recipient", &format!("{own}?x"))
    })
}

/// For a service provider that lets a message in at a door for which it was not made.
fn destination(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, value) in [("other", "https://other-sp.example/acs"), ("empty", "")] {
        change(good, variants, name, |xml| edit::set_attribute(xml, "", "Destination", value))?;
    }
    change(good, variants, "none", |xml| edit::remove_attribute(xml, "", "Destination"))?;
    change(good, variants, "longer", |xml| {
        let own = edit::attribute(xml, "", "Destination")?;
        edit::set_attribute(xml, "", "Destination", &format!("{own}/"))
    })
}

/// For a service provider that takes answers nobody asked for: an attacker can log a victim in as the attacker.
fn unsolicited(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    change(good, variants, "nowhere", |xml| {
        edit::remove_attribute(&edit::remove_attribute(xml, "", "InResponseTo")?, CONFIRMATION_DATA, "InResponseTo")
    })?;
    change(good, variants, "not_in_response", |xml| edit::remove_attribute(xml, "", "InResponseTo"))?;
    change_as(good, variants, "confirmation_in_response_to", "not_in_confirmation", |xml| {
        edit::remove_attribute(xml, CONFIRMATION_DATA, "InResponseTo")
    })?;
    change(good, variants, "empty", |xml| edit::set_attribute(xml, "", "InResponseTo", ""))
}

/// For a service provider that asks whether a request is named, and not whether it is open in this browser.
fn dangling(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    change(good, variants, "everywhere", |xml| {
        let xml = edit::set_attribute(xml, "", "InResponseTo", "_not_pending")?;
        edit::set_attribute(&xml, CONFIRMATION_DATA, "InResponseTo", "_not_pending")
    })?;
    change(good, variants, "in_response", |xml| edit::set_attribute(xml, "", "InResponseTo", "_not_pending"))?;
    change(good, variants, "longer", |xml| {
        let own = edit::attribute(xml, "", "InResponseTo")?;
        edit::set_attribute(xml, "", "InResponseTo", &format!("{own} "))
    })
}

/// For a service provider that reads the request from the unsigned response.
fn unsigned_request(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    let without = |xml: &str| edit::remove_attribute(xml, CONFIRMATION_DATA, "InResponseTo");
    variants.add("not_in_assertion", good.changed(Signed::Assertion, without)?, twin.as_str());
    let other = |xml: &str| edit::set_attribute(xml, CONFIRMATION_DATA, "InResponseTo", "_other");
    variants.add("another_in_assertion", good.changed(Signed::Assertion, other)?, twin);
    Ok(())
}

/// For a service provider that reads the assertion, and not the status beside it.
fn status(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
    for (code, name) in [
        ("status_responder", "Responder"),
        ("status_requester", "Requester"),
        ("status_not_success", "success"),
        ("status_not_success", "VersionMismatch"),
    ] {
        change_as(good, variants, code, name, |xml| {
            edit::set_attribute(xml, "Status/StatusCode", "Value", &format!("{STATUS}{name}"))
        })?;
    }
    change_as(good, variants, "status_not_success", "empty", |xml| {
        edit::set_attribute(xml, "Status/StatusCode", "Value", "")
    })?;
    change_as(good, variants, "status_authn_failed", "success_on_the_second_level", |xml| {
        let xml = edit::set_attribute(xml, "Status/StatusCode", "Value", &format!("{STATUS}Responder"))?;
        edit::last_in(&xml, "Status/StatusCode", &format!("<samlp:StatusCode Value=\"{STATUS}AuthnFailed\"/>"))
    })?;
    change_as(good, variants, "status_responder", "success_inside", |xml| {
        let xml = edit::set_attribute(xml, "Status/StatusCode", "Value", &format!("{STATUS}Responder"))?;
        edit::last_in(&xml, "Status/StatusCode", &format!("<samlp:StatusCode Value=\"{STATUS}Success\"/>"))
    })?;
    change_as(good, variants, "element_missing", "none", |xml| edit::remove(xml, "Status"))?;
    change_as(good, variants, "element_missing", "no_code", |xml| edit::remove(xml, "Status/StatusCode"))?;
    change_as(good, variants, "attribute_missing", "no_value", |xml| {
        edit::remove_attribute(xml, "Status/StatusCode", "Value")
    })?;
    change_as(good, variants, "element_unexpected", "two_codes", |xml| {
        edit::after(xml, "Status/StatusCode", &format!("<samlp:StatusCode Value=\"{STATUS}Responder\"/>"))
    })
}

/// For a service provider that finds the keys by one name, and trusts another.
fn issuer(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let other = |_: &str| "https://other-idp.example/saml".to_owned();
    change(good, variants, "response", |xml| edit::content(xml, "Issuer", other))?;
    change(good, variants, "response_empty", |xml| edit::content(xml, "Issuer", |_| String::new()))?;
    change(good, variants, "response_upper_case", |xml| edit::content(xml, "Issuer", |old| old.to_uppercase()))?;
    change_as(good, variants, "assertion_issuer", "assertion", |xml| edit::content(xml, "Assertion/Issuer", other))?;
    change_as(good, variants, "assertion_issuer", "assertion_empty", |xml| {
        edit::content(xml, "Assertion/Issuer", |_| String::new())
    })?;
    change_as(good, variants, "element_missing", "assertion_none", |xml| edit::remove(xml, "Assertion/Issuer"))?;
    change(good, variants, "response_none", |xml| edit::remove(xml, "Issuer"))?;
    // SAML Profiles 4.1.4.2: a response that is not signed itself may leave it out.
    let unsigned = good.changed(Signed::Assertion, |xml| edit::remove(xml, "Issuer"))?;
    variants.add_as(HARMLESS, "unsigned_response_none", unsigned, good.signed(Signed::Assertion));
    Ok(())
}

/// For a service provider that takes any confirmation for that of a bearer.
fn method(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, value) in [
        ("sender_vouches", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"),
        ("holder_of_key", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
        ("other_case", "urn:oasis:names:tc:SAML:2.0:cm:Bearer"),
        ("empty", ""),
    ] {
        change(good, variants, name, |xml| edit::set_attribute(xml, CONFIRMATION, "Method", value))?;
    }
    change(good, variants, "none", |xml| edit::remove(xml, CONFIRMATION))?;
    change_as(good, variants, "attribute_missing", "no_method", |xml| {
        edit::remove_attribute(xml, CONFIRMATION, "Method")
    })
}

/// For a service provider that asks of each rule whether some confirmation meets it: one must meet all.
fn mix(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let spread = |first: (&str, &str), second: (&str, &str)| {
        good.changed(Signed::Both, |xml| {
            let part = |(name, value): (&str, &str)| {
                edit::source(&edit::set_attribute(xml, CONFIRMATION_DATA, name, value)?, CONFIRMATION)
            };
            edit::replace(xml, CONFIRMATION, &format!("{}{}", part(first)?, part(second)?))
        })
    };
    let (elsewhere, other) = (("Recipient", "https://other-sp.example/acs"), ("InResponseTo", "_other"));
    let (over, never) = (("NotOnOrAfter", "2001-01-01T00:00:00Z"), ("Recipient", ""));
    variants.add("recipient_and_request", spread(elsewhere, other)?, twin.as_str());
    variants.add_as("confirmation_in_response_to", "request_and_recipient", spread(other, elsewhere)?, twin.as_str());
    variants.add_as("confirmation_expired", "end_and_recipient", spread(over, never)?, twin);
    Ok(())
}

/// Behind a proxy or a phone network an address says nothing, so it neither refuses nor grants.
fn address(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    change(good, variants, "confirmation", |xml| {
        edit::add_attributes(xml, CONFIRMATION_DATA, "Address=\"192.0.2.1\"")
    })?;
    change(good, variants, "locality", |xml| {
        edit::first_in(xml, "Assertion/AuthnStatement", "<saml:SubjectLocality Address=\"2001:db8::1\" DNSName=\"x\"/>")
    })
}

/// For a reader that takes the first name it finds in the subject.
fn identifiers(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let forged = edit::source(&good.forged_assertion()?, "Subject/NameID")?;
    change(good, variants, "two_name_ids", |xml| edit::after(xml, NAME_ID, &forged))?;
    change(good, variants, "forged_first", |xml| edit::before(xml, NAME_ID, &forged))?;
    change(good, variants, "base_id_first", |xml| edit::before(xml, NAME_ID, "<saml:BaseID/>"))?;
    change(good, variants, "behind_confirmation", |xml| edit::after(xml, CONFIRMATION, &forged))?;
    change_as(good, variants, "subject", "in_confirmation_only", |xml| {
        edit::first_in(&edit::remove(xml, NAME_ID)?, CONFIRMATION, &forged)
    })?;
    change(good, variants, "encrypted_id_too", |xml| edit::after(xml, NAME_ID, "<saml:EncryptedID/>"))?;
    change_as(good, variants, HARMLESS, "also_in_confirmation", |xml| edit::first_in(xml, CONFIRMATION, &forged))
}

/// For a service provider that lets in nobody as the account with an empty name.
fn empty_name_id(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, value) in [("empty", ""), ("spaces", "   "), ("line_end", "&#10;"), ("no_break_space", "\u{A0}")] {
        change(good, variants, name, |xml| edit::content(xml, NAME_ID, |_| value.to_owned()))?;
    }
    change(good, variants, "none", |xml| edit::remove(xml, NAME_ID))?;
    change(good, variants, "no_subject", |xml| edit::remove(xml, "Assertion/Subject"))
}

/// For a service provider that takes an identifier made for another one: the same value is somebody else here.
fn qualifier(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let qualified = |xml: &str, value: &str| {
        let without = edit::remove_attribute(xml, NAME_ID, "SPNameQualifier").unwrap_or_else(|_| xml.to_owned());
        edit::add_attributes(&without, NAME_ID, &format!("SPNameQualifier=\"{value}\""))
    };
    change(good, variants, "other", |xml| qualified(xml, "https://other-sp.example"))?;
    change(good, variants, "empty", |xml| qualified(xml, ""))?;
    // A captured message may have it, and then this is no change.
    if edit::attribute(good.unsigned(), NAME_ID, "SPNameQualifier").is_err() {
        change_as(good, variants, HARMLESS, "ours", |xml| qualified(xml, &edit::text(xml, AUDIENCE)?))?;
    }
    Ok(())
}

/// For a reader that fetches assertions from where the message says.
fn uri_ref(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, content) in [
        ("uri", "<saml:AssertionURIRef>http://attacker.example/</saml:AssertionURIRef>"),
        ("id", "<saml:AssertionIDRef>_other</saml:AssertionIDRef>"),
    ] {
        let advice = format!("<saml:Advice>{content}</saml:Advice>");
        change(good, variants, name, |xml| edit::after(xml, "Assertion/Conditions", &advice))?;
    }
    Ok(())
}

/// For a service provider that shows or logs what a failure says: somebody may have typed it over there.
fn status_message(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for (name, text) in [
        ("markup", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("line_ends", "x&#13;&#10;level=info logged in"),
        ("terminal", "x&#x9B;31m"),
        ("long", &"x".repeat(10_000)),
    ] {
        let message = format!("<samlp:StatusMessage>{text}</samlp:StatusMessage>");
        let failure = edit::last_in(&edit::remove(&good.failure()?, "Signature")?, "Status", &message)?;
        variants.add(name, good.sign(&failure, Signed::Response)?, twin.as_str());
    }
    Ok(())
}

/// For a service provider that passes over what it does not know (SAML Core 2.5.1.1 calls that indeterminate).
fn condition(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, content) in [
        ("saml", "<saml:Condition/>"),
        ("foreign", "<x:Condition xmlns:x=\"urn:x\"/>"),
        ("one_time_use_of_another", "<x:OneTimeUse xmlns:x=\"urn:x\"/>"),
    ] {
        change(good, variants, name, |xml| edit::last_in(xml, "Assertion/Conditions", content))?;
    }
    change_as(good, variants, HARMLESS, "proxy_restriction", |xml| {
        edit::last_in(xml, "Assertion/Conditions", "<saml:ProxyRestriction Count=\"0\"/>")
    })
}

/// For a reader that does not ask for the version, and reads other rules into the same names.
fn version(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (place, path) in [("response", ""), ("assertion", "Assertion")] {
        for value in ["1.1", "2", "2.00", "", "3.0"] {
            change(good, variants, &format!("{place}_{value}"), |xml| {
                edit::set_attribute(xml, path, "Version", value)
            })?;
        }
        change_as(good, variants, "attribute_missing", &format!("{place}_none"), |xml| {
            edit::remove_attribute(xml, path, "Version")
        })?;
    }
    Ok(())
}

/// For a list of used assertions that has no name for this one.
fn missing_id(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let without = |path: &'static str, signed| good.changed(signed, |xml| edit::remove_attribute(xml, path, "ID"));
    variants.add("assertion", without("Assertion", Signed::Response)?, good.signed(Signed::Response));
    variants.add("response", without("", Signed::Assertion)?, good.signed(Signed::Assertion));
    let empty = good.changed(Signed::Response, |xml| edit::set_attribute(xml, "Assertion", "ID", ""))?;
    variants.add_as("attribute_value", "empty_assertion", empty, good.signed(Signed::Response));
    let empty = good.changed(Signed::Assertion, |xml| edit::set_attribute(xml, "Assertion", "ID", ""))?;
    variants.add_as("id_missing", "empty_signed_assertion", empty, good.signed(Signed::Assertion));
    Ok(())
}

/// For a reader that finds an assertion in whatever comes.
fn message_type(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for name in ["AuthnRequest", "LogoutRequest", "LogoutResponse", "ArtifactResponse", "response"] {
        let renamed = good.unsigned().replace("samlp:Response", &format!("samlp:{name}"));
        variants.add(name, good.sign(&renamed, Signed::Both)?, twin.as_str());
    }
    let assertion = edit::source(&good.signed(Signed::Assertion), "Assertion")?;
    variants.add("bare_assertion", assertion, twin.as_str());
    let envelope = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{twin}</s:Body></s:Envelope>"
    );
    variants.add("envelope", envelope, twin);
    Ok(())
}
