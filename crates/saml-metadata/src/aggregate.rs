use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};
use saml_protocol::namespaces::{METADATA, XMLDSIG};
use saml_protocol::{Children, Error as SchemaError};
use saml_xml::{Canonicalization, Comments, Document, Element, Limits, ParseOptions, Part, Parts, canonicalize};
use saml_xml_security::{AlgorithmPolicy, Error as SignatureError, PartsVerifier, VerifyingKey, sha256};

use crate::attributes::{cache_duration, entity_id};
use crate::error::{Error, shorten};
use crate::metadata::Metadata;
use crate::role::check_valid;
use crate::stamps::Stamps;

/// What an aggregate holds: an `EntitiesDescriptor` (SAML Metadata 2.3.1), read once and not kept.
///
/// Of each entity this knows where it stands in the file, and the SHA-256 of its bytes there.
/// [`metadata`](Self::metadata) makes [`Metadata`] of those bytes, which come from the same file at any later time.
///
/// Refused, whichever way it is read: an entity that stands twice, an `ID` that stands twice, an aggregate in an
/// aggregate (ATT-192), elements out of the order of the schema, an entity of more than 1 MiB, more than 50,000
/// entities, and what [`saml_xml::Document::parse`] refuses. Besides what it returns, reading takes a few megabytes.
pub struct Aggregate {
    /// The start tag of the root, for the prefixes that it declares.
    head: Document,
    entities: BTreeMap<String, Place>,
    stamps: Stamps,
    cache_duration: Option<Duration>,
    key_fingerprint: Option<String>,
}

/// Where an entity stands in the file.
struct Place {
    offset: u64,
    length: usize,
    sha256: [u8; 32],
}

