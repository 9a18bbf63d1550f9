use std::net::IpAddr;

use hyper::Uri;

use crate::error::Error;

/// Where a question goes: the parts of an `https` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The host as it stands in the `Host` header, with the port where the URL names one.
    pub(crate) authority: String,
    /// The name or address to connect to, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query.
    pub(crate) target: String,
}

impl Endpoint {
    /// Reads a URL; refused are other schemes than `https`, user information, a port that is none, and a fragment
    /// (ATT-164).
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let uri: Uri = url.parse().map_err(|_| Error::Endpoint)?;
        let authority = uri.authority().ok_or(Error::Endpoint)?;
        let is_plain = !authority.as_str().contains('@') && !url.contains('#');
        if uri.scheme_str() != Some("https") || !is_plain || authority.host().is_empty() {
            return Err(Error::Endpoint);
        }
        let port = match authority.port_u16() {
            Some(port) => port,
            // What follows the host and is no port must not be taken for the usual one.
            None if authority.as_str() == authority.host() => 443,
            None => return Err(Error::Endpoint),
        };
        Ok(Self {
            authority: authority.as_str().to_owned(),
            host: authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            target: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        })
    }

    /// Returns the address, where the URL names one instead of a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_https_url_is_taken_apart() {
        let endpoint = Endpoint::parse("https://was.digid.nl/saml/idp/resolve_artifact?a=b").unwrap();
        assert_eq!((endpoint.authority.as_str(), endpoint.host.as_str()), ("was.digid.nl", "was.digid.nl"));
        assert_eq!((endpoint.port, endpoint.target.as_str()), (443, "/saml/idp/resolve_artifact?a=b"));
        assert_eq!(endpoint.address(), None);

        let endpoint = Endpoint::parse("https://[::1]:8443").unwrap();
        assert_eq!((endpoint.authority.as_str(), endpoint.host.as_str()), ("[::1]:8443", "::1"));
        assert_eq!((endpoint.port, endpoint.target.as_str()), (8443, "/"));
        assert!(endpoint.address().is_some());
    }

    #[test]
    fn every_other_url_is_rejected() {
        for url in [
            "",
            "/ars",
            "was.digid.nl",
            "http://was.digid.nl/ars",
            "http://127.0.0.1/ars",
            "ftp://was.digid.nl/ars",
            "https://user@was.digid.nl/ars",
            "https://was.digid.nl/ars#a",
            "https:///ars",
            "https://was.digid.nl:/ars",
            "https://was.digid.nl:65536/ars",
            "https://was.digid.nl:443x/ars",
            "https://was.digid.nl/a b",
            "https://was.digid.nl/\r\nHost: x",
        ] {
            assert_eq!(Endpoint::parse(url), Err(Error::Endpoint), "{url}");
        }
    }
}
