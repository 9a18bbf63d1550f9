use chrono::TimeDelta;
use saml_xml_security::{AlgorithmPolicy, Authenticated};
use thiserror::Error;

use crate::attribute_filter::AttributeFilter;
use crate::authorities::Authorities;
use crate::levels::Levels;

/// What a response of one partner must be like. Immutable; every entry is an allow-list.
///
/// ```
/// use saml_response::{ResponsePolicy, SignatureRequirement};
///
/// let policy = ResponsePolicy::web_sso();
/// assert_eq!(policy.signatures(), SignatureRequirement::AssertionOrResponse);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponsePolicy {
    pub(crate) algorithms: AlgorithmPolicy,
    pub(crate) signatures: SignatureRequirement,
    pub(crate) clock_skew: ClockSkew,
    pub(crate) levels: Levels,
    pub(crate) authorities: Authorities,
    pub(crate) attributes: AttributeFilter,
    /// The attributes whose values are encrypted identifiers.
    pub(crate) identifiers: Vec<String>,
    pub(crate) destination: DestinationRequirement,
    /// The one `StatusMessage` by which a failed authentication is a cancelled one; none where every one may be.
    pub(crate) cancellation: Option<&'static str>,
    /// How ciphertext is treated that no signature covers.
    pub(crate) unsigned_ciphertext: Authenticated,
}

/// What must be signed. A signature that is there and does not hold refuses the response whatever is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureRequirement {
    /// The assertion itself, because our metadata says `WantAssertionsSigned="true"`.
    Assertion,
    /// The assertion, or a message around it.
    AssertionOrResponse,
}

impl SignatureRequirement {
    /// Says in words what must be signed.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Assertion => "a signature on the assertion",
            Self::AssertionOrResponse => "a signature on the assertion or on a message around it",
        }
    }
}

/// Which responses must name the URL that they are for. One that names another is refused whatever is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationRequirement {
    /// Every response.
    Always,
    /// A signed response that came through the browser (SAML Bindings 3.5.5.2).
    WhereSigned,
}

impl DestinationRequirement {
    /// Says in words where it is required.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Always => "on every response",
            Self::WhereSigned => "on a signed response that came through the browser",
        }
    }
}

/// How far two clocks may differ, at most five minutes (SAML errata E92).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockSkew(u16);

/// A setting that would make a policy unsafe.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A clock skew beyond five minutes.
    #[error("expected a clock skew of at most 300 seconds, found {seconds}")]
    ClockSkew {
        /// The seconds asked for.
        seconds: u16,
    },
}

impl ConfigError {
    /// Returns the stable word for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ClockSkew { .. } => "config_clock_skew",
        }
    }
}

impl ClockSkew {
    /// One minute: Signicat dates its assertions back by 5 seconds only and lets them live for two minutes.
    pub const MINUTE: Self = Self(60);

    /// Returns a skew of `seconds`.
    ///
    /// # Errors
    /// [`ConfigError::ClockSkew`] over 300 seconds: a skew without end would switch the check off (ATT-119).
    pub const fn seconds(seconds: u16) -> Result<Self, ConfigError> {
        if seconds > 300 { Err(ConfigError::ClockSkew { seconds }) } else { Ok(Self(seconds)) }
    }

