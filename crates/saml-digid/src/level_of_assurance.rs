/// The levels of assurance of DigiD, from low to high.
///
/// ```
/// use saml_digid::LevelOfAssurance;
///
/// let level = LevelOfAssurance::from_uri("urn:etoegang:core:assurance-class:loa3").unwrap();
/// assert_eq!(level, LevelOfAssurance::Substantial);
/// assert!(level > LevelOfAssurance::Middle);
/// assert_eq!(level.authn_context_class(), "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LevelOfAssurance {
    /// Basis: user name and password (DigiD level 10).
    Basic,
    /// Midden: with a code by SMS, or the app (DigiD level 20).
    Middle,
    /// Substantieel: the app, after a check of an identity document (DigiD level 25).
    Substantial,
    /// Hoog: with the chip of an identity document (DigiD level 30).
    High,
}

impl LevelOfAssurance {
    /// All levels, from low to high.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Middle, Self::Substantial, Self::High];

    /// Returns the level with this class URI, in the vocabulary of DigiD, of eToegang or of Stelsel Toegang.
    ///
    /// Which of the first two a broker answers with depends on its contract, not on the request.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let classes =
            |level: Self| [level.authn_context_class(), level.etoegang_class(), level.stelsel_toegang_class()];
        let known = Self::ALL.into_iter().find(|level| classes(*level).contains(&uri));
        known.or_else(|| (uri == BASIC_LOWER_CASE).then_some(Self::Basic))
    }

    /// Returns the level with this name, in English or Dutch.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name || level.dutch_name() == name)
    }

    /// Returns the class URI of DigiD, which requests name (Koppelvlakspecificatie DigiD SAML 3.7).
    #[must_use]
    pub const fn authn_context_class(self) -> &'static str {
        match self {
            Self::Basic => "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            Self::Middle => "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
            Self::Substantial => "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
            Self::High => "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        }
    }

    /// Returns the class URI of eToegang, which Signicat may answer with.
    #[must_use]
    pub const fn etoegang_class(self) -> &'static str {
        match self {
            Self::Basic => "urn:etoegang:core:assurance-class:loa2",
            Self::Middle => "urn:etoegang:core:assurance-class:loa2plus",
            Self::Substantial => "urn:etoegang:core:assurance-class:loa3",
            Self::High => "urn:etoegang:core:assurance-class:loa4",
        }
    }

    /// Returns the class URI of Stelsel Toegang, which answers with the levels of eIDAS and one below them (ST-SAML,
    /// levels of assurance).
    #[must_use]
    pub const fn stelsel_toegang_class(self) -> &'static str {
        match self {
            Self::Basic => "http://eID.logius.nl/LoA/basic",
            Self::Middle => "http://eidas.europa.eu/LoA/low",
            Self::Substantial => "http://eidas.europa.eu/LoA/substantial",
            Self::High => "http://eidas.europa.eu/LoA/high",
        }
    }

    /// Returns the English name, as it stands in JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Middle => "middle",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }

    /// Returns the Dutch name, as citizens know it.
    #[must_use]
    pub const fn dutch_name(self) -> &'static str {
        match self {
            Self::Basic => "basis",
            Self::Middle => "midden",
            Self::Substantial => "substantieel",
            Self::High => "hoog",
        }
    }

    /// Returns the rank that [`saml_response::Levels`] compares by.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Basic => 10,
            Self::Middle => 20,
            Self::Substantial => 25,
            Self::High => 30,
        }
    }
}

const fn digid(level: LevelOfAssurance) -> (&'static str, u8) {
    (level.authn_context_class(), level.rank())
}

const fn etoegang(level: LevelOfAssurance) -> (&'static str, u8) {
    (level.etoegang_class(), level.rank())
}

const fn stelsel_toegang(level: LevelOfAssurance) -> (&'static str, u8) {
    (level.stelsel_toegang_class(), level.rank())
}

/// The lowest class of Stelsel Toegang as its own examples write it: a host name has no case (RFC 3986 3.2.2).
const BASIC_LOWER_CASE: &str = "http://eid.logius.nl/LoA/basic";

/// The classes that Stelsel Toegang answers with.
pub(crate) const STELSEL_TOEGANG_SCALE: &[(&str, u8)] = &[
    stelsel_toegang(LevelOfAssurance::Basic),
    (BASIC_LOWER_CASE, LevelOfAssurance::Basic.rank()),
    stelsel_toegang(LevelOfAssurance::Middle),
    stelsel_toegang(LevelOfAssurance::Substantial),
    stelsel_toegang(LevelOfAssurance::High),
];

/// The classes that DigiD itself answers with.
pub(crate) const DIGID_SCALE: &[(&str, u8)] = &[
    digid(LevelOfAssurance::Basic),
    digid(LevelOfAssurance::Middle),
    digid(LevelOfAssurance::Substantial),
    digid(LevelOfAssurance::High),
];

/// The classes that a broker may answer with: both vocabularies.
pub(crate) const BROKER_SCALE: &[(&str, u8)] = &[
    digid(LevelOfAssurance::Basic),
    digid(LevelOfAssurance::Middle),
    digid(LevelOfAssurance::Substantial),
    digid(LevelOfAssurance::High),
    etoegang(LevelOfAssurance::Basic),
    etoegang(LevelOfAssurance::Middle),
    etoegang(LevelOfAssurance::Substantial),
    etoegang(LevelOfAssurance::High),
];
