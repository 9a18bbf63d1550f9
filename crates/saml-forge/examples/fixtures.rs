//! Writes the files below `fixtures/` that are made: `cargo run -p saml-forge --example fixtures`.
//!
//! Keys are made only where they are missing. All else follows from them, and comes out the same each time.

use std::error::Error;
use std::path::Path;

use saml_xml_security::SigningKey;

use crate::catalogue::{Keys, NOT_AFTER, moment};

#[path = "fixtures/catalogue.rs"]
mod catalogue;

fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    for folder in ["keys", "metadata", "requests", "responses"] {
        std::fs::create_dir_all(fixtures.join(folder))?;
    }
    let keys = fixtures.join("keys");
    // The real broker signs with RSA of 4096 bits.
    make_key(&keys, "broker-signing", 4096, "broker.example.nl")?;
    make_key(&keys, "broker-signing-next", 2048, "broker.example.nl")?;
    make_key(&keys, "service-provider", 2048, "portal.example.nl")?;
    for fixture in catalogue::fixtures(&Keys::read(&keys)?)? {
        std::fs::write(fixtures.join(fixture.path), fixture.content)?;
    }
    Ok(())
}

fn make_key(folder: &Path, name: &str, bits: u32, common_name: &str) -> Result<(), Box<dyn Error>> {
    let (key, certificate) = catalogue::key_files(folder, name);
    match (key.exists(), certificate.exists()) {
        (true, true) => return Ok(()),
        (false, false) => {}
        _ => return Err(format!("{name}: of key and certificate one is there; take it away, and both are made").into()),
    }
    let made =
        SigningKey::generate_self_signed(bits, common_name, moment(2026, 1, 1, 0).timestamp(), NOT_AFTER.timestamp())?;
    std::fs::write(key, made.private_key_pem()?)?;
    std::fs::write(certificate, made.verifying_key().certificate_pem()?)?;
    Ok(())
}
