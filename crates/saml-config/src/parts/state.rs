use saml_sp::SingleLogout;
use saml_state_redis::RedisSettings;
use saml_xml_security::{SealingKeys, keyed_digest};

use super::Parts;
use crate::deployment::PartnerProfile;
use crate::part_error::PartError;
use crate::secret::Secret;
use crate::state::Store;

impl Parts<'_> {
    /// Returns where Redis is and what seals what is kept there; `None` where everything is kept in memory.
    ///
    /// # Errors
    /// [`PartError::Secret`] for a secret that is not there or not 64 hexadecimal digits; [`PartError::Value`] where
    /// one is missing.
    pub fn redis_settings(&self) -> Result<Option<RedisSettings>, PartError> {
        let state = &self.deployment.state;
        if state.store == Store::Memory {
            return Ok(None);
        }
        let missing = |key: &str| PartError::Value {
            key: self.key(key),
            code: "config_redis",
            expected: "one with store = \"redis\"".to_owned(),
            found: "none".to_owned(),
            mend: "add it, or take store = \"redis\" out",
        };
        let url = state.url.as_ref().ok_or_else(|| missing("state.url"))?;
        let url = self.secret("state.url", url)?;
        let digest_key = self.digest_key()?.ok_or_else(|| missing("state.digest_key"))?;
        let (first, former) = state.sealing_keys.split_first().ok_or_else(|| missing("state.sealing_keys"))?;
        let refused =
            |error: saml_xml_security::Error| PartError::refused(self.key("state.sealing_keys"), error.code(), error);
        let mut sealing = SealingKeys::new(self.key_of_32("state.sealing_keys[0]", first)?).map_err(refused)?;
        for (place, former) in (1..).zip(former) {
            let place: usize = place;
            let former = self.key_of_32(&format!("state.sealing_keys[{place}]"), former)?;
            sealing = sealing.and_opens_with(former).map_err(refused)?;
        }
        let mut settings = RedisSettings::new(&url, sealing, digest_key).with_replicas(state.replicas);
        if let Some(roots) = &state.roots {
            settings = settings.with_roots(&self.read("state.roots", roots)?);
        }
        Ok(Some(match &state.name {
            Some(name) => settings.with_name(name),
            None => settings,
        }))
    }

    /// Returns how single logout goes; `None` where a logout ends the session here alone.
    ///
    /// # Errors
    /// [`PartError::Secret`] for the key of the digests that several portals share.
    pub fn single_logout(&self) -> Result<Option<SingleLogout>, PartError> {
        let portal = &self.deployment.portal;
        if !portal.single_logout {
            return Ok(None);
        }
        let refused =
            |error: saml_xml_security::Error| PartError::refused(self.key("portal.single_logout"), error.code(), error);
        let endpoint = portal.single_logout_service();
        let mut single_logout = SingleLogout::new(&endpoint).map_err(refused)?;
        if self.deployment.profile == PartnerProfile::Digid {
            single_logout = single_logout.with_soap(&format!("{endpoint}/soap"));
        }
        if let Some(key) = self.digest_key()? {
            // Of the same secret, and of no use for what that is a key of.
            let digest = keyed_digest(&key, b"sessions of single logout").map_err(refused)?;
            single_logout = single_logout.with_digest_key(digest);
        }
        Ok(Some(single_logout))
    }

    fn digest_key(&self) -> Result<Option<[u8; 32]>, PartError> {
        let state = &self.deployment.state;
        let secret = state.digest_key.as_ref().filter(|_| state.store == Store::Redis);
        secret.map(|secret| self.key_of_32("state.digest_key", secret)).transpose()
    }

    /// Reads 32 bytes in hexadecimal.
    fn key_of_32(&self, key: &str, secret: &Secret) -> Result<[u8; 32], PartError> {
        let text = self.secret(key, secret)?;
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        bytes.filter(|_| rest.is_empty()).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| PartError::Secret {
            key: self.key(key),
            expected: "64 hexadecimal digits".to_owned(),
            found: "something else",
        })
    }
}
