//! Levels, authorities, statements and attributes, all signed by the genuine key (ATT-123, ATT-125, ATT-133, ATT-139
//! to ATT-142, ATT-206 to ATT-208).

use saml_protocol::status_codes;

use super::{HARMLESS, Variants, attacks, change_as};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "123" authn_context_downgrade Response "level_too_low" level,
        "reaches a lower level than was asked for, or none that is known";
    "125" is_passive_ignored Response "status_no_passive" passive,
        "fails because the user would have had to be asked";
    "133" multiple_authn_statements Response "authn_statement" statements,
        "states two logins, or none";
    "139" duplicate_attributes Response "attribute_duplicate" doubles,
        "holds an attribute twice";
    "140" friendly_name_trust Response HARMLESS friendly_name,
        "gives an attribute the friendly name of another";
    "141" attribute_set_overreach Response HARMLESS overreach,
        "holds attributes that nobody asked for";
    "142" proxy_chain_and_scoping Response "authenticating_authority" authority,
        "was authenticated by another identity provider than was chosen";
    "206" legal_subject_confusion Response "representation_not_allowed" representation,
        "lets somebody act for another";
    "207" loa_mapping Response "level_unknown" other_level,
        "names a level of another vocabulary";
    "208" broker_method_confusion Response "authenticating_authority" broker_method,
        "comes from another method of the same broker";
}

const CONTEXT: &str = "Assertion/AuthnStatement/AuthnContext";
const CLASS_REF: &str = "Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef";
const AUTHORITY: &str = "Assertion/AuthnStatement/AuthnContext/AuthenticatingAuthority";
const NAME_ID: &str = "Assertion/Subject/NameID";

fn class(good: &GoodMessage, variants: &mut Variants, code: &'static str, name: &str, uri: &str) -> Result<(), Error> {
    change_as(good, variants, code, name, |xml| edit::content(xml, CLASS_REF, |_| uri.to_owned()))
}

/// For a service provider that asks for a level, and does not look at the one it got.
fn level(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    const CLASSES: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:";
    class(good, variants, "level_too_low", "basic", &format!("{CLASSES}PasswordProtectedTransport"))?;
    class(good, variants, "level_too_low", "basic_of_etoegang", "urn:etoegang:core:assurance-class:loa2")?;
    class(good, variants, "level_unknown", "unspecified", &format!("{CLASSES}unspecified"))?;
    class(good, variants, "level_unknown", "empty", "")?;
    class(good, variants, "level_unknown", "two_in_one", &format!("{CLASSES}SmartcardPKI {CLASSES}SmartcardPKI"))?;
    change_as(good, variants, "level_missing", "none", |xml| edit::remove(xml, CLASS_REF))?;
    change_as(good, variants, "level_missing", "declaration_only", |xml| {
        edit::replace(
            xml,
            CLASS_REF,
            &format!("<saml:AuthnContextDeclRef>{CLASSES}SmartcardPKI</saml:AuthnContextDeclRef>"),
        )
    })?;
    change_as(good, variants, "element_unexpected", "two", |xml| {
        edit::after(
            xml,
            CLASS_REF,
            &format!("<saml:AuthnContextClassRef>{CLASSES}SmartcardPKI</saml:AuthnContextClassRef>"),
        )
    })
}

/// For a service provider that takes any signed response for a login.
fn passive(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let failure = good.failure()?.replace(status_codes::AUTHN_FAILED, status_codes::NO_PASSIVE);
    let failure = good.sign(&edit::remove(&failure, "Signature")?, Signed::Response)?;
    variants.add("no_passive", failure, good.signed(Signed::Both));
    Ok(())
}

/// For a reader that takes the first of two logins, of which one may be of a lower level.
fn statements(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let statement = "Assertion/AuthnStatement";
    change_as(good, variants, "authn_statement", "two", |xml| {
        edit::after(xml, statement, &edit::source(xml, statement)?)
    })?;
    change_as(good, variants, "authn_statement", "none", |xml| edit::remove(xml, statement))?;
    change_as(good, variants, "element_unexpected", "authorization", |xml| {
        edit::after(xml, statement, "<saml:AuthzDecisionStatement Resource=\"x\" Decision=\"Permit\"/>")
    })
}

fn attribute(name: &str, more: &str, value: &str) -> String {
    format!("<saml:Attribute Name=\"{name}\"{more}><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>")
}

fn statement(attributes: &str) -> String {
    format!("<saml:AttributeStatement>{attributes}</saml:AttributeStatement>")
}

