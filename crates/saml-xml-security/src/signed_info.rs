use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_xml::Element;

use crate::algorithm::{AlgorithmPolicy, DigestAlgorithm, SignatureAlgorithm};
use crate::error::{Error, shorten};
use crate::{ENVELOPED_SIGNATURE, EXCLUSIVE_CANONICALIZATION, XMLDSIG_NAMESPACE};

/// What a `SignedInfo` says, everything else having been refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignedInfo<'d> {
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) digest_algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
    /// `InclusiveNamespaces/@PrefixList` of the canonicalisation of the `SignedInfo` itself.
    pub(crate) own_prefixes: Vec<&'d str>,
    /// `InclusiveNamespaces/@PrefixList` of the canonicalisation of the signed element.
    pub(crate) element_prefixes: Vec<&'d str>,
}

impl<'d> SignedInfo<'d> {
    /// Reads a `SignedInfo` whose one reference is to `id`.
    pub(crate) fn read(signed_info: Element<'d>, id: &str, policy: &AlgorithmPolicy) -> Result<Self, Error> {
        let [method, signature_method, reference] = children(
            signed_info,
            "SignedInfo",
            "CanonicalizationMethod, SignatureMethod and one Reference",
            ["CanonicalizationMethod", "SignatureMethod", "Reference"],
        )?;
        if algorithm(method) != EXCLUSIVE_CANONICALIZATION {
            return Err(Error::CanonicalizationMethod { found: shorten(algorithm(method)) });
        }
        let own_prefixes = prefix_list(method, "CanonicalizationMethod")?;
        let signature_algorithm = policy
            .signature(algorithm(signature_method))
            .ok_or_else(|| Error::SignatureAlgorithm { found: shorten(algorithm(signature_method)) })?;
        // HMACOutputLength and RSAPSSParams would stand here (ATT-067).
        children(signature_method, "SignatureMethod", "nothing", [])?;

        let uri = reference.attribute("URI").unwrap_or("no URI");
        if uri.strip_prefix('#') != Some(id) {
            return Err(Error::ReferenceUri { expected: id.to_owned(), found: shorten(uri) });
        }
        let [transforms, digest_method, digest_value] = children(
            reference,
            "Reference",
            "Transforms, DigestMethod and DigestValue",
            ["Transforms", "DigestMethod", "DigestValue"],
        )?;
        let element_prefixes = transform_prefixes(transforms)?;
        let digest_algorithm = policy
            .digest(algorithm(digest_method))
            .ok_or_else(|| Error::DigestAlgorithm { found: shorten(algorithm(digest_method)) })?;
        children(digest_method, "DigestMethod", "nothing", [])?;
        let digest = base64_text(digest_value, "DigestValue")?;
        Ok(Self { algorithm: signature_algorithm, digest_algorithm, digest, own_prefixes, element_prefixes })
    }
}

/// Returns the children of `parent`, which must be the `names` of XML Signature in that order, and nothing else.
pub(crate) fn children<'d, const N: usize>(
    parent: Element<'d>,
    name: &'static str,
    expected: &'static str,
    names: [&str; N],
) -> Result<[Element<'d>; N], Error> {
    let wrong = |found: &str| Error::SignatureStructure { parent: name, expected, found: shorten(found) };
    if parent.has_text() {
        return Err(wrong("text"));
    }
    let found: Vec<_> = parent.children().take(N + 1).collect();
    if let Some((child, _)) = found.iter().zip(names).find(|(child, name)| !child.is(XMLDSIG_NAMESPACE, name)) {
        return Err(wrong(child.local_name()));
    }
    match <[Element<'d>; N]>::try_from(found) {
        Ok(children) => Ok(children),
        Err(found) => Err(wrong(found.get(N).map_or("less", |child| child.local_name()))),
    }
}

/// Reads base64 with XML white space in it; what is left must be strict RFC 4648 (ATT-072).
pub(crate) fn base64_text(element: Element<'_>, name: &'static str) -> Result<Vec<u8>, Error> {
    let wrong = || Error::Value { element: name };
    let text = element.text().map_err(|_| wrong())?;
    let mut compact = Vec::with_capacity(text.len());
    compact.extend(text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')));
    STANDARD.decode(compact).map_err(|_| wrong())
}

/// Reads the two transforms, enveloped-signature first, and returns the prefix list of the second (ATT-073 to ATT-076).
fn transform_prefixes(transforms: Element<'_>) -> Result<Vec<&str>, Error> {
    let found: Vec<_> = transforms.children().take(3).collect();
    let wrong = || Error::Transforms {
        found: shorten(&found.iter().map(|transform| algorithm(*transform)).collect::<Vec<_>>().join(" ")),
    };
    let [enveloped, exclusive] =
        children(transforms, "Transforms", "two Transform", ["Transform"; 2]).map_err(|_| wrong())?;
    if algorithm(enveloped) != ENVELOPED_SIGNATURE || algorithm(exclusive) != EXCLUSIVE_CANONICALIZATION {
        return Err(wrong());
    }
    children(enveloped, "Transform", "nothing", [])?;
    prefix_list(exclusive, "Transform")
}

/// Reads `InclusiveNamespaces/@PrefixList`, the one thing that may stand in an exclusive canonicalisation method.
fn prefix_list<'d>(method: Element<'d>, parent: &'static str) -> Result<Vec<&'d str>, Error> {
    let expected = "at most one InclusiveNamespaces";
    if method.has_text() {
        return Err(Error::SignatureStructure { parent, expected, found: "text".to_owned() });
    }
    let mut children = method.children();
    let (first, second) = (children.next(), children.next());
    match (first, second) {
        (None, _) => Ok(Vec::new()),
        (Some(list), None) if list.is(EXCLUSIVE_CANONICALIZATION, "InclusiveNamespaces") => {
            let prefixes: Vec<_> =
                list.attribute("PrefixList").unwrap_or("").split_ascii_whitespace().take(MOST_PREFIXES + 1).collect();
            if prefixes.len() > MOST_PREFIXES {
                let (expected, found) = ("at most 24 prefixes", "more".to_owned());
                return Err(Error::SignatureStructure { parent: "InclusiveNamespaces", expected, found });
            }
            Ok(prefixes)
        }
        (Some(first), second) => {
            let found = shorten(second.unwrap_or(first).local_name());
            Err(Error::SignatureStructure { parent, expected, found })
        }
    }
}

/// As many as the declarations that a message may have in scope. Each is looked up for each element of what is signed,
/// before the signature is known to hold: with a megabyte of them that took a fifth of a second (ATT-084).
const MOST_PREFIXES: usize = 24;

fn algorithm(method: Element<'_>) -> &str {
    method.attribute("Algorithm").unwrap_or("no algorithm")
}
