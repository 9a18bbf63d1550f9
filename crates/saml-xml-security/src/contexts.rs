//! OpenSSL's contexts for verifying and signing, made once for each key and thread: to make one costs a fifth of a
//! verification.

use std::cell::Cell;
use std::thread::LocalKey;

use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey::{PKeyRef, Private, Public};
use openssl::pkey_ctx::{PkeyCtx, PkeyCtxRef};
use openssl::rsa::Padding;
use openssl::sign::RsaPssSaltlen;

use crate::algorithm::{DigestAlgorithm, Family, SignatureAlgorithm};
use crate::key::VerifyingKey;

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
    let make = || {
        let mut context = PkeyCtx::new(key.pkey())?;
        context.verify_init()?;
        Ok(context)
    };
    with_context(&VERIFYING, key, algorithm, make, |context| context.verify(digest, signature))
}

/// Signs what has this `digest` with the private key that belongs to `public`.
///
/// # Errors
/// What OpenSSL says.
pub(crate) fn sign_digest(
    key: &PKeyRef<Private>,
    public: &VerifyingKey,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    let make = || {
        let mut context = PkeyCtx::new(key)?;
        context.sign_init()?;
        Ok(context)
    };
    let sign = |context: &mut PkeyCtxRef<Private>| {
        let mut signature = Vec::new();
        context.sign_to_vec(digest, &mut signature)?;
        Ok(signature)
    };
    with_context(&SIGNING, public, algorithm, make, sign)
}

struct Context<T> {
    /// The certificate says which key it is.
    sha256_fingerprint: String,
    algorithm: SignatureAlgorithm,
    openssl: PkeyCtx<T>,
}

thread_local! {
    static VERIFYING: Cell<Vec<Context<Public>>> = const { Cell::new(Vec::new()) };
    static SIGNING: Cell<Vec<Context<Private>>> = const { Cell::new(Vec::new()) };
}

/// Uses this thread's context for a key and algorithm, and makes it when it is the first time.
fn with_context<T, R>(
    contexts: &'static LocalKey<Cell<Vec<Context<T>>>>,
    key: &VerifyingKey,
    algorithm: SignatureAlgorithm,
    make: impl FnOnce() -> Result<PkeyCtx<T>, ErrorStack>,
    use_it: impl FnOnce(&mut PkeyCtxRef<T>) -> Result<R, ErrorStack>,
) -> Result<R, ErrorStack> {
    let mut known = contexts.take();
    let place = known
        .iter()
        .position(|context| context.algorithm == algorithm && context.sha256_fingerprint == key.sha256_fingerprint());
    let mut context = match place {
        Some(place) => known.swap_remove(place),
        None => {
            let mut openssl = make()?;
            set_algorithm(&mut openssl, algorithm)?;
            Context { sha256_fingerprint: key.sha256_fingerprint().to_owned(), algorithm, openssl }
        }
    };
    let result = use_it(&mut context.openssl);
    if known.len() == MOST_CONTEXTS {
        known.clear();
    }
    known.push(context);
    contexts.set(known);
    result
}

fn set_algorithm<T>(context: &mut PkeyCtxRef<T>, algorithm: SignatureAlgorithm) -> Result<(), ErrorStack> {
    if algorithm.family() == Family::RsaPss {
        context.set_rsa_padding(Padding::PKCS1_PSS)?;
    }
    context.set_signature_md(match algorithm.digest() {
        DigestAlgorithm::Sha256 => Md::sha256(),
        DigestAlgorithm::Sha384 => Md::sha384(),
        DigestAlgorithm::Sha512 => Md::sha512(),
    })?;
    if algorithm.family() == Family::RsaPss {
        context.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
    }
    Ok(())
}

/// More than the keys of the partners that one portal has; a federation agent with more pays for some of them anew.
const MOST_CONTEXTS: usize = 32;
