use chrono::{DateTime, Utc};
use saml_backchannel::BackChannel;
use saml_metadata::{Error, IdentityProvider, Metadata, MetadataSource};
use saml_xml_security::VerifyingKey;

use super::Parts;
use crate::part_error::PartError;

impl Parts<'_> {
    /// Returns whom the metadata must be of, and which keys may sign it: for a
    /// [`MetadataRefresh`](saml_metadata::MetadataRefresh) too.
    ///
    /// # Errors
    /// [`PartError`] for what cannot be read, and without trust keys.
    pub fn metadata_source(&self) -> Result<MetadataSource, PartError> {
        let table = &self.deployment.identity_provider;
        let entity_id = match &table.entity_id {
            Some(entity_id) => entity_id.clone(),
            // It only says what the file is held against, which its signature then must cover.
            None => {
                let file = self.metadata_file()?;
                let metadata = Metadata::parse_unverified(&file).map_err(|error| self.unreadable(&error))?;
                metadata.entity_id().to_owned()
            }
        };
        let source = MetadataSource::new(&entity_id, self.trust_keys()?)
            .map_err(|error| PartError::refused(self.key("identity_provider.trust_keys"), error.code(), error))?;
        Ok(if table.follow_keys { source.following_keys() } else { source })
    }

    /// Returns the identity provider of the metadata file, once its signature held, and it is valid at `now`.
    ///
    /// # Errors
    /// [`PartError`] for what cannot be read, and with the code of a metadata [`Error`].
    pub fn identity_provider(&self, now: DateTime<Utc>) -> Result<IdentityProvider, PartError> {
        let file = self.metadata_file()?;
        let copy = self.metadata_source()?.restore(&file).map_err(|error| self.unreadable(&error))?;
        copy.identity_provider().check_valid(now).map_err(|error| self.unreadable(&error))?;
        Ok(copy.identity_provider().clone())
    }

    /// Returns the bytes of the metadata file, as they are.
    ///
    /// # Errors
    /// [`PartError::File`].
    pub fn metadata_file(&self) -> Result<Vec<u8>, PartError> {
        self.read("identity_provider.metadata", &self.deployment.identity_provider.metadata)
    }

    /// Returns the way to the server of `metadata_url`; `None` without one.
    ///
    /// # Errors
    /// [`PartError`] for roots that cannot be read.
    pub fn metadata_channel(&self) -> Result<Option<BackChannel>, PartError> {
        let table = &self.deployment.identity_provider;
        let (Some(_), Some(roots)) = (&table.metadata_url, &table.roots) else { return Ok(None) };
        let key = "identity_provider.roots";
        let channel = BackChannel::new(&self.read(key, roots)?);
        channel.map(Some).map_err(|error| PartError::in_file(self.key(key), &self.path(roots), error.code(), error))
    }

    /// Returns how artifacts are resolved; `None` without a back channel.
    ///
    /// # Errors
    /// [`PartError`] for what cannot be read, and with the code of a [`ConfigError`](saml_backchannel::ConfigError).
    pub fn back_channel(&self) -> Result<Option<BackChannel>, PartError> {
        let Some(table) = &self.deployment.back_channel else { return Ok(None) };
        let roots = self.read("back_channel.roots", &table.roots)?;
        let channel = BackChannel::new(&roots).map_err(|error| {
            PartError::in_file(self.key("back_channel.roots"), &self.path(&table.roots), error.code(), error)
        })?;
        let Some(client) = &table.client else { return Ok(Some(channel)) };
        let pair = self.pair("back_channel.client", client)?;
        channel
            .with_client_certificate(&pair.private_key, &pair.certificates)
            .map(Some)
            .map_err(|error| PartError::refused(self.key("back_channel.client"), error.code(), error))
    }

    /// Returns the certificates that may sign the metadata of the identity provider.
    fn trust_keys(&self) -> Result<Vec<VerifyingKey>, PartError> {
        let paths = (0..).zip(&self.deployment.identity_provider.trust_keys);
        paths
            .map(|(place, path): (usize, _)| self.certificate(&format!("identity_provider.trust_keys[{place}]"), path))
            .collect()
    }

    fn unreadable(&self, error: &Error) -> PartError {
        let path = &self.deployment.identity_provider.metadata;
        PartError::in_file(self.key("identity_provider.metadata"), &self.path(path), error.code(), error)
    }
}
