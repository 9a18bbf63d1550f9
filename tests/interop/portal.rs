//! A portal as an application makes one of `saml-axum`, for one case.

use std::net::TcpListener;

use axum::Router;
use axum::routing::get;
use saml_authn_request::{AssertionConsumerServiceChoice, AuthnRequestSettings};
use saml_axum::{LoggedIn, SamlPortal, Settings};
use saml_backchannel::BackChannel;
use saml_digid::Profile;
use saml_metadata::{Endpoint, IdentityProvider, IndexedEndpoint, ServiceProviderMetadata};
use saml_name_id::{NameIdRules, SectorCode};
use saml_protocol::Binding;
use saml_sp::{Configuration, ServiceProvider, SingleLogout};
use saml_state::memory::{MemoryReplayCache, MemoryRequestStore, MemorySessionStore};
use saml_xml_security::{DecryptionKey, SigningKey};
use serde_json::json;
use tokio::runtime::Handle;

use crate::cases::{Case, Certificates, Step};
use crate::keys::Keys;

/// A portal that has its port, so that others can be told of it before it serves.
#[derive(Debug)]
pub(crate) struct Portal {
    pub(crate) case: Case,
    pub(crate) url: String,
    listener: TcpListener,
}

impl Portal {
    /// Takes a free port.
    pub(crate) fn new(case: Case) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { case, url, listener }
    }

    pub(crate) fn entity_id(&self) -> String {
        format!("{}/saml/metadata", self.url)
    }

    pub(crate) fn consumer(&self) -> String {
        format!("{}/saml/acs", self.url)
    }

    /// Returns where the peer answers a logout.
    pub(crate) fn single_logout(&self) -> Option<Endpoint> {
        let (Step::LogOut(binding) | Step::LogOutThere(binding)) = self.case.step else { return None };
        Some(Endpoint { binding, location: format!("{}/saml/slo", self.url) })
    }

    /// Writes the metadata that the peer gets, signed.
    pub(crate) fn metadata(&self, keys: &Keys) -> String {
        let key = signing_key(keys);
        let consumer =
            IndexedEndpoint { index: 0, is_default: Some(true), binding: self.case.answer, location: self.consumer() };
        let certificate = vec![key.verifying_key().clone()];
        let mut metadata =
            ServiceProviderMetadata::new("_metadata", &self.entity_id(), certificate.clone(), vec![consumer]);
        metadata.encryption_keys = certificate;
        metadata.single_logout = self.single_logout().into_iter().collect();
        metadata.sign(&key).expect("metadata")
    }

    /// Serves until the runtime ends.
    pub(crate) fn serve(&self, keys: &Keys, identity_provider: IdentityProvider, runtime: &Handle) {
        let by_post = AssertionConsumerServiceChoice::Url { binding: Some(Binding::HttpPost) };
        let settings = AuthnRequestSettings::digid(&self.entity_id(), 0, &self.consumer());
        let settings = match self.case.answer {
            Binding::HttpArtifact => settings,
            _ => settings.with_assertion_consumer_service(by_post),
        };
        // Whoever is still logged in at the peer after a logout would come back without being asked for anything.
        let settings = settings.with_force_authn(self.single_logout().is_none());
        let profile = Profile::web_sso().with_name_id(NameIdRules::sectoral(&[SectorCode::Bsn]));
        let profile = if self.case.danger_cbc { profile.danger_accept_cbc_without_signature() } else { profile };
        let decryption_key = DecryptionKey::from_pem(&keys.key("portal")).expect("a key");
        let configuration =
            Configuration::new(settings, signing_key(keys), identity_provider, profile, self.case.request)
                .expect("an endpoint")
                .with_decryption_keys(vec![decryption_key])
                .with_single_logout(SingleLogout::new(&format!("{}/saml/slo", self.url)).expect("random bytes"));
        let service_provider =
            ServiceProvider::new(configuration, MemoryRequestStore::new(10), MemoryReplayCache::new(10));
        let settings = Settings::new(&self.url, "Gemeente Voorbeeld", &self.metadata(keys))
            .expect("a URL of this machine")
            .with_back_channel(self.back_channel(keys));
        let portal = SamlPortal::new(service_provider, MemorySessionStore::new(10), settings);
        let router = portal.router(Router::new().route("/session", get(session)));

        let listener = self.listener.try_clone().unwrap();
        listener.set_nonblocking(true).unwrap();
        runtime.spawn(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
    }

    fn back_channel(&self, keys: &Keys) -> BackChannel {
        let root = if self.case.back_channel == Certificates::OtherRoot { "idp" } else { "tls" };
        let back_channel = BackChannel::new(&keys.certificate(root)).expect("a root");
        if self.case.back_channel == Certificates::NoClient {
            return back_channel;
        }
        let (key, certificate) = (keys.key("portal-tls"), keys.certificate("portal-tls"));
        back_channel.with_client_certificate(&key, &certificate).expect("a client certificate")
    }
}

/// Says who is logged in: the person masked, and the attribute that has characters to escape.
async fn session(LoggedIn(session): LoggedIn) -> String {
    // pysaml2 puts `urn:mace:dir:attribute-def:` before the name.
    let name = session.attributes.iter().find(|attribute| attribute.name().ends_with("displayName"));
    json!({
        "person": session.identity.masked(),
        "class": session.authn_context_class,
        "display_name": name.map(|attribute| attribute.expose()),
    })
    .to_string()
}

fn signing_key(keys: &Keys) -> SigningKey {
    SigningKey::from_pem(&keys.key("portal"), &keys.certificate("portal")).expect("a key")
}
