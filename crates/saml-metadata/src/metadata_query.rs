use std::fmt::Write;

use saml_xml_security::source_id;

use crate::attributes::check_entity_id;
use crate::error::{Error, shorten};
use crate::location;

/// How an entity is named in a question of the Metadata Query Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryIdentifier {
    /// By its entity ID.
    EntityId,
    /// By the SHA-1 of its entity ID, as an artifact names it (SAML Profile for the Metadata Query Protocol 2.2.2).
    Sha1,
}

impl QueryIdentifier {
    /// Returns the URL at which a responder answers with the metadata of one entity (Metadata Query Protocol 3.2.1).
    ///
    /// The answer is one `EntityDescriptor`, and may be that of anybody until a
    /// [`MetadataSource`](crate::MetadataSource) has judged it.
    ///
    /// # Errors
    /// [`Error::Location`] for a base URL that nothing may be sent to or that has a query, [`Error::Schema`] for what
    /// cannot be an entity ID.
    ///
    /// ```
    /// use saml_metadata::{Error, QueryIdentifier};
    ///
    /// assert_eq!(
    ///     QueryIdentifier::EntityId.url("https://mdq.example.nl/", "http://example.org/idp")?,
    ///     "https://mdq.example.nl/entities/http%3A%2F%2Fexample.org%2Fidp"
    /// );
    /// // The example of the specification.
    /// assert_eq!(
    ///     QueryIdentifier::Sha1.url("https://mdq.example.nl", "http://example.org/service")?,
    ///     "https://mdq.example.nl/entities/%7Bsha1%7D11d72e8cf351eb6c75c721e838f469677ab41bdb"
    /// );
    /// # Ok::<(), Error>(())
    /// ```
    pub fn url(self, base: &str, entity_id: &str) -> Result<String, Error> {
        location::check(BASE, base)?;
        if base.contains('?') {
            return Err(Error::Location { element: BASE, found: shorten(base) });
        }
        check_entity_id(entity_id)?;
        let mut url = format!("{}/entities/", base.strip_suffix('/').unwrap_or(base));
        match self {
            Self::EntityId => percent_encode(&mut url, entity_id.as_bytes()),
            Self::Sha1 => {
                url.push_str("%7Bsha1%7D");
                for byte in source_id(entity_id) {
                    // Writing to a string cannot fail.
                    let _ = write!(url, "{byte:02x}");
                }
            }
        }
        Ok(url)
    }
}

/// Escapes all but the unreserved characters of RFC 3986 2.3.
fn percent_encode(url: &mut String, bytes: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

const BASE: &str = "the Metadata Query Protocol";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_that_nothing_may_be_sent_to_or_that_has_a_query_is_refused() {
        let url = |base: &str| QueryIdentifier::EntityId.url(base, "urn:a b");
        assert_eq!(url("https://mdq.example.nl/a"), Ok("https://mdq.example.nl/a/entities/urn%3Aa%20b".to_owned()));
        for base in ["http://mdq.example.nl", "https://mdq.example.nl/a?b", "https://mdq.example.nl/#a"] {
            assert_eq!(url(base).map_err(|error| error.code()), Err("metadata_location"), "{base}");
        }
    }

    #[test]
    fn what_cannot_be_an_entity_id_is_not_asked_for() {
        for identifier in [QueryIdentifier::EntityId, QueryIdentifier::Sha1] {
            assert!(identifier.url("https://mdq.example.nl", &"a".repeat(1024)).is_ok());
            let refused = identifier.url("https://mdq.example.nl", &"a".repeat(1025));
            assert_eq!(refused.map_err(|error| error.code()), Err("attribute_value"));
        }
    }
}
