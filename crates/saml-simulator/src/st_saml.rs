use saml_digid::LevelOfAssurance;
use saml_forge::{EncryptedIdentifier, Failure, Identifiers, Login};
use saml_name_id::Bsn;
use saml_protocol::status_codes;
use saml_xml_security::{VerifyingKey, random_bytes};

use crate::refusal::Refusal;

/// What answers look like as those of the routing service of Stelsel Toegang (ST-SAML 1.0, Assertion): the NameID is of
/// this login only, and who it is stands encrypted in `ActingSubjectID` and `LegalSubjectID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StSamlSettings {
    /// The UUID of the service in the service catalogue.
    pub service: String,
    /// Who can read who logged in: entity IDs and encryption keys, both keys while one is being replaced.
    pub recipients: Vec<(String, VerifyingKey)>,
    /// For whom whoever logs in acts; nobody unless set.
    pub mandate: Option<Mandate>,
}

/// For whom somebody acts, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// The person represented.
    pub represented: Bsn,
    /// The entity ID of the mandate service.
    pub mandate_service: String,
}

impl StSamlSettings {
    /// Returns the login of `bsn` at `level`, in the shape that [`saml_forge::Answer::st_saml`] writes.
    pub(crate) fn login(&self, bsn: &str, level: LevelOfAssurance, authority: &str) -> Result<Login, Refusal> {
        let mut identifiers = vec![EncryptedIdentifier::acting_subject(bsn, self.recipients.clone())];
        if let Some(mandate) = &self.mandate {
            let represented = mandate.represented.expose();
            identifiers.push(EncryptedIdentifier::legal_subject(represented, self.recipients.clone()));
        }
        let transient = Identifiers::from_random(random_bytes()?).session_index;
        let class_ref = level.stelsel_toegang_class();
        let login = Login::st_saml(&transient, authority, class_ref, &self.service, identifiers);
        let mandate_services = self.mandate.iter().map(|mandate| mandate.mandate_service.clone()).collect();
        Ok(Login { mandate_services, ..login })
    }

    /// Says a failure as the routing service does: a cancelled login is told by its message (ST-SAML 1.0, status
    /// codes).
    pub(crate) fn failure(failure: Failure) -> Failure {
        let cancelled = failure.second_level.as_deref() == Some(status_codes::AUTHN_FAILED);
        if cancelled { Failure::cancelled_at_st_saml() } else { failure }
    }
}