/// For a reader that takes the first, or the last, of two values.
fn doubles(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let one = attribute("nin", "", "900026236");
    let other = attribute("nin", "", "123456782");
    for (name, content) in [
        ("in_one_statement", statement(&format!("{one}{other}"))),
        ("in_two_statements", format!("{}{}", statement(&one), statement(&other))),
        ("same_value", statement(&format!("{one}{one}"))),
    ] {
        change_as(good, variants, "attribute_duplicate", name, |xml| edit::last_in(xml, "Assertion", &content))?;
    }
    let formatted = attribute("nin", " NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"", "admin");
    let both = statement(&format!("{one}{formatted}"));
    change_as(good, variants, "attribute_duplicate", "other_name_format", |xml| edit::last_in(xml, "Assertion", &both))
}

/// For a reader that finds attributes by their friendly names, which mean nothing (SAML Core 2.7.3.1).
fn friendly_name(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for friendly in ["nin", "idpId", "actingNin"] {
        let content = statement(&attribute("urn:other", &format!(" FriendlyName=\"{friendly}\""), "123456782"));
        change_as(good, variants, HARMLESS, friendly, |xml| edit::last_in(xml, "Assertion", &content))?;
    }
    Ok(())
}

/// For a service provider that maps whatever attributes come to rights.
fn overreach(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let content = statement(&format!("{}{}", attribute("urn:role", "", "admin"), attribute("NIN", "", "123456782")));
    change_as(good, variants, HARMLESS, "not_asked_for", |xml| edit::last_in(xml, "Assertion", &content))
}

/// For a service provider behind a broker that does not ask who authenticated: the broker has weaker means too.
fn authority(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let other = |_: &str| "https://other-idp.example".to_owned();
    change_as(good, variants, "authenticating_authority", "another", |xml| {
        let xml = edit::content(xml, AUTHORITY, other)?;
        edit::set_attribute(&xml, NAME_ID, "NameQualifier", "https://other-idp.example")
    })?;
    change_as(good, variants, "authenticating_authority", "none", |xml| {
        edit::remove_attribute(&edit::remove(xml, AUTHORITY)?, NAME_ID, "NameQualifier")
    })?;
    change_as(good, variants, "authenticating_authority", "another_in_the_statement", |xml| {
        edit::content(xml, AUTHORITY, other)
    })?;
    change_as(good, variants, "authenticating_authority", "another_in_the_name_id", |xml| {
        edit::set_attribute(xml, NAME_ID, "NameQualifier", "https://other-idp.example")
    })?;
    change_as(good, variants, "authenticating_authority", "another_behind_it", |xml| {
        edit::last_in(
            xml,
            CONTEXT,
            "<saml:AuthenticatingAuthority>https://other-idp.example</saml:AuthenticatingAuthority>",
        )
    })
}

/// For a service provider that takes the one for whom somebody acts for the one who acts, or the reverse.
fn representation(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let acting = statement(&attribute("actingNin", "", "123456782"));
    change_as(good, variants, "representation_not_allowed", "acting", |xml| edit::last_in(xml, "Assertion", &acting))?;
    let other = statement(&attribute("nin", "", "123456782"));
    change_as(good, variants, "nin_conflict", "another_nin", |xml| edit::last_in(xml, "Assertion", &other))?;
    let several = "<saml:Attribute Name=\"nin\"><saml:AttributeValue>900026236</saml:AttributeValue>\
                   <saml:AttributeValue>123456782</saml:AttributeValue></saml:Attribute>";
    change_as(good, variants, "identity_ambiguous", "two_nins", |xml| {
        edit::last_in(xml, "Assertion", &statement(several))
    })
}

/// For a reader that compares the ends of names, or takes every "high" for the same.
fn other_level(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, uri) in [
        ("eidas_high", "http://eidas.europa.eu/LoA/high"),
        ("eidas_low", "http://eidas.europa.eu/LoA/low"),
        ("eherkenning", "urn:etoegang:core:assurance-class:loa5"),
        ("other_case", "urn:oasis:names:tc:SAML:2.0:ac:classes:smartcardpki"),
        ("prefix", "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard2"),
        ("idin", "nl:bvn:bankid:1.0:loa3"),
    ] {
        class(good, variants, "level_unknown", name, uri)?;
    }
    Ok(())
}

/// As an authority that is another: the means of one broker are told apart by this name alone.
fn broker_method(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    for (name, authority) in [
        ("eherkenning", "eherkenning"),
        ("eidas", "eidas"),
        ("idin", "idin"),
        ("demo", "demo"),
        ("upper_case", "SIMULATOR-OTHER"),
    ] {
        change_as(good, variants, "authenticating_authority", name, |xml| {
            let xml = edit::content(xml, AUTHORITY, |_| authority.to_owned())?;
            edit::set_attribute(&xml, NAME_ID, "NameQualifier", authority)
        })?;
    }
    Ok(())
}
