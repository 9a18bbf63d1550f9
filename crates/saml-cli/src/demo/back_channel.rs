//! The back channel of the demo: mutual TLS on this machine.

use chrono::{DateTime, Utc};
use pkioverheid::{Certificate, Generation, TestHierarchy, TestLeaf};
use saml_backchannel::BackChannel;
use saml_simulator::BackChannelListener;
use tokio::net::TcpListener;

use crate::failure::Failure;

/// Both ends of mutual TLS on this machine, with certificates in the shape of PKIoverheid that end with the program.
pub(crate) struct BackChannelEnds {
    pub(crate) portal: PortalEnd,
    pub(crate) broker: BackChannelListener,
}

/// What the portal asks with, and where.
pub(crate) struct PortalEnd {
    pub(crate) back_channel: BackChannel,
    /// The origin that the broker resolves artifacts at.
    pub(crate) broker_url: String,
}

/// A private key and its certificate with those between it and the root, in PEM form.
struct Identity {
    private_key: Vec<u8>,
    chain: Vec<u8>,
}

impl BackChannelEnds {
    pub(crate) fn make(tcp: TcpListener) -> Result<Self, Failure> {
        let now = Utc::now();
        let port = tcp.local_addr().map_err(|error| Failure::new(format!("no address to listen on: {error}")))?.port();
        let hierarchy = TestHierarchy::new(Generation::G4, now).map_err(Failure::new)?;
        let root = pem(hierarchy.authorities().iter().rev().take(1))?;
        let portal = Identity::issue(&hierarchy, "portal", now)?;
        let broker = Identity::issue(&hierarchy, HOST, now)?;
        let back_channel = BackChannel::new(&root)
            .and_then(|back_channel| back_channel.with_client_certificate(&portal.private_key, &portal.chain))
            .map_err(Failure::new)?;
        Ok(Self {
            portal: PortalEnd { back_channel, broker_url: format!("https://{HOST}:{port}") },
            broker: BackChannelListener::new(tcp, &broker.private_key, &broker.chain, &root).map_err(Failure::new)?,
        })
    }
}

impl Identity {
    fn issue(hierarchy: &TestHierarchy, name: &str, now: DateTime<Utc>) -> Result<Self, Failure> {
        let leaf = TestLeaf { common_name: name, host_names: &[name], ..TestLeaf::new(OIN, now) };
        let pair = hierarchy.issue(&leaf).map_err(Failure::new)?;
        Ok(Self {
            private_key: pair.private_key().to_pem().map_err(Failure::new)?,
            chain: pem(std::iter::once(pair.certificate()).chain(pair.issuers()))?,
        })
    }
}

fn pem<'c>(certificates: impl Iterator<Item = &'c Certificate>) -> Result<Vec<u8>, Failure> {
    let files: Result<Vec<_>, _> = certificates.map(Certificate::to_pem).collect();
    Ok(files.map_err(Failure::new)?.concat())
}

/// The name in the certificate of the broker.
const HOST: &str = "localhost";
/// A number of those that Logius has for tests.
const OIN: &str = "00000009999999999004";
