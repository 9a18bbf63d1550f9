//! The crate xmlsec: decodes base64 and verifies the first signature; it reads nothing.

#[path = "../../shared/protocol.rs"]
mod protocol;

use base64::Engine;
use libxml::parser::Parser;
use protocol::{Job, Outcome, World, serve};
use xmlsec::{XmlSecDocumentExt, XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};

fn main() {
    serve(prepare);
}

fn prepare(world: &World, case: &str) -> Outcome<Job> {
    if !["signed-assertion", "large", "cold-start", "rejected-early-signature"].contains(&case) {
        return Err("it verifies one signature of a document, and does nothing else".into());
    }
    let certificate = world.0.join("broker.crt.pem").display().to_string();
    let key = XmlSecKey::from_file(&certificate, XmlSecKeyFormat::CertPem, None).map_err(|error| error.to_string())?;
    let mut cached = Some(key);
    world.validate(case, move |_, base64| {
        let xml = base64::engine::general_purpose::STANDARD.decode(base64)?;
        let document = Parser::default().parse_string(&xml)?;
        document.specify_idattr("//*[@ID]", "ID", None).map_err(|error| error.to_string())?;
        // A context is of one use; the key goes from one to the next.
        let mut context = XmlSecSignatureContext::new();
        context.insert_key(cached.take().ok_or("no key")?);
        let verified = context.verify_document(&document).map_err(|error| error.to_string());
        cached = context.release_key();
        if verified? { Ok(()) } else { Err("the signature does not hold".into()) }
    })
}
