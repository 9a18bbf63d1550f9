mod rules;

use saml_name_id::{NameIdRules, SectorCode};
use saml_response::{
    AttributeFilter, Authorities, DestinationRequirement, Levels, ResponsePolicy, SignatureRequirement,
};
use saml_xml_security::AlgorithmPolicy;

use crate::attribute_names::AttributeNames;
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::level_of_assurance::{BROKER_SCALE, DIGID_SCALE, LevelOfAssurance, STELSEL_TOEGANG_SCALE};
use crate::stelsel_toegang::{ACTING_SUBJECT_ID, LEGAL_SUBJECT_ID, REPRESENTATION_TYPE, SERVICE_UUID};
use crate::texts::STELSEL_TOEGANG_CANCELLED;

pub use rules::Rule;

/// What an answer of one kind of partner must be like. Immutable.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    name: ProfileName,
    response: ResponsePolicy,
    pub(crate) name_id: NameIdRules,
    /// The formats a NameID may name besides none; `None` where the application tells formats apart itself.
    pub(crate) name_id_formats: Option<&'static [&'static str]>,
    pub(crate) identified_by: IdentifiedBy,
    pub(crate) representation: bool,
}

/// Where an assertion says who logged in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum IdentifiedBy {
    /// In encrypted identifiers among the attributes, for the service with this UUID.
    EncryptedIdentifiers { service: String },
    /// In the NameID alone.
    NameId,
    /// In the NameID, and again in attributes of a broker that have these names.
    NameIdAndAttributes(AttributeNames),
}

/// The kinds of partners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileName {
    /// DigiD itself, over its SAML 3.x interface.
    Digid,
    /// The Signicat broker with DigiD behind it.
    SignicatBroker,
    /// The routing service of Stelsel Toegang (ST-SAML, DigiD CombiConnect, TVS) with DigiD behind it.
    StSaml,
    /// Any identity provider that speaks plain SAML 2.0 Web Browser SSO.
    WebSso,
}

impl ProfileName {
    /// All profiles.
    pub const ALL: [Self; 4] = [Self::Digid, Self::SignicatBroker, Self::StSaml, Self::WebSso];

    /// Returns the name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digid => "digid",
            Self::SignicatBroker => "signicat-broker",
            Self::StSaml => "st-saml",
            Self::WebSso => "web-sso",
        }
    }
}

impl Profile {
    /// Returns the profile of DigiD SAML 3.x (Koppelvlakspecificatie DigiD SAML Authenticatie 3.7).
    ///
    /// `floor` is the lowest level that the service accepts.
    #[must_use]
    pub fn digid(floor: LevelOfAssurance) -> Self {
        Self {
            name: ProfileName::Digid,
            response: ResponsePolicy::web_sso()
                // DigiD SAML 3.7: RSA-SHA256 on the back channel.
                .with_algorithms(AlgorithmPolicy::rsa())
                // DigiD SAML 3.7: our metadata says WantAssertionsSigned.
                .with_signatures(SignatureRequirement::Assertion)
                // DigiD SAML 3.7: the four classes, in that order.
                .with_levels(Levels::ordered(DIGID_SCALE, floor.rank()))
                // DigiD SAML 3.7: DigiD is no broker, and sends no attributes.
                .with_authorities(Authorities::issuer_itself())
                .with_attributes(AttributeFilter::named([])),
            // DigiD SAML 3.7: `sectorcode:number`; another sector cancels the login.
            name_id: NameIdRules::sectoral(&[SectorCode::Bsn]),
            // DigiD SAML 3.7: no Format on the wire.
            name_id_formats: Some(&[UNSPECIFIED]),
            identified_by: IdentifiedBy::NameId,
            representation: false,
        }
    }