impl Aggregate {
    /// Verifies the signature of an aggregate with one of `keys` in one pass, and returns what was signed.
    ///
    /// Nothing is returned before the whole file was read and its digest is the one that was signed. Otherwise as
    /// [`Metadata::verify`]: keys that the file brings are not looked at (ATT-184), the signature is the root's own
    /// (ATT-183), and its algorithms are listed by `policy`.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken; [`Error::Signature`] for the signature, [`Error::File`] for what
    /// cannot be read.
    ///
    /// ```
    /// use saml_metadata::{Aggregate, Error};
    /// use saml_xml_security::{AlgorithmPolicy, SignOptions, SigningKey, sign};
    ///
    /// let file = "<md:EntitiesDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' ID='_1'>\
    ///             <md:EntityDescriptor entityID='https://one.example.nl'/>\
    ///             <md:EntityDescriptor entityID='https://two.example.nl'/></md:EntitiesDescriptor>";
    /// let key = SigningKey::generate_self_signed(2048, "federation.example.nl", 0, 4_000_000_000)?;
    /// let file = sign(file, &key, &SignOptions::default())?;
    ///
    /// let pinned = [key.verifying_key().clone()];
    /// let aggregate = Aggregate::verify(file.as_bytes(), &pinned, &AlgorithmPolicy::modern())?;
    /// assert_eq!(aggregate.len(), 2);
    ///
    /// let place = aggregate.place("https://two.example.nl").ok_or(Error::Aggregate)?;
    /// let bytes = &file.as_bytes()[place.start as usize..place.end as usize];
    /// let metadata = aggregate.metadata("https://two.example.nl", bytes)?;
    /// assert_eq!(metadata.entity_id(), "https://two.example.nl");
    ///
    /// let changed = file.replace("one.example.nl", "own.example.nl");
    /// let error = Aggregate::verify(changed.as_bytes(), &pinned, &AlgorithmPolicy::modern()).unwrap_err();
    /// assert_eq!(error.code(), "signature_digest_mismatch");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn verify(input: impl Read, keys: &[VerifyingKey], policy: &AlgorithmPolicy) -> Result<Self, Error> {
        let mut parts = Parts::new(input, PART)?;
        let mut reading = Reading::new(parts.head().root())?;
        let first = parts.next_part()?.ok_or(SignatureError::SignatureMissing)?;
        let mut verifier = PartsVerifier::begin(first, keys, policy, &PART)?;
        reading.part(first)?;
        while let Some(part) = parts.next_part()? {
            verifier.update(part)?;
            reading.part(part)?;
        }
        let key_fingerprint = verifier.finish()?;
        Ok(Self { key_fingerprint: Some(key_fingerprint), ..reading.finish(parts.into_head())? })
    }

    /// Reads an aggregate without looking at its signature: it is as trusted as the place it came from.
    ///
    /// For a file that lies beside the configuration, and to look at a file. What came over the network goes through
    /// [`verify`](Self::verify) (ATT-182).
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken.
    pub fn parse_unverified(input: impl Read) -> Result<Self, Error> {
        let mut parts = Parts::new(input, PART)?;
        let mut reading = Reading::new(parts.head().root())?;
        while let Some(part) = parts.next_part()? {
            reading.part(part)?;
        }
        reading.finish(parts.into_head())
    }

    /// Returns how many entities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Tells whether there are no entities.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Returns the entity IDs in alphabetical order.
    pub fn entity_ids(&self) -> impl Iterator<Item = &str> {
        self.entities.keys().map(String::as_str)
    }

    /// Returns the bytes of the file that an entity takes, a byte order mark counted; `None` when it is not in it.
    #[must_use]
    pub fn place(&self, entity_id: &str) -> Option<Range<u64>> {
        let place = self.entities.get(entity_id)?;
        Some(place.offset..place.offset + place.length as u64)
    }

    /// Reads the metadata of one entity from `bytes`, which stand in the file at its [`place`](Self::place).
    ///
    /// They are compared with those that were read before: a file that has changed since then is refused. The metadata
    /// is valid no longer than the aggregate; its [`key_fingerprint`](Metadata::key_fingerprint) is of the aggregate's
    /// key.
    ///
    /// # Errors
    /// [`Error::EntityMissing`] when the aggregate does not have it, [`Error::EntityChanged`] for other bytes, else as
    /// [`Metadata::parse_unverified`].
    pub fn metadata(&self, entity_id: &str, bytes: &[u8]) -> Result<Metadata, Error> {
        let place =
            self.entities.get(entity_id).ok_or_else(|| Error::EntityMissing { entity_id: shorten(entity_id) })?;
        if sha256(bytes) != place.sha256 {
            return Err(Error::EntityChanged { entity_id: shorten(entity_id) });
        }
        // In another context the same bytes can take more room.
        let options = ParseOptions::metadata();
        let received = Document::parse_in_context(bytes, self.head.root(), &options)?;
        let document = Document::parse(&canonical(received.root()), &options)?;
        let metadata = Metadata::of_aggregate(document, self.stamps.valid_until, self.key_fingerprint())?;
        metadata.require_entity_id(entity_id)?;
        Ok(metadata)
    }

    /// Reads the metadata of one entity from the whole file.
    pub(crate) fn read(&self, entity_id: &str, file: &[u8]) -> Result<Metadata, Error> {
        let place = self.place(entity_id).unwrap_or_default();
        let bound = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        // Without a place, the empty range tells that the entity is missing.
        self.metadata(entity_id, file.get(bound(place.start)..bound(place.end)).unwrap_or_default())
    }

    /// Returns the first moment at which the aggregate is no longer valid; an entity or a role may end earlier.
    #[must_use]
    pub const fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.stamps.valid_until
    }

    /// Refuses to be used at and after [`valid_until`](Self::valid_until).
    ///
    /// # Errors
    /// [`Error::Expired`] (ATT-185).
    pub fn check_valid(&self, now: DateTime<Utc>) -> Result<(), Error> {
        check_valid(self.stamps.valid_until, now)
    }

    /// Returns the moments by which this version is told from an older one, as the root says them.
    #[must_use]
    pub const fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Returns how long the aggregate may be used before it is fetched again; a year counts 365 days, a month 30.
    #[must_use]
    pub const fn cache_duration(&self) -> Option<Duration> {
        self.cache_duration
    }

    /// Returns the SHA-256 of the certificate whose key made the signature; `None` when it was not verified.
    #[must_use]
    pub fn key_fingerprint(&self) -> Option<&str> {
        self.key_fingerprint.as_deref()
    }
}

impl std::fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Aggregate({} entities)", self.len())
    }
}

