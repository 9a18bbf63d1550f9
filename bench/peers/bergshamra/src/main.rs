//! bergshamra: decodes base64 and verifies all signatures; no SAML. The feature says which backend.

#[path = "../../shared/protocol.rs"]
mod protocol;

use base64::Engine;
use bergshamra::{DsigContext, KeysManager, verify_all};
use protocol::{Job, Outcome, World, serve};

fn main() {
    serve(prepare);
}

fn prepare(world: &World, case: &str) -> Outcome<Job> {
    if !["signed-assertion", "both-signed", "large", "cold-start", "rejected-early-signature"].contains(&case) {
        return Err("it is measured where signatures are verified and nothing else".into());
    }
    let mut keys = KeysManager::new();
    keys.add_key(bergshamra::keys::loader::load_x509_cert_pem(world.text("broker.crt.pem")?.as_bytes())?);
    let context = DsigContext::new(keys).with_trusted_keys_only(true);
    world.validate(case, move |_, base64| {
        let xml = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(base64)?)?;
        let results = verify_all(&context, &xml)?;
        if !results.is_empty() && results.iter().all(|result| result.is_valid()) {
            Ok(())
        } else {
            Err("a signature does not hold".into())
        }
    })
}
