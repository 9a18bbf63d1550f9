//! Our own validator, which says what must come of a message under a profile.

use chrono::{DateTime, TimeDelta, Utc};
use saml_bindings::{MessageParameter, decode_post};
use saml_digid::Profile;
use saml_forge::attack::{Attack, Carrier, HARMLESS, Variant};
use saml_response::{Expectation, ReceivedResponse, Trace, TrustedSender};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml_security::{DecryptionKey, VerifyingKey};

use crate::failure::Failure;
use crate::forge::message::Template;

/// What must come of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It may be accepted: whoever is logged in must be the one of the good message.
    Harmless,
    /// It must be refused; our validator does so with this code.
    Refused(&'static str),
}

impl Expected {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Harmless => HARMLESS,
            Self::Refused(code) => code,
        }
    }
}

/// The service provider that the messages are for.
pub(crate) struct Judge {
    rules: Profile,
    issuer: String,
    entity_id: String,
    keys: Vec<VerifyingKey>,
    decryption: Option<DecryptionKey>,
    request: PendingRequest,
    now: DateTime<Utc>,
}

impl Judge {
    /// Judges what answers `request_id` at `now`.
    pub(crate) fn new(
        template: &Template,
        request_id: &str,
        force_authn: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let names = &template.names;
        let request = PendingRequest {
            id: RequestId::parse(request_id).map_err(|error| Failure::usage(format!("InResponseTo: {error}")))?,
            issued_at: now - TimeDelta::seconds(30),
            identity_provider: names.issuer.clone(),
            assertion_consumer_service: names.acs.clone(),
            requested_level: template.level.clone(),
            force_authn,
            return_to: ReturnPath::parse("/").map_err(Failure::new)?,
            relay_state: RelayState::from_random([0; 20]),
        };
        Ok(Self {
            rules: template.rules()?,
            issuer: names.issuer.clone(),
            entity_id: names.entity_id.clone(),
            keys: vec![template.keys.identity_provider.verifying_key().clone()],
            decryption: template.decryption.clone(),
            request,
            now,
        })
    }

    /// Says what must come of a variant.
    ///
    /// Under a profile that asks for less than the catalogue does, a message may be accepted that is an attack under
    /// another: what our own validator accepts under the profile, a target may accept.
    pub(crate) fn expected(&self, attack: &Attack, variant: &Variant) -> Expected {
        let posted = matches!(attack.carrier, Carrier::Form | Carrier::Response);
        let unreadable = attack.is_encrypted() && self.decryption.is_none();
        let catalogue = match variant.expect {
            HARMLESS => return Expected::Harmless,
            code => Expected::Refused(code),
        };
        if !posted || unreadable {
            return catalogue;
        }
        self.refuses(attack.carrier, &variant.message).map_or(Expected::Harmless, Expected::Refused)
    }

    /// Returns the code that refuses a message, `None` for one that is accepted.
    pub(crate) fn refuses(&self, carrier: Carrier, message: &[u8]) -> Option<&'static str> {
        match carrier {
            Carrier::Form => match decode_post(message, MessageParameter::SamlResponse) {
                Ok(post) => self.response(post.xml()).err(),
                Err(error) => Some(error.code()),
            },
            _ => self.response(message).err(),
        }
    }

    /// Takes a message down the whole road.
    fn response(&self, xml: &[u8]) -> Result<(), &'static str> {
        let trace = &mut Trace::new();
        let sender = TrustedSender { entity_id: &self.issuer, keys: &self.keys };
        let expectation = Expectation { request: &self.request, entity_id: &self.entity_id, now: self.now };
        let mut road = || {
            let assertion = ReceivedResponse::parse(xml, trace)?
                .decrypt_with(self.decryption.as_slice(), &self.entity_id)
                .authenticate(&sender, self.rules.response(), trace)?
                .validate(&expectation, trace)?;
            self.rules.subject(&assertion, trace).map(|_| ())
        };
        road().map_err(|error| error.code())
    }
}
