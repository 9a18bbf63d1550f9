use chrono::{DateTime, TimeDelta, Utc};
use saml_metadata::{
    CatalogueService, Endpoint, IndexedEndpoint, KeyNameConvention, KeySchedule, ServiceProviderMetadata,
};
use saml_protocol::Binding;
use saml_xml_security::{VerifyingKey, random_bytes};

use super::Parts;
use crate::deployment::{Deployment, PartnerProfile};
use crate::keys::KeyNames;
use crate::part_error::PartError;
use crate::portal::AnswerBinding;

impl Parts<'_> {
    /// Writes our metadata for `now`, as the partner wants it, and signs it.
    ///
    /// # Errors
    /// [`PartError`] for what cannot be read, for certificates that do not hold at `now`, and with the code of a
    /// metadata [`Error`](saml_metadata::Error), such as an endpoint without `https`.
    pub fn metadata(&self, now: DateTime<Utc>) -> Result<String, PartError> {
        self.metadata_of(&self.key_schedule()?, now)
    }

    /// Does the same with keys that were read before, so that a portal which runs publishes what it signs with.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn metadata_of(&self, schedule: &KeySchedule, now: DateTime<Utc>) -> Result<String, PartError> {
        self.require_valid(schedule, now)?;
        let unwritable = |error: saml_metadata::Error| PartError::refused(self.key("portal"), error.code(), error);
        self.unsigned_metadata(schedule, now)?.sign(schedule.signs_metadata(now)).map_err(unwritable)
    }

    /// Returns what our metadata says at `now`, before it is signed.
    ///
    /// # Errors
    /// [`PartError`] for a certificate that cannot be read.
    pub fn unsigned_metadata(
        &self,
        schedule: &KeySchedule,
        now: DateTime<Utc>,
    ) -> Result<ServiceProviderMetadata, PartError> {
        let Deployment { portal, login, keys, .. } = self.deployment;
        let random: [u8; 16] =
            random_bytes().map_err(|error| PartError::refused(self.key("portal"), error.code(), error))?;
        let id = random.iter().fold("_".to_owned(), |id, byte| format!("{id}{byte:02x}"));
        let (entity_id, consumer) = (portal.entity_id(), portal.assertion_consumer_service());
        let signing = schedule.published(now);
        let mut metadata = match self.deployment.profile {
            PartnerProfile::Digid => ServiceProviderMetadata::digid(&id, &entity_id, signing, &consumer),
            PartnerProfile::StSaml => {
                let uuid = login.service.clone().unwrap_or_default();
                let name = login.service_name.clone().unwrap_or_else(|| portal.organisation.clone());
                ServiceProviderMetadata::stelsel_toegang(
                    &id,
                    &entity_id,
                    now + TimeDelta::days(DAYS),
                    self.with_client_certificate(signing)?,
                    self.encryption_certificates()?,
                    &[&consumer],
                    &[CatalogueService { uuid, name }],
                )
            }
            PartnerProfile::SignicatBroker | PartnerProfile::WebSso => {
                let binding = match self.answer_binding() {
                    AnswerBinding::Artifact => Binding::HttpArtifact,
                    AnswerBinding::Post => Binding::HttpPost,
                };
                let consumer = IndexedEndpoint { index: 0, is_default: Some(true), binding, location: consumer };
                let mut metadata = ServiceProviderMetadata::new(&id, &entity_id, signing, vec![consumer]);
                metadata.encryption_keys = self.encryption_certificates()?;
                metadata
            }
        };
        match keys.key_name {
            Some(KeyNames::Sha1) => metadata.key_names = KeyNameConvention::Sha1,
            Some(KeyNames::Sha256) => metadata.key_names = KeyNameConvention::Sha256,
            None => {}
        }
        metadata.single_logout = self.logout_endpoints()?;
        Ok(metadata)
    }

    /// Puts the certificate of the TLS client in the second place, where it is one of its own: DigiD takes them by
    /// their place (ST-SAML 1.0, DV metadata).
    fn with_client_certificate(&self, mut signing: Vec<VerifyingKey>) -> Result<Vec<VerifyingKey>, PartError> {
        let client = self.deployment.back_channel.as_ref().and_then(|table| table.client.as_ref());
        if let Some(files) = client {
            let client = self.certificate("back_channel.client.certificate", &files.certificate)?;
            if !signing.contains(&client) {
                signing.insert(1.min(signing.len()), client);
            }
        }
        Ok(signing)
    }

    fn logout_endpoints(&self) -> Result<Vec<Endpoint>, PartError> {
        let Some(single_logout) = self.single_logout()? else { return Ok(Vec::new()) };
        let registered: &[Binding] = match self.deployment.profile {
            // DigiD SAML 3.7: it answers by HTTP-Redirect and asks over SOAP.
            PartnerProfile::Digid => &[Binding::HttpRedirect, Binding::Soap],
            // ST-SAML 1.0: the answer goes to the first, which must be HTTP-POST.
            PartnerProfile::StSaml => &[Binding::HttpPost],
            PartnerProfile::SignicatBroker | PartnerProfile::WebSso => &[Binding::HttpPost, Binding::HttpRedirect],
        };
        Ok(single_logout.endpoints().into_iter().filter(|endpoint| registered.contains(&endpoint.binding)).collect())
    }
}

/// How long our metadata is valid where the partner wants it said: a portal that runs writes it anew each day.
const DAYS: i64 = 365;
