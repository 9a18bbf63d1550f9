//! The crate saml.

#[path = "../../shared/protocol.rs"]
mod protocol;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::{ACS, Job, Outcome, PORTAL, World, serve};
use saml::{
    Binding, ConsumeResponse, DigestAlgorithm, IdpDescriptor, KeyPair, LoginTracker, NameIdFormat, PeerCryptoPolicy,
    ReplayMode, ServiceProvider, ServiceProviderConfig, SignatureAlgorithm, SpWantSigned, SsoResponseBinding,
    SsoResponseEndpoint, StartLogin,
};

fn main() {
    serve(prepare);
}

fn prepare(world: &World, case: &str) -> Outcome<Job> {
    let file = world.text("broker-metadata.xml")?;
    if case == "metadata-one" {
        return Ok(Box::new(move || {
            black_box(IdpDescriptor::from_metadata_xml(file.as_bytes())?);
            Ok(())
        }));
    }
    let idp = IdpDescriptor::from_metadata_xml(file.as_bytes())?;
    let signs = case.ends_with("-request");
    let provider = provider(world, signs)?;
    if signs {
        let binding = if case == "post-request" { Binding::HttpPost } else { Binding::HttpRedirect };
        return Ok(Box::new(move || {
            black_box(provider.start_login(&idp, start(binding.clone()))?);
            Ok(())
        }));
    }
    let payload = provider.start_login(&idp, start(Binding::HttpPost))?.tracker.to_payload();
    let mut trackers = HashMap::new();
    for (request, _, _) in world.messages(case)? {
        let mut payload = payload.clone();
        payload.request_id = request.clone();
        payload.issued_at = SystemTime::now() - Duration::from_secs(60);
        let sealed = payload.seal(&[7; 32])?;
        let tracker = LoginTracker::open(&sealed, &[7; 32], SystemTime::now(), Duration::from_secs(3600))?;
        trackers.insert(request, tracker);
    }
    world.validate(case, move |request, base64| {
        let xml = STANDARD.decode(base64)?;
        black_box(provider.consume_response(ConsumeResponse {
            idp: &idp,
            peer_crypto_policy: None,
            saml_response: &xml,
            binding: SsoResponseBinding::HttpPost,
            relay_state: None,
            tracker: trackers.get(request),
            expected_destination: ACS,
            now: SystemTime::now(),
            clock_skew: Duration::from_secs(60),
            replay_cache: None,
            replay_mode: ReplayMode::All,
            holder_of_key_cert: None,
        })?);
        Ok(())
    })
}

fn start(binding: Binding) -> StartLogin<'static> {
    StartLogin {
        relay_state: None,
        binding,
        force_authn: true,
        is_passive: false,
        requested_name_id_format: None,
        requested_authn_context: None,
        acs_index: None,
        acs_url: None,
        response_binding: Some(SsoResponseBinding::HttpPost),
    }
}

fn provider(world: &World, signs: bool) -> Outcome<ServiceProvider> {
    let key = || -> Outcome<KeyPair> { Ok(KeyPair::from_pkcs8_pem(world.text("portal.key.pem")?.as_bytes())?) };
    Ok(ServiceProvider::new(ServiceProviderConfig {
        entity_id: PORTAL.to_owned(),
        acs: vec![SsoResponseEndpoint::post(ACS, 0, true)],
        slo: vec![],
        name_id_formats: vec![NameIdFormat::Unspecified],
        signing_key: signs.then(key).transpose()?,
        decryption_key: Some(key()?),
        sign_authn_requests: signs,
        want_signed: SpWantSigned { response: false, assertions: true },
        allow_unsolicited: false,
        default_peer_crypto_policy: PeerCryptoPolicy::strong_defaults(),
        outbound_signature_algorithm: SignatureAlgorithm::RsaSha256,
        outbound_digest_algorithm: DigestAlgorithm::Sha256,
    })?)
}
