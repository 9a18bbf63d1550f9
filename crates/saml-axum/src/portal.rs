use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use saml_metadata::IdentityProvider;
use saml_sp::{ConfigError, ServiceProvider};
use saml_state::{ReplayCache, RequestStore, SessionStore, StoreError};
use saml_xml_security::{SigningKey, VerifyingKey};

use crate::cookies::{Answers, Cookies};
use crate::logged_in::read_session;
use crate::pages;
use crate::security_headers::SecurityHeaders;
use crate::session::Session;
use crate::settings::Settings;

/// A portal that logs citizens in: a service provider, its sessions, and how it shows itself to browsers.
///
/// `R` remembers pending requests, `C` the assertions seen, `S` the sessions. Cheap to clone.
pub struct SamlPortal<R, C, S>(Arc<Parts<R, C, S>>);

struct Parts<R, C, S> {
    current: RwLock<Current<R, C>>,
    sessions: S,
    settings: Settings,
    cookies: Cookies,
}

/// What changes while the portal runs: it follows from our key, and from the metadata of the identity provider.
struct Current<R, C> {
    service_provider: Arc<ServiceProvider<R, C>>,
    headers: SecurityHeaders,
    /// Ours, signed.
    metadata: Arc<str>,
}

impl<R, C, S> SamlPortal<R, C, S> {
    /// Puts a portal together.
    #[must_use]
    pub fn new(service_provider: ServiceProvider<R, C>, sessions: S, settings: Settings) -> Self {
        let profile = service_provider.configuration().profile().name();
        let cookies = Cookies::new(settings.secure, Answers::of(profile));
        let metadata = settings.metadata.as_str().into();
        let current = RwLock::new(Current::new(service_provider, metadata, &settings));
        Self(Arc::new(Parts { current, sessions, settings, cookies }))
    }

    /// Takes other metadata of the same identity provider into use, such as that of a
    /// [`MetadataRefresh`](saml_metadata::MetadataRefresh); what is going on goes on. The log says which keys are trusted.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use chrono::Utc;
    /// use saml_axum::SamlPortal;
    /// use saml_backchannel::{Fetched, MetadataFetcher};
    ///
    /// async fn keep_fresh<R, C, S>(portal: SamlPortal<R, C, S>, mut fetcher: MetadataFetcher) -> std::io::Result<()> {
    ///     loop {
    ///         if fetcher.refresh().is_due(Utc::now())
    ///             && let Ok(Fetched::Changed(file)) = fetcher.fetch(Utc::now()).await
    ///             && let Some(broker) = fetcher.refresh().identity_provider()
    ///             && portal.replace_identity_provider(broker.clone()).is_ok()
    ///         {
    ///             std::fs::write("broker.xml", file)?; // for MetadataRefresh::with_copy at the next start
    ///         }
    ///         tokio::time::sleep(Duration::from_secs(60)).await;
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`ServiceProvider::with_identity_provider`]; the present metadata then stays in use.
    pub fn replace_identity_provider(&self, identity_provider: IdentityProvider) -> Result<(), ConfigError> {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let service_provider = current.service_provider.with_identity_provider(identity_provider)?;
        let trusted = service_provider.configuration().identity_provider();
        let keys: Vec<_> = trusted.signing_keys().iter().map(VerifyingKey::sha256_fingerprint).collect();
        tracing::info!(entity_id = trusted.entity_id(), ?keys, "metadata of the identity provider replaced");
        *current = Current::new(service_provider, Arc::clone(&current.metadata), self.settings());
        Ok(())
    }

    /// Takes another key of ours into use, and the signed metadata that goes with it: what a
    /// [`KeySchedule`](saml_metadata::KeySchedule) says from now on. What is going on goes on; the log says which key signs.
    pub fn replace_key(&self, key: SigningKey, metadata: &str) {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        tracing::info!(key = key.verifying_key().sha256_fingerprint(), "our key and metadata replaced");
        *current = Current::new(current.service_provider.with_key(key), metadata.into(), self.settings());
    }

    pub(crate) fn service_provider(&self) -> Arc<ServiceProvider<R, C>> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner).service_provider)
    }

    pub(crate) fn security_headers(&self) -> SecurityHeaders {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).headers.clone()
    }

    pub(crate) fn sessions(&self) -> &S {
        &self.0.sessions
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn cookies(&self) -> Cookies {
        self.0.cookies
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0.settings.clock)()
    }
}

