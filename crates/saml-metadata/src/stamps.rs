use chrono::{DateTime, Utc};
use saml_protocol::namespaces::METADATA;
use saml_protocol::{Error as SchemaError, parse_date_time};
use saml_xml::Element;

use crate::attributes::{collapse, valid_until};
use crate::error::{Error, moment};

/// The moments by which one version of metadata is told from an older one, as its root says them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// When this version was made: `creationInstant` of `PublicationInfo` (SAML Metadata RPI 2.2).
    pub published: Option<DateTime<Utc>>,
    /// When the entity was registered: `registrationInstant` of `RegistrationInfo` (SAML Metadata RPI 2.1).
    pub registered: Option<DateTime<Utc>>,
    /// The first moment at which it is no longer valid.
    pub valid_until: Option<DateTime<Utc>>,
}

impl Stamps {
    /// Reads them of a root, and of its `Extensions` where it has them. Where one stands twice, the earliest counts.
    pub(crate) fn read(root: Element<'_>, extensions: Option<Element<'_>>) -> Result<Self, Error> {
        Ok(Self {
            published: earliest(extensions, "PublicationInfo", "creationInstant")?,
            registered: earliest(extensions, "RegistrationInfo", "registrationInstant")?,
            valid_until: valid_until(root)?,
        })
    }

    /// Refuses metadata that is older than what was accepted `before`: one that was replaced, and is played again
    /// (ATT-185).
    ///
    /// A signature holds for ever, so that only what was signed tells an old version from the present one:
    ///
    /// 1. Where `before` says when it was published, this must say so too, and no earlier moment.
    /// 2. Where `before` does not, but says until when it was valid, this must say so too, and no earlier moment. (With
    ///    the first rule a publisher may shorten the validity of new versions.)
    /// 3. Where `before` says when its entity was registered, this must say so too, and no earlier moment.
    ///
    /// A moment that is left out is refused like an earlier one, or leaving it out would be the way around. Versions
    /// without any of these cannot be told apart. Whoever wants an older version on purpose begins without a copy.
    ///
    /// # Errors
    /// [`Error::Rollback`] of the first rule that is broken.
    pub fn require_not_before(&self, before: &Self) -> Result<(), Error> {
        not_before("creationInstant", self.published, before.published)?;
        if before.published.is_none() {
            not_before("validUntil", self.valid_until, before.valid_until)?;
        }
        not_before("registrationInstant", self.registered, before.registered)
    }
}

fn not_before(stamp: &'static str, found: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>) -> Result<(), Error> {
    match before {
        Some(before) if found.is_none_or(|found| found < before) => {
            Err(Error::Rollback { stamp, before, found: moment(found) })
        }
        _ => Ok(()),
    }
}

/// Returns the earliest of the moments that elements of one name say.
fn earliest(
    extensions: Option<Element<'_>>,
    name: &'static str,
    attribute: &'static str,
) -> Result<Option<DateTime<Utc>>, Error> {
    let mut earliest = None;
    for element in extensions.into_iter().flat_map(Element::children).filter(|child| child.is(RPI, name)) {
        if let Some(text) = element.attribute(attribute) {
            let moment = parse_date_time(collapse(text)).ok_or(SchemaError::DateTime { place: attribute })?;
            earliest = earliest.into_iter().chain([moment]).min();
        }
    }
    Ok(earliest)
}

/// Returns the `Extensions` of a root.
pub(crate) fn extensions(root: Element<'_>) -> Option<Element<'_>> {
    root.children().find(|child| child.is(METADATA, "Extensions"))
}

/// The namespace of SAML V2.0 Metadata Extensions for Registration and Publication Information 1.0.
const RPI: &str = "urn:oasis:names:tc:SAML:metadata:rpi";
