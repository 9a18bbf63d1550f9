use saml_name_id::{Bsn, Identity, NameIdRules, SectorCode};
use saml_response::{Check, Error, Trace, ValidAssertion};

use crate::profile::{IdentifiedBy, Profile};

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Whom the login is about: the person represented, where somebody acts for another.
    pub identity: Identity,
    /// The person at the keyboard, where that is somebody else (ATT-206).
    pub acting: Option<Bsn>,
}

impl Profile {
    /// Turns a valid assertion into who logged in.
    ///
    /// Refused: a NameID of another format, or one that breaks the profile's rules; attributes that name another person
    /// than the NameID; a representative, unless the profile allows representation.
    ///
    /// # Errors
    /// An [`Error`] with the code of `saml-name-id`, `name_id_format`, `idp_id_conflict`, `nin_conflict`,
    /// `identity_ambiguous` or `representation_not_allowed`; for Stelsel Toegang also `service_uuid`,
    /// `acting_subject_id`, `legal_subject_id`, `identifier_qualifier`, `identifier_format` or
    /// `identifier_sp_qualifier`.
    pub fn subject(&self, assertion: &ValidAssertion, trace: &mut Trace) -> Result<Subject, Error> {
        self.check_format(assertion, trace)?;
        let names = match &self.identified_by {
            IdentifiedBy::EncryptedIdentifiers { service } => return self.encrypted_subject(service, assertion, trace),
            IdentifiedBy::NameId => None,
            IdentifiedBy::NameIdAndAttributes(names) => Some(names),
        };
        let identity = read(&NAME_ID, &self.name_id, assertion.name_id().expose(), trace)?;
        let Some(names) = names else { return Ok(Subject { identity, acting: None }) };
        if let Some(value) = only_value(assertion, &names.idp_id, trace)? {
            // Whether a broker that strips the sector code of the NameID strips it here as well is not documented;
            // either way it has to be the same person.
            let either_form = NameIdRules::sectoral_or_stripped(&[SectorCode::Bsn], SectorCode::Bsn);
            let again = read(&IDP_ID, &either_form, value, trace)?;
            same_person(&IDP_ID, again == identity, trace)?;
        }
        if let Some(value) = only_value(assertion, &names.nin, trace)? {
            let nin = bsn(&NIN, value, trace)?;
            same_person(&NIN, identity == Identity::Bsn(nin), trace)?;
        }
        let acting = match only_value(assertion, &names.acting_nin, trace)? {
            Some(value) => Some(bsn(&ACTING_NIN, value, trace)?),
            None => None,
        };
        require_representation(acting.is_some(), self.representation, trace)?;
        Ok(Subject { identity, acting })
    }

    /// Requires the NameID to be of the kind that the profile reads (ATT-137).
    fn check_format(&self, assertion: &ValidAssertion, trace: &mut Trace) -> Result<(), Error> {
        let format = assertion.name_id().format();
        let Some(formats) = self.name_id_formats else {
            trace.not_checked(&NAME_ID_FORMAT, "the application tells formats apart itself");
            return Ok(());
        };
        let fits = format.is_none_or(|format| formats.contains(&format));
        let expected = || format!("no Format, or {}", formats.join(" or "));
        trace.check(&NAME_ID_FORMAT, fits, expected, || format.unwrap_or("none").to_owned())
    }
}

/// Reads an identifier by `rules`.
pub(crate) fn read(
    check: &'static Check,
    rules: &NameIdRules,
    value: &str,
    trace: &mut Trace,
) -> Result<Identity, Error> {
    let identity = rules
        .read(value)
        .map_err(|error| trace.fail(check, error.code(), "an identifier as the profile wants it", error.to_string()))?;
    trace.pass(check, || "an identifier as the profile wants it", || identity.kind().to_owned());
    Ok(identity)
}

/// Refuses somebody who acts for another, unless that is allowed.
pub(crate) fn require_representation(acts: bool, allowed: bool, trace: &mut Trace) -> Result<(), Error> {
    trace.check(
        &REPRESENTATION,
        !acts || allowed,
        || if allowed { "anybody" } else { "nobody who acts for another" },
        || if acts { "somebody who acts for another" } else { "nobody who does" },
    )
}

/// Returns the one value of an attribute that the profile keeps; several values would be several persons.
fn only_value<'a>(assertion: &'a ValidAssertion, name: &str, trace: &mut Trace) -> Result<Option<&'a str>, Error> {
    let Some(attribute) = assertion.attributes().iter().find(|attribute| attribute.name() == name) else {
        return Ok(None);
    };
    match attribute.expose() {
        [value] => Ok(Some(value)),
        values => {
            let found = format!("{} values", values.len());
            Err(trace.fail(&NIN, "identity_ambiguous", format!("one value of {name}"), found))
        }
    }
}

fn bsn(check: &'static Check, value: &str, trace: &mut Trace) -> Result<Bsn, Error> {
    Bsn::parse(value).map_err(|error| trace.fail(check, error.code(), "a BSN of nine digits", error.to_string()))
}

fn same_person(check: &'static Check, same: bool, trace: &mut Trace) -> Result<(), Error> {
    let found = || if same { "the same person" } else { "another person" };
    trace.check(check, same, || "the person of the NameID", found)
}

static NAME_ID: Check = Check { code: "name_id", clause: "DigiD SAML 3.7, NameID; Signicat DigiD attribute reference" };
static NAME_ID_FORMAT: Check = Check { code: "name_id_format", clause: "SAML Core 8.3; DigiD SAML 3.7, NameID" };
static IDP_ID: Check = Check { code: "idp_id_conflict", clause: "Signicat DigiD attribute reference, idpId" };
static NIN: Check = Check { code: "nin_conflict", clause: "Signicat DigiD attribute reference, nin" };
static ACTING_NIN: Check =
    Check { code: "acting_nin", clause: "Signicat DigiD CombiConnect attribute reference, actingNin" };
static REPRESENTATION: Check = Check {
    code: "representation_not_allowed",
    clause: "Signicat DigiD CombiConnect attribute reference, actingNin; ST-SAML 1.0, LegalSubjectID",
};
