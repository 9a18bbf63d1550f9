//! OpenSSL's contexts for verifying, made once for each key and thread: to make one costs a fifth of a verification.

use std::cell::Cell;

use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey::Public;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::sign::RsaPssSaltlen;

use crate::algorithm::{DigestAlgorithm, Family, SignatureAlgorithm};
use crate::key::VerifyingKey;

thread_local! {
    static CONTEXTS: Cell<Vec<Context>> = const { Cell::new(Vec::new()) };
}

struct Context {
    /// The certificate says which key it is.
    sha256_fingerprint: String,
    algorithm: SignatureAlgorithm,
    openssl: PkeyCtx<Public>,
}

/// Tells whether `key` made `signature` over what has this `digest`.
///
/// # Errors
/// What OpenSSL says, be it of a signature that has not the form of one.
pub(crate) fn verify_digest(
    key: &VerifyingKey,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    let mut contexts = CONTEXTS.take();
    let known = contexts
        .iter()
        .position(|context| context.algorithm == algorithm && context.sha256_fingerprint == key.sha256_fingerprint());
    let mut context = match known {
        Some(place) => contexts.swap_remove(place),
        None => Context::new(key, algorithm)?,
    };
    let verdict = context.openssl.verify(digest, signature);
    if contexts.len() == MOST_CONTEXTS {
        contexts.clear();
    }
    contexts.push(context);
    CONTEXTS.set(contexts);
    verdict
}

impl Context {
    fn new(key: &VerifyingKey, algorithm: SignatureAlgorithm) -> Result<Self, ErrorStack> {
        let mut openssl = PkeyCtx::new(key.pkey())?;
        openssl.verify_init()?;
        if algorithm.family() == Family::RsaPss {
            openssl.set_rsa_padding(Padding::PKCS1_PSS)?;
        }
        openssl.set_signature_md(match algorithm.digest() {
            DigestAlgorithm::Sha256 => Md::sha256(),
            DigestAlgorithm::Sha384 => Md::sha384(),
            DigestAlgorithm::Sha512 => Md::sha512(),
        })?;
        if algorithm.family() == Family::RsaPss {
            openssl.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        Ok(Self { sha256_fingerprint: key.sha256_fingerprint().to_owned(), algorithm, openssl })
    }
}

/// More than the keys of the partners that one portal has; a federation agent with more pays for some of them anew.
const MOST_CONTEXTS: usize = 32;
