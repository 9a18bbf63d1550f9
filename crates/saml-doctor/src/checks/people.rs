//! What only people can do: contracts, forms, approval, audit. And whether what they need for it is at hand.

use chrono::{Datelike, Months, NaiveDate};
use saml_digid::LevelOfAssurance;

use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::Subject;

pub(crate) static AGREEMENTS: Check = Check {
    code: "agreements",
    step: Step::Preproduction,
    title: "The agreements are signed",
    why: "DigiD is for organisations with a public task and a legal right to the BSN; a broker needs a contract and a data processing agreement.",
    source: "Signicat, DigiD prerequisites; Logius, aansluiten op DigiD",
    look: |subject| {
        let broker =
            "sign the contract and the data processing agreement with Signicat, have the right to the BSN written down";
        let direct =
            "have the public task and the right to the BSN written down, and the implementation plan for Logius";
        subject.is_digid().then(|| {
            Seen::human(
                format!("organisation: {}", subject.deployment.portal.organisation),
                if subject.is_broker() { broker } else { direct },
            )
        })
    },
};

pub(crate) static PREPRODUCTION_APPROVED: Check = Check {
    code: "preproduction_approved",
    step: Step::Preproduction,
    title: "Logius has approved the preproduction connection",
    why: "Production cannot be asked for before.",
    source: "Signicat, Go to production; Logius, aansluiten op DigiD",
    look: |subject| {
        (subject.is_digid() && subject.is_production()).then(|| {
            Seen::human(
                if subject.other.is_some() {
                    "preproduction is in the file"
                } else {
                    "preproduction is not in the file"
                },
                "test preproduction with the checklist, and have the approval of Logius in writing",
            )
        })
    },
};

pub(crate) static CERTIFICATE_UPLOADED: Check = Check {
    code: "certificate_uploaded",
    step: Step::Certificate,
    title: "The certificate is uploaded, and chosen for DigiD",
    why: "Uploading adds it to a list and changes nothing: choosing it is a step of its own, for each eID. The CSR must come from the Dashboard, a key of your own is not taken.",
    source: "Signicat, Go to production, step 2; Signicat, DigiD certificates",
    look: |subject| {
        let file = subject.deployment.signicat.as_ref().and_then(|table| table.pkioverheid_certificate.as_ref());
        subject.is_broker().then(|| Seen::human(
            file.map_or_else(|| "no certificate in the file yet".to_owned(), |path| path.display().to_string()),
            "in the Dashboard, Account management > Signing Certificates: upload .pem or .cer, and choose it for DigiD",
        ))
    },
};

pub(crate) static REGISTRATION_DATA: Check = Check {
    code: "registration_data",
    step: Step::Request,
    title: "What the request form asks for is at hand",
    why: "A form with gaps comes back, and each round takes Logius five working days.",
    source: "Logius, Aanvraagformulier",
    look: |subject| {
        if !subject.is_digid() {
            return None;
        }
        let Some(table) = &subject.deployment.registration else {
            return Some(Seen::warning("nothing is written down for the forms", subject.add("registration")));
        };
        let contact = table.technical_contact.as_ref();
        let lacks = [
            (table.web_service_name.trim().is_empty(), "web_service_name"),
            (table.oin.is_none(), "oin"),
            (table.website.is_none(), "website"),
            (contact.is_none(), "technical_contact"),
            (contact.is_some_and(|contact| !contact.email.contains('@')), "technical_contact.email"),
            (contact.is_some_and(|contact| contact.telephone.is_none()), "technical_contact.telephone"),
        ];
        let lacks: Vec<&str> = lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, name)| name).collect();
        Some(match lacks.is_empty() {
            true => Seen::ok(form(subject)),
            false => Seen::warning(
                format!("missing: {}", lacks.join(", ")),
                format!("fill in [{}.registration]", subject.name()),
            ),
        })
    },
};

/// Sums up what goes into the form.
fn form(subject: &Subject<'_>) -> String {
    let registration = subject.deployment.registration.as_ref();
    let name = registration.map_or("(not filled in)", |table| table.web_service_name.as_str());
    let level = LevelOfAssurance::from(subject.deployment.login.level).dutch_name();
    let single_sign_on = if registration.is_some_and(|table| table.single_sign_on) { "ja" } else { "nee" };
    let base = &subject.deployment.portal.base_url;
    format!("Webdienstnaam: {name}; niveau: {level}; eenmalig inloggen: {single_sign_on}; URL: {base}")
}

