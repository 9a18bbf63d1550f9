//! What was seen over the network: of the portal, of the partner.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use pkioverheid::Certificate;

use crate::network::{Network, TrustedRoots};
use crate::subject::Subject;
use crate::url::host;

/// What was seen over the network.
#[derive(Clone, Debug)]
pub struct Observations {
    /// The TLS of the host of the assertion consumer service.
    pub portal_tls: Result<Tls, String>,
    /// The TLS of the host at which people log in; `None` where no host is known.
    pub partner_tls: Option<Result<Tls, String>>,
    /// The start page of the portal.
    pub start_page: Result<Answer, String>,
    /// What the host answers to plain http.
    pub plain_http: Result<Answer, String>,
    /// The partner's metadata, where the file names a URL.
    pub partner_metadata: Option<Result<Answer, String>>,
    /// Our metadata, as it is published below the base URL.
    pub own_metadata: Result<Answer, String>,
}

/// The TLS of a host.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The host.
    pub host: String,
    /// The certificate of the server.
    pub certificate: Certificate,
    /// OpenSSL's number and words for what does not hold of the chain, the name or the time.
    pub fault: Option<(i32, String)>,
    /// The version that was agreed on.
    pub version: &'static str,
    /// Whether TLS 1.0 or 1.1 is taken too.
    pub takes_old: bool,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When the head of it came, by our clock.
    pub at: DateTime<Utc>,
}

/// What a portal answered to messages that it must refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalAnswer {
    /// Where they were posted.
    pub url: String,
    /// What it answered to one that nobody asked for.
    pub unsolicited: Answer,
    /// What it answered to one that is no message at all.
    pub unreadable: Answer,
}

impl Answer {
    /// Returns the first header of a name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns the text of a page without its tags, white space made single.
    pub(crate) fn text(&self) -> String {
        let page = String::from_utf8_lossy(&self.body);
        let mut text = String::new();
        for part in page.split('<') {
            // Before the first `<` there is no tag.
            let outside = part.split_once('>').map_or(if text.is_empty() { part } else { "" }, |(_, outside)| outside);
            text.push_str(outside);
            text.push(' ');
        }
        let plain = [("&amp;", "&"), ("&#39;", "'"), ("&#x27;", "'"), ("&quot;", "\""), ("&#34;", "\"")];
        let text = plain.iter().fold(text, |text, (escaped, plain)| text.replace(escaped, plain));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Looks at the portal and its partner over the network. Nothing is changed there.
pub async fn observe(subject: &Subject<'_>, network: &Network) -> Observations {
    let portal = &subject.deployment.portal;
    let base = portal.base_url.trim_end_matches('/');
    let consumer = portal.assertion_consumer_service();
    let portal_tls = match host(&consumer) {
        Some(host) => network.tls(host, port(&consumer)).await,
        None => Err(format!("{consumer} has no host")),
    };
    let partner = subject.partner().ok();
    let login = partner.as_ref().and_then(|partner| Some(partner.single_sign_on().first()?.location.as_str()));
    let partner_tls = match login.and_then(|url| Some((host(url)?, port(url)))) {
        Some((host, port)) => Some(network.tls(host, port).await),
        None => None,
    };
    let plain = format!("http://{}/", host(base).unwrap_or_default());
    let partner_metadata = match &subject.deployment.identity_provider.metadata_url {
        // By the roots that the portal itself would trust there.
        Some(url) => Some(match subject.deployment.identity_provider.roots.as_ref().map(|path| subject.read(path)) {
            None => network.fetch(url, None).await,
            Some(Ok(roots)) => network.clone().with_roots(TrustedRoots::Pem(roots)).fetch(url, None).await,
            Some(Err(reason)) => Err(reason),
        }),
        None => None,
    };
    Observations {
        portal_tls,
        partner_tls,
        start_page: network.fetch(&format!("{base}{}", portal.start_page), None).await,
        plain_http: network.fetch(&plain, None).await,
        partner_metadata,
        own_metadata: network.fetch(&format!("{base}/saml/metadata"), None).await,
    }
}

/// Posts a forged answer, which nobody asked for and nobody signed, to the consumer service of the portal at `base`,
/// and something that is no message.
///
/// # Errors
/// Why there was no answer.
pub async fn probe_portal(subject: &Subject<'_>, network: &Network, base: &str) -> Result<PortalAnswer, String> {
    let consumer = subject.deployment.portal.assertion_consumer_service();
    let path = consumer.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let url = format!("{}/{path}", base.trim_end_matches('/'));
    let form = |message: &str| {
        let encoded = STANDARD.encode(message).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        Some(format!("SAMLResponse={encoded}&RelayState=doctor"))
    };
    let unsolicited = network.fetch(&url, form(&forged(subject))).await?;
    let unreadable = network.fetch(&url, form("no message")).await?;
    Ok(PortalAnswer { url, unsolicited, unreadable })
}

/// Writes an answer that has everything but a request and a signature; the number in it is one for tests.
fn forged(subject: &Subject<'_>) -> String {
    let time = |seconds: i64| {
        let at = subject.at + chrono::TimeDelta::seconds(seconds);
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    let metadata = subject.metadata(&subject.deployment.identity_provider.metadata);
    let issuer =
        metadata.map_or_else(|_| "https://partner.example.nl".to_owned(), |found| found.entity_id().to_owned());
    let portal = &subject.deployment.portal;
    let [issuer, consumer, audience] =
        [issuer, portal.assertion_consumer_service(), portal.entity_id()].map(|text| escape(&text));
    let (now, later) = (time(0), time(120));
    let class = saml_digid::LevelOfAssurance::High.authn_context_class();
    format!(
        r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_doctor" Version="2.0" IssueInstant="{now}" Destination="{consumer}"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_doctor_assertion" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID>s00000000:900029365</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{later}" Recipient="{consumer}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{now}" NotOnOrAfter="{later}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext><saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement></saml:Assertion></samlp:Response>"#
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn port(url: &str) -> u16 {
    url.parse::<hyper::Uri>().ok().and_then(|uri| uri.port_u16()).unwrap_or(443)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_page_has_no_tags_and_single_spaces() {
        let page = "<!doctype html><p class=\"a\">Kijk\n op <a href=\"x\">https://www.digid.nl</a> &amp; wacht.</p>";
        let answer = Answer { status: 200, headers: Vec::new(), body: page.into(), at: DateTime::UNIX_EPOCH };
        assert_eq!(answer.text(), "Kijk op https://www.digid.nl & wacht.");
    }
}
