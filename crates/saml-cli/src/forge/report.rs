//! What came of the attacks: a table, JSON, and JUnit XML.

use std::collections::BTreeMap;

use saml_forge::Signed;
use saml_forge::attack::Attack;
use saml_xml::Writer;
use serde_json::json;

use crate::failure::Failure;
use crate::forge::case::{LeftOut, NOT_POSTED, carrier, number, title};
use crate::forge::judge::Expected;

/// Everything that was tried, and what was not.
pub(crate) struct Report {
    pub(crate) target: String,
    pub(crate) tried: Vec<Tried>,
    pub(crate) left_out: Vec<LeftOut>,
    /// Good messages that the target does not let in, by what is signed.
    pub(crate) refused_twins: Vec<Signed>,
}

/// One message, and what came of it.
pub(crate) struct Tried {
    pub(crate) attack: &'static Attack,
    pub(crate) variant: String,
    pub(crate) expected: Expected,
    pub(crate) verdict: Verdict,
    pub(crate) status: Option<u16>,
    pub(crate) location: Option<String>,
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There was no answer.
    Error(String),
    /// It was let in, and may be: what the attacker put in was not seen to be read.
    Harmless,
    /// It was let in.
    LetIn {
        /// As the one whom the attacker wants to be.
        as_forged: bool,
    },
    /// It was refused.
    Refused,
    /// It was refused, but so is the good message that it differs from.
    RefusedWithTwin,
}

impl Verdict {
    const fn word(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::Harmless => "harmless",
            Self::LetIn { .. } => "LET IN",
            Self::Refused => "refused",
            Self::RefusedWithTwin => "unproven",
        }
    }

    /// Tells whether it makes the exit code 1.
    const fn is_finding(&self) -> bool {
        matches!(self, Self::Error(_) | Self::LetIn { .. })
    }
}

impl Tried {
    /// Says what came of it, in words.
    fn sentence(&self) -> String {
        match &self.verdict {
            Verdict::Error(error) => format!("no answer: {error}"),
            Verdict::Harmless => "let in, as it may be".to_owned(),
            Verdict::LetIn { as_forged: true } => "let in as the one whom the attacker wants to be".to_owned(),
            Verdict::LetIn { as_forged: false } => format!("let in; it must be refused ({})", self.expected.code()),
            Verdict::Refused => "refused".to_owned(),
            Verdict::RefusedWithTwin => "refused, but so is the good message that it differs from".to_owned(),
        }
    }
}

impl Report {
    /// Tells whether nothing was let in, and everything answered.
    pub(crate) fn is_clean(&self) -> bool {
        !self.tried.iter().any(|tried| tried.verdict.is_finding())
    }

    /// Returns one row for each attack, below it one for each finding, and what it comes to.
    pub(crate) fn table(&self) -> String {
        let mut out = format!("{:8}  {:60}  verdict\n", "id", "what");
        let mut rest = self.tried.as_slice();
        while let Some(first) = rest.first() {
            let same =
                |tried: &Tried| (tried.attack.id, tried.attack.carrier) == (first.attack.id, first.attack.carrier);
            let length = rest.iter().take_while(|tried| same(tried)).count();
            let (group, others) = rest.split_at_checked(length.max(1)).unwrap_or((rest, &[]));
            let what = shortened(first.attack.changes, 60);
            out.push_str(&format!("{:8}  {what:60}  {}\n", first.attack.id, counts(group)));
            for tried in group.iter().filter(|tried| tried.verdict.is_finding()) {
                out.push_str(&format!("{:10}{}: {}\n", "", tried.variant, tried.sentence()));
            }
            rest = others;
        }
        out.push_str(&self.notes());
        out
    }

    /// Says what it comes to, what proves nothing, and what was not tried.
    fn notes(&self) -> String {
        let mut out = format!("\n{}: {}\n", number(self.tried.len(), "message"), counts(&self.tried));
        let some = |verdict| self.tried.iter().any(|tried| tried.verdict == verdict);
        if some(Verdict::RefusedWithTwin) {
            out.push_str("unproven: refused, but so is the good message that differs in the attack alone\n");
        }
        for signed in &self.refused_twins {
            out.push_str(&format!("a good message with this signature alone is not let in: {signed:?}\n"));
        }
        if some(Verdict::Harmless) {
            out.push_str(
                "harmless: let in, which is right if the one of the good message is logged in; --session-url shows who is\n",
            );
        }
        let mut reasons: BTreeMap<&str, Vec<&LeftOut>> = BTreeMap::new();
        for left in &self.left_out {
            reasons.entry(&left.reason).or_default().push(left);
        }
        for (reason, left) in reasons {
            let variants: usize = left.iter().map(|left| left.variants).sum();
            let ids: Vec<&str> = left.iter().map(|left| left.attack.id).collect();
            let of = if variants > 0 { format!(" with {}", number(variants, "message")) } else { String::new() };
            out.push_str(&format!("not tried: {}{of}, {reason}: {}\n", number(left.len(), "attack"), ids.join(" ")));
        }
        out
    }

