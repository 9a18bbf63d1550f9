use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use saml_backchannel::{Fetched, MetadataFetcher};
use saml_metadata::IdentityProvider;
use saml_sp::{ConfigError, ServiceProvider};
use saml_state::{ReplayCache, RequestStore, SessionStore, StoreError};
use saml_xml_security::{SigningKey, VerifyingKey};
use tracing::Instrument;
use tracing::field::Empty;

use crate::cookies::{Answers, Cookies};
use crate::events::Event;
use crate::logged_in::read_session;
use crate::measured::{Measured, measure};
use crate::metrics::Meters;
use crate::pages;
use crate::security_headers::SecurityHeaders;
use crate::session::Session;
use crate::settings::Settings;
use crate::validity::Validity;

/// A portal that logs citizens in: a service provider, its sessions, and how it shows itself to browsers.
///
/// `R` remembers pending requests, `C` the assertions seen, `S` the sessions. Cheap to clone.
pub struct SamlPortal<R, C, S>(Arc<Parts<R, C, S>>);

struct Parts<R, C, S> {
    current: RwLock<Current<R, C>>,
    sessions: Measured<S>,
    settings: Settings,
    cookies: Cookies,
    /// The day on which it was last told what expires, counted from 1970.
    told_on: AtomicI64,
}