    /// Returns the profile of the Signicat broker with DigiD behind it.
    ///
    /// `floor` is the lowest level that the service accepts; `authorities` are the identity providers behind the broker
    /// that may authenticate, usually [`Environment::digid`] alone.
    ///
    /// # Errors
    /// [`ConfigError::NoAuthority`] without authorities; [`ConfigError::TestAuthority`] when a production profile names
    /// the simulator or DigiD's pre-production.
    ///
    /// ```
    /// use saml_digid::{Environment, LevelOfAssurance, Profile, SIMULATOR};
    ///
    /// let authorities = || [SIMULATOR.to_owned()];
    /// assert!(Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Middle, authorities()).is_ok());
    /// let refused = Profile::signicat_broker(Environment::Production, LevelOfAssurance::Middle, authorities());
    /// assert_eq!(refused.unwrap_err().code(), "config_test_authority");
    /// ```
    pub fn signicat_broker(
        environment: Environment,
        floor: LevelOfAssurance,
        authorities: impl IntoIterator<Item = String>,
    ) -> Result<Self, ConfigError> {
        let authorities: Vec<String> = authorities.into_iter().collect();
        if authorities.is_empty() {
            return Err(ConfigError::NoAuthority { example: environment.digid() });
        }
        if let Some(found) = environment.forbidden(&authorities) {
            return Err(ConfigError::TestAuthority { found: found.clone() });
        }
        let attribute_names = AttributeNames::default();
        Ok(Self {
            name: ProfileName::SignicatBroker,
            response: ResponsePolicy::web_sso()
                .with_algorithms(AlgorithmPolicy::rsa())
                // Which of the two the broker signs follows the metadata that was registered there.
                .with_signatures(SignatureRequirement::AssertionOrResponse)
                // The vocabulary of the answer follows the broker's contract: both are read.
                .with_levels(Levels::ordered(BROKER_SCALE, floor.rank()))
                .with_authorities(Authorities::one_of(authorities))
                .with_attributes(AttributeFilter::named(identifying(&attribute_names))),
            // "Strip sector code from nameID" is a setting of the broker: both forms, until the caller says which.
            name_id: NameIdRules::sectoral_or_stripped(&[SectorCode::Bsn], SectorCode::Bsn),
            // A transient identifier is of one login only, whatever it looks like (ATT-137).
            name_id_formats: Some(&[UNSPECIFIED]),
            identified_by: IdentifiedBy::NameIdAndAttributes(attribute_names),
            representation: false,
        })
    }

    /// Returns the profile of Stelsel Toegang with DigiD behind it (ST-SAML 1.0; DigiD CombiConnect and TVS speak it
    /// too).
    ///
    /// `floor` is the lowest level that the service accepts, `service` its UUID in the service catalogue; `authorities`
    /// are the authentication services, and the mandate services where somebody may act for another, that may be
    /// involved: usually [`Environment::digid_ad`] alone. Who logged in is read from the encrypted `ActingSubjectID`
    /// and `LegalSubjectID` of the assertion, and from nothing in its `Advice`; of their kinds, the BSN. The NameID is
    /// of this login only, and is what a logout names.
    ///
    /// # Errors
    /// [`ConfigError::NoService`], [`ConfigError::NoAuthority`]; [`ConfigError::TestAuthority`] when a production
    /// profile names an entity ID for tests, whose index is 9000 or higher.
    ///
    /// ```
    /// use saml_digid::{Environment, LevelOfAssurance, Profile};
    ///
    /// let service = "375b1cb1-14b7-42e9-a534-16cc4d8997b0";
    /// let with = |environment, authority: &str| {
    ///     Profile::st_saml(environment, LevelOfAssurance::Substantial, service, [authority.to_owned()])
    /// };
    /// assert!(with(Environment::Production, Environment::Production.digid_ad()).is_ok());
    /// let refused = with(Environment::Production, Environment::PreProduction.digid_ad());
    /// assert_eq!(refused.unwrap_err().code(), "config_test_authority");
    /// ```
    pub fn st_saml(
        environment: Environment,
        floor: LevelOfAssurance,
        service: &str,
        authorities: impl IntoIterator<Item = String>,
    ) -> Result<Self, ConfigError> {
        let service = service.trim().to_owned();
        if service.is_empty() {
            return Err(ConfigError::NoService);
        }
        let authorities: Vec<String> = authorities.into_iter().collect();
        if authorities.is_empty() {
            return Err(ConfigError::NoAuthority { example: environment.digid_ad() });
        }
        if let Some(found) = environment.forbidden(&authorities) {
            return Err(ConfigError::TestAuthority { found: found.clone() });
        }
        Ok(Self {
            name: ProfileName::StSaml,
            response: ResponsePolicy::web_sso()
                // ST-SAML, cryptographic algorithms: RSA only, no SHA-1.
                .with_algorithms(AlgorithmPolicy::rsa())
                // ST-SAML, Assertion: signed.
                .with_signatures(SignatureRequirement::Assertion)
                // ST-SAML, levels of assurance: equal to or higher than the registered minimum.
                .with_levels(Levels::ordered(STELSEL_TOEGANG_SCALE, floor.rank()))
                // ST-SAML, AuthenticatingAuthority: the authentication service, and the mandate services involved.
                .with_authorities(Authorities::each_of(authorities))
                .with_attributes(AttributeFilter::named(stelsel_toegang()))
                // ST-SAML, EncryptedID.
                .with_identifiers([ACTING_SUBJECT_ID, LEGAL_SUBJECT_ID].map(str::to_owned))
                // ST-SAML, Response: Destination is there, and is our consumer service.
                .with_destination(DestinationRequirement::Always)
                // ST-SAML, status codes.
                .with_cancellation(STELSEL_TOEGANG_CANCELLED),
            // ST-SAML, EncryptedID: a legacy-BSN is nine digits without a sector code.
            name_id: NameIdRules::stripped(SectorCode::Bsn),
            // ST-SAML, Subject: transient; the routing service leaves the Format out.
            name_id_formats: Some(&[TRANSIENT]),
            identified_by: IdentifiedBy::EncryptedIdentifiers { service },
            representation: false,
        })
    }

