//! What is said of a renewal: where it stands, and who does what by when.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use saml_config::{KeyFiles, NextKeyFiles, PartnerProfile, PublishedKeys};
use saml_doctor::{order_by, working_days_before};

use super::Renewal;
use super::make::Names;
use crate::certificates::dates::Dates;
use crate::failure::Failure;
use crate::output::{day, moment, wrapped};

/// Says which files were made.
pub(super) fn written(files: &[PathBuf], config: &Path) -> String {
    let files: String = files.iter().map(|path| format!("  {}\n", path.display())).collect();
    format!("Written:\n{files}  {} ([*.keys.next])\n\n", config.display())
}

/// Says that the certificate is to be ordered.
pub(super) fn order(renewal: &Renewal<'_>, names: &Names, signs_from: DateTime<Utc>, made: &[PathBuf]) -> String {
    let folder = renewal.folder();
    let made: String = made.iter().map(|path| format!("  {}\n", path.display())).collect();
    let made = if made.is_empty() { String::new() } else { format!("Written:\n{made}\n") };
    let by = order_by(signs_from).min(order_by(renewal.current.not_after()));
    let late = if by < renewal.at.date_naive() {
        ", which has passed: order today, and choose a later switch if you can"
    } else {
        ""
    };
    format!(
        "{made}The renewal waits for the certificate.\n\
         {:DATE$}order it with {} at an issuer of PKIoverheid{late}\n\
         {:DATE$}the next key is to sign\n\
         {:DATE$}the present certificate ends\n\
         Issuers take about five working days, Logius as many; public holidays are not counted. When it is there, run this\n\
         again with --certificate and the file.",
        by.to_string(),
        folder.join(&names.request).display(),
        day(signs_from),
        day(renewal.current.not_after()),
    )
}

/// Says where the renewal in the file stands, and what comes.
pub(super) fn waits(renewal: &Renewal<'_>, next: &NextKeyFiles) -> Result<String, Failure> {
    let profile = renewal.deployment()?.profile;
    let dates = Dates::of(next);
    let stands = if renewal.at < next.signs_from {
        format!("The present key signs; the next one from {}.", moment(next.signs_from))
    } else {
        format!(
            "The next key signs since {}, in a portal that was started after it came into the file: run this again with\n\
             --finish.",
            moment(next.signs_from)
        )
    };
    let hand_in = match next.publish {
        PublishedKeys::Current => "agree with the other side that it changes to the next certificate at the switch",
        _ => "the other side must have taken it, with the next certificate",
    };
    let (who, human) = people(profile);
    let due = working_days_before(next.signs_from, DAYS_TO_REGISTER);
    let today = renewal.at.date_naive();
    let (registered, late) = if due < today && renewal.at < next.signs_from {
        (today, format!("; that was due on {due}: ask whether it can be done, or choose a later switch"))
    } else {
        (due, String::new())
    };
    let registered = registered.to_string();
    // Before the hand-in, as some partners read our metadata from the portal itself.
    let restart = format!(
        "restart the portal before the switch: it reads saml.toml at its start. Its user must be able to read {} and {}, of \
         which the key is for its owner alone when it is made",
        next.key.display(),
        next.certificate.display()
    );
    let mut lines = vec![
        (registered.clone(), restart),
        (registered, format!("hand our metadata to {who}; {hand_in}{late}")),
        (
            day(next.signs_from),
            "the switch: a portal that was restarted signs with the next key from now on".to_owned(),
        ),
        (day(dates.signing_may_go), "run this with --finish; the old signing key may go".to_owned()),
        (day(renewal.current.not_after()), "the present certificate ends".to_owned()),
    ];
    if !renewal.deployment()?.keys.decryption.is_empty() {
        let kept = "an old decryption key may go, not before: what is encrypted to it is lost without it";
        lines.push((day(dates.decryption_may_go), kept.to_owned()));
    }
    // What is of one day stays in the order in which it is done.
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    let lines: String =
        lines.into_iter().map(|(day, text)| wrapped(&text, &format!("{day:DATE$}"), &" ".repeat(DATE))).collect();
    Ok(format!("{stands}\n{lines}{}", wrapped(human, "What only a person can do: ", "  ")))
}

/// Says that the next key is the present one.
pub(super) fn finished(renewal: &Renewal<'_>, next: &NextKeyFiles, old: &KeyFiles) -> String {
    let dates = Dates::of(next);
    let keys = renewal.deployment().map(|deployment| deployment.keys.decryption.as_slice()).unwrap_or_default();
    let still_decrypts = keys.iter().any(|pair| pair.key == old.key);
    let (when, why) = if still_decrypts {
        (dates.decryption_may_go, ": it decrypts too, and is in keys.decryption")
    } else {
        (dates.signing_may_go, "")
    };
    format!(
        "{}: the next key is keys.signing now. Restart the portal, and check: saml doctor --config {0}\n\
         {} may go from {}{why}. Nothing was deleted.",
        renewal.path.display(),
        renewal.folder().join(&old.key).display(),
        day(when)
    )
}

/// Returns who registers our metadata, and what a person does for it.
const fn people(profile: PartnerProfile) -> (&'static str, &'static str) {
    match profile {
        PartnerProfile::Digid => (
            "Logius",
            "send Logius the Wijzigingsformulier with the metadata and the public part of the certificate, and wait for its confirmation.",
        ),
        PartnerProfile::StSaml => (
            "Stelsel Toegang",
            "send Logius the Wijzigingsformulier of Stelsel Toegang with the metadata, and wait for its confirmation.",
        ),
        PartnerProfile::SignicatBroker => (
            "Signicat",
            "upload the metadata in the Signicat Dashboard, or have it read from its URL. The certificate of PKIoverheid there is renewed in the Dashboard (Signing Certificates): ask for it, upload, tell Logius with the Wijzigingsformulier, then activate.",
        ),
        _ => ("the identity provider", "hand the metadata to the identity provider, and wait for its confirmation."),
    }
}

/// Working days that Logius takes for a change (TVS: 5 working days).
const DAYS_TO_REGISTER: u32 = 5;
const DATE: usize = 12;
