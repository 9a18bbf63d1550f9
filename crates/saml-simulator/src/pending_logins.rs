use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use saml_xml_security::random_bytes;

use crate::authn_request::AcceptedRequest;
use crate::refusal::Refusal;

/// The requests whose login page is open, by the handle in that page. In memory, and bounded.
#[derive(Debug, Default)]
pub(crate) struct PendingLogins(Mutex<HashMap<String, Pending>>);

#[derive(Debug)]
struct Pending {
    request: AcceptedRequest,
    until: DateTime<Utc>,
}

impl PendingLogins {
    /// Remembers a request, and returns the handle that nobody can guess.
    pub(crate) fn add(&self, request: AcceptedRequest, now: DateTime<Utc>) -> Result<String, Refusal> {
        let handle: String = random_bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut logins = self.lock();
        logins.retain(|_, pending| now < pending.until);
        if logins.len() >= LIMIT {
            let oldest = logins.iter().min_by_key(|(_, pending)| pending.until).map(|(handle, _)| handle.clone());
            oldest.and_then(|handle| logins.remove(&handle));
        }
        let until = now.checked_add_signed(LIFETIME).unwrap_or(now);
        logins.insert(handle.clone(), Pending { request, until });
        Ok(handle)
    }

    /// Returns a request that stays pending.
    pub(crate) fn peek(&self, handle: &str, now: DateTime<Utc>) -> Result<AcceptedRequest, Refusal> {
        let logins = self.lock();
        let pending = logins.get(handle).filter(|pending| now < pending.until);
        pending.map(|pending| pending.request.clone()).ok_or(Refusal::LoginUnknown)
    }

    /// Returns a request that is answered with this, and forgets it.
    pub(crate) fn take(&self, handle: &str, now: DateTime<Utc>) -> Result<AcceptedRequest, Refusal> {
        let pending = self.lock().remove(handle).filter(|pending| now < pending.until);
        pending.map(|pending| pending.request).ok_or(Refusal::LoginUnknown)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        // Nothing can panic while the lock is held, so that what is inside is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As long as a login at DigiD may take.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// More than a developer, or a load test of a minute, has open at once.
const LIMIT: usize = 10_000;

#[cfg(test)]
mod tests {
    use saml_metadata::{IndexedEndpoint, Metadata, ServiceProviderMetadata};
    use saml_protocol::Binding;
    use saml_xml_security::SigningKey;

    use super::*;
    use crate::config::RegisteredServiceProvider;

    #[test]
    fn login_is_there_until_it_is_taken() {
        let (logins, now) = (PendingLogins::default(), DateTime::UNIX_EPOCH);
        let handle = logins.add(request(), now).unwrap();
        assert!(logins.peek(&handle, now).is_ok());
        assert!(logins.take(&handle, now).is_ok());
        assert_eq!(logins.peek(&handle, now).unwrap_err(), Refusal::LoginUnknown);
        assert_eq!(logins.take(&handle, now).unwrap_err(), Refusal::LoginUnknown);
    }

    #[test]
    fn login_ends_after_fifteen_minutes() {
        let (logins, now) = (PendingLogins::default(), DateTime::UNIX_EPOCH);
        let handle = logins.add(request(), now).unwrap();
        let last = now + TimeDelta::seconds(15 * 60 - 1);
        assert!(logins.peek(&handle, last).is_ok());
        assert_eq!(logins.peek(&handle, last + TimeDelta::seconds(1)).unwrap_err(), Refusal::LoginUnknown);
        assert_eq!(logins.take(&handle, last + TimeDelta::seconds(1)).unwrap_err(), Refusal::LoginUnknown);
    }

    #[test]
    fn oldest_login_makes_room_when_all_places_are_taken() {
        let (logins, now, request) = (PendingLogins::default(), DateTime::UNIX_EPOCH, request());
        let later = now + TimeDelta::seconds(1);
        let first = logins.add(request.clone(), now).unwrap();
        let second = logins.add(request.clone(), later).unwrap();
        for _ in 2..LIMIT {
            logins.add(request.clone(), later + TimeDelta::seconds(1)).unwrap();
        }
        assert!(logins.peek(&first, later).is_ok());
        logins.add(request, later).unwrap();
        assert_eq!(logins.peek(&first, later).unwrap_err(), Refusal::LoginUnknown);
        assert!(logins.peek(&second, later).is_ok());
        assert_eq!(logins.lock().len(), LIMIT);
    }

    fn request() -> AcceptedRequest {
        let key = SigningKey::generate_self_signed(2048, "portal.example.nl", 0, 4_000_000_000).unwrap();
        let location = "https://portal.example.nl/acs".to_owned();
        let service = IndexedEndpoint { index: 0, is_default: None, binding: Binding::HttpPost, location };
        let keys = vec![key.verifying_key().clone()];
        let metadata = ServiceProviderMetadata::new("_1", "https://portal.example.nl", keys, vec![service]);
        let metadata = Metadata::parse_unverified(metadata.write().unwrap().as_bytes()).unwrap();
        AcceptedRequest {
            service_provider: RegisteredServiceProvider::new(metadata.service_provider().unwrap()),
            id: "_1".to_owned(),
            assertion_consumer_service: "https://portal.example.nl/acs".to_owned(),
            relay_state: None,
            level: None,
            language: None,
        }
    }
}
