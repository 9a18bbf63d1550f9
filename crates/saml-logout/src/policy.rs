use chrono::TimeDelta;
use saml_response::ClockSkew;
use saml_xml_security::AlgorithmPolicy;

/// What is asked of a logout message that comes in. Immutable; that it is signed is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutPolicy {
    pub(crate) algorithms: AlgorithmPolicy,
    pub(crate) clock_skew: ClockSkew,
    pub(crate) longest_age: TimeDelta,
    pub(crate) accepts_rsa_sha1_redirect_response: bool,
}

impl LogoutPolicy {
    /// Returns the policy of SAML Profiles 4.4: modern algorithms, a minute of clock skew, and requests of at most five
    /// minutes.
    #[must_use]
    pub const fn signed() -> Self {
        Self {
            algorithms: AlgorithmPolicy::modern(),
            clock_skew: ClockSkew::MINUTE,
            longest_age: LONGEST_AGE,
            accepts_rsa_sha1_redirect_response: false,
        }
    }

    /// Replaces the clock skew.
    #[must_use]
    pub fn with_clock_skew(self, clock_skew: ClockSkew) -> Self {
        Self { clock_skew, ..self }
    }

    /// Takes a `LogoutResponse` that came by HTTP-Redirect and is signed by RSA with SHA-1 too.
    ///
    /// DigiD 3.x may send such ones. That message decides nothing, as the session here has ended before: who can forge
    /// it, makes the portal say of a logout that it went well where it did not. It must answer an open request of this
    /// browser. No other message and no other binding is concerned.
    #[must_use]
    pub fn danger_accept_rsa_sha1_redirect_response(self) -> Self {
        Self { accepts_rsa_sha1_redirect_response: true, ..self }
    }

    /// Tells whether a `LogoutResponse` by HTTP-Redirect may be signed by RSA with SHA-1.
    #[must_use]
    pub const fn accepts_rsa_sha1_redirect_response(&self) -> bool {
        self.accepts_rsa_sha1_redirect_response
    }
}

/// What SimpleSAMLphp writes into `NotOnOrAfter`; DigiD writes none, so that the age must do.
const LONGEST_AGE: TimeDelta = TimeDelta::minutes(5);