impl<R, C, S> SamlPortal<R, C, S>
where
    R: RequestStore + 'static,
    C: ReplayCache + 'static,
    S: SessionStore<Session> + 'static,
{
    /// Returns the application's own `pages` with the SAML routes beside them.
    ///
    /// In `pages` the extractor [`LoggedIn`](crate::LoggedIn) works. Every answer, the pages' among them, gets the headers
    /// that keep other sites, caches and injected markup away; pages can have styles, scripts and images from files of
    /// their own, not inline.
    ///
    /// # Panics
    /// When `pages` has a route that is one of ours, below `/saml/`.
    pub fn router(&self, pages: Router) -> Router {
        // A HEAD, with which a browser or scanner only looks, must not use the artifact up.
        let consume = post(Self::assertion_consumer_service)
            .get(Self::artifact_consumer_service)
            .head(StatusCode::METHOD_NOT_ALLOWED);
        let service_provider = self.service_provider();
        let single_logout = service_provider.configuration().single_logout();
        let mut logout = Router::new();
        if single_logout.is_some() {
            let bring = get(Self::single_logout_by_redirect).head(StatusCode::METHOD_NOT_ALLOWED);
            logout = logout.route("/saml/slo", bring.post(Self::single_logout_by_post));
        }
        if single_logout.is_some_and(|single_logout| single_logout.soap_endpoint().is_some()) {
            logout = logout.route("/saml/slo/soap", post(Self::single_logout_over_soap));
        }
        let saml = Router::new()
            .route("/saml/login", get(Self::login))
            .route("/saml/acs", consume.layer(DefaultBodyLimit::max(BODY_LIMIT)))
            .route("/saml/continue", get(Self::continue_login))
            .route("/saml/logout", post(Self::logout))
            .route("/saml/metadata", get(Self::metadata))
            .route("/saml/style.css", get(pages::style))
            .route("/saml/post.js", get(pages::script))
            .merge(logout.layer(DefaultBodyLimit::max(BODY_LIMIT)))
            .with_state(self.clone());
        pages
            .layer(from_fn_with_state(self.clone(), read_session::<R, C, S>))
            .merge(saml)
            .layer(map_response_with_state(self.clone(), Self::add_headers))
    }

    async fn add_headers(State(portal): State<Self>, mut response: Response) -> Response {
        response.headers_mut().extend(portal.security_headers().0);
        response
    }

    async fn metadata(State(portal): State<Self>) -> Response {
        let kind = HeaderValue::from_static("application/samlmetadata+xml");
        let metadata = Arc::clone(&portal.0.current.read().unwrap_or_else(PoisonError::into_inner).metadata);
        ([(CONTENT_TYPE, kind)], metadata.to_string()).into_response()
    }

    /// Ends the session that the browser holds, and returns it if it was living.
    pub(crate) async fn end_session(&self, headers: &HeaderMap) -> Result<Option<Session>, StoreError> {
        match self.cookies().session(headers) {
            Some(id) => self.sessions().remove(&id, self.now()).await,
            None => Ok(None),
        }
    }
}

impl<R, C> Current<R, C> {
    fn new(service_provider: ServiceProvider<R, C>, metadata: Arc<str>, settings: &Settings) -> Self {
        let headers = SecurityHeaders::new(settings, service_provider.configuration());
        Self { service_provider: Arc::new(service_provider), headers, metadata }
    }
}

impl<R, C, S> Clone for SamlPortal<R, C, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R, C, S> fmt::Debug for SamlPortal<R, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamlPortal").field("organisation", &self.0.settings.organisation).finish_non_exhaustive()
    }
}

/// The largest form that saml-bindings reads.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
