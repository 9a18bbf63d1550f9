//! The partner's metadata, and what goes to Logius.

use saml_config::{AnswerBinding, PartnerProfile};
use saml_digid::Environment;
use saml_metadata::{Error, Metadata};
use saml_protocol::Binding;
use saml_sp::RequestBinding;

use super::addresses::name;
use crate::check::{Check, Seen};
use crate::files::certificate_of;
use crate::step::Step;
use crate::subject::{Subject, some};
use crate::url::{difference, host};

pub(crate) static PARTNER_METADATA: Check = Check {
    code: "partner_metadata",
    step: Step::Metadata,
    title: "The partner's metadata is signed by the key that is pinned",
    why: "Whoever can change this file decides who logs in. Keys in messages are never believed.",
    source: "SAML Metadata 3; DigiD SAML 3.7, signatures",
    look: |subject| {
        let get = match subject.is_broker() {
            true => "take \"Get Signicat's metadata\" of Products > eID and Wallet Hub > SAML 2.0",
            false => "get the metadata from the partner",
        };
        let path = &subject.deployment.identity_provider.metadata;
        let there = format!("{get}, and put it at {}", path.display());
        let file = some!(subject.read(path).map_err(|reason| Seen::problem(reason, there)));
        let mend = format!("{get} anew, and the certificate for identity_provider.trust_keys by another way");
        let source = some!(subject.parts.metadata_source().map_err(|error| Seen::problem(error, &mend)));
        Some(match source.restore(&file) {
            // The signature held; whose metadata it is, partner_entity_id says.
            Ok(_) | Err(Error::EntityMismatch { .. }) if subject.deployment.identity_provider.follow_keys => {
                Seen::ok("the signature holds, by a key that is pinned or one in the file itself (follow_keys)")
            }
            Ok(_) | Err(Error::EntityMismatch { .. }) => Seen::ok("the signature holds"),
            Err(error) => Seen::problem(format!("{}: {error}", error.code()), mend),
        })
    },
};

pub(crate) static PARTNER_ROLE: Check = Check {
    code: "partner_role",
    step: Step::Metadata,
    title: "The partner's metadata is that of an identity provider",
    why: "Signicat hands out two files: one for the portal, and one for Logius in which the broker itself is the service.",
    source: "Signicat, SAML metadata; open-forms, form authentication issues",
    look: |subject| {
        let metadata = some!(unverified(subject));
        Some(match metadata.identity_provider() {
            Ok(_) => Seen::ok("an identity provider"),
            Err(Error::IsServiceProvider { entity_id, .. }) => Seen::problem(
                format!("{entity_id} is a service provider: this is the file for Logius"),
                "take \"Get Signicat's metadata\" of Products > eID and Wallet Hub > SAML 2.0; the other one is signicat.digid_metadata",
            ),
            Err(error) => Seen::problem(format!("{}: {error}", error.code()), "get the file anew from the partner"),
        })
    },
};

pub(crate) static PARTNER_ENTITY_ID: Check = Check {
    code: "partner_entity_id",
    step: Step::Metadata,
    title: "The partner's entity ID is the one that is expected",
    why: "An artifact names its sender by the SHA-1 of the entity ID: with another one, no artifact can be resolved.",
    source: "SAML Bindings 3.6.4; open-forms, form authentication issues",
    look: |subject| {
        let Some(expected) = &subject.deployment.identity_provider.entity_id else {
            return Some(Seen::not_looked_at("no entity ID is expected", "set identity_provider.entity_id"));
        };
        let metadata = some!(unverified(subject));
        let found = metadata.entity_id();
        Some(match found == expected {
            true => Seen::ok(found),
            false => Seen::problem(
                format!("expected {expected}, found {found}{}", difference(expected, found)),
                "get the metadata of the right account, or set identity_provider.entity_id letter by letter",
            ),
        })
    },
};

pub(crate) static PARTNER_OF_ENVIRONMENT: Check = Check {
    code: "partner_of_environment",
    step: Step::Metadata,
    title: "The partner's metadata is of this environment",
    why: "Another domain is another account with other keys: requests go astray, or test persons come in.",
    source: "Signicat, domains; DigiD SAML 3.7, endpoints",
    look: |subject| {
        let entity_id = some!(unverified(subject)).entity_id().to_owned();
        let mend = format!("get the metadata for {}", subject.name());
        match subject.deployment.profile {
            PartnerProfile::SignicatBroker => {
                let domain = &some!(subject.signicat()?).domain;
                Some(match host(&entity_id).is_some_and(|host| host.eq_ignore_ascii_case(domain)) {
                    true => Seen::ok(entity_id),
                    false => Seen::problem(format!("{entity_id}, and the domain of the account is {domain}"), mend),
                })
            }
            PartnerProfile::Digid => {
                let other = match subject.environment {
                    Environment::PreProduction => Environment::Production,
                    Environment::Production => Environment::PreProduction,
                };
                Some(if entity_id == subject.environment.digid() {
                    Seen::ok(entity_id)
                } else if entity_id == other.digid() {
                    Seen::problem(format!("{entity_id}, which is of the other environment"), mend)
                } else {
                    Seen::warning(format!("{entity_id}, and DigiD is {}", subject.environment.digid()), mend)
                })
            }
            _ => None,
        }
    },
};

