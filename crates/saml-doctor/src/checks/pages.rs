//! What citizens and testers see: sessions, texts, names.

use saml_config::ErrorText;

use crate::check::{Check, Seen};
use crate::step::Step;

pub(crate) static SESSION_IDLE: Check = Check {
    code: "session_idle",
    step: Step::Approval,
    title: "A session ends after 15 minutes without use",
    why: "DigiD allows 15 minutes at most, for every session that a login opens, that of the application too.",
    source: "DigiD SAML 3.7, sessions; Logius checklist, T14",
    look: |subject| {
        let minutes = subject.deployment.application.session_idle_minutes;
        subject.is_digid().then(|| match minutes {
            None => Seen::ok("the application has no session of its own, the file says; ours ends after 15 minutes"),
            Some(minutes @ 1..=15) => Seen::ok(format!("{minutes} minutes")),
            Some(minutes) => Seen::problem(
                format!("{minutes} minutes"),
                "let the session of the application end within 15 minutes, and write that in application.session_idle_minutes",
            ),
        })
    },
};

pub(crate) static ERROR_TEXT: Check = Check {
    code: "error_text",
    step: Step::Approval,
    title: "The error text is that of the present checklist",
    why: "A tester compares it letter by letter; the text of checklist 7.0 is only for connections asked for before December 2022.",
    source: "Logius checklist, T6 and L10",
    look: |subject| {
        subject.is_digid().then(|| match subject.deployment.portal.error_text {
            ErrorText::Checklist7 => Seen::warning(
                "the text of checklist 7.0 (T6)",
                "take portal.error_text away, unless the tester wants the older text",
            ),
            _ => Seen::ok("the text of item L10"),
        })
    },
};

pub(crate) static ORGANISATION_NAME: Check = Check {
    code: "organisation_name",
    step: Step::Approval,
    title: "The login page names the organisation that may use the BSN",
    why: "Testers refuse a supplier's name, and everything that looks like a test or is under construction.",
    source: "Logius checklist, C1 and C2",
    look: |subject| {
        let name = subject.deployment.portal.organisation.trim();
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower.split(|character: char| !character.is_alphanumeric()).collect();
        let placeholder = PLACEHOLDERS.iter().find(|word| words.contains(word));
        let phrase = PHRASES.iter().find(|phrase| lower.contains(**phrase));
        let mend = "set portal.organisation to the name in the list of RvIG of who may use the BSN";
        subject.is_digid().then(|| match placeholder.or(phrase) {
            _ if name.is_empty() => Seen::problem("no name", mend),
            Some(word) => subject.strict(format!("{name}, with \"{word}\" in it"), mend),
            None => Seen::ok(name),
        })
    },
};

/// Words by which a name shows that it was not filled in, or is a supplier's.
const PLACEHOLDERS: [&str; 14] = [
    "voorbeeld",
    "voorbeeldstad",
    "example",
    "test",
    "demo",
    "sample",
    "placeholder",
    "todo",
    "localhost",
    "acme",
    "lorem",
    "signicat",
    "dummy",
    "xxx",
];
const PHRASES: [&str; 3] = ["under construction", "in aanbouw", "onder constructie"];
