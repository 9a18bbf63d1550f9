//! Strict reading and writing of `application/x-www-form-urlencoded`, of which a query is an instance.

use std::borrow::Cow;

use base64_simd::STANDARD;
use memchr::{memchr, memchr2};
use saml_xml::Limits;

use crate::error::Error;
use crate::message_parameter::MessageParameter;

/// The largest message, as XML: what saml-xml reads.
pub(crate) const MESSAGE_LIMIT: usize = Limits::message().bytes;

/// Far more than a page or a URL of an application has beside SAML's; each costs a look at its name (ATT-156).
const MOST_FIELDS: usize = 64;

/// One `name=value`, as it came in.
#[derive(Clone, Copy)]
pub(crate) struct Field<'q> {
    name: &'q [u8],
    /// `None` when there is no `=`.
    value: Option<&'q [u8]>,
}

/// The values of the SAML parameters of one message, as they came in.
#[derive(Default)]
pub(crate) struct Fields<'q> {
    pub(crate) message: RawValue<'q>,
    pub(crate) relay_state: Option<RawValue<'q>>,
    pub(crate) signature_algorithm: Option<RawValue<'q>>,
    pub(crate) signature: Option<RawValue<'q>>,
    pub(crate) encoding: Option<RawValue<'q>>,
}

/// A value with its escapes, in visible ASCII.
#[derive(Clone, Copy, Default)]
pub(crate) struct RawValue<'q>(&'q str);

/// Splits a query or form body at `&`; empty pieces are left out.
pub(crate) fn split(text: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = Some(text);
    let pieces = std::iter::from_fn(move || {
        let text = rest?;
        let (piece, behind) = halves(text, b'&');
        rest = behind;
        Some(piece)
    });
    pieces.filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = halves(piece, b'=');
        Field { name, value }
    })
}

/// Parts a text at the first `separator`; all of it is the first part where there is none.
fn halves(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match memchr(separator, text).and_then(|at| text.split_at_checked(at)) {
        Some((head, tail)) => (head, tail.get(1..)),
        None => (text, None),
    }
}

impl<'q> Fields<'q> {
    /// Finds the SAML parameters, each at most once, the message `expected` among them and no other message.
    pub(crate) fn read(text: &'q [u8], expected: &'static str) -> Result<Self, Error> {
        let mut found: [Option<RawValue<'q>>; SAML_NAMES.len()] = [None; SAML_NAMES.len()];
        for (before, field) in split(text).enumerate() {
            if before == MOST_FIELDS {
                return Err(Error::TooManyFields { limit: MOST_FIELDS });
            }
            let Some(name) = field.saml_name()? else { continue };
            let value = field.raw_value(name)?;
            let place = found.iter_mut().zip(SAML_NAMES).find(|(_, known)| *known == name);
            if let Some((slot, _)) = place
                && slot.replace(value).is_some()
            {
                return Err(Error::ParameterDuplicate { parameter: name });
            }
        }
        let [request, response, artifact, relay_state, signature_algorithm, signature, encoding] = found;
        let messages =
            [(MessageParameter::SamlRequest.name(), request), (MessageParameter::SamlResponse.name(), response)];
        let mut wanted = None;
        for (found, value) in messages.into_iter().chain([(ARTIFACT, artifact)]) {
            match value {
                Some(value) if found == expected => wanted = Some(value),
                Some(_) => return Err(Error::ParameterUnexpected { expected, found }),
                None => {}
            }
        }
        let message = wanted.ok_or(Error::ParameterMissing { expected })?;
        Ok(Self { message, relay_state, signature_algorithm, signature, encoding })
    }
}

impl<'q> Field<'q> {
    /// Returns the name when it is one of SAML's, however it is escaped.
    pub(crate) fn saml_name(self) -> Result<Option<&'static str>, Error> {
        let name = decode(self.name)?;
        Ok(SAML_NAMES.into_iter().find(|known| *known == name))
    }

    fn raw_value(self, name: &'static str) -> Result<RawValue<'q>, Error> {
        let value = self.value.filter(|_| self.name == name.as_bytes());
        let value = value.ok_or(Error::ParameterForm { parameter: name })?;
        std::str::from_utf8(value).map(RawValue).map_err(|_| Error::PercentEncoding)
    }
}

impl<'q> RawValue<'q> {
    /// Returns the value as it came in.
    pub(crate) const fn as_str(self) -> &'q str {
        self.0
    }

    /// Returns what the value stands for.
    pub(crate) fn decode(self) -> Result<String, Error> {
        decode(self.0.as_bytes()).map(Cow::into_owned)
    }

