use saml_xml::{Canonicalization, Element, ParseOptions, Part, canonicalize};

use crate::XMLDSIG_NAMESPACE;
use crate::algorithm::{AlgorithmPolicy, Hasher};
use crate::error::Error;
use crate::key::VerifyingKey;
use crate::octets::verify_octets;
use crate::verify::{Claim, own_id, signature_of};

/// Verifies the enveloped signature of the root of a document that is read in [`Parts`](saml_xml::Parts).
///
/// The rules are those of [`verify`](crate::verify()), and the `Signature` is the first child. The signature over the
/// `SignedInfo` is verified before anything else is hashed; whether the content is what was signed is known from
/// [`finish`](Self::finish), not before. What was read from the parts is to be held back until then, and to be read
/// again from bytes that are proven to be the same.
///
/// libxmlsec1 is not asked, even with the feature `xmlsec`: it reads whole documents only.
///
/// ```
/// use saml_xml::{ParseOptions, Parts};
/// use saml_xml_security::{AlgorithmPolicy, Error, PartsVerifier, SignOptions, SigningKey, sign};
///
/// let key = SigningKey::generate_self_signed(2048, "test", 0, 4_000_000_000)?;
/// let signed = sign("<a ID='_1'><b>1</b><b>2</b></a>", &key, &SignOptions::default())?;
/// let pinned = [key.verifying_key().clone()];
///
/// let verify = |bytes: &[u8]| -> Result<String, Error> {
///     let options = ParseOptions::metadata();
///     let mut parts = Parts::new(bytes, options).unwrap();
///     let first = parts.next_part().unwrap().unwrap();
///     let mut verifier = PartsVerifier::begin(first, &pinned, &AlgorithmPolicy::modern(), &options)?;
///     while let Some(part) = parts.next_part().unwrap() {
///         verifier.update(part)?;
///     }
///     verifier.finish()
/// };
/// assert_eq!(verify(signed.as_bytes())?, key.verifying_key().sha256_fingerprint());
/// assert_eq!(verify(signed.replace("<b>2", "<b>3").as_bytes()), Err(Error::DigestMismatch));
/// # Ok::<(), Error>(())
/// ```
pub struct PartsVerifier {
    hasher: Hasher,
    /// The digest that was signed.
    digest: Vec<u8>,
    inclusive_prefixes: Vec<String>,
    key_fingerprint: String,
    /// The canonical form of the last part.
    octets: Vec<u8>,
    /// How many bytes of it are the start tag of the root, and how many the end tag.
    tags: (usize, usize),
}

impl PartsVerifier {
    /// Verifies the signature over the `SignedInfo`, and hashes the first part.
    ///
    /// # Errors
    /// As [`verify`](crate::verify()), for all but the content.
    pub fn begin(
        first: Part<'_>,
        keys: &[VerifyingKey],
        policy: &AlgorithmPolicy,
        options: &ParseOptions,
    ) -> Result<Self, Error> {
        let root = first.root();
        let signature = signature_of(root)?.ok_or(Error::SignatureMissing)?;
        // What stands before it could be in another part.
        if root.children().next() != Some(signature) {
            return Err(Error::SignaturePosition);
        }
        let id = own_id(root)?;
        let claim = Claim::read(signature, id, policy, options)?;
        let signed = claim.signed_info(id, policy)?;
        let key = verify_octets(&claim.octets, &claim.value, signed.algorithm, keys)?;

        let mut verifier = Self {
            hasher: Hasher::new(signed.digest_algorithm),
            key_fingerprint: key.sha256_fingerprint().to_owned(),
            inclusive_prefixes: signed.element_prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
            digest: signed.digest,
            octets: Vec::new(),
            tags: (0, 0),
        };
        verifier.canonicalize(first.head(), None);
        let end_tag = "</>".len() + qualified_name_length(root);
        verifier.tags = (verifier.octets.len().saturating_sub(end_tag), end_tag);
        verifier.hasher.update(verifier.octets.get(..verifier.tags.0).unwrap_or_default());
        verifier.hash_content(root, Some(signature));
        Ok(verifier)
    }

    /// Hashes what the next part adds.
    ///
    /// # Errors
    /// [`Error::SignatureCount`] for another signature of the root.
    pub fn update(&mut self, part: Part<'_>) -> Result<(), Error> {
        let others = part.root().children().filter(|child| child.is(XMLDSIG_NAMESPACE, "Signature")).count();
        if others > 0 {
            return Err(Error::SignatureCount { found: others + 1 });
        }
        self.hash_content(part.root(), None);
        Ok(())
    }

    /// Compares the digest with the one that was signed, and returns the SHA-256 of the certificate whose key signed
    /// it, in lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`].
    pub fn finish(mut self) -> Result<String, Error> {
        let end_tag = self.octets.len().saturating_sub(self.tags.1);
        self.hasher.update(self.octets.get(end_tag..).unwrap_or_default());
        if self.hasher.finish() == self.digest { Ok(self.key_fingerprint) } else { Err(Error::DigestMismatch) }
    }

    /// Hashes what a part has between the tags of the root.
    fn hash_content(&mut self, root: Element<'_>, without: Option<Element<'_>>) {
        self.canonicalize(root, without);
        let content = self.tags.0..self.octets.len().saturating_sub(self.tags.1);
        self.hasher.update(self.octets.get(content).unwrap_or_default());
    }

    /// Brings a part into its canonical form: the start tag of the root, what is in the part, and the end tag.
    ///
    /// The tags come out the same each time, and what is between them as it would in the whole: exclusive
    /// canonicalisation looks at an element and what is around it, never at its siblings.
    fn canonicalize(&mut self, root: Element<'_>, without: Option<Element<'_>>) {
        let prefixes: Vec<&str> = self.inclusive_prefixes.iter().map(String::as_str).collect();
        let form = Canonicalization { without: without.map(Element::id), inclusive_prefixes: &prefixes };
        self.octets.clear();
        canonicalize(root, &form, &mut self.octets);
    }
}

fn qualified_name_length(element: Element<'_>) -> usize {
    let prefix = element.prefix().len();
    prefix + usize::from(prefix > 0) + element.local_name().len()
}
