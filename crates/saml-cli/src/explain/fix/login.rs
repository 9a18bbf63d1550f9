//! Sentences about whose login it is: addresses, requests, levels, authorities.

use saml_digid::LevelOfAssurance;

use super::Facts;
use super::difference::difference;

pub(super) fn audience(facts: &Facts<'_>) -> String {
    let (ours, found) = (facts.expected(), facts.found());
    if found == "no AudienceRestriction" {
        return "The assertion does not say for whom it is: ask the identity provider to register us, and to name our \
                entity ID as the audience."
            .to_owned();
    }
    format!(
        "The assertion is for {found}, and we are {ours}.{} The entity ID that is registered and the one that is \
         configured must be equal to the letter: give the identity provider our metadata again, or configure what is \
         registered.",
        difference(&ours, &found)
    )
}

pub(super) fn address(facts: &Facts<'_>) -> String {
    let (ours, found) = (facts.expected(), facts.found());
    if found == "nothing" {
        return format!("The message does not say that it is for {ours}, and it must: ask the identity provider.");
    }
    format!(
        "The message is for {found}, and our assertion consumer service is {ours}.{} Register one URL, configure the \
         same, and see that a proxy in front of the portal keeps scheme and host.",
        difference(&ours, &found)
    )
}

pub(super) fn issuer(facts: &Facts<'_>) -> String {
    let (partner, found) = (facts.expected(), facts.found());
    if found == "nothing" {
        return format!("The message does not say who sent it, and it must name {partner}: ask the identity provider.");
    }
    format!(
        "The metadata is that of {partner}, and the message is from {found}.{} Use the metadata of the tenant and the \
         environment that sent it: the file changes when the domain does.",
        difference(&partner, &found)
    )
}

pub(super) fn request(facts: &Facts<'_>) -> String {
    let (ours, found) = (facts.expected(), facts.found());
    if found == "nothing" {
        return "The answer names no request: somebody started the login at the identity provider. Have it start at \
                the portal; an answer that nobody asked for is never accepted."
            .to_owned();
    }
    if let Some((_, number)) = facts.requests.iter().find(|(id, _)| *id == found) {
        return format!(
            "It answers another login: the AuthnRequest {found}, message {number} of the recording, and not {ours}. \
             The user had two logins open, or went back a page."
        );
    }
    format!(
        "It answers another login: the request {found} is not the one that was asked, {ours}. The user had two logins \
         open, went back a page, or came back in another browser. If it is the login you mean, give --request-id \
         {found}."
    )
}

pub(super) fn level_too_low(facts: &Facts<'_>) -> String {
    let expected = facts.expected();
    let Some(wanted) = expected.strip_suffix(" or higher") else {
        return format!(
            "The level asked for, {}, is on none of the scales that this profile knows, so that nothing reaches it: ask for another.",
            facts.settings.requested_level.as_deref().unwrap_or("none")
        );
    };
    let found = facts.found();
    format!(
        "The user reached {}, and {} was asked for. Let the user log in with a stronger means; if the level in the \
         request is not the one you meant, change that. DigiD in pre-production lets the tester choose.",
        level(&found),
        level(wanted)
    )
}

pub(super) fn level_unknown(facts: &Facts<'_>) -> String {
    format!(
        "The answer says {}, which is on none of the scales that this profile knows. A broker translates levels by \
         its contract: have the contract of this connection give the classes of SAML or of eToegang.",
        facts.found()
    )
}

pub(super) fn other_level(facts: &Facts<'_>) -> String {
    format!(
        "The answer says {}, and exactly {} was asked for: ask for what the identity provider can give.",
        level(&facts.found()),
        level(&facts.expected())
    )
}

fn level(uri: &str) -> String {
    let known = LevelOfAssurance::from_uri(uri);
    known.map_or_else(|| uri.to_owned(), |level| format!("the level {} ({uri})", level.name()))
}

pub(super) fn authority(facts: &Facts<'_>) -> String {
    let (expected, found) = (facts.expected(), facts.found());
    let names: Vec<&str> = found.split(", ").collect();
    if found == "nothing" {
        return "The answer does not say who authenticated the user, and a broker must: ask it for \
                AuthenticatingAuthority or a NameQualifier."
            .to_owned();
    }
    if names.contains(&"simulator") {
        return "The simulator of the broker authenticated the user, and not DigiD: anybody can be anybody there. Ask \
                for DigiD in the request (Scoping), and switch the simulator off in production."
            .to_owned();
    }
    if let Some(name) = names.iter().find(|name| name.contains("preprod")) {
        return format!(
            "DigiD of pre-production ({name}) authenticated the user, and it is not among those allowed here. In a \
             test, give --allow-authority {name}; in production, the broker is connected to the wrong DigiD."
        );
    }
    format!(
        "{found} authenticated the user, and allowed is {expected}. The user chose another means at the broker: ask \
         for DigiD in the request (Scoping). If it may be accepted, name it with --allow-authority."
    )
}

pub(super) fn not_for_us(facts: &Facts<'_>) -> String {
    let (expected, found) = (facts.expected(), facts.found());
    let ours = expected.rsplit_once(", or ").map_or(expected.as_str(), |(_, ours)| ours);
    format!(
        "The identifier is for {found}, and we are {ours}.{} Configure the entity ID that is registered.",
        difference(ours, &found)
    )
}

pub(super) fn service(facts: &Facts<'_>) -> String {
    format!(
        "The login is for the service {}, and expected is {}: configure the UUID of the service that was asked for in \
         the service catalogue (--service).",
        facts.found(),
        facts.expected()
    )
}
