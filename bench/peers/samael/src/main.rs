//! samael: `normal`, and `pre-digest`, its mode that reads only what was hashed.

#[path = "../../shared/protocol.rs"]
mod protocol;

use protocol::{ACS, Job, Outcome, PORTAL, SSO, World, serve};
use samael::crypto::{CertificateDer, ReduceMode};
use samael::metadata::EntityDescriptor;
use samael::service_provider::{ServiceProvider, ServiceProviderBuilder};

fn main() {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let mode = if mode == "pre-digest" { ReduceMode::PreDigest } else { ReduceMode::default() };
    serve(move |world, case| prepare(world, case, mode));
}

fn prepare(world: &World, case: &str, mode: ReduceMode) -> Outcome<Job> {
    match case {
        "metadata-one" => {
            let file = world.text("broker-metadata.xml")?;
            Ok(Box::new(move || Ok(drop(std::hint::black_box(file.parse::<EntityDescriptor>()?)))))
        }
        "redirect-request" => {
            let (provider, key) = (provider(world)?, key(world)?);
            Ok(Box::new(move || {
                let request = provider.make_authentication_request(SSO)?;
                std::hint::black_box(request.signed_redirect("relay", &key)?.ok_or("no URL")?);
                Ok(())
            }))
        }
        "post-request" => Err("it does not sign by HTTP-POST here".into()),
        _ => {
            let provider = provider(world)?;
            world.validate(case, move |request, base64| {
                std::hint::black_box(provider.parse_base64_response_with_mode(base64, Some(&[request]), mode)?);
                Ok(())
            })
        }
    }
}

fn key(world: &World) -> Outcome<openssl::pkey::PKey<openssl::pkey::Private>> {
    Ok(openssl::pkey::PKey::private_key_from_pem(world.text("portal.key.pem")?.as_bytes())?)
}

fn provider(world: &World) -> Outcome<ServiceProvider> {
    let certificate = openssl::x509::X509::from_pem(world.text("portal.crt.pem")?.as_bytes())?;
    Ok(ServiceProviderBuilder::default()
        .entity_id(PORTAL.to_owned())
        .acs_url(ACS.to_owned())
        .key(key(world)?)
        .certificate(CertificateDer::from(certificate.to_der()?))
        .idp_metadata(world.text("broker-metadata.xml")?.parse::<EntityDescriptor>()?)
        .build()?)
}
