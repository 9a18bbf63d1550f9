use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use saml_protocol::Binding;
use saml_sp::Configuration;

use crate::settings::{Settings, origin};

/// The headers that every answer carries.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders(pub(crate) Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    #[expect(clippy::expect_used, reason = "an origin is visible ASCII, or it is left out")]
    pub(crate) fn new(settings: &Settings, configuration: &Configuration) -> Self {
        let identity_provider = configuration.identity_provider();
        let endpoints = identity_provider.single_sign_on().iter().map(|endpoint| endpoint.location.as_str());
        let bindings = configuration.single_logout().map(|_| [Binding::HttpPost, Binding::HttpRedirect]);
        let logout = bindings.into_iter().flatten().flat_map(|binding| {
            let places = [identity_provider.single_logout_location(binding)];
            places.into_iter().chain([identity_provider.single_logout_answer_location(binding)]).flatten()
        });
        let origins = endpoints.chain(logout).filter_map(origin).chain(settings.form_targets.iter().cloned());
        let mut targets: Vec<String> = Vec::new();
        for origin in origins {
            if !targets.contains(&origin) {
                targets.push(origin);
            }
        }
        let policy = format!("{POLICY}; form-action 'self' {}", targets.join(" "));
        let policy = HeaderValue::try_from(policy.trim_end()).expect("a policy is visible ASCII");
        let mut headers = vec![
            (CONTENT_SECURITY_POLICY, policy),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            // What a page says of a citizen, and the form that carries a message, stay out of every cache (ATT-169).
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        if settings.secure {
            headers.push((STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")));
        }
        Self(headers)
    }
}

/// Nothing inline, nothing from elsewhere, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'";
