//! `saml metadata fetch`: the metadata of an identity provider, kept as the last good copy. A portal that runs does the
//! same.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use saml_backchannel::{BackChannel, Fetched, MetadataFetcher};
use saml_metadata::{MetadataRefresh, MetadataSource, QueryIdentifier, RefreshStatus};
use serde_json::json;

use super::{REFUSED, certificates};
use crate::config::{ConfigArguments, Configured};
use crate::failure::Failure;
use crate::files::{read, replace};
use crate::output::say;

/// Fetch the metadata of an identity provider once, and keep the last good copy
///
/// Meant for a timer, once a day or oftener. A file takes the place of the copy when it is signed by a trusted key, of
/// the right entity, still valid, and not older than the copy. Whatever fails, the copy stays as it is. With --config
/// all of that comes from the table identity_provider of the configuration file.
///
/// Exit status: 0 the copy is the present one, 1 it could not be confirmed, 2 wrong usage or a file that cannot be
/// read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Fetch {
    #[command(flatten)]
    config: ConfigArguments,

    /// The entity ID that the metadata must be of
    #[arg(long, value_name = "URI", required_unless_present = "config", conflicts_with = "config")]
    entity_id: Option<String>,

    /// Certificate (PEM) of a key that may sign the metadata, got by another way than the file; may be repeated
    #[arg(long, value_name = "CERT.pem", required_unless_present = "config", conflicts_with = "config")]
    trust_key: Vec<PathBuf>,

    /// Let the keys in the copy sign the next file as well; for an entity that signs its own metadata
    #[arg(long, conflicts_with = "config")]
    follow_keys: bool,

    /// Refuse a file that says not until when it is valid, or a moment further away than this
    #[arg(long, value_name = "DAYS")]
    longest_validity: Option<u32>,

    /// The roots (PEM) that the server's certificate must come from
    #[arg(long, value_name = "ROOTS.pem", required_unless_present = "config", conflicts_with = "config")]
    roots: Option<PathBuf>,

    /// Where the last good copy is kept
    #[arg(long, value_name = "FILE", required_unless_present = "config", conflicts_with = "config")]
    copy: Option<PathBuf>,

    /// The base URL of a metadata query to ask, instead of the URL of the file
    #[arg(long, value_name = "URL", conflicts_with_all = ["url", "config"])]
    mdq: Option<String>,

    /// Name the entity by the SHA-1 of its entity ID in the query
    #[arg(long, requires = "mdq")]
    by_sha1: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The URL of the file
    #[arg(required_unless_present_any = ["mdq", "config"], conflicts_with = "config")]
    url: Option<String>,
}

