//! What a login asks for, and who may authenticate.

use saml_config::{Level, PartnerProfile};
use saml_digid::{DIGID_AD_PRODUCTION, DIGID_PRODUCTION};

use super::configuration::{self, conflict};
use crate::check::{Check, Seen};
use crate::step::Step;

pub(crate) static LEVEL_FLOOR: Check = Check {
    code: "level_floor",
    step: Step::Protocol,
    title: "The lowest level is more than a password",
    why: "DigiD Basis is a user name and a password; a tester logs in with a lower level than was asked, and must be refused.",
    source: "Logius checklist, minimum level",
    look: |subject| {
        let level = subject.deployment.login.level;
        let name = saml_digid::LevelOfAssurance::from(level).name();
        subject.is_digid().then(|| match level {
            Level::Basic => Seen::warning(
                name,
                "set login.level to the level that is agreed with Logius; keep basic only where that is it",
            ),
            _ => Seen::ok(name),
        })
    },
};

pub(crate) static FORCE_AUTHN: Check = Check {
    code: "force_authn",
    step: Step::Protocol,
    title: "Each login asks for credentials anew",
    why: "Without ForceAuthn a session at the broker answers for whoever sits at the computer, with the stored answer of the first login.",
    source: "Signicat, single sign-on; open-forms#5631",
    look: |subject| {
        let single_sign_on = subject.deployment.registration.as_ref().is_some_and(|table| table.single_sign_on);
        subject.is_digid().then(|| match (subject.deployment.login.force_authn, single_sign_on) {
            (true, _) => Seen::ok("ForceAuthn is sent"),
            (false, true) => Seen::ok("not sent, for single sign-on as registered"),
            (false, false) => Seen::problem(
                "login.force_authn = false, and no single sign-on is registered",
                "take login.force_authn away",
            ),
        })
    },
};

pub(crate) static SINGLE_SIGN_ON: Check = Check {
    code: "single_sign_on",
    step: Step::Protocol,
    title: "Single sign-on is as registered",
    why: "With DigiD eenmalig inloggen registered, a portal that always asks for credentials takes no part in it, and one that does not log out at DigiD leaves the citizen logged in elsewhere.",
    source: "DigiD SAML 3.7, eenmalig inloggen",
    look: |subject| {
        if subject.deployment.profile != PartnerProfile::Digid {
            return None;
        }
        let portal = &subject.deployment.portal;
        let Some(registration) = &subject.deployment.registration else {
            return Some(Seen::not_looked_at("the file does not say what is registered", subject.add("registration")));
        };
        let conflict = conflict(subject, &[configuration::SINGLE_LOGOUT, configuration::SINGLE_SIGN_ON]);
        Some(conflict.unwrap_or_else(|| match (registration.single_sign_on, portal.single_logout) {
            (true, false) => {
                Seen::warning("registered, and portal.single_logout is off", "set portal.single_logout = true")
            }
            (true, true) => Seen::ok("registered, asked for, with logout"),
            (false, _) => Seen::ok("not registered, and not asked for"),
        }))
    },
};

pub(crate) static AUTHORITIES: Check = Check {
    code: "authorities",
    step: Step::Protocol,
    title: "Who may authenticate behind the partner is named",
    why: "A broker answers for every eID in the same form: without an allow-list the number of another eID passes for a BSN.",
    source: "SAML Core 2.7.2.2; Signicat, DigiD attribute reference",
    look: |subject| {
        let authorities = &subject.deployment.login.authorities;
        let example = match subject.deployment.profile {
            PartnerProfile::SignicatBroker => subject.environment.digid(),
            PartnerProfile::StSaml => subject.environment.digid_ad(),
            _ => return None,
        };
        Some(match authorities.is_empty() {
            true => Seen::problem(
                "login.authorities is empty: nobody can log in",
                format!("set login.authorities = [\"{example}\"]"),
            ),
            false => Seen::ok(authorities.join(", ")),
        })
    },
};

pub(crate) static AUTHORITIES_OF_ENVIRONMENT: Check = Check {
    code: "authorities_of_environment",
    step: Step::Protocol,
    title: "No test authority in production, and no citizen in preproduction",
    why: "At the simulator and in DigiD's preproduction anybody can be anybody.",
    source: "Signicat, simulator; Logius checklist, C1",
    look: |subject| {
        let authorities = &subject.deployment.login.authorities;
        if !matches!(subject.deployment.profile, PartnerProfile::SignicatBroker | PartnerProfile::StSaml)
            || authorities.is_empty()
        {
            return None;
        }
        let environment = subject.environment;
        let right = if subject.is_broker() { environment.digid() } else { environment.digid_ad() };
        let mend = format!("set login.authorities = [\"{right}\"]");
        let refused = subject.parts.profile().err().filter(|error| error.code() == "config_test_authority");
        let real = authorities.iter().find(|authority| !subject.is_production() && is_real(authority.trim()));
        Some(match (refused, real) {
            (Some(error), _) => Seen::problem(error, mend),
            (None, Some(authority)) => Seen::problem(format!("{authority} in {}", subject.name()), mend),
            (None, None) => Seen::ok(format!("all of {}", subject.name())),
        })
    },
};

fn is_real(authority: &str) -> bool {
    [DIGID_PRODUCTION, DIGID_AD_PRODUCTION].contains(&authority)
}

pub(crate) static SERVICE: Check = Check {
    code: "service",
    step: Step::Protocol,
    title: "The service of the service catalogue is named",
    why: "An answer for another service of ours must not do for this one.",
    source: "ST-SAML 1.0, processing rules",
    look: |subject| {
        if subject.deployment.profile != PartnerProfile::StSaml {
            return None;
        }
        let service = subject.deployment.login.service.as_deref().unwrap_or_default();
        let groups: Vec<usize> = service.split('-').map(str::len).collect();
        let is_uuid =
            groups == [8, 4, 4, 4, 12] && service.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        Some(match is_uuid {
            true => Seen::ok(service),
            false => Seen::problem(
                if service.is_empty() { "login.service is not set" } else { "login.service is no UUID" },
                "set login.service to the ServiceUUID of the catalogue",
            ),
        })
    },
};

pub(crate) static LANGUAGE: Check = Check {
    code: "language",
    step: Step::Protocol,
    title: "The broker shows its pages in Dutch or English",
    why: "The broker takes the language from the request, and shows its own for one that it does not know.",
    source: "Signicat, SAML examples",
    look: |subject| {
        let language = subject.deployment.login.language.as_str();
        subject.is_broker().then(|| match language {
            "nl" | "en" => Seen::ok(language),
            _ => Seen::warning(language, "set login.language = \"nl\""),
        })
    },
};
