use chrono::{DateTime, TimeDelta, Utc};
use saml_protocol::{
    AssertionConsumerService, AuthnRequest, Binding, Comparison, IntendedAudience, RequestedAttribute,
    RequestedAuthnContext,
};
use saml_state::{PendingRequest, RelayState, RequestId, ReturnPath};
use saml_xml::Writer;
use saml_xml_security::SignatureAlgorithm;

use crate::error::Error;
use crate::login_options::LoginOptions;
use crate::unsigned_request::UnsignedRequest;

/// How this service provider asks an identity provider to log a user in.
///
/// A fixed value, made once from configuration. A level is always asked for as a minimum: DigiD's specification allows
/// no other comparison (SAML Core 3.3.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequestSettings {
    issuer: String,
    assertion_consumer_service: AssertionConsumerServiceChoice,
    assertion_consumer_service_url: String,
    attribute_consuming_service_index: Option<u16>,
    back_dated: TimeDelta,
    force_authn: bool,
    intended: Option<Intended>,
    language: Option<String>,
    provider_name: Option<String>,
    requested_attributes: Vec<(String, Vec<String>)>,
    requested_level: Option<String>,
    scoping: Vec<String>,
    signature_algorithm: SignatureAlgorithm,
}

/// The service provider that a supplier asks for, and the UUID of its service.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Intended {
    entity_id: String,
    service_uuid: String,
}

/// How a request says where the answer is to go: never by index and URL both (SAML Core 3.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionConsumerServiceChoice {
    /// Not at all: the default of the registered metadata holds.
    Default,
    /// By the index in the registered metadata.
    Index(u16),
    /// By its URL, with the binding where one is named.
    Url {
        /// The `ProtocolBinding`.
        binding: Option<Binding>,
    },
}

impl AuthnRequestSettings {
    /// Returns the settings for the Signicat broker with DigiD behind it.
    ///
    /// The answer goes to `assertion_consumer_service_url` by HTTP-POST; the broker accepts a URL that is not
    /// registered and fails only after the login, so it must be one of the registered metadata. The choice screen is
    /// skipped by scoping to `digid`. The user is always asked for credentials: without that the broker may answer out
    /// of an earlier login in the same browser.
    #[must_use]
    pub fn signicat(entity_id: &str, assertion_consumer_service_url: &str) -> Self {
        let by_post = AssertionConsumerServiceChoice::Url { binding: Some(Binding::HttpPost) };
        Self::new(entity_id, by_post, assertion_consumer_service_url).with_scoping(&["digid"])
    }

    /// Returns the settings for DigiD itself (DigiD SAML 3.x).
    ///
    /// The answer goes to the service with `index` in the registered metadata, whose URL is
    /// `assertion_consumer_service_url`; nothing is scoped. DigiD refuses a request without a level.
    #[must_use]
    pub fn digid(entity_id: &str, index: u16, assertion_consumer_service_url: &str) -> Self {
        Self::new(entity_id, AssertionConsumerServiceChoice::Index(index), assertion_consumer_service_url)
    }

    /// Returns the settings for Stelsel Toegang (ST-SAML 1.0, AuthnRequest), as a service provider asks for itself.
    ///
    /// The answer goes to the service with `index` in the registered metadata, whose URL is
    /// `assertion_consumer_service_url`; `service` is the index of the `AttributeConsumingService` there that has the
    /// UUID of the service. The level is that of the service catalogue, so that none is asked for. Such a request goes
    /// by HTTP-POST only. Its `IssueInstant` lies two seconds back, as one in the future is not taken at all and clocks
    /// differ; what is remembered of it keeps the real time.
    #[must_use]
    pub fn st_saml(entity_id: &str, index: u16, assertion_consumer_service_url: &str, service: u16) -> Self {
        let settings = Self::digid(entity_id, index, assertion_consumer_service_url);
        Self { back_dated: BACK_DATED, ..settings.with_attribute_consuming_service_index(service) }
    }

    /// Returns the settings for Stelsel Toegang, as a supplier asks for `member` of its cluster: as
    /// [`st_saml`](Self::st_saml), with the member and the UUID of its service among the extensions in the place of an
    /// index.
    ///
    /// What says who logged in is encrypted to the member, so its keys must be among those that decrypt.
    #[must_use]
    pub fn st_saml_cluster(
        supplier: &str,
        index: u16,
        assertion_consumer_service_url: &str,
        member: &str,
        service_uuid: &str,
    ) -> Self {
        let settings = Self::digid(supplier, index, assertion_consumer_service_url);
        let intended = Intended { entity_id: member.to_owned(), service_uuid: service_uuid.to_owned() };
        Self { back_dated: BACK_DATED, intended: Some(intended), ..settings }
    }

