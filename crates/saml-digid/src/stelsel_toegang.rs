use saml_name_id::{Bsn, Identity};
use saml_response::{Check, Error, SubjectNameId, Trace, ValidAssertion};

use crate::profile::Profile;
use crate::subject::{Subject, read, require_representation};

/// The attribute with the person at the keyboard, encrypted.
pub const ACTING_SUBJECT_ID: &str = "urn:nl-eid-gdi:1.0:ActingSubjectID";
/// The attribute with the person represented, encrypted; there is none where nobody is represented.
pub const LEGAL_SUBJECT_ID: &str = "urn:nl-eid-gdi:1.0:LegalSubjectID";
/// The attribute that says by what right somebody represents another.
pub const REPRESENTATION_TYPE: &str = "urn:nl-eid-gdi:1.1:RepresentationType";
/// The attribute with the service that the login is for.
pub const SERVICE_UUID: &str = "urn:nl-eid-gdi:1.0:ServiceUUID";
/// The `NameQualifier` of an identifier that is a BSN.
pub const LEGACY_BSN: &str = "urn:nl-eid-gdi:1.0:id:legacy-BSN";

impl Profile {
    /// Reads who logged in from the encrypted identifiers of Stelsel Toegang, for the service with this UUID.
    pub(crate) fn encrypted_subject(
        &self,
        service: &str,
        assertion: &ValidAssertion,
        trace: &mut Trace,
    ) -> Result<Subject, Error> {
        let found = assertion.attribute(SERVICE_UUID).map(str::trim);
        trace.check(
            &SERVICE,
            found == Some(service),
            || service.to_owned(),
            || found.unwrap_or("not one").to_owned(),
        )?;
        let Some(acting) = only_identifier(assertion, ACTING_SUBJECT_ID, &ACTING, trace)? else {
            return Err(trace.fail(&ACTING, ACTING.code, "one encrypted identifier", "none"));
        };
        let acting = self.identity(acting, &ACTING, trace)?;
        let legal = only_identifier(assertion, LEGAL_SUBJECT_ID, &LEGAL, trace)?;
        // A right to represent somebody without that somebody: the person at the keyboard must not pass for him.
        let is_typed = assertion.attributes().iter().any(|attribute| attribute.name() == REPRESENTATION_TYPE);
        trace.check(
            &LEGAL,
            legal.is_some() || !is_typed,
            || "a person represented where a RepresentationType is",
            || {
                if legal.is_some() {
                    "one"
                } else if is_typed {
                    "none"
                } else {
                    "neither"
                }
            },
        )?;
        require_representation(legal.is_some(), self.representation, trace)?;
        let Some(legal) = legal else { return Ok(Subject { identity: Identity::Bsn(acting), acting: None }) };
        let legal = self.identity(legal, &LEGAL, trace)?;
        Ok(Subject { identity: Identity::Bsn(legal), acting: Some(acting) })
    }

    /// Reads an identifier that was decrypted, which must be a BSN: pseudonyms and polymorphic identities need other
    /// keys.
    fn identity(&self, identifier: &SubjectNameId, check: &'static Check, trace: &mut Trace) -> Result<Bsn, Error> {
        let qualifier = identifier.name_qualifier();
        let expected = || LEGACY_BSN.to_owned();
        trace.check(&QUALIFIER, qualifier == Some(LEGACY_BSN), expected, || qualifier.unwrap_or("none").to_owned())?;
        let format = identifier.format();
        let is_persistent = format.is_none_or(|format| format == PERSISTENT);
        trace.check(&FORMAT, is_persistent, || PERSISTENT.to_owned(), || format.unwrap_or("none").to_owned())?;
        let sp_qualifier = identifier.sp_name_qualifier();
        let found = || sp_qualifier.unwrap_or("none").to_owned();
        trace.check(&SP_QUALIFIER, sp_qualifier.is_none(), || "none", found)?;
        match read(check, &self.name_id, identifier.expose(), trace)? {
            Identity::Bsn(bsn) => Ok(bsn),
            other => Err(trace.fail(check, check.code, "bsn", other.kind().to_owned())),
        }
    }
}

/// Returns the one identifier in the attribute `name`; several would be several persons (ATT-139).
fn only_identifier<'a>(
    assertion: &'a ValidAssertion,
    name: &str,
    check: &'static Check,
    trace: &mut Trace,
) -> Result<Option<&'a SubjectNameId>, Error> {
    let Some(attribute) = assertion.attributes().iter().find(|attribute| attribute.name() == name) else {
        return Ok(None);
    };
    match attribute.identifiers() {
        [identifier] => Ok(Some(identifier)),
        found => Err(trace.fail(check, check.code, "one encrypted identifier", format!("{} of them", found.len()))),
    }
}

static SERVICE: Check = Check { code: "service_uuid", clause: "ST-SAML 1.0, ServiceUUID" };
static ACTING: Check = Check { code: "acting_subject_id", clause: "ST-SAML 1.0, ActingSubjectID" };
static LEGAL: Check = Check { code: "legal_subject_id", clause: "ST-SAML 1.0, LegalSubjectID and RepresentationType" };
static QUALIFIER: Check = Check { code: "identifier_qualifier", clause: "ST-SAML 1.0, EncryptedID, NameQualifier" };
static FORMAT: Check = Check { code: "identifier_format", clause: "ST-SAML 1.0, EncryptedID, Format" };
static SP_QUALIFIER: Check =
    Check { code: "identifier_sp_qualifier", clause: "ST-SAML 1.0, EncryptedID, SPNameQualifier" };
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
