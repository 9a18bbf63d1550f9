//! Keys that belong to their certificates, and certificates of PKIoverheid.

use chrono::{DateTime, NaiveDate, Utc};
use pkioverheid::{Certificate, Error, Generation, OinRegister, VerifiedChain};
use saml_config::Deployment;

use crate::check::{Check, Seen};
use crate::files::{PkioCertificate, own_keys, pkio_certificates};
use crate::step::Step;
use crate::subject::Subject;

pub(crate) static KEY_PAIRS: Check = Check {
    code: "key_pairs",
    step: Step::Protocol,
    title: "Each private key can be read, and belongs to its certificate",
    why: "What is signed with another key than the one that is registered is refused by everybody.",
    source: "DigiD SAML 3.7, signatures; Signicat, SAML metadata",
    look: |subject| {
        let seen = own_keys(subject.deployment).into_iter().map(|own| match subject.key_pair(&own) {
            Ok(pair) => Seen::ok(format!("{}: {} bits", own.place, pair.private_key().bits())),
            Err(reason) => Seen::problem(
                format!("{}: {reason}", own.place),
                "name the key from which the certificate was asked for, and its passphrase where it is encrypted",
            ),
        });
        Seen::worst(seen.collect())
    },
};

pub(crate) static PKIO_READABLE: Check = Check {
    code: "pkio_readable",
    step: Step::Certificate,
    title: "The certificate of PKIoverheid can be read",
    why: "Signicat and Logius take the public part as .pem or .cer, and nothing with a private key in it.",
    source: "Signicat, Go to production, step 2",
    look: |subject| {
        if !subject.is_digid() {
            return None;
        }
        let named = pkio_certificates(subject.deployment);
        if named.is_empty() {
            return Some(Seen::not_looked_at(
                "the file names no certificate of PKIoverheid, and nothing is known of it",
                "name the certificate that was uploaded to the Dashboard in signicat.pkioverheid_certificate",
            ));
        }
        let seen = named.iter().map(|named| {
            let mend = "name the file that the issuer sent, .pem or .cer, without the private key";
            match subject.read(named.path) {
                Err(reason) => Seen::problem(reason, mend),
                Ok(bytes) if contains(&bytes, b"PRIVATE KEY-----") => {
                    Seen::problem(format!("{}: a private key is in the file", named.place), mend)
                }
                Ok(bytes) => match Certificate::read_all(&bytes) {
                    Ok(read) => Seen::ok(read.first().map(Certificate::common_name).unwrap_or_default()),
                    Err(error) => Seen::problem(format!("{}: {error}", named.place), mend),
                },
            }
        });
        Seen::worst(seen.collect())
    },
};

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

pub(crate) static PKIO_CHAIN: Check = Check {
    code: "pkio_chain",
    step: Step::Certificate,
    title: "It leads to a root of PKIoverheid",
    why: "Logius takes certificates of PKIoverheid alone; one of a trial, or of the public web, is refused after weeks of waiting.",
    source: "Signicat, Go to production, step 2; PKIoverheid, G1 and G4",
    look: |subject| {
        each(subject, |named, certificate, more| match chain(subject, certificate, more) {
            Ok(chain) => Seen::ok(format!("{}: {}", named.place, chain.generation())),
            Err(Error::RootMissing { found: 0 }) => Seen::not_looked_at(
                format!("{}: no certificates of issuers are at hand", named.place),
                "download those of the issuer and its root from cert.pkioverheid.nl, and name the file in keys.issuers",
            ),
            Err(Error::RootMissing { .. }) => match named_root(subject, certificate, more) {
                // The root of signing certificates of G4 is not built in.
                Some((name, fingerprint)) => Seen::warning(
                    format!("{}: it ends at {name}, which is not built in; SHA-256 {fingerprint}", named.place),
                    "compare the SHA-256 with the one that cert.pkioverheid.nl has for this root",
                ),
                None => Seen::problem(
                    format!("{}: no root of PKIoverheid among the issuers of {}", named.place, certificate.issuer()),
                    "order a certificate of PKIoverheid (Private Services); or complete keys.issuers with the issuers and the root",
                ),
            },
            Err(error) => Seen::problem(
                format!("{}: {error}", named.place),
                "complete keys.issuers with the issuer of the certificate and its root, or order another certificate",
            ),
        })
    },
};

/// Follows a certificate to a root; a certificate that expired is another check's.
fn chain(subject: &Subject<'_>, certificate: &Certificate, more: &[Certificate]) -> Result<VerifiedChain, Error> {
    let others = others(subject, more);
    let at = within(subject.at, certificate);
    if others.is_empty() {
        Err(Error::RootMissing { found: 0 })
    } else {
        subject.roots.verify(certificate, &others, at)
    }
}

fn others(subject: &Subject<'_>, more: &[Certificate]) -> Vec<Certificate> {
    more.iter().cloned().chain(subject.issuers().unwrap_or_default()).collect()
}

fn within(at: DateTime<Utc>, certificate: &Certificate) -> DateTime<Utc> {
    at.max(certificate.not_before()).min(certificate.not_after())
}

/// Returns the root at hand that bears the name of one of PKIoverheid's G4 and is none of those that are built in.
fn named_root(subject: &Subject<'_>, certificate: &Certificate, more: &[Certificate]) -> Option<(String, String)> {
    let others = others(subject, more);
    let root = others
        .iter()
        .find(|other| other.common_name() == other.issuer() && other.common_name().starts_with(G4_ROOTS))?;
    let fingerprint = root.sha256_key_name().ok()?;
    let pinned = pkioverheid::PinnedRoots::none().and(Generation::G4, &fingerprint).ok()?;
    pinned.verify(certificate, &others, within(subject.at, certificate)).ok()?;
    Some((root.common_name(), fingerprint))
}