pub(crate) static REQUEST_FORM: Check = Check {
    code: "request_form",
    step: Step::Request,
    title: "The request form is sent to Logius",
    why: "Logius makes the connection by this form, with the metadata in it.",
    source: "Signicat, Go to production, step 5",
    look: |subject| {
        subject.is_digid().then(|| {
            Seen::human(
                form(subject),
                format!(
                    "send the Aanvraagformulier for {}, with the metadata for Logius; count on five working days",
                    subject.name()
                ),
            )
        })
    },
};

pub(crate) static ACTIVATION_FORM: Check = Check {
    code: "activation_form",
    step: Step::Activation,
    title: "The production connection is activated",
    why: "Until then DigiD refuses every request.",
    source: "Signicat, Go to production, step 7",
    look: |subject| {
        let activated = activated(subject);
        (subject.is_digid() && subject.is_production() && activated.is_none()).then(|| Seen::human(
            form(subject),
            "send the Wijzigingsformulier, \"Ik wil mijn productieaansluiting activeren\"; then set registration.activated_on",
        ))
    },
};

pub(crate) static APPROVAL: Check = Check {
    code: "approval",
    step: Step::Approval,
    title: "Logius approves after tests",
    why: "Testers look at the pages with people's eyes: the cancel text, links to digid.nl alone, a logout button that is always there.",
    source: "Signicat, Go to production, step 8; Logius checklist, C3, T7 and T13",
    look: |subject| {
        let portal = &subject.deployment.portal;
        subject.is_digid().then(|| {
            Seen::human(
                format!("start page: {}{}", portal.base_url.trim_end_matches('/'), portal.start_page),
                "play the checklist with saml check-acceptance, do what it leaves to people, then ask for the approval",
            )
        })
    },
};

pub(crate) static AUDIT: Check = Check {
    code: "audit",
    step: Step::Audit,
    title: "The security assessment is planned",
    why: "The report must be there within two months of the activation, then each year between 1 January and 1 May; auditors are booked early.",
    source: "Signicat, Go to production, step 9; Logius, ICT-beveiligingsassessments DigiD",
    look: |subject| {
        if !subject.is_digid() || !subject.is_production() {
            return None;
        }
        let today = subject.at.date_naive();
        let task = "book an auditor of the NOREA register; ask the suppliers for their statements (Signicat: RSO, formerly TPM)";
        let Some(activated) = activated(subject) else {
            return Some(Seen::human("registration.activated_on is not set: no day is known", task));
        };
        let first = activated.checked_add_months(Months::new(2)).unwrap_or(activated);
        let (due, next) = (if today <= first { "is" } else { "was" }, window(today, first));
        Some(Seen::human(format!("activated on {activated}: the first report {due} due by {first}; then {next}"), task))
    },
};

/// Returns the first window for yearly reports that ends after `today`, in a later year than that of the first report.
fn window(today: NaiveDate, first: NaiveDate) -> String {
    let is_open = NaiveDate::from_ymd_opt(today.year(), 5, 1).is_some_and(|end| today < end);
    let year = (if is_open { today.year() } else { today.year() + 1 }).max(first.year() + 1);
    format!("{year}-01-01 to {year}-05-01")
}

fn activated(subject: &Subject<'_>) -> Option<NaiveDate> {
    subject.deployment.registration.as_ref()?.activated_on
}

pub(crate) static TELL_LOGIUS: Check = Check {
    code: "tell_logius",
    step: Step::Renewal,
    title: "Logius hears of each new certificate, in time",
    why: "DigiD must have the new certificate before it is put to use, or every login fails at that moment.",
    source: "Signicat, Go to production, step 10; Signicat, renew certificates",
    look: |subject| {
        (subject.is_digid() && subject.is_production()).then(|| Seen::human(
            "days to order by: see pkio_expiry",
            "at a renewal: order, send Logius the metadata with the Wijzigingsformulier, agree on the moment, and only then switch",
        ))
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_window_is_that_of_this_year_until_may() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(window(day("2026-04-30"), day("2024-08-01")), "2026-01-01 to 2026-05-01");
        assert_eq!(window(day("2026-05-01"), day("2024-08-01")), "2027-01-01 to 2027-05-01");
        // The first report is not followed by another in the same year.
        assert_eq!(window(day("2026-03-01"), day("2026-04-01")), "2027-01-01 to 2027-05-01");
    }
}