    fn new(issuer: &str, choice: AssertionConsumerServiceChoice, url: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            assertion_consumer_service: choice,
            assertion_consumer_service_url: url.to_owned(),
            attribute_consuming_service_index: None,
            back_dated: TimeDelta::zero(),
            force_authn: true,
            intended: None,
            language: None,
            provider_name: None,
            requested_attributes: Vec::new(),
            requested_level: None,
            scoping: Vec::new(),
            signature_algorithm: SignatureAlgorithm::RsaSha256,
        }
    }

    /// Returns our entity ID, which the audience of an answer must name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the entity ID that identifiers are encrypted to: ours, or that of the member of the cluster that we ask
    /// for.
    #[must_use]
    pub fn recipient(&self) -> &str {
        self.intended.as_ref().map_or(&self.issuer, |intended| &intended.entity_id)
    }

    /// Returns the algorithm of our signatures.
    #[must_use]
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// Sets how the request says where the answer is to go; the URL that it resolves to stays the same.
    #[must_use]
    pub const fn with_assertion_consumer_service(mut self, choice: AssertionConsumerServiceChoice) -> Self {
        self.assertion_consumer_service = choice;
        self
    }

    /// Sets which `AttributeConsumingService` of the registered metadata says what attributes are wanted.
    #[must_use]
    pub const fn with_attribute_consuming_service_index(mut self, index: u16) -> Self {
        self.attribute_consuming_service_index = Some(index);
        self
    }

    /// Sets whether the user must be asked for credentials anew; `true` unless set.
    ///
    /// With `false` a login may ride on an earlier one, and how long ago that was is not checked.
    #[must_use]
    pub const fn with_force_authn(mut self, force_authn: bool) -> Self {
        self.force_authn = force_authn;
        self
    }

    /// Sets the language of the broker's pages, such as `nl`: the parameter `signicat:param:language`.
    #[must_use]
    pub fn with_language(mut self, language: &str) -> Self {
        self.language = Some(language.to_owned());
        self
    }

    /// Sets the name of this service, for the user to see.
    #[must_use]
    pub fn with_provider_name(mut self, provider_name: &str) -> Self {
        self.provider_name = Some(provider_name.to_owned());
        self
    }

    /// Adds an attribute, or a parameter of the broker, to ask for in the extension for attributes per request.
    #[must_use]
    pub fn with_requested_attribute(mut self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.requested_attributes.push((name.to_owned(), values));
        self
    }

    /// Sets the level to ask for at least, an `AuthnContextClassRef`.
    #[must_use]
    pub fn with_requested_level(mut self, class_ref: &str) -> Self {
        self.requested_level = Some(class_ref.to_owned());
        self
    }

    /// Returns the level that is asked for where a login does not say another, an `AuthnContextClassRef`.
    #[must_use]
    pub fn requested_level(&self) -> Option<&str> {
        self.requested_level.as_deref()
    }

    /// Sets the identity providers behind a broker that may be used; none writes no `Scoping`.
    #[must_use]
    pub fn with_scoping(mut self, provider_ids: &[&str]) -> Self {
        self.scoping = provider_ids.iter().map(|provider_id| (*provider_id).to_owned()).collect();
        self
    }

    /// Sets the algorithm of the signature; RSA with SHA-256 unless set.
    #[must_use]
    pub const fn with_signature_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.signature_algorithm = algorithm;
        self
    }

    /// Makes one request to `identity_provider` at `destination`, and what to remember of it.
    ///
    /// `random` is 20 bytes for the ID and 20 for the relay state, from a cryptographic source: an ID that can be
    /// guessed lets an answer in that nobody asked for (ATT-198). The [`PendingRequest`] must be in the store before
    /// the request is sent.
    ///
    /// # Errors
    /// [`Error::Empty`] for a value that says nothing, [`Error::Write`] for one with characters that XML does not
    /// allow.
    pub fn create(
        &self,
        destination: &str,
        identity_provider: &str,
        options: &LoginOptions,
        random: [[u8; 20]; 2],
        return_to: ReturnPath,
        now: DateTime<Utc>,
    ) -> Result<(UnsignedRequest, PendingRequest), Error> {
        let [id, relay_state] = random;
        let (id, relay_state) = (RequestId::from_random(id), RelayState::from_random(relay_state));
        let level = options.level.as_ref().or(self.requested_level.as_ref());
        let language = options.language.as_ref().or(self.language.as_ref());
        self.refuse_empty(destination, identity_provider, level, language)?;

        let mut writer = Writer::new();
        self.message(destination, level, language, &id, now).write(&mut writer);
        let request = UnsignedRequest {
            xml: writer.finish()?,
            destination: destination.to_owned(),
            relay_state: relay_state.clone(),
            algorithm: self.signature_algorithm,
            types_values: language.is_some() || !self.requested_attributes.is_empty(),
        };
        let pending = PendingRequest {
            id,
            issued_at: now,
            identity_provider: identity_provider.to_owned(),
            assertion_consumer_service: self.assertion_consumer_service_url.clone(),
            requested_level: level.cloned(),
            force_authn: self.force_authn,
            return_to,
            relay_state,
        };
        Ok((request, pending))
    }

    fn message<'a>(
        &'a self,
        destination: &'a str,
        level: Option<&'a String>,
        language: Option<&'a String>,
        id: &'a RequestId,
        now: DateTime<Utc>,
    ) -> AuthnRequest<'a> {
        let parameter = language.map(|language| RequestedAttribute { name: LANGUAGE, values: vec![language] });
        let attributes = self
            .requested_attributes
            .iter()
            .map(|(name, values)| RequestedAttribute { name, values: values.iter().map(String::as_str).collect() });
        AuthnRequest {
            id: id.as_str(),
            issue_instant: now.checked_sub_signed(self.back_dated).unwrap_or(now),
            destination: Some(destination),
            force_authn: self.force_authn,
            assertion_consumer_service: match self.assertion_consumer_service {
                AssertionConsumerServiceChoice::Default => AssertionConsumerService::Default,
                AssertionConsumerServiceChoice::Index(index) => AssertionConsumerService::Index(index),
                AssertionConsumerServiceChoice::Url { binding } => {
                    AssertionConsumerService::Url { url: &self.assertion_consumer_service_url, binding }
                }
            },
            attribute_consuming_service_index: self.attribute_consuming_service_index,
            provider_name: self.provider_name.as_deref(),
            issuer: &self.issuer,
            requested_attributes: parameter.into_iter().chain(attributes).collect(),
            intended_audience: self.intended.as_ref().map(|intended| IntendedAudience {
                entity_id: &intended.entity_id,
                service_uuid: &intended.service_uuid,
            }),
            requested_authn_context: level
                .map(|level| RequestedAuthnContext { comparison: Comparison::Minimum, class_refs: vec![level] }),
            scoping: self.scoping.iter().map(String::as_str).collect(),
        }
    }

    /// Refuses values without which a request would mean something else than configured.
    fn refuse_empty(
        &self,
        destination: &str,
        identity_provider: &str,
        level: Option<&String>,
        language: Option<&String>,
    ) -> Result<(), Error> {
        let single = [
            ("Issuer", Some(self.issuer.as_str())),
            ("AssertionConsumerServiceURL", Some(self.assertion_consumer_service_url.as_str())),
            ("Destination", Some(destination)),
            ("identity provider", Some(identity_provider)),
            ("AuthnContextClassRef", level.map(String::as_str)),
            (LANGUAGE, language.map(String::as_str)),
            ("IntendedAudience", self.intended.as_ref().map(|intended| intended.entity_id.as_str())),
            ("ServiceUUID", self.intended.as_ref().map(|intended| intended.service_uuid.as_str())),
        ];
        let providers = self.scoping.iter().map(|provider_id| ("ProviderID", Some(provider_id.as_str())));
        let names = self.requested_attributes.iter().map(|(name, _)| ("RequestedAttribute", Some(name.as_str())));
        let mut fields = single.into_iter().chain(providers).chain(names);
        match fields.find(|(_, value)| value.is_some_and(|value| value.trim().is_empty())) {
            Some((field, _)) => Err(Error::Empty { field }),
            None => Ok(()),
        }
    }
}

/// More than clocks that are kept by NTP differ, far less than how old a request may be.
const BACK_DATED: TimeDelta = TimeDelta::seconds(2);
const LANGUAGE: &str = "signicat:param:language";
