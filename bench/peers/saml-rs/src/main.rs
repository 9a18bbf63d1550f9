//! saml-rs, by its raw API.

#[path = "../../shared/protocol.rs"]
mod protocol;

use std::hint::black_box;

use protocol::{ACS, Job, Outcome, PORTAL, World, serve};
use saml_rs::constants::signature_algorithm::RSA_SHA256;
use saml_rs::raw::metadata::{Endpoint, SpMetadataConfig};
use saml_rs::raw::{Binding, EntitySetting, HttpRequest, IdentityProvider, ServiceProvider};

fn main() {
    serve(prepare);
}

fn prepare(world: &World, case: &str) -> Outcome<Job> {
    let file = world.text("broker-metadata.xml")?;
    if case == "metadata-one" {
        return Ok(Box::new(move || {
            black_box(IdentityProvider::from_metadata(&file, EntitySetting::default())?);
            Ok(())
        }));
    }
    let idp = IdentityProvider::from_metadata(&file, EntitySetting::default())?;
    let signs = case.ends_with("-request");
    let mut setting = EntitySetting::default();
    setting.private_key = Some(world.text("portal.key.pem")?);
    setting.signing_cert = Some(world.text("portal.crt.pem")?);
    setting.enc_private_key = Some(world.text("portal.key.pem")?);
    setting.is_assertion_encrypted = case == "encrypted";
    setting.allow_insecure_software_rsa_key_transport_decryption = true;
    setting.request_signature_algorithm = RSA_SHA256.into();
    let config = SpMetadataConfig {
        entity_id: PORTAL.into(),
        authn_requests_signed: signs,
        want_assertions_signed: true,
        signing_certs: vec![world.text("portal.crt.pem")?],
        assertion_consumer_service: vec![Endpoint::new(Binding::Post, ACS)],
        ..Default::default()
    };
    let provider = ServiceProvider::from_config(&config, setting)?;
    if signs {
        let binding = if case == "post-request" { Binding::Post } else { Binding::Redirect };
        return Ok(Box::new(move || {
            black_box(provider.create_login_request(&idp, binding, None)?);
            Ok(())
        }));
    }
    world.validate(case, move |request, base64| {
        let form = HttpRequest::post(vec![("SAMLResponse".into(), base64.to_owned())]);
        black_box(provider.parse_login_response_with_request_id(&idp, Binding::Post, &form, request)?);
        Ok(())
    })
}