pub(super) fn run(arguments: &Fetch) -> Result<ExitCode, Failure> {
    let now = Utc::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::new)?;
    let Job { mut fetcher, copy } = match arguments.config.read()? {
        Some(configured) => Job::configured(&configured, arguments.longest_validity)?,
        None => Job::of(arguments)?,
    };
    let fetched = runtime.block_on(fetcher.fetch(now));
    let ended = match fetched {
        Ok(Fetched::Changed(file)) => {
            replace(&copy, &file)?;
            "changed"
        }
        Ok(Fetched::Confirmed) => {
            confirm(&copy, now)?;
            "confirmed"
        }
        Err(_) => "kept",
    };
    let status = fetcher.refresh().status(now);
    say(&if arguments.json { json(ended, &status) } else { text(ended, &status) })?;
    Ok(if status.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What is fetched, and where it is kept.
pub(crate) struct Job {
    pub(crate) fetcher: MetadataFetcher,
    pub(crate) copy: PathBuf,
}

impl Job {
    /// Takes everything from the configuration file.
    pub(crate) fn configured(configured: &Configured, longest_validity: Option<u32>) -> Result<Self, Failure> {
        let parts = configured.parts();
        let table = &parts.deployment().identity_provider;
        let (Some(url), Some(back_channel)) = (&table.metadata_url, parts.metadata_channel().map_err(Failure::usage)?)
        else {
            return Err(Failure::usage("expected identity_provider.metadata_url and roots in the configuration file"));
        };
        let source = parts.metadata_source().map_err(Failure::usage)?;
        Self::new(source, longest_validity, back_channel, url, configured.path(&table.metadata))
    }

    /// Takes everything from the command line.
    fn of(arguments: &Fetch) -> Result<Self, Failure> {
        let entity_id = arguments.entity_id.as_deref().unwrap_or_default();
        let mut source = MetadataSource::new(entity_id, certificates(&arguments.trust_key)?).map_err(unusable)?;
        if arguments.follow_keys {
            source = source.following_keys();
        }
        let identifier = if arguments.by_sha1 { QueryIdentifier::Sha1 } else { QueryIdentifier::EntityId };
        let url = match &arguments.mdq {
            Some(base) => identifier.url(base, entity_id).map_err(unusable)?,
            None => arguments.url.clone().unwrap_or_default(),
        };
        let (Some(roots), Some(copy)) = (&arguments.roots, &arguments.copy) else {
            return Err(Failure::usage("expected --roots and --copy, or --config"));
        };
        let back_channel = BackChannel::new(&read(roots)?);
        let back_channel = back_channel.map_err(|error| Failure::usage(format!("{}: {error}", roots.display())))?;
        Self::new(source, arguments.longest_validity, back_channel, &url, copy.clone())
    }

    /// Begins with the copy of the last time, where there is one.
    fn new(
        source: MetadataSource,
        longest_validity: Option<u32>,
        back_channel: BackChannel,
        url: &str,
        copy: PathBuf,
    ) -> Result<Self, Failure> {
        let source = match longest_validity {
            Some(days) => source.with_longest_validity(DAY * days),
            None => source,
        };
        let mut refresh = MetadataRefresh::new(source, DAY);
        if let Some(Kept { bytes, confirmed_at }) = kept(&copy)? {
            refresh = refresh.with_copy(&bytes, confirmed_at).map_err(|error| {
                // Without it nobody would notice an older version.
                let copy = copy.display();
                Failure::usage(format!("{copy}: {}: {error}; take it away to begin without a copy", error.code()))
            })?;
        }
        let fetcher = MetadataFetcher::new(back_channel, url, refresh)
            .map_err(|error| Failure::usage(format!("{}: {error}", error.code())))?;
        Ok(Self { fetcher, copy })
    }
}

fn unusable(error: saml_metadata::Error) -> Failure {
    Failure::usage(format!("{}: {error}", error.code()))
}

/// The copy of the last time.
struct Kept {
    bytes: Vec<u8>,
    /// The time of the file.
    confirmed_at: DateTime<Utc>,
}

/// Reads the copy of the last time.
fn kept(path: &Path) -> Result<Option<Kept>, Failure> {
    let kept = std::fs::read(path)
        .and_then(|bytes| Ok(Kept { bytes, confirmed_at: std::fs::metadata(path)?.modified()?.into() }));
    match kept {
        Ok(copy) => Ok(Some(copy)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
    }
}

/// Marks the copy as confirmed at `now`: the time of the file says it.
pub(crate) fn confirm(path: &Path, now: DateTime<Utc>) -> Result<(), Failure> {
    let marked = std::fs::File::options().append(true).open(path).and_then(|file| file.set_modified(now.into()));
    marked.map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn text(ended: &str, status: &RefreshStatus) -> String {
    let mut lines = vec![ended.to_owned()];
    if let Some(failure) = &status.failure {
        lines.push(format!("{}: {}", failure.code, failure.reason));
    }
    lines.push(match status.age {
        Some(age) => format!("last confirmed {} hours ago", age.as_secs() / 3600),
        None => "no copy".to_owned(),
    });
    if let Some(until) = status.valid_until {
        let verb = if status.is_expired { "expired" } else { "valid until" };
        lines.push(format!("{verb} {}", until.to_rfc3339()));
    }
    lines.join("\n  ")
}

fn json(ended: &str, status: &RefreshStatus) -> String {
    let failure = status.failure.as_ref();
    format!(
        "{:#}",
        json!({
            "result": ended,
            "code": failure.map(|failure| &failure.code),
            "reason": failure.map(|failure| &failure.reason),
            "age_seconds": status.age.map(|age| age.as_secs()),
            "valid_until": status.valid_until.map(|until| until.to_rfc3339()),
            "expired": status.is_expired,
        })
    )
}

/// How often metadata is fetched at least, and the unit of `--longest-validity`.
const DAY: Duration = Duration::from_secs(24 * 3600);

const EXAMPLE: &str = "Examples:
  saml metadata fetch --config saml.toml --environment production
  saml metadata fetch --entity-id https://broker.example.nl/saml --trust-key broker.pem --roots roots.pem \\
      --copy broker.xml https://broker.example.nl/saml/metadata";
