//! Answers by artifact, and the back channel that resolves them.

use saml_config::AnswerBinding;
use saml_protocol::Binding;

use super::addresses::binding;
use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::{Subject, some};

pub(crate) static ANSWER_BINDING: Check = Check {
    code: "answer_binding",
    step: Step::Protocol,
    title: "Answers come as the partner sends them",
    why: "DigiD itself and Stelsel Toegang answer by artifact alone.",
    source: "DigiD 1.11 and 3.2",
    look: |subject| {
        subject.is_direct().then(|| match subject.deployment.portal.binding {
            Some(AnswerBinding::Post) => Seen::problem("portal.binding = \"post\"", "take portal.binding away"),
            _ => Seen::ok("by artifact"),
        })
    },
};

pub(crate) static BACK_CHANNEL: Check = Check {
    code: "back_channel",
    step: Step::Protocol,
    title: "Artifacts can be resolved",
    why: "An artifact is worth nothing until it is resolved over the back channel, by mutual TLS at DigiD.",
    source: "DigiD 1.4 and 9.4",
    look: |subject| {
        if binding(subject) != Binding::HttpArtifact {
            return None;
        }
        let Some(table) = &subject.deployment.back_channel else {
            return Some(Seen::problem("answers come by artifact, and there is no back channel", subject.add("back_channel")));
        };
        Some(match table.client.is_none() && subject.is_direct() {
            true => Seen::problem(
                "no certificate of ours for the back channel",
                "name key and certificate of PKIoverheid in back_channel.client",
            ),
            false if table.client.is_none() => Seen::ok("without a certificate of ours, as brokers allow"),
            false => Seen::ok("with a certificate of ours"),
        })
    },
};

pub(crate) static BACK_CHANNEL_ROOTS: Check = Check {
    code: "back_channel_roots",
    step: Step::Protocol,
    title: "The back channel trusts the right roots and no others",
    why: "DigiD answers under the private root of PKIoverheid. With the roots of the public web any of a hundred issuers can stand in for it.",
    source: "DigiD 9.4; Signicat reference, lesson 13",
    look: |subject| {
        if binding(subject) != Binding::HttpArtifact {
            return None;
        }
        let roots = &subject.deployment.back_channel.as_ref()?.roots;
        let mend = "put the private root of PKIoverheid, from cert.pkioverheid.nl, into back_channel.roots and nothing else";
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
