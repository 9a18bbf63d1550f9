use std::fmt;

use chrono::{DateTime, Utc};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ETAG, HOST, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use hyper::{Request, Response, StatusCode};
use saml_metadata::MetadataRefresh;
use saml_xml::Limits;
use tokio::time::timeout;

use crate::answer::collect;
use crate::back_channel::BackChannel;
use crate::endpoint::Endpoint;
use crate::error::Error;

/// Fetches the metadata of one identity provider over TLS with pinned roots, and keeps the last good copy.
///
/// The URL is where the identity provider publishes its metadata, or the answer to a metadata query
/// ([`QueryIdentifier::url`](saml_metadata::QueryIdentifier::url)). What is believed, and when it is time, is for
/// [`MetadataRefresh`] to say: TLS only keeps others from hindering it.
///
/// A portal makes one, and lets it [fetch](Self::fetch) whenever it [is due](MetadataRefresh::is_due):
///
/// ```no_run
/// use chrono::{DateTime, Utc};
/// use saml_backchannel::{Fetched, MetadataFetcher};
///
/// async fn keep_fresh(fetcher: &mut MetadataFetcher, now: DateTime<Utc>) -> std::io::Result<()> {
///     match fetcher.fetch(now).await {
///         Ok(Fetched::Changed(file)) => std::fs::write("broker.xml", file)?, // for MetadataRefresh::with_copy
///         Ok(Fetched::Confirmed) => {}
///         Err(error) => eprintln!("{}: {error}; {:?}", error.code(), fetcher.refresh().status(now)),
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct MetadataFetcher {
    back_channel: BackChannel,
    endpoint: Endpoint,
    refresh: MetadataRefresh,
    validators: Validators,
}

/// What came of fetching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Another file, which is now in use: its bytes, to be kept for the next start.
    Changed(Vec<u8>),
    /// The file in use is the present one.
    Confirmed,
}

/// What the source said by which the file in use can be told from a later one (RFC 9110 8.8).
#[derive(Clone, Debug, Default)]
struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// What the source answered.
enum Answer {
    File(Vec<u8>, Validators),
    NotModified,
}

impl MetadataFetcher {
    /// Fetches from `url`, where `back_channel` leads. A file may have as many bytes as any metadata, 8 MiB.
    ///
    /// # Errors
    /// [`Error::Endpoint`] for a URL that is not `https`.
    pub fn new(back_channel: BackChannel, url: &str, refresh: MetadataRefresh) -> Result<Self, Error> {
        let back_channel = back_channel.with_body_limit(Limits::metadata().bytes);
        Ok(Self { back_channel, endpoint: Endpoint::parse(url)?, refresh, validators: Validators::default() })
    }

    /// Fetches once, whether it is time or not, and takes in what came of it.
    ///
    /// Asks whether the file in use is still the present one, where the source has given something to ask it by
    /// (RFC 9110 13.1). Refused: a server certificate that does not come from the pinned roots or bears another name,
    /// redirects and every other status, too many bytes, too much time, and a file that
    /// [`MetadataSource::judge`](saml_metadata::MetadataSource::judge) does not believe. The content type is not looked
    /// at, since it decides nothing.
    ///
    /// # Errors
    /// The [`Error`] of the first rule that is broken. It has then been counted as a failure, and the last good copy is
    /// still in use.
    pub async fn fetch(&mut self, now: DateTime<Utc>) -> Result<Fetched, Error> {
        match self.get().await {
            Ok(Answer::NotModified) => {
                if let Err(error) = self.refresh.not_modified(now) {
                    // What is of no use is not asked by: a source that is wrong about it would never give another.
                    self.validators = Validators::default();
                    return Err(error.into());
                }
                Ok(Fetched::Confirmed)
            }
            Ok(Answer::File(file, validators)) => {
                let has_changed = self.refresh.received(&file, now)?;
                // Only of a file that is believed: one that is not must be seen again.
                self.validators = validators;
                Ok(if has_changed { Fetched::Changed(file) } else { Fetched::Confirmed })
            }
            Err(error) => {
                self.refresh.failed(error.code(), &error.to_string(), now);
                Err(error)
            }
        }
    }

    /// Returns the copy in use, when the next is due, and how it goes.
    #[must_use]
    pub const fn refresh(&self) -> &MetadataRefresh {
        &self.refresh
    }

    async fn get(&self) -> Result<Answer, Error> {
        let request = self.request()?;
        let answer = timeout(self.back_channel.timeout, async {
            let (response, _connection) = self.back_channel.send(&self.endpoint, request).await?;
            self.answer(response).await
        });
        answer.await.map_err(|_| self.back_channel.too_late())?
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::get(&self.endpoint.target)
            .header(HOST, &self.endpoint.authority)
            // The first is what a metadata query must name (SAML Profile for the Metadata Query Protocol 2.1).
            .header(ACCEPT, "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.9");
        for (name, value) in self.validators.conditions() {
            request = request.header(name, value);
        }
        request.body(Full::default()).map_err(|_| Error::Endpoint)
    }

    async fn answer(&self, response: Response<Incoming>) -> Result<Answer, Error> {
        let (head, body) = response.into_parts();
        let found = head.status.as_u16();
        match head.status {
            StatusCode::OK => {
                let header = |name| head.headers.get(name).cloned();
                let validators = Validators { etag: header(ETAG), last_modified: header(LAST_MODIFIED) };
                Ok(Answer::File(collect(body, self.back_channel.body_limit).await?, validators))
            }
            // An answer to a question that was not asked would confirm just any copy.
            StatusCode::NOT_MODIFIED if self.validators.conditions().next().is_some() => Ok(Answer::NotModified),
            StatusCode::NOT_MODIFIED => Err(Error::Status { found }),
            status if status.is_redirection() => Err(Error::Redirect { found }),
            _ => Err(Error::Status { found }),
        }
    }
}

impl Validators {
    /// Returns the headers that ask for another file than this one (RFC 9110 13.1.2 and 13.1.3).
    fn conditions(&self) -> impl Iterator<Item = (HeaderName, &HeaderValue)> {
        let etag = self.etag.iter().map(|etag| (IF_NONE_MATCH, etag));
        etag.chain(self.last_modified.iter().map(|moment| (IF_MODIFIED_SINCE, moment)))
    }
}

impl fmt::Debug for MetadataFetcher {
    /// Leaves keys and the file out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetadataFetcher").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
