//! Our own addresses and names: in the configuration, and as registered at the other side.

use saml_config::AnswerBinding;
use saml_metadata::{Fact, Metadata, ServiceProvider};
use saml_protocol::Binding;

use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::{Subject, some};
use crate::url::{difference, host, is_loopback, scheme_and_host};

pub(crate) static CONSUMER_SERVICE_HTTPS: Check = Check {
    code: "consumer_service_https",
    step: Step::Protocol,
    title: "Answers come back by https",
    why: "An answer says who a citizen is; brokers refuse a consumer service without https, even on a test machine.",
    source: "Signicat, SAML 2.0 quick start; NCSC-NL, TLS guidelines",
    look: |subject| {
        let portal = &subject.deployment.portal;
        let seen =
            [portal.base_url.clone(), portal.assertion_consumer_service()].map(|url| match scheme_and_host(&url) {
                Some(("https", _)) => Seen::ok(&url),
                Some(("http", host)) if is_loopback(host) && !subject.is_production() => {
                    Seen::warning(&url, "partners refuse http; let a proxy speak https before the test")
                }
                _ => Seen::problem(&url, "write it with https://"),
            });
        Seen::worst(seen.into())
    },
};

pub(crate) static CONSUMER_SERVICE_HOST: Check = Check {
    code: "consumer_service_host",
    step: Step::Protocol,
    title: "Answers come back to the host where the login began",
    why: "The cookie that ties an answer to the browser that asked is of one host; at another each answer is refused.",
    source: "Signicat, Go to production, step 3",
    look: |subject| {
        let portal = &subject.deployment.portal;
        let (ours, answers) = (portal.base_url.clone(), portal.assertion_consumer_service());
        let same = host(&ours).zip(host(&answers)).is_some_and(|(ours, answers)| ours.eq_ignore_ascii_case(answers));
        Some(match same {
            true => Seen::ok(host(&ours).unwrap_or_default()),
            false => Seen::problem(
                format!("the portal is at {ours}, answers go to {answers}"),
                "give portal.base_url and portal.assertion_consumer_service one host",
            ),
        })
    },
};

pub(crate) static CONSUMER_SERVICE_REGISTERED: Check = Check {
    code: "consumer_service_registered",
    step: Step::Protocol,
    title: "The consumer service is the one that is registered",
    why: "A broker finds out only after the citizen has logged in, and then shows an error page of its own.",
    source: "seen at the Signicat broker",
    look: |subject| {
        let ours = subject.deployment.portal.assertion_consumer_service();
        let binding = binding(subject);
        let registered = some!(registered(subject));
        let all = registered.assertion_consumer_services();
        if all.iter().any(|service| service.location == ours && service.binding == binding) {
            return Some(Seen::ok(ours));
        }
        let found = match all.iter().find(|service| service.binding == binding) {
            Some(other) => format!("{} is registered{}", other.location, difference(&ours, &other.location)),
            None => format!("none is registered for {}", name(binding)),
        };
        Some(Seen::problem(
            format!("answers go to {ours} by {}; {found}", name(binding)),
            "register the metadata that is published now, or set portal.assertion_consumer_service and portal.binding",
        ))
    },
};

pub(crate) static ENTITY_ID_REGISTERED: Check = Check {
    code: "entity_id_registered",
    step: Step::Protocol,
    title: "The entity ID is the one that is registered",
    why: "It is compared as text: with a slash too many each assertion is for another audience.",
    source: "open-forms, form authentication issues",
    look: |subject| {
        let ours = subject.deployment.portal.entity_id();
        let registered = some!(registered(subject));
        let theirs = registered.entity_id();
        Some(match ours == theirs {
            true => Seen::ok(ours),
            false => Seen::problem(
                format!("we are {ours}, registered is {theirs}{}", difference(&ours, theirs)),
                "set portal.entity_id to what is registered, letter by letter",
            ),
        })
    },
};

/// Returns how answers come.
fn binding(subject: &Subject<'_>) -> Binding {
    match subject.parts.answer_binding() {
        AnswerBinding::Artifact => Binding::HttpArtifact,
        _ => Binding::HttpPost,
    }
}

pub(crate) fn name(binding: Binding) -> &'static str {
    binding.uri().rsplit(':').next().unwrap_or_default()
}

pub(crate) static REGISTERED_CURRENT: Check = Check {
    code: "registered_current",
    step: Step::Protocol,
    title: "What is registered of us is what we publish",
    why: "Which part is signed and what is encrypted follows the registered file and not the settings here; a key that is not in it signs for nobody.",
    source: "Signicat, SAML 2.0 quick start; open-forms, Signicat integration tests",
    look: |subject| {
        let mend = "register the file that `saml metadata new` writes now; see what differs with `saml metadata diff`";
        let (_, registered) = some!(subject.registered().ok_or_else(not_registered));
        let registered = some!(registered.map_err(|reason| Seen::problem(reason, mend)));
        let ours = some!(ours(subject));
        Some(match differences(&registered, &ours) {
            Ok(facts) if facts.is_empty() => Seen::ok("the same"),
            Ok(facts) => Seen::problem(facts.join("; "), mend),
            Err(reason) => Seen::problem(reason, mend),
        })
    },
};

/// Returns what we would publish now.
pub(super) fn ours(subject: &Subject<'_>) -> Result<Metadata, Seen> {
    let written = subject.parts.metadata(subject.at).map_err(|error| error.to_string());
    let read = written.and_then(|file| Metadata::parse_unverified(file.as_bytes()).map_err(|error| error.to_string()));
    read.map_err(|reason| {
        Seen::not_looked_at(
            format!("our metadata cannot be made: {reason}"),
            "see key_pairs and consumer_service_https",
        )
    })
}

/// Says what two files say differently, except for until when they say it.
pub(super) fn differences(before: &Metadata, now: &Metadata) -> Result<Vec<String>, String> {
    let facts = |metadata: &Metadata| -> Result<Vec<Fact>, String> {
        let all = metadata.facts().map_err(|error| format!("{}: {error}", error.code()))?;
        Ok(all.into_iter().filter(|fact| fact.name != "valid_until").collect())
    };
    let (before, now) = (facts(before)?, facts(now)?);
    let gone = before.iter().filter(|fact| !now.contains(fact)).map(|fact| format!("- {}: {}", fact.name, fact.value));
    let new = now.iter().filter(|fact| !before.contains(fact)).map(|fact| format!("+ {}: {}", fact.name, fact.value));
    Ok(gone.chain(new).collect())
}

fn not_registered() -> Seen {
    let mend = "get the file as the other side has it, and name it in registration.registered_metadata";
    Seen::not_looked_at("no copy of what is registered at the other side", mend)
}

/// Returns what is registered of us at the other side, or why that cannot be looked at.
fn registered(subject: &Subject<'_>) -> Result<ServiceProvider, Seen> {
    let (path, metadata) = subject.registered().ok_or_else(not_registered)?;
    let role = metadata.and_then(|metadata| {
        metadata.service_provider().map_err(|error| format!("{}: {}: {error}", path.display(), error.code()))
    });
    role.map_err(|reason| Seen::problem(reason, "get the file anew from the other side"))
}