/// What changes while the portal runs: it follows from our key, and from the metadata of the identity provider.
struct Current<R, C> {
    service_provider: Arc<ServiceProvider<Measured<R>, Measured<C>>>,
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
        let meters = &settings.meters;
        let measured = service_provider
            .with_stores(|requests| Measured::new(requests, meters), |replays| Measured::new(replays, meters));
        let sessions = Measured::new(Arc::new(sessions), meters);
        let metadata = settings.metadata.as_str().into();
        let current = RwLock::new(Current::new(measured, metadata, &settings));
        let portal = Self(Arc::new(Parts { current, sessions, settings, cookies, told_on: AtomicI64::new(i64::MIN) }));
        portal.tell_what_expires();
        portal
    }

    /// Takes other metadata of the same identity provider into use; what is going on goes on. The log says which keys
    /// are trusted.
    ///
    /// # Errors
    /// As [`ServiceProvider::with_identity_provider`]; the present metadata then stays in use.
    pub fn replace_identity_provider(&self, identity_provider: IdentityProvider) -> Result<(), ConfigError> {
        self.replace(|current| {
            let service_provider = current.service_provider.with_identity_provider(identity_provider)?;
            Ok((service_provider, Arc::clone(&current.metadata)))
        })
        .inspect_err(|error: &ConfigError| self.tell(&Event::MetadataNotReplaced { code: error.code() }))?;
        let service_provider = self.service_provider();
        let trusted = service_provider.configuration().identity_provider();
        let keys: Vec<_> = trusted.signing_keys().iter().map(VerifyingKey::sha256_fingerprint).collect();
        let valid_until = trusted.valid_until().map(|until| until.to_rfc3339());
        self.tell(&Event::MetadataReplaced { entity_id: trusted.entity_id(), keys: &keys, valid_until });
        self.tell_what_expires_now();
        Ok(())
    }

    /// Takes another key of ours into use, and the signed metadata that goes with it: what a
    /// [`KeySchedule`](saml_metadata::KeySchedule) says from now on. What is going on goes on; the log says which key
    /// signs.
    pub fn replace_key(&self, key: SigningKey, metadata: &str) {
        let sha256 = key.verifying_key().sha256_fingerprint().to_owned();
        let Ok::<(), Infallible>(()) =
            self.replace(|current| Ok((current.service_provider.with_key(key), metadata.into())));
        self.tell(&Event::KeyReplaced { sha256: &sha256 });
        self.tell_what_expires_now();
    }

    /// Replaces what changes while the portal runs, made of what is current: one change at a time, so that none is
    /// lost.
    fn replace<E>(
        &self,
        next: impl FnOnce(&Current<R, C>) -> Result<(ServiceProvider<Measured<R>, Measured<C>>, Arc<str>), E>,
    ) -> Result<(), E> {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let (service_provider, metadata) = next(&current)?;
        *current = Current::new(service_provider, metadata, self.settings());
        Ok(())
    }

    /// Fetches the metadata of the identity provider once, and takes it into use where it is not; a file that has
    /// changed is then to be kept for the next start. `None` after a failure, each time as long as it lasts: what was
    /// in use stays so, and the log says why.
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
    ///             && let Some(Fetched::Changed(file)) = portal.refresh_metadata(&mut fetcher).await
    ///         {
    ///             std::fs::write("broker.xml", file)?; // for MetadataRefresh::with_copy at the next start
    ///         }
    ///         tokio::time::sleep(Duration::from_secs(60)).await;
    ///     }
    /// }
    /// ```
    pub async fn refresh_metadata(&self, fetcher: &mut MetadataFetcher) -> Option<Fetched> {
        let fetched = fetcher.fetch(self.now());
        match measure(self.meters(), "metadata_fetch", fetched, saml_backchannel::Error::code).await {
            Ok(fetched) => {
                let identity_provider = fetcher.refresh().identity_provider()?;
                let is_in_use = self.service_provider().configuration().identity_provider() == identity_provider;
                if is_in_use && fetched == Fetched::Confirmed {
                    return Some(fetched);
                }
                // Also of a file that is only confirmed: as long as it is not in use here, who reads the log must hear
                // of it.
                let replaced = self.replace_identity_provider(identity_provider.clone());
                replaced.is_ok().then_some(fetched)
            }
            Err(error) => {
                let attempts = fetcher.refresh().status(self.now()).failure.map_or(0, |failure| failure.attempts);
                self.tell(&Event::MetadataNotRefreshed { code: error.code(), attempts });
                None
            }
        }
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.0.settings.meters
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        event.tell(self.meters());
    }

    /// Tells once a day of the certificates that will not be good for long.
    pub(crate) fn tell_what_expires(&self) {
        let today = self.now().timestamp().div_euclid(86_400);
        if self.0.told_on.swap(today, Ordering::Relaxed) != today {
            self.tell_what_expires_now();
        }
    }

    fn tell_what_expires_now(&self) {
        let validity = Validity::of(self.service_provider().configuration(), self.settings());
        self.meters().watch(&validity);
        for (certificate, days_left) in validity.expiring() {
            let (role, sha256) = (certificate.role, certificate.sha256.as_str());
            self.tell(&Event::CertificateExpiring { days_left, role, sha256 });
        }
    }

    /// Returns the name of the profile.
    pub(crate) fn profile(&self) -> &'static str {
        self.service_provider().configuration().profile().name().as_str()
    }

    pub(crate) fn service_provider(&self) -> Arc<ServiceProvider<Measured<R>, Measured<C>>> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner).service_provider)
    }

    pub(crate) fn security_headers(&self) -> SecurityHeaders {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).headers.clone()
    }

    pub(crate) fn sessions(&self) -> &Measured<S> {
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
    /// In `pages` the extractor [`LoggedIn`](crate::LoggedIn) works. Every answer, the pages' among them, gets the
    /// headers that keep other sites, caches and injected markup away; pages can have styles, scripts and images from
    /// files of their own, not inline.
    ///
    /// # Panics
    /// When `pages` has a route that is one of ours, below `/saml/`.
    pub fn router(&self, pages: Router) -> Router {
        // A HEAD, with which a browser or scanner only looks, must not use the artifact up.
        let consume = post(Self::assertion_consumer_service)
            .get(Self::artifact_consumer_service)
            .head(StatusCode::METHOD_NOT_ALLOWED);
        let measured = from_fn_with_state(self.clone(), Self::measure_consumer);
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
            .route("/saml/acs", consume.layer(DefaultBodyLimit::max(BODY_LIMIT)).layer(measured))
            .route("/saml/continue", get(Self::continue_login))
            .route("/saml/logout", post(Self::logout))
            .route("/saml/metadata", get(Self::metadata))
            .route("/saml/style.css", get(pages::style))
            .route("/saml/post.js", get(pages::script))
            .merge(logout.layer(DefaultBodyLimit::max(BODY_LIMIT)))
            .route_layer(from_fn(in_span))
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

    async fn measure_consumer(State(portal): State<Self>, request: Request, next: Next) -> Response {
        let begun = Instant::now();
        let response = next.run(request).await;
        portal.meters().consumed(response.status().as_u16(), begun.elapsed());
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

/// Puts what happens at a route of ours into one span; what came of it is recorded in there as well.
async fn in_span(request: Request, next: Next) -> Response {
    // The path is one of the few of the router; a query, which may be anything, stays out.
    let span = tracing::debug_span!("saml", path = request.uri().path(), event = Empty, code = Empty);
    next.run(request).instrument(span).await
}

impl<R, C> Current<R, C> {
    fn new(
        service_provider: ServiceProvider<Measured<R>, Measured<C>>,
        metadata: Arc<str>,
        settings: &Settings,
    ) -> Self {
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
