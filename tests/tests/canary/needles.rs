//! The secrets, in every form in which one could leave.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use saml_xml_security::{sha256, source_id};

/// Who logs in.
pub(crate) const BSN: &str = "900026236";
/// For whom somebody else logs in.
pub(crate) const REPRESENTED: &str = "900029365";
/// Whom an attacker wants to be.
pub(crate) const FORGED: &str = "123456782";
/// A number that fails the eleven-test.
pub(crate) const NO_BSN: &str = "900026237";
/// A NameID that is no number.
pub(crate) const NAME_ID: &str = "canary-of-a-name-id";
pub(crate) const ATTRIBUTE: &str = "canary of an attribute";

const SECRETS: [&str; 6] = [BSN, REPRESENTED, FORGED, NO_BSN, NAME_ID, ATTRIBUTE];

/// What is looked for and what it is, by the first bytes: one look at each place of a text finds all of them.
static NEEDLES: LazyLock<HashMap<[u8; FIRST], Vec<Needle>>> = LazyLock::new(|| {
    let mut needles: HashMap<_, Vec<_>> = HashMap::new();
    for (what, form) in all() {
        let first = *form.first_chunk().expect("no form is shorter");
        needles.entry(first).or_default().push(Needle { what, form });
    }
    needles
});

struct Needle {
    what: String,
    form: Vec<u8>,
}

const FIRST: usize = 8;

/// Returns what is found, if anything is.
pub(crate) fn found(text: &[u8]) -> Option<&'static str> {
    (0..text.len()).find_map(|at| {
        let rest = &text[at..];
        let candidates = NEEDLES.get(rest.first_chunk::<FIRST>()?)?;
        candidates.iter().find(|needle| rest.starts_with(&needle.form)).map(|needle| needle.what.as_str())
    })
}

/// Returns each form of each secret.
pub(crate) fn all() -> impl Iterator<Item = (String, Vec<u8>)> {
    SECRETS.iter().flat_map(|secret| forms(secret))
}

fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let mut forms = written(secret, secret.as_bytes());
    forms.push((format!("{secret} itself"), secret.as_bytes().to_vec()));
    // An unkeyed digest of a number of nine digits is undone in seconds.
    for name in [secret.to_owned(), format!("s00000000:{secret}"), format!("s00000001:{secret}")] {
        let digests = [("SHA-256", sha256(name.as_bytes()).to_vec()), ("SHA-1", source_id(&name).to_vec())];
        for (algorithm, digest) in digests {
            let what = format!("the {algorithm} of {name}");
            forms.extend(written(&what, &digest));
            forms.push((what, digest));
        }
    }
    forms
}

/// Returns octets as text that could stand anywhere.
fn written(what: &str, octets: &[u8]) -> Vec<(String, Vec<u8>)> {
    let each = |format: fn(&u8) -> String| octets.iter().map(format).collect::<String>().into_bytes();
    let mut forms = vec![
        (format!("{what} in hexadecimal"), each(|byte| format!("{byte:02x}"))),
        (format!("{what} in HEXADECIMAL"), each(|byte| format!("{byte:02X}"))),
        (format!("{what} percent-encoded"), each(|byte| format!("%{byte:02x}"))),
        (format!("{what} PERCENT-encoded"), each(|byte| format!("%{byte:02X}"))),
    ];
    for before in 0..3 {
        let bytes = [&[0; 3][..before], octets].concat();
        for (alphabet, text) in
            [("base64", STANDARD_NO_PAD.encode(&bytes)), ("base64url", URL_SAFE_NO_PAD.encode(&bytes))]
        {
            // The characters that no neighbour has a bit in.
            let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
            forms.push((format!("{what} in {alphabet} after {before} bytes"), text.as_bytes()[own].to_vec()));
        }
    }
    forms
}