/// What is known of an aggregate before its end.
struct Reading {
    entities: BTreeMap<String, Place>,
    /// Digests of the `ID`s so far, which take less room than those.
    ids: HashSet<[u8; 16]>,
    stamps: Stamps,
    cache_duration: Option<Duration>,
    /// Which children may come next.
    next: Next,
}

/// What may come next in an `EntitiesDescriptor`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Signature,
    Extensions,
    Entities,
}

impl Reading {
    fn new(head: Element<'_>) -> Result<Self, Error> {
        if !head.is(METADATA, "EntitiesDescriptor") {
            let found = shorten(head.local_name());
            return Err(SchemaError::MessageType { expected: "EntitiesDescriptor", found }.into());
        }
        // Read from what is hashed, as all that is said of the entities.
        let document = Document::parse(&canonical(head), &ParseOptions::metadata())?;
        let head = document.root();
        let mut reading = Self {
            entities: BTreeMap::new(),
            ids: HashSet::new(),
            stamps: Stamps::read(head, None)?,
            cache_duration: cache_duration(head)?,
            next: Next::Signature,
        };
        head.attribute("ID").map_or(Ok(()), |id| reading.id(id))?;
        Ok(reading)
    }

    /// Reads the children in a part.
    fn part(&mut self, part: Part<'_>) -> Result<(), Error> {
        let mut children = Children::of(part.root())?;
        if self.next == Next::Signature && children.optional(XMLDSIG, "Signature").is_some() {
            self.next = Next::Extensions;
        }
        if self.next < Next::Entities
            && let Some(extensions) = children.optional(METADATA, "Extensions")
        {
            self.next = Next::Entities;
            let document = Document::parse(&canonical(extensions), &ParseOptions::metadata())?;
            let Stamps { published, registered, .. } = Stamps::read(document.root(), Some(document.root()))?;
            self.stamps = Stamps { published, registered, ..self.stamps };
        }
        while let Some(entity) = children.optional(METADATA, "EntityDescriptor") {
            self.next = Next::Entities;
            self.entity(entity, part.offset(entity))?;
        }
        if children.optional(METADATA, "EntitiesDescriptor").is_some() {
            return Err(Error::AggregateNested);
        }
        children.finish()?;
        part.attribute_values("ID").try_for_each(|id| self.id(id))
    }

    fn entity(&mut self, entity: Element<'_>, offset: u64) -> Result<(), Error> {
        let source = entity.source().as_bytes();
        let place = Place { offset, length: source.len(), sha256: sha256(source) };
        let entity_id = entity_id(entity)?;
        if self.entities.insert(entity_id.to_owned(), place).is_some() {
            return Err(Error::DuplicateEntity { entity_id: shorten(entity_id) });
        }
        at_most("entities", self.entities.len(), MOST_ENTITIES)
    }

    /// Refuses an `ID` that was there before (ATT-028, ATT-032).
    fn id(&mut self, id: &str) -> Result<(), Error> {
        let digest = sha256(id.as_bytes()).first_chunk().copied().unwrap_or_default();
        if !self.ids.insert(digest) {
            return Err(SignatureError::DuplicateId.into());
        }
        at_most("IDs", self.ids.len(), MOST_IDS)
    }

    fn finish(self, head: Document) -> Result<Aggregate, Error> {
        if self.entities.is_empty() {
            return Err(Error::ElementMissing { element: "EntityDescriptor" });
        }
        let Self { entities, stamps, cache_duration, .. } = self;
        Ok(Aggregate { head, entities, stamps, cache_duration, key_fingerprint: None })
    }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found > limit { Err(Error::AggregateLimit { what, limit }) } else { Ok(()) }
}

fn canonical(element: Element<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    canonicalize(element, &Canonicalization::default(), &mut octets);
    octets
}

/// The rules for an entity of an aggregate. The largest that federations publish, with logos inside, have some hundred
/// kilobytes, and a node for every 60 to 90 bytes.
const PART: ParseOptions = ParseOptions {
    comments: Comments::Dropped,
    limits: Limits { bytes: 1 << 20, nodes: 40_000, ..Limits::metadata() },
};
/// The largest federation of federations, eduGAIN, has some 10,000.
const MOST_ENTITIES: usize = 50_000;
/// One for each entity, and some for their roles.
const MOST_IDS: usize = 4 * MOST_ENTITIES;
