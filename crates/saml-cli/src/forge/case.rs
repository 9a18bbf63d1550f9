//! The cases that the arguments choose, and those that are left out with the reason.

use std::collections::BTreeSet;

use clap::Args;
use saml_forge::attack::{self, Attack, Carrier, Variant};
use saml_forge::{GoodMessage, Signed};

use crate::failure::Failure;
use crate::forge::judge::{Expected, Judge};

/// Which attacks.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Selection {
    /// Only these attacks, such as ATT-024,ATT-025
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,

    /// All but these attacks
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    skip: Vec<String>,
}

/// One message of an attack.
pub(crate) struct Case {
    pub(crate) attack: &'static Attack,
    /// Its place among the variants of the attack.
    pub(crate) index: usize,
    pub(crate) variant: String,
    pub(crate) expected: Expected,
    pub(crate) twin: Twin,
}

/// Which good message it differs from in the attack alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twin {
    /// One of the plain ones.
    Plain(Signed),
    /// One of its own.
    Own,
}

/// An attack that is not tried.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    pub(crate) attack: &'static Attack,
    /// How many messages it would be; none where they cannot be made.
    pub(crate) variants: usize,
    pub(crate) reason: String,
}

impl Selection {
    /// Returns the attacks that are chosen, in the order of their ids.
    pub(crate) fn attacks(&self) -> Result<Vec<&'static Attack>, Failure> {
        let known: BTreeSet<&str> = attack::all().map(|attack| attack.id).collect();
        if let Some(other) = self.only.iter().chain(&self.skip).find(|id| !known.contains(id.as_str())) {
            return Err(Failure::usage(format!(
                "expected the id of an attack that a message can carry, such as ATT-024, found {other}: \
                 saml forge list shows them all"
            )));
        }
        let named = |ids: &[String], attack: &Attack| ids.iter().any(|id| id == attack.id);
        let chosen = attack::all().filter(|attack| self.only.is_empty() || named(&self.only, attack));
        let mut chosen: Vec<_> = chosen.filter(|attack| !named(&self.skip, attack)).collect();
        chosen.sort_by_key(|attack| attack.id);
        Ok(chosen)
    }
}

/// Makes every message of an attack, or says why `good` cannot carry it.
pub(crate) fn variants(attack: &'static Attack, good: &GoodMessage) -> Result<Vec<Variant>, LeftOut> {
    attack.variants(good).map_err(|error| LeftOut {
        attack,
        variants: 0,
        reason: format!("cannot be made from this message: {error}"),
    })
}

/// Sorts the chosen attacks into cases that a target can be sent, and the rest.
pub(crate) fn plan(
    attacks: &[&'static Attack],
    good: &GoodMessage,
    judge: &Judge,
    encrypts: bool,
) -> (Vec<Case>, Vec<LeftOut>) {
    let (mut cases, mut left_out) = (Vec::new(), Vec::new());
    for attack in attacks.iter().copied() {
        let variants = match variants(attack, good) {
            Ok(variants) => variants,
            Err(reason) => {
                left_out.push(reason);
                continue;
            }
        };
        let reason = match attack.carrier {
            Carrier::Form | Carrier::Response if attack.is_encrypted() && !encrypts => {
                "needs --encrypt-to with the certificate that the target decrypts with"
            }
            Carrier::Form | Carrier::Response => {
                let made = variants.iter().enumerate();
                cases.extend(made.map(|(index, variant)| case(attack, index, variant, good, judge)));
                continue;
            }
            _ => NOT_POSTED,
        };
        left_out.push(LeftOut { attack, variants: variants.len(), reason: reason.to_owned() });
    }
    (cases, left_out)
}

/// Makes a case of a message.
fn case(attack: &'static Attack, index: usize, variant: &Variant, good: &GoodMessage, judge: &Judge) -> Case {
    let plain = [Signed::Both, Signed::Assertion, Signed::Response];
    let twin = match attack.carrier {
        // Its good twin is the form with the message that is signed twice.
        Carrier::Form => Twin::Plain(Signed::Both),
        _ => {
            let same = plain.into_iter().find(|signed| good.signed(*signed).as_bytes() == variant.twin);
            same.map_or(Twin::Own, Twin::Plain)
        }
    };
    Case { attack, index, variant: variant.name.clone(), expected: judge.expected(attack, variant), twin }
}

/// Counts something in words.
pub(crate) fn number(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Returns the name of an attack in words.
pub(crate) fn title(attack: &Attack) -> String {
    attack.name.replace('_', " ")
}

/// Returns what an attack is carried by, in words.
pub(crate) fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Form | Carrier::Response => "HTTP-POST",
        Carrier::LogoutRequest | Carrier::LogoutResponse => "logout",
        Carrier::Metadata => "metadata",
        Carrier::Redirect => "HTTP-Redirect",
        Carrier::Soap => "SOAP",
        _ => "other",
    }
}

pub(crate) const NOT_POSTED: &str = "not carried by a POSTed Response";