    /// Returns the report for programs.
    pub(crate) fn json(&self) -> String {
        let tried: Vec<_> = self
            .tried
            .iter()
            .map(|tried| {
                json!({
                    "id": tried.attack.id, "variant": tried.variant, "title": title(tried.attack),
                    "changes": tried.attack.changes, "expected": tried.expected.code(),
                    "verdict": tried.verdict.word(), "says": tried.sentence(),
                    "status": tried.status, "location": tried.location,
                })
            })
            .collect();
        let left_out: Vec<_> = self
            .left_out
            .iter()
            .map(|left| {
                json!({
                    "id": left.attack.id, "title": title(left.attack), "carrier": carrier(left.attack.carrier),
                    "variants": left.variants, "reason": left.reason,
                })
            })
            .collect();
        let count = |word: &str| self.tried.iter().filter(|tried| tried.verdict.word() == word).count();
        let report = json!({
            "target": self.target, "clean": self.is_clean(),
            "counts": {
                "tried": self.tried.len(), "refused": count("refused"), "let_in": count("LET IN"),
                "harmless": count("harmless"), "unproven": count("unproven"), "error": count("error"),
                "not_posted": self.left_out.iter().filter(|left| left.reason == NOT_POSTED).count(),
                "not_tried": self.left_out.len(),
            },
            "messages": tried, "not_tried": left_out,
        });
        format!("{report:#}\n")
    }

    /// Returns the report for build servers: a test case for each message, and one for each attack that was not tried.
    pub(crate) fn junit(&self) -> Result<String, Failure> {
        let count = |test: &dyn Fn(&Verdict) -> bool| self.tried.iter().filter(|tried| test(&tried.verdict)).count();
        let failures = count(&|verdict| matches!(verdict, Verdict::LetIn { .. }));
        let errors = count(&|verdict| matches!(verdict, Verdict::Error(_)));
        let skipped = count(&|verdict| *verdict == Verdict::RefusedWithTwin) + self.left_out.len();
        let mut writer = Writer::new();
        writer.start("testsuites").start("testsuite").attribute("name", "saml forge run");
        let tests = self.tried.len() + self.left_out.len();
        for (name, number) in [("tests", tests), ("failures", failures), ("errors", errors), ("skipped", skipped)] {
            writer.attribute(name, &number.to_string());
        }
        let class = |attack: &Attack| format!("{} {}", attack.id, attack.name);
        for tried in &self.tried {
            writer.start("testcase").attribute("classname", &class(tried.attack)).attribute("name", &tried.variant);
            let element = match &tried.verdict {
                Verdict::Error(_) => Some("error"),
                Verdict::LetIn { .. } => Some("failure"),
                Verdict::RefusedWithTwin => Some("skipped"),
                Verdict::Harmless | Verdict::Refused => None,
            };
            if let Some(element) = element {
                let message = format!("{}: {}", tried.attack.changes, tried.sentence());
                writer.start(element).attribute("message", &message).end();
            }
            writer.end();
        }
        for left in &self.left_out {
            let name = format!("all, by {}", carrier(left.attack.carrier));
            writer.start("testcase").attribute("classname", &class(left.attack)).attribute("name", &name);
            writer.start("skipped").attribute("message", &left.reason).end().end();
        }
        writer.end().end();
        let xml = writer.finish().map_err(Failure::new)?;
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n"))
    }
}

/// Counts what came of messages, the worst first.
fn counts(tried: &[Tried]) -> String {
    let words = ["LET IN", "error", "refused", "unproven", "harmless"];
    let counted = words.map(|word| (word, tried.iter().filter(|tried| tried.verdict.word() == word).count()));
    let some: Vec<String> =
        counted.into_iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{word} {count}")).collect();
    some.join(", ")
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}
