//! What is set at the broker: scoping, sector code, filter, mappings.

use std::collections::BTreeMap;

use saml_config::SectorCodeForm;
use saml_digid::AttributeNames;

use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::{Subject, some};

pub(crate) static DIGID_ACTIVE: Check = Check {
    code: "digid_active",
    step: Step::Settings,
    title: "DigiD is added, and shows as active",
    why: "Until it is active the broker offers it to nobody.",
    source: "Signicat, Go to production, step 3",
    look: |subject| {
        let task =
            "in the Signicat Dashboard, eIDs: add DigiD, choose the certificate, and see that it shows as active";
        subject.is_broker().then(|| Seen::human("the settings are written down in [*.signicat] and checked here", task))
    },
};

pub(crate) static SCOPING: Check = Check {
    code: "scoping",
    step: Step::Settings,
    title: "Requests name DigiD (IdP scoping)",
    why: "With \"include only when scoped\" DigiD cannot be reached without it; without that, the next eID that is added to the account puts a choice screen before every login.",
    source: "Signicat, Go to production, step 3; open-forms#2387",
    look: |subject| {
        let table = some!(subject.signicat()?);
        let scoping = &subject.deployment.login.scoping;
        let mend = "set login.scoping = [\"digid\"], or leave it out";
        Some(match (scoping.is_empty(), table.only_when_scoped) {
            (false, _) => Seen::ok(scoping.join(", ")),
            (true, true) => Seen::problem("no scoping, and DigiD is included only when scoped", mend),
            (true, false) => Seen::warning("no scoping", mend),
        })
    },
};

pub(crate) static SCOPING_VALUE: Check = Check {
    code: "scoping_value",
    step: Step::Settings,
    title: "The names in the scoping are those of the broker",
    why: "The broker knows short names such as `digid`; what it does not know it leaves out, or it shows an error page.",
    source: "Signicat, IdP scoping; open-forms#2387",
    look: |subject| {
        let scoping = &subject.deployment.login.scoping;
        if !subject.is_broker() || scoping.is_empty() {
            return None;
        }
        let seen = scoping.iter().map(|value| scoped(subject, value));
        let several = (scoping.len() > 1).then(|| {
            Seen::warning(scoping.join(", "), "several names show a choice screen: leave the one that is meant")
        });
        Seen::worst(seen.chain(several).collect())
    },
};

fn scoped(subject: &Subject<'_>, value: &str) -> Seen {
    let mend = "set login.scoping to the short name of the eID in the Dashboard, such as digid";
    if value.is_empty() || value.trim() != value || value.contains(char::is_whitespace) {
        Seen::problem(format!("`{value}` is empty or has white space"), mend)
    } else if value.starts_with("idp:") || value.starts_with("idp_scoping:") {
        Seen::problem(format!("{value} is the form of OpenID Connect"), mend)
    } else if value.starts_with("urn:signicat:") {
        Seen::problem(format!("{value} is a form that Signicat does not have"), mend)
    } else if subject.is_production() && value.starts_with("simulator") {
        Seen::problem(format!("{value}: the simulator lets anybody be anybody"), mend)
    } else if !value.starts_with("digid") && value != "simulator" {
        Seen::warning(format!("{value} is not DigiD"), mend)
    } else {
        Seen::ok(value)
    }
}

pub(crate) static SECTOR_CODE: Check = Check {
    code: "sector_code",
    step: Step::Settings,
    title: "The sector code is expected as the broker sends it",
    why: "With the code stripped, a BSN and a sofinummer look the same; where both sides disagree, every login is refused.",
    source: "Signicat, Go to production, step 3; open-forms#3278",
    look: |subject| {
        let stripped = some!(subject.signicat()?).strip_sector_code;
        Some(match (stripped, subject.deployment.login.sector_code) {
            (true, SectorCodeForm::Required) => Seen::problem(
                "the broker strips it, login.sector_code requires it",
                "switch \"Strip sector code from nameID\" off, or set login.sector_code = \"stripped\"",
            ),
            (false, SectorCodeForm::Stripped) => Seen::problem(
                "the broker sends it, login.sector_code is \"stripped\"",
                "set login.sector_code = \"required\"",
            ),
            (true, SectorCodeForm::Stripped) => Seen::warning(
                "the broker strips it: nothing says any more that the number is a BSN",
                "switch \"Strip sector code from nameID\" off, and set login.sector_code = \"required\"",
            ),
            (_, SectorCodeForm::Optional) if subject.is_production() => Seen::warning(
                "either form is taken, as for the simulator",
                "set login.sector_code to the form that the broker sends",
            ),
            (_, SectorCodeForm::Optional) => Seen::ok("either form, as the simulator needs"),
            (false, SectorCodeForm::Required) => Seen::ok("sent, and required"),
            // A form that a later version of the file knows.
            (_, _) => return None,
        })
    },
};

