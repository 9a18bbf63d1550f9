use crate::algorithm::SignatureAlgorithm;
use crate::error::Error;

/// A private key that does not leave the place where it lives, such as an HSM.
///
/// [`SigningKey::external`](crate::SigningKey::external) puts it beside its certificate; everything that signs takes it
/// from there. One method is enough, as a PKCS#11 token does the hashing itself (`CKM_SHA256_RSA_PKCS`) or takes the
/// digest that the implementer makes of the octets. It is called where a request is answered, so it should be quick.
pub trait ExternalSigner: Send + Sync {
    /// Signs `octets`: hashes them as `algorithm` says and signs the digest.
    ///
    /// RSA gives as many bytes as the modulus has; ECDSA gives `r || s` (RFC 4051 2.3.6), as PKCS#11 does, and not DER.
    ///
    /// # Errors
    /// [`Error::Crypto`] with the operation that failed. It says nothing of the key or of a PIN: it reaches the log.
    fn sign(&self, octets: &[u8], algorithm: SignatureAlgorithm) -> Result<Vec<u8>, Error>;
}