const G4_ROOTS: &str = "Staat der Nederlanden - G4 Root Priv";

pub(crate) static PKIO_GENERATION: Check = Check {
    code: "pkio_generation",
    step: Step::Renewal,
    title: "Its generation will be there for the renewal too",
    why: "G1 ends in November 2028. The next certificate is of G4: signed with RSASSA-PSS, keys of 3072 bits, another certificate for signing than for TLS.",
    source: "PKIoverheid, Programme of Requirements 5.2, G1 and G4",
    look: |subject| {
        each(subject, |named, certificate, more| match chain(subject, certificate, more) {
            Ok(chain) if chain.generation() == Generation::G1 && subject.at.date_naive() >= LAST_YEAR_OF_G1 => {
                Seen::warning(
                    format!("{}: G1", named.place),
                    "plan the change to G4: ask the issuer which certificates of G4 take its place, and Logius when it takes them",
                )
            }
            Ok(chain) => Seen::ok(format!("{}: {}", named.place, chain.generation())),
            Err(_) => Seen::not_looked_at("the chain does not hold", "see pkio_chain"),
        })
    },
};

/// A year before the root of G1 ends.
const LAST_YEAR_OF_G1: NaiveDate = match NaiveDate::from_ymd_opt(2027, 11, 13) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

pub(crate) static PKIO_OIN: Check = Check {
    code: "pkio_oin",
    step: Step::Certificate,
    title: "It has the OIN of the organisation",
    why: "Logius knows the organisation by the OIN in the certificate; a test OIN is not taken in production.",
    source: "OIN standard; Logius, factsheet SAML-certificaten en metadata",
    look: |subject| {
        let expected = subject.deployment.registration.as_ref().and_then(|table| table.oin.as_deref());
        each(subject, |named, certificate, _| {
            let place = named.place;
            let mend = "order a certificate with the organisation's OIN (oinregister.logius.nl), or set registration.oin right";
            match certificate.oin() {
                Err(error) => Seen::problem(format!("{place}: {error}"), mend),
                Ok(oin) if expected.is_some_and(|expected| expected != oin.as_str()) => Seen::problem(
                    format!("{place}: {oin}, and registration.oin is {}", expected.unwrap_or_default()),
                    mend,
                ),
                Ok(oin) if oin.register() == OinRegister::Test => {
                    subject.strict(format!("{place}: {oin}, a test OIN"), mend)
                }
                Ok(oin) => Seen::ok(oin),
            }
        })
    },
};

pub(crate) static PKIO_USAGE: Check = Check {
    code: "pkio_usage",
    step: Step::Certificate,
    title: "Its usage fits what it is used for",
    why: "G4 has another certificate for signing than for TLS; the wrong one fails at the first login.",
    source: "PKIoverheid, certificate profiles of G4; RFC 5280 4.2.1.3",
    look: |subject| {
        each(subject, |named, certificate, _| match certificate.require(named.role) {
            Ok(()) => Seen::ok(format!("{}: {}", named.place, named.role)),
            Err(error) => Seen::problem(
                format!("{}: {error}", named.place),
                format!("order or name the certificate that is meant for {}", named.role),
            ),
        })
    },
};

pub(crate) static PKIO_KEY_SIZE: Check = Check {
    code: "pkio_key_size",
    step: Step::Certificate,
    title: "Its key is long enough",
    why: "RSA of 2048 bits is the least; certificates of G4 have 3072.",
    source: "PKIoverheid, Programme of Requirements 5.2, G1 and G4",
    look: |subject| {
        each(subject, |named, certificate, more| {
            let g4 = chain(subject, certificate, more).is_ok_and(|chain| chain.generation() == Generation::G4);
            let least = if g4 { 3072 } else { 2048 };
            match certificate.key_bits() {
                Ok(bits) if bits >= least => Seen::ok(format!("{}: {bits} bits", named.place)),
                Ok(bits) => Seen::problem(
                    format!("{}: {bits} bits", named.place),
                    format!("ask for a new certificate with an RSA key of {least} bits"),
                ),
                Err(error) => {
                    Seen::problem(format!("{}: {error}", named.place), "ask for a certificate with an RSA key")
                }
            }
        })
    },
};

/// Looks at each certificate of PKIoverheid; that none is named, or one cannot be read, is for `pkio_readable` to say.
pub(super) fn each(
    subject: &Subject<'_>,
    look: impl Fn(&PkioCertificate<'_>, &Certificate, &[Certificate]) -> Seen,
) -> Option<Seen> {
    let named = pkio_certificates(subject.deployment);
    let seen = named.iter().map(|named| match subject.certificates(named.path) {
        Ok((certificate, more)) => look(named, &certificate, &more),
        Err(reason) => Seen::not_looked_at(reason, "see pkio_readable"),
    });
    Seen::worst(seen.collect())
}

/// Lists our certificates that need not be of PKIoverheid.
pub(super) fn other_certificates(deployment: &Deployment) -> Vec<(&'static str, &std::path::Path)> {
    let pkio: Vec<&std::path::Path> = pkio_certificates(deployment).iter().map(|named| named.path).collect();
    let own = own_keys(deployment).into_iter().map(|own| (own.place, own.certificate));
    own.filter(|(_, path)| !pkio.contains(path)).collect()
}