pub(crate) static PARTNER_VALID: Check = Check {
    code: "partner_valid",
    step: Step::Metadata,
    title: "The partner's metadata is valid for some time",
    why: "At validUntil every login stops. Signicat sets it to the end of its certificate; fresh files come without notice.",
    source: "SAML Metadata 2.3.2; open-forms#6612",
    look: |subject| {
        let metadata = some!(unverified(subject));
        let until = metadata.identity_provider().map_or(metadata.valid_until(), |role| role.valid_until());
        let mend = "fetch the metadata anew (saml metadata fetch), from a timer once a day";
        Some(match until {
            None => Seen::ok("it names no end"),
            Some(until) if until <= subject.at => Seen::problem(format!("it ended on {}", until.date_naive()), mend),
            Some(until) if (until - subject.at).num_days() <= LEAST_DAYS => {
                Seen::warning(format!("until {}, {} days", until.date_naive(), (until - subject.at).num_days()), mend)
            }
            Some(until) => Seen::ok(format!("until {}", until.date_naive())),
        })
    },
};

pub(crate) static PARTNER_FRESH: Check = Check {
    code: "partner_fresh",
    step: Step::Metadata,
    title: "The copy of the partner's metadata is fresh",
    why: "A change of keys at the partner took logins down for everybody whose copy was old.",
    source: "open-forms#6612",
    look: |subject| {
        let table = &subject.deployment.identity_provider;
        let mend = "run `saml metadata fetch` from a timer, once a day";
        if table.metadata_url.is_none() {
            return subject.is_broker().then(|| {
                Seen::not_looked_at("the file names no URL to fetch it from", "set identity_provider.metadata_url")
            });
        }
        let changed = std::fs::metadata(subject.path(&table.metadata)).and_then(|metadata| metadata.modified());
        Some(match changed {
            Err(error) => Seen::not_looked_at(format!("{}: {error}", table.metadata.display()), "see partner_metadata"),
            Ok(changed) => {
                let days = (subject.at - chrono::DateTime::<chrono::Utc>::from(changed)).num_days();
                match days {
                    ..=MOST_DAYS_OLD => Seen::ok(format!("confirmed {} days ago", days.max(0))),
                    _ => Seen::warning(format!("confirmed {days} days ago"), mend),
                }
            }
        })
    },
};

pub(crate) static PARTNER_ENDPOINTS: Check = Check {
    code: "partner_endpoints",
    step: Step::Metadata,
    title: "The partner has the endpoints that are used",
    why: "Without them requests have nowhere to go, or artifacts nobody who resolves them.",
    source: "Signicat, SAML metadata; open-forms, form authentication issues",
    look: |subject| {
        let partner = some!(subject.partner().map_err(|reason| Seen::not_looked_at(reason, "see partner_metadata")));
        let asks = match subject.parts.request_binding() {
            RequestBinding::Post => Binding::HttpPost,
            RequestBinding::Redirect => Binding::HttpRedirect,
        };
        let mut missing = Vec::new();
        if partner.single_sign_on_location(asks).is_none() {
            missing.push(format!("no SingleSignOnService for {}", name(asks)));
        }
        if subject.parts.answer_binding() == AnswerBinding::Artifact && partner.artifact_resolution().is_empty() {
            missing.push("no ArtifactResolutionService".to_owned());
        }
        if subject.deployment.portal.single_logout && partner.single_logout().is_empty() {
            missing.push("no SingleLogoutService".to_owned());
        }
        Some(match missing.is_empty() {
            true => Seen::ok(format!("{} and what answers need", name(asks))),
            false => Seen::problem(
                missing.join(", "),
                "set login.request_binding, portal.binding and portal.single_logout to what the partner offers",
            ),
        })
    },
};

pub(crate) static GET_METADATA: Check = Check {
    code: "get_metadata",
    step: Step::Metadata,
    title: "The metadata for Logius is at hand",
    why: "Logius registers the broker by this file, which is not the one that the portal reads.",
    source: "Signicat, Go to production, step 4",
    look: |subject| {
        let file = subject.deployment.signicat.as_ref().and_then(|table| table.digid_metadata.as_ref());
        let ready = file.map_or_else(|| "no file yet".to_owned(), |path| format!("{}", path.display()));
        let task = "in the Signicat Dashboard, eIDs > DigiD: \"Get Signicat metadata\"; name the file in signicat.digid_metadata";
        (subject.is_broker() && file.is_none()).then(|| Seen::human(ready, task))
    },
};

