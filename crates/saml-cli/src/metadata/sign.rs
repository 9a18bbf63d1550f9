//! `saml metadata sign`: a signature on a file that another program wrote.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use saml_metadata::{Error, Metadata};
use saml_xml::{Comments, Document, ParseOptions};
use saml_xml_security::{SignOptions, SigningKey, sign};

use super::{KeyPair, no_xml, require_readable, signing_key, write};
use crate::failure::Failure;
use crate::files::read;

/// Sign a file of metadata that another program wrote
///
/// Refused: what cannot be read as metadata of one entity whose roles can be used, what is signed already, a root
/// without an ID, comments (readers differ in what the text around one is), and a key that does not stand in the file.
///
/// Exit status: 0 signed, 1 refused, 2 wrong usage or a file that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Sign {
    #[command(flatten)]
    pair: KeyPair,

    /// The key need not stand in the file: it is that of who publishes the metadata of others
    #[arg(long)]
    as_publisher: bool,

    /// Where to write it; standard output when absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// The file
    file: PathBuf,
}

pub(super) fn run(arguments: &Sign) -> Result<ExitCode, Failure> {
    let key = signing_key(&arguments.pair.key, &arguments.pair.cert)?;
    let bytes = read(&arguments.file)?;
    let file = arguments.file.display();
    let refused = |error: Error| Failure::new(format!("{file}: refused: {}: {error}", error.code()));
    let metadata = Metadata::parse_unverified(&bytes)
        .map_err(|error| no_xml(&error, &arguments.file).unwrap_or_else(|| refused(error)))?;
    metadata.facts().map_err(refused)?;
    if metadata.is_signed() {
        return Err(Failure::new(format!("{file}: refused: expected a file without a signature, found one with it")));
    }
    if !arguments.as_publisher && !stands_in(&key, &metadata) {
        return Err(Failure::new(format!(
            "{file}: refused: expected a key that stands in the file (--as-publisher otherwise), found {}",
            key.verifying_key().subject()
        )));
    }
    let signed = signed(&bytes, &key).map_err(refused)?;
    require_readable(&signed, &[key.verifying_key().clone()]).map_err(refused)?;
    write(arguments.out.as_deref(), &signed)?;
    Ok(ExitCode::SUCCESS)
}

/// Tells whether the metadata names the key as one that signs.
fn stands_in(key: &SigningKey, metadata: &Metadata) -> bool {
    let ours = key.verifying_key();
    metadata.identity_provider().is_ok_and(|role| role.signing_keys().contains(ours))
        || metadata.service_provider().is_ok_and(|role| role.signing_keys().contains(ours))
}

/// Signs the root.
fn signed(bytes: &[u8], key: &SigningKey) -> Result<String, Error> {
    let strict = ParseOptions { comments: Comments::Refused, ..ParseOptions::metadata() };
    let document = Document::parse(bytes, &strict)?;
    Ok(sign(document.source(), key, &SignOptions::default())?)
}

const EXAMPLE: &str = "Example:
  saml metadata sign --key portal.key.pem --cert portal.crt.pem --out signed.xml portal.xml";