    /// Returns the skew as a span of time.
    #[must_use]
    pub fn as_delta(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

impl ResponsePolicy {
    /// Returns the policy of SAML Profiles 4.1, Web Browser SSO, with any identity provider.
    ///
    /// The issuer answers for whoever authenticated, the level is exactly the one that was asked for, and all signed
    /// attributes are kept.
    #[must_use]
    pub const fn web_sso() -> Self {
        Self {
            algorithms: AlgorithmPolicy::modern(),
            signatures: SignatureRequirement::AssertionOrResponse,
            clock_skew: ClockSkew::MINUTE,
            levels: Levels::exact(),
            authorities: Authorities::whoever_the_issuer_names(),
            attributes: AttributeFilter::every_signed_attribute(),
            identifiers: Vec::new(),
            destination: DestinationRequirement::WhereSigned,
            cancellation: None,
            unsigned_ciphertext: Authenticated::No,
        }
    }

    /// Replaces the allowed algorithms.
    #[must_use]
    pub fn with_algorithms(self, algorithms: AlgorithmPolicy) -> Self {
        Self { algorithms, ..self }
    }

    /// Replaces what must be signed.
    #[must_use]
    pub fn with_signatures(self, signatures: SignatureRequirement) -> Self {
        Self { signatures, ..self }
    }

    /// Replaces the clock skew.
    #[must_use]
    pub fn with_clock_skew(self, clock_skew: ClockSkew) -> Self {
        Self { clock_skew, ..self }
    }

    /// Replaces the levels of assurance.
    #[must_use]
    pub fn with_levels(self, levels: Levels) -> Self {
        Self { levels, ..self }
    }

    /// Replaces who may have authenticated the user.
    #[must_use]
    pub fn with_authorities(self, authorities: Authorities) -> Self {
        Self { authorities, ..self }
    }

    /// Replaces which attributes are kept.
    #[must_use]
    pub fn with_attributes(self, attributes: AttributeFilter) -> Self {
        Self { attributes, ..self }
    }

    /// Names the attributes whose every value is an `EncryptedID`, as `ActingSubjectID` is in Stelsel Toegang; they are
    /// opened, and a value of another kind refuses the response. In other attributes an `EncryptedID` is not looked
    /// into.
    #[must_use]
    pub fn with_identifiers(self, names: impl IntoIterator<Item = String>) -> Self {
        Self { identifiers: names.into_iter().collect(), ..self }
    }

    /// Replaces which responses must name the URL that they are for.
    #[must_use]
    pub fn with_destination(self, destination: DestinationRequirement) -> Self {
        Self { destination, ..self }
    }

    /// Names the `StatusMessage` that a cancelled login has, to the letter; `AuthnFailed` with another or none is then
    /// a failure like any other, `status_not_cancelled`.
    #[must_use]
    pub fn with_cancellation(self, message: &'static str) -> Self {
        Self { cancellation: Some(message), ..self }
    }

    /// Opens an assertion that is encrypted with AES in CBC although no signature covers the ciphertext.
    ///
    /// Nothing protects such ciphertext: who overheard one can have changed copies of it tried here until the text is
    /// known, person and all (ATT-086; SAML errata E93). The assertion in it must be signed nevertheless. Better is to
    /// have the partner encrypt with AES-GCM, or sign the response.
    #[must_use]
    pub fn danger_accept_cbc_without_signature(self) -> Self {
        Self { unsigned_ciphertext: Authenticated::DangerNo, ..self }
    }

    /// Returns what must be signed.
    #[must_use]
    pub const fn signatures(&self) -> SignatureRequirement {
        self.signatures
    }

    /// Returns how far the partner's clock may differ from ours.
    #[must_use]
    pub const fn clock_skew(&self) -> ClockSkew {
        self.clock_skew
    }

    /// Returns who may have authenticated the user.
    #[must_use]
    pub const fn authorities(&self) -> &Authorities {
        &self.authorities
    }

    /// Returns the allowed algorithms.
    #[must_use]
    pub const fn algorithms(&self) -> &AlgorithmPolicy {
        &self.algorithms
    }

    /// Returns the levels of assurance.
    #[must_use]
    pub const fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Returns which attributes are kept.
    #[must_use]
    pub const fn attributes(&self) -> &AttributeFilter {
        &self.attributes
    }

    /// Returns the attributes whose values are encrypted identifiers.
    #[must_use]
    pub fn identifiers(&self) -> &[String] {
        &self.identifiers
    }

    /// Returns which responses must name the URL that they are for.
    #[must_use]
    pub const fn destination(&self) -> DestinationRequirement {
        self.destination
    }

    /// Returns the `StatusMessage` that a cancelled login has, where it must have one.
    #[must_use]
    pub const fn cancellation(&self) -> Option<&'static str> {
        self.cancellation
    }

    /// Tells whether ciphertext of AES in CBC is opened that no signature covers.
    #[must_use]
    pub fn accepts_cbc_without_signature(&self) -> bool {
        self.unsigned_ciphertext == Authenticated::DangerNo
    }
}
