//! The attacks of the catalogue that a message can carry, each with its good twin.
//!
//! An [`Attack`] makes its messages from a [`GoodMessage`]. It is sharp: a wrapping attack holds a genuine signature
//! over something, and where a rule inside `SignedInfo` is attacked, the `SignedInfo` is signed anew with the genuine
//! key. What refuses the message is then the rule under test and nothing else.

use crate::answer::Signed;
use crate::error::Error;
use crate::good_message::GoodMessage;

mod bindings;
mod decoy;
mod encryption;
mod identifiers;
mod keys;
mod logout;
mod metadata;
mod placement;
mod profile;
mod reference;
mod semantics;
mod signed_info;
mod text;
mod time;
mod transforms;
mod wrapping;

/// One entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// Its number in the catalogue, `ATT-024` say.
    pub id: &'static str,
    /// Its name in the catalogue.
    pub name: &'static str,
    /// What it does to a good message, in one sentence.
    pub changes: &'static str,
    /// The code that must refuse it, or [`HARMLESS`]; a variant may have another.
    pub expect: &'static str,
    /// What the message is carried in.
    pub carrier: Carrier,
    make: fn(&GoodMessage, &mut Variants) -> Result<(), Error>,
}

/// What a message is carried in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carrier {
    /// The body of a form that the browser posts.
    Form,
    /// A `LogoutRequest` as XML, as the form holds it in base64.
    LogoutRequest,
    /// A `LogoutResponse` as XML, as the form holds it in base64.
    LogoutResponse,
    /// Metadata of the identity provider.
    Metadata,
    /// The query of a redirect.
    Redirect,
    /// A `Response` as XML, as the form holds it in base64.
    Response,
    /// A SOAP envelope with an `ArtifactResponse`.
    Soap,
}

/// One message of an attack, and the good one that differs from it in the attack alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Variant {
    /// Which variant it is.
    pub name: String,
    /// The bad message.
    pub message: Vec<u8>,
    /// The good message.
    pub twin: Vec<u8>,
    /// The code that must refuse the bad message, or [`HARMLESS`].
    pub expect: &'static str,
}

/// What is expected of a message that may be accepted, because what the attacker put in is not read: the one who is
/// logged in must be the one of the good message.
pub const HARMLESS: &str = "harmless";

impl Attack {
    /// Makes the messages of this attack from `good`.
    ///
    /// # Errors
    /// An [`Error`] when `good` lacks a part that the attack changes.
    pub fn variants(&self, good: &GoodMessage) -> Result<Vec<Variant>, Error> {
        let mut variants = Variants { expect: self.expect, made: Vec::new(), wanted: None };
        (self.make)(good, &mut variants)?;
        Ok(variants.made)
    }

    /// Makes one message of this attack, by its place in [`variants`](Self::variants); `None` past the last.
    ///
    /// # Errors
    /// An [`Error`] when `good` lacks a part that the attack changes.
    pub fn variant(&self, good: &GoodMessage, index: usize) -> Result<Option<Variant>, Error> {
        let mut variants = Variants { expect: self.expect, made: Vec::new(), wanted: Some(index) };
        (self.make)(good, &mut variants)?;
        Ok(variants.made.into_iter().nth(index))
    }

    /// Tells whether its messages are encrypted: they say nothing to a target that has not the key of
    /// [`Keys::recipient`](crate::Keys::recipient).
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        encryption::ATTACKS.iter().any(|attack| (attack.id, attack.carrier) == (self.id, self.carrier))
    }
}

/// Returns every attack, in the order of the catalogue's groups.
///
/// ```
/// assert!(saml_forge::attack::all().any(|attack| attack.id == "ATT-024"));
/// ```
pub fn all() -> impl Iterator<Item = &'static Attack> {
    [
        text::ATTACKS,
        wrapping::ATTACKS,
        decoy::ATTACKS,
        placement::ATTACKS,
        signed_info::ATTACKS,
        reference::ATTACKS,
        keys::ATTACKS,
        transforms::ATTACKS,
        encryption::ATTACKS,
        semantics::ATTACKS,
        time::ATTACKS,
        profile::ATTACKS,
        bindings::ATTACKS,
        logout::ATTACKS,
        metadata::ATTACKS,
        identifiers::ATTACKS,
    ]
    .into_iter()
    .flatten()
}

impl std::fmt::Debug for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Variant({}, {} bytes, {})", self.name, self.message.len(), self.expect)
    }
}

/// Returns the two places of a signature: name, path, and the good message with that one signature.
fn places(good: &GoodMessage) -> Result<[(&'static str, &'static str, String); 2], Error> {
    Ok([
        ("response", "Signature", good.signed(Signed::Response)),
        ("assertion", "Assertion/Signature", good.signed(Signed::Assertion)),
    ])
}

/// The messages of one attack, as they are made.
struct Variants {
    expect: &'static str,
    made: Vec<Variant>,
    /// The place of the only one that is asked for.
    wanted: Option<usize>,
}

impl Variants {
    /// Adds a message that the attack's own code must refuse.
    fn add(&mut self, name: impl Into<String>, message: impl Into<Vec<u8>>, twin: impl Into<Vec<u8>>) {
        self.add_as(self.expect, name, message, twin);
    }

    /// Leaves the next message empty and returns true where it is not asked for: signing takes time.
    fn skips_next(&mut self) -> bool {
        let skips = self.wanted.is_some_and(|wanted| wanted != self.made.len());
        if skips {
            self.add("", "", "");
        }
        skips
    }

    /// Adds a message that another code must refuse.
    fn add_as(
        &mut self,
        expect: &'static str,
        name: impl Into<String>,
        message: impl Into<Vec<u8>>,
        twin: impl Into<Vec<u8>>,
    ) {
        self.made.push(Variant { name: name.into(), message: message.into(), twin: twin.into(), expect });
    }
}

/// Adds a change that the genuine key signed, which the code of the attack must refuse.
fn change(
    good: &GoodMessage,
    variants: &mut Variants,
    name: &str,
    edit: impl FnOnce(&str) -> Result<String, Error>,
) -> Result<(), Error> {
    let code = variants.expect;
    change_as(good, variants, code, name, edit)
}

/// Adds a change that the genuine key signed, which another code must refuse.
fn change_as(
    good: &GoodMessage,
    variants: &mut Variants,
    code: &'static str,
    name: &str,
    edit: impl FnOnce(&str) -> Result<String, Error>,
) -> Result<(), Error> {
    if variants.skips_next() {
        return Ok(());
    }
    variants.add_as(code, name, good.changed(Signed::Both, edit)?, good.signed(Signed::Both));
    Ok(())
}

/// Writes the table of a group.
macro_rules! attacks {
    ($($id:literal $name:ident $carrier:ident $expect:tt $make:path, $changes:literal;)*) => {
        pub(super) const ATTACKS: &[$crate::attack::Attack] = &[$($crate::attack::Attack {
            id: concat!("ATT-", $id),
            name: stringify!($name),
            changes: $changes,
            expect: $expect,
            carrier: $crate::attack::Carrier::$carrier,
            make: $make,
        }),*];
    };
}
use attacks;
