//! Secrets and private keys in files.

use std::path::{Path, PathBuf};

use saml_config::Secret;

use super::state::keys;
use crate::check::{Check, Seen};
use crate::files::own_keys;
use crate::step::Step;
use crate::subject::Subject;

pub(crate) static SECRETS_READABLE: Check = Check {
    code: "secrets_readable",
    step: Step::Protocol,
    title: "Each secret is where the file says",
    why: "A portal that lacks a secret does not start, on the evening of the change.",
    source: "saml.toml",
    look: |subject| {
        let seen = secrets(subject).into_iter().map(|(place, secret)| match subject.secret(place, secret) {
            Ok(_) => Seen::ok(place),
            Err(reason) => {
                Seen::problem(reason, "set it, or run this as the user and with the environment of the portal")
            }
        });
        Seen::worst(seen.collect())
    },
};

fn secrets<'a>(subject: &Subject<'a>) -> Vec<(&'static str, &'a Secret)> {
    let passphrases = own_keys(subject.deployment).into_iter().filter_map(|own| Some((own.place, own.passphrase?)));
    let url = subject.deployment.state.url.iter().map(|url| ("state.url", url));
    passphrases.chain(url).chain(keys(subject)).collect()
}

pub(crate) static PRIVATE_FILES: Check = Check {
    code: "private_files",
    step: Step::Protocol,
    title: "Private keys and secrets are closed to other users",
    why: "Whoever reads the signing key can ask for logins in your name.",
    source: "DigiD assessment 3.0, U/WA.05",
    look: |subject| {
        let keys = own_keys(subject.deployment).into_iter().map(|own| own.key.to_owned());
        let secrets = secrets(subject).into_iter().filter_map(|(_, secret)| match secret {
            Secret::File(path) => Some(path.clone()),
            _ => None,
        });
        let mut files: Vec<PathBuf> = keys.chain(secrets).collect();
        files.sort();
        files.dedup();
        Seen::worst(files.iter().map(|path| closed(path, &subject.path(path))).collect())
    },
};

#[cfg(unix)]
fn closed(shown: &Path, path: &Path) -> Seen {
    use std::os::unix::fs::PermissionsExt;

    match std::fs::metadata(path) {
        Err(error) => {
            Seen::not_looked_at(format!("{}: {error}", shown.display()), "see key_pairs and secrets_readable")
        }
        Ok(metadata) => match metadata.permissions().mode() & OTHERS {
            0 => Seen::ok("all closed to others"),
            _ => Seen::problem(
                format!("{} is open to every user (mode {:o})", shown.display(), metadata.permissions().mode() & 0o777),
                format!("chmod o= {}", shown.display()),
            ),
        },
    }
}

#[cfg(not(unix))]
fn closed(shown: &Path, _path: &Path) -> Seen {
    Seen::not_looked_at(shown.display(), "look at the permissions of the file by hand")
}

/// What users have who are neither the owner nor of the group.
#[cfg(unix)]
const OTHERS: u32 = 0o007;