pub(crate) static LOGIUS_METADATA_ROLE: Check = Check {
    code: "logius_metadata_role",
    step: Step::Metadata,
    title: "The metadata for Logius is that of a service provider",
    why: "With the two files of Signicat mixed up, the request form comes back after days.",
    source: "Signicat, DigiD set-up",
    look: |subject| {
        let path = subject.deployment.signicat.as_ref()?.digid_metadata.as_ref().filter(|_| subject.is_broker())?;
        let mend = "take \"Get Signicat metadata\" of eIDs > DigiD";
        Some(
            match subject.metadata(path).and_then(|metadata| {
                metadata
                    .service_provider()
                    .map(|role| role.entity_id().to_owned())
                    .map_err(|error| format!("{}: {error}", error.code()))
            }) {
                Ok(entity_id) => Seen::ok(entity_id),
                Err(reason) => Seen::problem(reason, mend),
            },
        )
    },
};

pub(crate) static LOGIUS_METADATA_CERTIFICATE: Check = Check {
    code: "logius_metadata_certificate",
    step: Step::Metadata,
    title: "The metadata for Logius has the certificate that was bought",
    why: "DigiD believes the certificate in the registered metadata and no other; after a renewal the old file is a trap.",
    source: "DigiD SAML 3.7, signatures; Signicat, DigiD certificates",
    look: |subject| {
        let table = subject.deployment.signicat.as_ref().filter(|_| subject.is_broker())?;
        let (metadata, certificate) = (table.digid_metadata.as_ref()?, table.pkioverheid_certificate.as_ref()?);
        let unread = |reason| Seen::not_looked_at(reason, "see logius_metadata_role and pkio_readable");
        let (certificate, _) = some!(subject.certificates(certificate).map_err(unread));
        let read = subject.metadata(metadata);
        let role =
            some!(read.and_then(|read| read.service_provider().map_err(|error| error.to_string())).map_err(unread));
        let found =
            role.signing_keys().iter().filter_map(|key| certificate_of(key).ok()).any(|found| found == certificate);
        Some(match found {
            true => Seen::ok(certificate.common_name()),
            false => Seen::problem(
                format!("the certificate of {} is not in it", certificate.common_name()),
                "choose the certificate for DigiD in the Dashboard, and take \"Get Signicat metadata\" again",
            ),
        })
    },
};

pub(crate) static LOGIUS_METADATA_FORM: Check = Check {
    code: "logius_metadata_form",
    step: Step::Metadata,
    title: "Our metadata has the form that DigiD 3.x registers",
    why: "Logius takes it by hand, once: a file that ends, or has two keys, is sent back.",
    source: "DigiD SAML 3.7, metadata of the service provider",
    look: |subject| {
        if subject.deployment.profile != PartnerProfile::Digid {
            return None;
        }
        let Some((path, metadata)) = subject.registered() else {
            return Some(Seen::not_looked_at(
                "no file of ours for Logius",
                "make it with `saml metadata new`, and name it in registration.registered_metadata",
            ));
        };
        let metadata = some!(metadata.map_err(|reason| Seen::problem(reason, "make it anew with `saml metadata new`")));
        let role = match metadata.service_provider() {
            Ok(role) => role,
            Err(error) => {
                return Some(Seen::problem(
                    format!("{}: {error}", path.display()),
                    "make it anew with `saml metadata new`",
                ));
            }
        };
        let artifact = |index| {
            role.assertion_consumer_services()
                .iter()
                .any(|service| service.index == index && service.binding == Binding::HttpArtifact)
        };
        let rules = [
            (metadata.valid_until().is_some() || role.valid_until().is_some(), "validUntil"),
            (metadata.cache_duration().is_some(), "cacheDuration"),
            (!metadata.is_signed(), "no signature"),
            (role.signing_keys().len() != 1, "not exactly one signing key"),
            (!role.encryption_keys().is_empty(), "an encryption key"),
            (!role.authn_requests_signed(), "AuthnRequestsSigned is not true"),
            (!artifact(0), "no consumer service for HTTP-Artifact with index 0"),
        ];
        let broken: Vec<&str> = rules.into_iter().filter(|(broken, _)| *broken).map(|(_, rule)| rule).collect();
        Some(match broken.is_empty() {
            true => Seen::ok("as in the table"),
            false => Seen::problem(
                broken.join(", "),
                "make it anew with `saml metadata new --key-name sha1`, and register that",
            ),
        })
    },
};

/// Reads the partner's metadata without looking at its signature, which is another check's.
fn unverified(subject: &Subject<'_>) -> Result<Metadata, Seen> {
    let read = subject.metadata(&subject.deployment.identity_provider.metadata);
    read.map_err(|reason| Seen::not_looked_at(reason, "see partner_metadata"))
}

/// A fortnight, as for our own certificates.
const LEAST_DAYS: i64 = 14;
/// A timer that fetches once a day has missed several days by then.
const MOST_DAYS_OLD: i64 = 7;
