use std::fmt;

use crate::{Bsn, Error, Identity, Pseudonym, SectorCode, SofiNumber};

/// How the text of a NameID is to be read, for one identity provider.
///
/// The form of the text never decides what it means: a bare number is a BSN only where configuration says so, and a
/// sector code that is not listed is refused.
///
/// ```
/// use saml_name_id::{Error, NameIdRules, SectorCode};
///
/// let rules = NameIdRules::sectoral(&[SectorCode::Bsn]);
/// assert_eq!(rules.read("S00000000:900029365")?.kind(), "bsn");
/// assert_eq!(rules.read("900029365"), Err(Error::NameIdSectorMissing));
/// assert_eq!(
///     rules.read("s00000001:900029365"),
///     Err(Error::NameIdSectorUnexpected { expected: vec![SectorCode::Bsn], found: Some(SectorCode::Sofi) }),
/// );
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameIdRules(Form);

impl NameIdRules {
    /// Makes the rules for DigiD and for a broker that passes its NameID on: sector code, colon, nine digits.
    ///
    /// Only the sectors listed are accepted; an empty list accepts nothing. Both DigiD and Signicat demand that another
    /// sector ends the login (DigiD SAML 3.7, NameID; Signicat, DigiD attribute reference).
    #[must_use]
    pub fn sectoral(sectors: &[SectorCode]) -> NameIdRules {
        NameIdRules(Form::Sectoral { sectors: sectors.to_vec() })
    }

    /// Makes the rules for a broker that strips the sector code: nine digits, which are a number of that sector.
    ///
    /// With stripping on, nothing in the message tells a BSN from a sofinummer (Signicat, DigiD settings); prefer
    /// [`sectoral`](NameIdRules::sectoral) where the broker can be told to leave the code on.
    #[must_use]
    pub fn stripped(sector: SectorCode) -> NameIdRules {
        NameIdRules(Form::Stripped { sector })
    }

    /// Makes the rules for a broker that sends either form, as Signicat does for DigiD and its simulator.
    ///
    /// With a sector code the sector must be listed; a bare number is one of sector `stripped_as`.
    #[must_use]
    pub fn sectoral_or_stripped(sectors: &[SectorCode], stripped_as: SectorCode) -> NameIdRules {
        NameIdRules(Form::SectoralOrStripped { sectors: sectors.to_vec(), stripped_as })
    }

    /// Makes the rules for an identity provider that names its users by any text of its own.
    ///
    /// A number is then a pseudonym like any other text, never a BSN.
    #[must_use]
    pub fn pseudonym() -> NameIdRules {
        NameIdRules(Form::Pseudonym)
    }

    /// Reads the whole text of a NameID by these rules.
    ///
    /// XML white space (space, tab, CR, LF) around a number is left out: it cannot make one number another, and real
    /// senders print it. Around a pseudonym it is refused.
    ///
    /// # Errors
    ///
    /// An [`Error`] that has to end the login; it carries no part of the text.
    pub fn read(&self, text: &str) -> Result<Identity, Error> {
        match &self.0 {
            Form::Pseudonym => Pseudonym::parse(text).map(Identity::Pseudonym),
            Form::Sectoral { sectors } => read_sectoral(without_xml_white_space(text)?, sectors),
            Form::SectoralOrStripped { sectors, stripped_as } => {
                let text = without_xml_white_space(text)?;
                if text.contains(SEPARATOR) { read_sectoral(text, sectors) } else { read_number(text, *stripped_as) }
            }
            Form::Stripped { sector } => read_stripped(without_xml_white_space(text)?, *sector),
        }
    }
}

impl fmt::Display for NameIdRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes =
            |sectors: &[SectorCode]| sectors.iter().map(|sector| sector.code()).collect::<Vec<_>>().join(" or ");
        match &self.0 {
            Form::Pseudonym => f.write_str("any text, as a pseudonym"),
            Form::Sectoral { sectors } => write!(f, "{}, a colon, nine digits", codes(sectors)),
            Form::SectoralOrStripped { sectors, stripped_as } => {
                write!(f, "{}, a colon, nine digits; or nine digits, as {}", codes(sectors), stripped_as.name())
            }
            Form::Stripped { sector } => write!(f, "nine digits, as {}", sector.name()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Pseudonym,
    Sectoral { sectors: Vec<SectorCode> },
    SectoralOrStripped { sectors: Vec<SectorCode>, stripped_as: SectorCode },
    Stripped { sector: SectorCode },
}

fn without_xml_white_space(text: &str) -> Result<&str, Error> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.is_empty() { Err(Error::NameIdEmpty) } else { Ok(text) }
}

fn read_sectoral(text: &str, sectors: &[SectorCode]) -> Result<Identity, Error> {
    let Some((prefix, number)) = text.split_once(SEPARATOR) else {
        let bare_number = text.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if bare_number { Error::NameIdSectorMissing } else { Error::NameIdNotSectoral });
    };
    let found = SectorCode::from_prefix(prefix)?;
    match found {
        Some(sector) if sectors.contains(&sector) => read_number(number, sector),
        _ => Err(Error::NameIdSectorUnexpected { expected: sectors.to_vec(), found }),
    }
}

fn read_stripped(text: &str, sector: SectorCode) -> Result<Identity, Error> {
    if text.split_once(SEPARATOR).is_some_and(|(prefix, _)| SectorCode::from_prefix(prefix).is_ok()) {
        return Err(Error::NameIdSectorPresent);
    }
    read_number(text, sector)
}

fn read_number(number: &str, sector: SectorCode) -> Result<Identity, Error> {
    match sector {
        SectorCode::Bsn => Bsn::parse(number).map(Identity::Bsn),
        SectorCode::Sofi => SofiNumber::parse(number).map(Identity::Sofi),
    }
}

const SEPARATOR: char = ':';
