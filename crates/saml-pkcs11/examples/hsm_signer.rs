//! Signs our metadata with a private key that stays in an HSM. SoftHSM plays the HSM:
//!
//! ```sh
//! sudo apt-get install softhsm2
//! export SOFTHSM2_CONF=$PWD/softhsm2.conf
//! mkdir -p tokens && echo "directories.tokendir = $PWD/tokens" > softhsm2.conf
//! softhsm2-util --init-token --free --label portal --pin 0815-4711 --so-pin 1234567890
//! softhsm2-util --import fixtures/keys/service-provider.key.pem \
//!     --token portal --label signing --id 01 --pin 0815-4711
//! SAML_PIN=0815-4711 cargo run -p saml-pkcs11 --example hsm_signer -- \
//!     /usr/lib/softhsm/libsofthsm2.so portal signing fixtures/keys/service-provider.crt.pem
//! ```
//!
//! With an HSM of another maker only the path of its library changes. A key is better made in the HSM than brought to
//! it.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

use saml_metadata::{IndexedEndpoint, Metadata, ServiceProviderMetadata};
use saml_pkcs11::Pkcs11Module;
use saml_protocol::Binding;
use saml_xml_security::{AlgorithmPolicy, SigningKey};

/// Reads where the key is, signs, and writes the metadata to stdout.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, token, label, certificate] = arguments.as_slice() else {
        return Err("expected four arguments: library, token, key, and the file of its certificate".into());
    };
    let pin = std::env::var("SAML_PIN").map_err(|_| "expected the PIN in the environment, as SAML_PIN")?;
    let signed = sign(module, token, pin, label, &std::fs::read(certificate)?)?;
    writeln!(io::stdout(), "{signed}")?;
    Ok(())
}

/// Signs metadata of a portal with the key labelled `label`, and makes sure that it holds with `certificate`.
pub(crate) fn sign(
    module: &str,
    token: &str,
    pin: String,
    label: &str,
    certificate: &[u8],
) -> Result<String, Box<dyn Error>> {
    let signer = Pkcs11Module::load(module)?.signer(token, pin, label)?;
    // From here on it is a key as any other: it goes into `saml_sp::Configuration` too.
    let key = SigningKey::external(Arc::new(signer), certificate)?;

    let consumer = IndexedEndpoint {
        index: 0,
        is_default: Some(true),
        binding: Binding::HttpPost,
        location: "https://portal.example.nl/saml/acs".to_owned(),
    };
    let keys = vec![key.verifying_key().clone()];
    let metadata = ServiceProviderMetadata::new(
        "_metadata",
        "https://portal.example.nl/saml/metadata",
        keys.clone(),
        vec![consumer],
    );
    let signed = metadata.sign(&key)?;
    Metadata::verify(signed.as_bytes(), &keys, &AlgorithmPolicy::rsa())?;
    Ok(signed)
}