pub(crate) static ATTRIBUTE_FILTER: Check = Check {
    code: "attribute_filter",
    step: Step::Settings,
    title: "The attribute filter lets through what the application needs",
    why: "What the filter drops never arrives. Without `nin` and `idpId` the NameID stands alone; without `actingNin` a representative cannot be told from the person represented.",
    source: "Signicat, Go to production, step 3; Signicat, attribute filters",
    look: |subject| {
        let table = some!(subject.signicat()?);
        let login = &subject.deployment.login;
        let Some(filter) = &table.attribute_filter else { return Some(Seen::ok("no filter")) };
        let passes = |name: &String| {
            let sources = sources(&table.attribute_mappings, name);
            filter.contains(name) || filter.iter().any(|kept| sources.contains(&kept.as_str()))
        };
        let names = AttributeNames::from(login.attribute_names.clone());
        let mut needed = login.attributes.clone();
        if login.representation {
            needed.extend([names.nin.clone(), names.acting_nin]);
        }
        let dropped: Vec<String> = needed.into_iter().filter(|name| !passes(name)).collect();
        let mend = |names: &str| format!("add {names} to the attribute filter of DigiD, or take the filter away");
        Some(if !dropped.is_empty() {
            Seen::problem(format!("dropped, and needed: {}", dropped.join(", ")), mend(&dropped.join(", ")))
        } else if !passes(&names.nin) {
            Seen::warning(format!("dropped: {}, so that the NameID stands alone", names.nin), mend(&names.nin))
        } else {
            Seen::ok(filter.join(", "))
        })
    },
};

pub(crate) static ATTRIBUTE_MAPPINGS: Check = Check {
    code: "attribute_mappings",
    step: Step::Settings,
    title: "The attribute mappings end at the names that are read",
    why: "A renamed attribute that nobody reads is one that no longer contradicts: a login is then as good as its NameID alone.",
    source: "Signicat, Go to production, step 3",
    look: |subject| {
        let table = some!(subject.signicat()?);
        let login = &subject.deployment.login;
        let mappings = &table.attribute_mappings;
        let mend = "make \"Response attribute mappings\" in the Dashboard, signicat.attribute_mappings and login.attribute_names agree";
        let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in mappings {
            targets.entry(to).or_default().push(from);
        }
        let doubled = targets
            .iter()
            .filter(|(_, from)| from.len() > 1)
            .map(|(to, from)| Seen::problem(format!("{} become one: {to}", from.join(" and ")), mend));
        let (sent, read) = (AttributeNames::default(), AttributeNames::from(login.attribute_names.clone()));
        let pairs = [(&sent.nin, &read.nin), (&sent.idp_id, &read.idp_id), (&sent.acting_nin, &read.acting_nin)];
        let unread = pairs.into_iter().filter_map(|(sent, read)| match mappings.get(sent) {
            Some(arrives) if arrives != read => {
                Some(Seen::problem(format!("{sent} arrives as {arrives}, and {read} is read"), mend))
            }
            None if sent != read && !targets.contains_key(read.as_str()) => {
                Some(Seen::warning(format!("{read} is read instead of {sent}, and no mapping makes it"), mend))
            }
            _ => None,
        });
        let lost =
            login.attributes.iter().filter(|name| mappings.contains_key(*name) && sources(mappings, name).is_empty());
        let lost = lost.map(|name| Seen::problem(format!("{name} is renamed, and login.attributes wants it"), mend));
        let found = if mappings.is_empty() { "no mappings" } else { "all are read" };
        Seen::worst(doubled.chain(unread).chain(lost).chain([Seen::ok(found)]).collect())
    },
};

/// Returns the names that are mapped onto `name`.
fn sources<'m>(mappings: &'m BTreeMap<String, String>, name: &str) -> Vec<&'m str> {
    mappings.iter().filter(|(_, to)| *to == name).map(|(from, _)| from.as_str()).collect()
}
