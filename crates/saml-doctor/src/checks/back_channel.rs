//! Answers by artifact, and the back channel that resolves them.

use super::configuration::{self, conflict};
use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::{Subject, some};
use saml_config::AnswerBinding;

pub(crate) static ANSWER_BINDING: Check = Check {
    code: "answer_binding",
    step: Step::Protocol,
    title: "Answers come as the partner sends them",
    why: "DigiD itself and Stelsel Toegang answer by artifact alone.",
    source: "DigiD SAML 3.7, ProtocolBinding; ST-SAML 1.0, AuthnRequest",
    look: |subject| {
        let seen = || conflict(subject, &[configuration::ANSWER_BINDING]).unwrap_or_else(|| Seen::ok("by artifact"));
        subject.is_direct().then(seen)
    },
};

pub(crate) static BACK_CHANNEL: Check = Check {
    code: "back_channel",
    step: Step::Protocol,
    title: "Artifacts can be resolved",
    why: "An artifact is worth nothing until it is resolved over the back channel, by mutual TLS at DigiD.",
    source: "DigiD SAML 3.7, ArtifactResolve",
    look: |subject| {
        let seen = || {
            let client = subject.deployment.back_channel.as_ref().is_some_and(|table| table.client.is_some());
            let fine = Seen::ok(if client {
                "with a certificate of ours"
            } else {
                "without a certificate of ours, as brokers allow"
            });
            conflict(subject, &[configuration::BACK_CHANNEL, configuration::CLIENT]).unwrap_or(fine)
        };
        by_artifact(subject).then(seen)
    },
};

fn by_artifact(subject: &Subject<'_>) -> bool {
    subject.parts.answer_binding() == AnswerBinding::Artifact
}

pub(crate) static BACK_CHANNEL_ROOTS: Check = Check {
    code: "back_channel_roots",
    step: Step::Protocol,
    title: "The back channel trusts the right roots and no others",
    why: "DigiD answers under the private root of PKIoverheid. With the roots of the public web any of a hundred issuers can stand in for it.",
    source: "DigiD SAML 3.7, back channel; simplesamlphp#1898",
    look: |subject| {
        if !by_artifact(subject) {
            return None;
        }
        let roots = &subject.deployment.back_channel.as_ref()?.roots;
        let mend =
            "put the private root of PKIoverheid, from cert.pkioverheid.nl, into back_channel.roots and nothing else";
        let (first, mut all) = some!(subject.certificates(roots).map_err(|reason| Seen::problem(reason, mend)));
        all.push(first);
        Some(if subject.is_direct() { of_pkioverheid(subject, &all, mend) } else { of_broker(all.len()) })
    },
};

fn of_pkioverheid(subject: &Subject<'_>, all: &[pkioverheid::Certificate], mend: &str) -> Seen {
    let pinned = subject.roots.among(all).map_or(0, |roots| roots.len());
    match all.len() - pinned {
        _ if pinned == 0 => Seen::problem(format!("{} certificates, none a root of PKIoverheid", all.len()), mend),
        0 => Seen::ok(format!("{pinned} of PKIoverheid")),
        others => Seen::warning(format!("{others} besides the root of PKIoverheid"), mend),
    }
}

fn of_broker(number: usize) -> Seen {
    match number {
        ..=MOST_ROOTS => Seen::ok(format!("{number} certificates")),
        _ => Seen::warning(
            format!("{number} certificates: the roots of the public web"),
            "leave the root of the broker's server certificate, and the one that it changes to",
        ),
    }
}

/// More than the present and next root of one issuer, with some to spare.
const MOST_ROOTS: usize = 8;
