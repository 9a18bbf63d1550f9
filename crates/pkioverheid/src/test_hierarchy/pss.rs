use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKeyRef, Private};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer};
use openssl::x509::X509;

/// Signs a certificate anew with RSASSA-PSS, SHA-512 and a salt of 64 bytes, as G4 is.
///
/// The crate `openssl` has no way to ask for the padding of a certificate's signature, so the algorithm is put into the
/// DER form by hand. A form that cannot be taken apart is returned as OpenSSL's refusal to read what comes out.
pub(super) fn sign_again(x509: &X509, key: &PKeyRef<Private>) -> Result<X509, ErrorStack> {
    let to_be_signed = with_pss(&x509.to_der()?).unwrap_or_default();
    let mut signer = Signer::new(MessageDigest::sha512(), key)?;
    signer.set_rsa_padding(Padding::PKCS1_PSS)?;
    signer.set_rsa_mgf1_md(MessageDigest::sha512())?;
    signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(64))?;
    let signature = [&[0], signer.sign_oneshot_to_vec(&to_be_signed)?.as_slice()].concat();
    X509::from_der(&value(0x30, &[to_be_signed.as_slice(), PSS_SHA512, &value(0x03, &signature)].concat()))
}

/// Writes a DER value: tag, length, content.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut written = vec![tag];
    match significant.as_slice() {
        [] => written.push(0),
        [short @ 0..=0x7f] => written.push(*short),
        long => {
            written.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            written.extend_from_slice(long);
        }
    }
    written.extend_from_slice(content);
    written
}

/// Takes the part to be signed out of a certificate, with its algorithm replaced (RFC 5280 4.1).
fn with_pss(certificate: &[u8]) -> Option<Vec<u8>> {
    let certificate = split(certificate)?;
    let to_be_signed = split(certificate.content)?;
    let version = split(to_be_signed.content)?;
    let serial = split(version.rest)?;
    let algorithm = split(serial.rest)?;
    Some(value(0x30, &[version.whole, serial.whole, PSS_SHA512, algorithm.rest].concat()))
}

/// The first DER value of some bytes.
struct Split<'a> {
    whole: &'a [u8],
    content: &'a [u8],
    rest: &'a [u8],
}

fn split(bytes: &[u8]) -> Option<Split<'_>> {
    let (header, length) = match bytes {
        [_, short @ 0..=0x7f, ..] => (2, usize::from(*short)),
        [_, 0x81, one, ..] => (3, usize::from(*one)),
        [_, 0x82, high, low, ..] => (4, usize::from(*high) << 8 | usize::from(*low)),
        _ => return None,
    };
    let (whole, rest) = bytes.split_at_checked(header + length)?;
    Some(Split { whole, content: whole.get(header..)?, rest })
}

/// `rsassaPss` with SHA-512, MGF1 with SHA-512, and a salt of 64 bytes (RFC 4055 3.1).
const PSS_SHA512: &[u8] = &[
    0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d,
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09,
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
    0x04, 0x02, 0x03, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x40,
];
