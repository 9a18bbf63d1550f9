//! xml-sec: decodes base64 and verifies the one signature, over the element that is expected; no SAML.

#[path = "../../shared/protocol.rs"]
mod protocol;

use base64::Engine;
use protocol::{Job, Outcome, World, serve};
use xml_sec::XmlSecurity;
use xml_sec::api::Operation;
use xml_sec::policy::{PolicyCompileContext, PolicyCompiler, PolicyProfile};
use xml_sec::provider::RustCryptoProvider;
use xml_sec::xmldsig::{SignatureAlgorithm, VerificationKey, VerificationRequest};

fn main() {
    serve(prepare);
}

static PROVIDER: RustCryptoProvider = RustCryptoProvider;

fn prepare(world: &World, case: &str) -> Outcome<Job> {
    if !["signed-assertion", "large", "cold-start", "rejected-early-signature"].contains(&case) {
        return Err("it is measured where one signature is verified and nothing else".into());
    }
    let context = PolicyCompileContext { external_resources: false, target_evidence: true };
    let policies = PolicyCompiler::new(PolicyProfile::Modern, &PROVIDER, None)?.compile(&context)?;
    let public = pem::parse(world.text("broker.pub.pem")?)?;
    let key = VerificationKey {
        algorithm: SignatureAlgorithm::RsaSha256,
        public_key_bytes: public.into_contents(),
        certificate_der: None,
        name: None,
    };
    world.validate(case, move |_, base64| {
        let security = XmlSecurity::new(&policies, &PROVIDER)?;
        let xml = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(base64)?)?;
        let id = xml.split("<saml:Assertion ").nth(1).and_then(|rest| rest.split(" ID=\"").nth(1));
        let id = id.and_then(|rest| rest.split('"').next()).ok_or("no assertion")?.to_owned();
        let document = security.parse_document(xml, Operation::Verify)?;
        let target = document.with_view(|view| view.node_for_id(&id, &[])).ok_or("no such element")?;
        let request = VerificationRequest { expected_targets: &[target], ..Default::default() };
        let evidence = security.verifier()?.key(&key).verify(&document, &request)?;
        if evidence.accepted(&document)? { Ok(()) } else { Err("not authenticated".into()) }
    })
}
