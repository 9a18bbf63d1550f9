//! The account at the broker, its domain, and ours.

use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::{Subject, some};
use crate::url::{host, is_below};

pub(crate) static PRODUCTION_ACCOUNT: Check = Check {
    code: "production_account",
    step: Step::Account,
    title: "A production account at Signicat",
    why: "DigiD in production needs an account for which the company onboarding is done; a sandbox account will not do.",
    source: "Signicat, Go to production, step 1",
    look: |subject| {
        let domain =
            subject.deployment.signicat.as_ref().map_or("no domain in the file yet", |table| table.domain.as_str());
        (subject.is_broker() && subject.is_production()).then(|| {
            Seen::human(
                domain,
                "in the Signicat Dashboard: finish the company onboarding, make or choose the production account, add the domain",
            )
        })
    },
};

pub(crate) static DOMAIN_CUSTOM: Check = Check {
    code: "domain_custom",
    step: Step::Account,
    title: "The domain of the account is your own",
    why: "Logius does not take DigiD on a domain of Signicat; the domain must be of the organisation that may use the BSN.",
    source: "Signicat, Go to production, step 1",
    look: |subject| {
        let domain = &some!(subject.signicat()?).domain;
        let bare = domain.split("://").last().unwrap_or_default().trim_end_matches('/');
        Some(match SUPPLIER_DOMAINS.iter().find(|supplier| is_below(bare, supplier)) {
            Some(supplier) => subject.strict(
                format!("{domain}, which is below {supplier}"),
                "add a custom domain to the account, such as inloggen.ORGANISATION.nl, and register the new metadata",
            ),
            None if bare != domain || !bare.contains('.') || bare.contains('/') => Seen::problem(
                domain,
                format!("write signicat.domain in [{}.signicat] as a host name alone", subject.name()),
            ),
            None => Seen::ok(domain),
        })
    },
};

pub(crate) static LETS_ENCRYPT_DOT_NL: Check = Check {
    code: "lets_encrypt_dot_nl",
    step: Step::Account,
    title: "A certificate of Let's Encrypt only on a .nl domain",
    why: "Logius takes a server certificate of Let's Encrypt on a .nl domain alone.",
    source: "Signicat, Go to production, step 1",
    look: |subject| {
        let table = some!(subject.signicat()?);
        Some(match (table.lets_encrypt, is_below(&table.domain, "nl")) {
            (true, false) => subject.strict(
                format!("{} has a certificate of Let's Encrypt", table.domain),
                "move to a .nl domain, or bring a certificate of another issuer (self-managed, in the Dashboard)",
            ),
            (true, true) => Seen::ok("Let's Encrypt, on a .nl domain"),
            (false, _) => Seen::ok("not of Let's Encrypt, the file says"),
        })
    },
};

pub(crate) static CONSUMER_SERVICE_DOT_NL: Check = Check {
    code: "consumer_service_dot_nl",
    step: Step::Account,
    title: "The portal has a .nl domain",
    why: "The login page must stand on a .nl domain with DNSSEC; testers look at it first.",
    source: "Logius checklist, T2",
    look: |subject| {
        let url = subject.deployment.portal.assertion_consumer_service();
        subject.is_digid().then(|| match host(&url) {
            Some(found) if is_below(found, "nl") => Seen::ok(found),
            Some(found) => subject.strict(found, "give the portal a host name that ends in .nl, and register it anew"),
            None => Seen::problem(format!("{url}, which has no host"), "write it as https://HOST/saml/acs"),
        })
    },
};

pub(crate) static DNSSEC: Check = Check {
    code: "dnssec",
    step: Step::Account,
    title: "The domain is signed (DNSSEC)",
    why: "Without DNSSEC others can point the name elsewhere; Logius asks for it since PKIoverheid is no longer needed here.",
    source: "Logius checklist, T2",
    look: |subject| {
        let url = subject.deployment.portal.base_url.as_str();
        let name = host(url).unwrap_or(url);
        (subject.is_digid() && not_public(name).is_none()).then(|| {
            Seen::human(
                name,
                format!("ask internet.nl for {name}, or run `delv {name}`: it must say \"fully validated\""),
            )
        })
    },
};

/// Below these Signicat gives names out to anybody (Signicat, custom domains; legacy broker hosts).
const SUPPLIER_DOMAINS: [&str; 6] =
    ["signicat.com", "signicat.pro", "signicat.nl", "signicat.io", "connectis.com", "connectis.nl"];

/// Returns a host that cannot be that of a portal in production, and why.
pub(crate) fn not_public(host: &str) -> Option<&'static str> {
    if crate::url::is_loopback(host) {
        return Some("the machine itself");
    }
    if host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_ok() {
        return Some("an address and no name");
    }
    let reserved = RESERVED.iter().find(|name| is_below(host, name));
    reserved.map(|_| "reserved for examples and tests").or_else(|| (!host.contains('.')).then_some("no domain"))
}

/// RFC 2606, RFC 6762, RFC 8375; and what SIDN keeps for examples.
const RESERVED: [&str; 10] = [
    "test",
    "example",
    "invalid",
    "local",
    "internal",
    "home.arpa",
    "example.com",
    "example.net",
    "example.org",
    "example.nl",
];

pub(crate) static PUBLIC_HOST: Check = Check {
    code: "public_host",
    step: Step::Account,
    title: "The portal has a name that browsers can reach",
    why: "An address of a test machine in production leaves each citizen with an answer that goes nowhere.",
    source: "Logius checklist, C1",
    look: |subject: &Subject<'_>| {
        let portal = &subject.deployment.portal;
        let urls = [portal.base_url.clone(), portal.assertion_consumer_service()];
        let seen = urls.iter().map(|url| match host(url) {
            None => Seen::problem(format!("{url}, which has no host"), "write it as https://HOST"),
            Some(found) => match not_public(found) {
                Some(why) if subject.is_production() => {
                    Seen::problem(format!("{found}, which is {why}"), "set portal.base_url to the public host name")
                }
                Some(why) => Seen::ok(format!("{found}, which is {why}: for tests alone")),
                None => Seen::ok(found),
            },
        });
        Seen::worst(seen.collect())
    },
};