    /// Returns the bytes whose base64 the value stands for.
    pub(crate) fn decode_base64(self, parameter: &'static str) -> Result<Vec<u8>, Error> {
        decode_base64(&decode(self.0.as_bytes())?).ok_or(Error::Base64 { parameter })
    }
}

/// Decodes base64; white space, missing padding and stray bits are refused: one value has one text.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    // Many bytes at once: one by one, this would be a fourteenth of the road of a login.
    STANDARD.decode_to_vec(text).ok()
}

/// Replaces percent escapes and `+`; refuses half escapes, bytes that must be escaped, and what is not UTF-8.
fn decode(raw: &[u8]) -> Result<Cow<'_, str>, Error> {
    // Without a branch for each byte, so that many bytes are looked at together.
    if raw.iter().fold(false, |found, byte| found | (*byte < 0x21) | (*byte > 0x7E)) {
        return Err(Error::PercentEncoding);
    }
    if memchr2(b'%', b'+', raw).is_none() {
        return std::str::from_utf8(raw).map(Cow::Borrowed).map_err(|_| Error::PercentEncoding);
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (byte, behind) = match rest {
            [] => break,
            [b'+', behind @ ..] => (b' ', behind),
            [b'%', high, low, behind @ ..] => {
                let Some((high, low)) = hex(high).zip(hex(low)) else { return Err(Error::PercentEncoding) };
                (high << 4 | low, behind)
            }
            [b'%', ..] => return Err(Error::PercentEncoding),
            plain => {
                let (plain, behind) = plain.split_at(memchr2(b'%', b'+', plain).unwrap_or(plain.len()));
                decoded.extend_from_slice(plain);
                rest = behind;
                continue;
            }
        };
        decoded.push(byte);
        rest = behind;
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| Error::PercentEncoding)
}

/// Appends `text`, all but the unreserved characters of RFC 3986 2.3 escaped.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    out.reserve(text.len() + text.len() / 8);
    for piece in text.split_inclusive(|character| !is_unreserved(character)) {
        let plain = piece.trim_end_matches(|character| !is_unreserved(character));
        out.push_str(plain);
        for byte in piece.bytes().skip(plain.len()) {
            out.push('%');
            for nibble in [byte >> 4, byte & 0xF] {
                out.extend(char::from_digit(u32::from(nibble), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
}

fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

pub(crate) const ARTIFACT: &str = "SAMLart";
pub(crate) const RELAY_STATE: &str = "RelayState";
pub(crate) const SIGNATURE_ALGORITHM: &str = "SigAlg";
pub(crate) const SIGNATURE: &str = "Signature";
const ENCODING: &str = "SAMLEncoding";

const SAML_NAMES: [&str; 7] = [
    MessageParameter::SamlRequest.name(),
    MessageParameter::SamlResponse.name(),
    ARTIFACT,
    RELAY_STATE,
    SIGNATURE_ALGORITHM,
    SIGNATURE,
    ENCODING,
];

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    #[test]
    fn escapes_are_replaced_in_either_case() {
        assert_eq!(decode(b"a%2fb%2Fc+d").as_deref(), Ok("a/b/c d"));
        assert_eq!(decode(b"%C3%A9%00").as_deref(), Ok("\u{e9}\0"));
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_not_percent_encoded_utf8_is_rejected() {
        for raw in [&b"%"[..], b"a%2", b"%zz", b"%+1", b"a b", b"a\n", b"\xC3\xA9", b"%C3", b"%FF", b"\0"] {
            assert_eq!(decode(raw), Err(Error::PercentEncoding), "{raw:?}");
        }
    }

    #[test]
    fn base64_is_read_as_strictly_as_by_another_implementation() {
        let symbols = b"AQgw/=-_ \n\0\x80";
        let mut texts = vec![Vec::new()];
        for length in 1..=5 {
            let longer: Vec<Vec<u8>> = texts.iter().filter(|text| text.len() + 1 == length).cloned().collect();
            for text in longer {
                texts.extend(symbols.iter().map(|symbol| [&text[..], &[*symbol]].concat()));
            }
        }
        for text in texts {
            // Where many bytes are looked at together, and where they are not.
            for before in [0, 4, 32, 100] {
                let text = ["A".repeat(before).as_bytes(), &text].concat();
                let Ok(text) = std::str::from_utf8(&text) else { continue };
                let other = base64::engine::general_purpose::STANDARD.decode(text).ok();
                assert_eq!(decode_base64(text), other, "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let text: String = (0..=300).filter_map(char::from_u32).collect();
        let mut encoded = String::new();
        push_encoded(&mut encoded, &text);
        assert_eq!(decode(encoded.as_bytes()).as_deref(), Ok(text.as_str()));
        assert!(encoded.starts_with("%00%01"));
    }
}