    /// Returns the profile of plain SAML 2.0 Web Browser SSO with any identity provider (SAML Profiles 4.1).
    #[must_use]
    pub fn web_sso() -> Self {
        Self {
            name: ProfileName::WebSso,
            response: ResponsePolicy::web_sso(),
            name_id: NameIdRules::pseudonym(),
            name_id_formats: None,
            identified_by: IdentifiedBy::NameId,
            representation: false,
        }
    }

    /// Replaces how the NameID is read: with a sector code, stripped of it, or either.
    #[must_use]
    pub fn with_name_id(self, name_id: NameIdRules) -> Self {
        Self { name_id, ..self }
    }

    /// Says that a broker names who logged in in attributes too, under these names, and keeps `more` attributes besides
    /// those.
    ///
    /// The names say nothing to the profile of Stelsel Toegang, which reads its own.
    #[must_use]
    pub fn with_attributes(self, names: AttributeNames, more: impl IntoIterator<Item = String>) -> Self {
        let (identified_by, identifying) = match self.identified_by {
            encrypted @ IdentifiedBy::EncryptedIdentifiers { .. } => (encrypted, stelsel_toegang().to_vec()),
            IdentifiedBy::NameId | IdentifiedBy::NameIdAndAttributes(_) => {
                let identifying = identifying(&names).to_vec();
                (IdentifiedBy::NameIdAndAttributes(names), identifying)
            }
        };
        let kept = AttributeFilter::named(identifying.into_iter().chain(more));
        Self { response: self.response.with_attributes(kept), identified_by, ..self }
    }

    /// Replaces what must be signed.
    #[must_use]
    pub fn with_signatures(self, signatures: SignatureRequirement) -> Self {
        Self { response: self.response.with_signatures(signatures), ..self }
    }

    /// Opens an assertion that is encrypted with AES in CBC although no signature covers the ciphertext: see
    /// [`ResponsePolicy::danger_accept_cbc_without_signature`].
    #[must_use]
    pub fn danger_accept_cbc_without_signature(self) -> Self {
        Self { response: self.response.danger_accept_cbc_without_signature(), ..self }
    }

    /// Lets somebody log in for somebody else (DigiD Machtigen).
    #[must_use]
    pub fn with_representation(self) -> Self {
        Self { representation: true, ..self }
    }

    /// Returns which profile this is.
    #[must_use]
    pub const fn name(&self) -> ProfileName {
        self.name
    }

    /// Returns the rules for the response.
    #[must_use]
    pub const fn response(&self) -> &ResponsePolicy {
        &self.response
    }
}

/// The attributes that say who logged in; none of them can be filtered out, or a representative would pass for the
/// person represented.
fn identifying(names: &AttributeNames) -> [String; 3] {
    [names.nin.clone(), names.idp_id.clone(), names.acting_nin.clone()]
}

/// The attributes in plain text that Stelsel Toegang says something of the login with.
fn stelsel_toegang() -> [String; 2] {
    [SERVICE_UUID, REPRESENTATION_TYPE].map(str::to_owned)
}

/// The format of a NameID that says nothing about the identifier (SAML Core 8.3.1).
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// The format of a NameID of one login only (SAML Core 8.3.8).
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
