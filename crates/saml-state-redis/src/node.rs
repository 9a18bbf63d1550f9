use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, PushInfo,
    PushKind,
};

use crate::error::Error;
use crate::settings::{Durability, RedisSettings};

/// A connection to the node that has our keys, and whether it is known to be broken.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) connection: MultiplexedConnection,
    broken: Arc<AtomicBool>,
}

impl Open {
    /// Tells whether the connection has ended, though nothing was sent since.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }
}

/// Connects to the node that has our keys, and looks whether it keeps what it is given.
///
/// The nodes are asked in their order; what the first of them said is returned where none serves.
pub(crate) async fn open(settings: &RedisSettings) -> Result<Open, Error> {
    let mut first = None;
    for url in &settings.nodes {
        let opening = tokio::time::timeout(settings.timeout, opened_by(url, settings));
        match opening.await.unwrap_or_else(|_| Err(Error::connect(timed_out()))) {
            Ok(open) => return Ok(open),
            Err(error) => _ = first.get_or_insert(error),
        }
    }
    Err(first.unwrap_or_else(|| Error::connect(timed_out())))
}

/// Asks one node for ours: it is that itself, or it says where ours is.
async fn opened_by(url: &str, settings: &RedisSettings) -> Result<Open, Error> {
    let mut info = url.into_connection_info().map_err(Error::connect)?;
    let mut hops = 0;
    loop {
        let mut open = connect(&info, settings).await?;
        // All keys have one hash tag, so that one node has all; this asks for that.
        match redis::cmd("EXISTS").arg(settings.clock_key()).query_async::<u8>(&mut open.connection).await {
            Ok(_) => {
                check(&mut open.connection, settings).await?;
                return Ok(open);
            }
            Err(error) => match error.redirect_node().and_then(|(address, _)| moved(info.addr(), address)) {
                // A cluster sends in circles while it hands our keys from one node to another.
                Some(address) if hops < HOPS => info = info.set_addr(address),
                _ => return Err(Error::of(error)),
            },
        }
        hops += 1;
    }
}

async fn connect(info: &ConnectionInfo, settings: &RedisSettings) -> Result<Open, Error> {
    // The third protocol tells at once when a connection breaks, so that no login has to find out.
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
    // A call that waits for the kernel to gather more would wait for forty milliseconds.
    let tcp = TcpSettings::default().set_nodelay(true);
    let info = info.clone().set_redis_settings(redis).set_tcp_settings(tcp);
    let client = match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => return Err(Error::NotVerified),
        ConnectionAddr::TcpTls { .. } if !settings.has_roots() => return Err(Error::NoRoots),
        ConnectionAddr::TcpTls { .. } => {
            Client::build_with_tls(info, settings.certificates()).map_err(|error| Error::Certificates(error.into()))?
        }
        ConnectionAddr::Tcp(host, _) if !is_this_machine(host) && !settings.may_be_plain => {
            return Err(Error::NotEncrypted);
        }
        _ => Client::open(info).map_err(Error::connect)?,
    };
    let broken = Arc::new(AtomicBool::new(false));
    let tells = Arc::clone(&broken);
    let pushed = move |push: PushInfo| {
        if push.kind == PushKind::Disconnection {
            tells.store(true, Ordering::Release);
        }
        Ok::<(), ()>(())
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(settings.timeout))
        .set_response_timeout(Some(settings.timeout))
        .set_push_sender(pushed);
    let connection = client.get_multiplexed_async_connection_with_config(&config).await.map_err(Error::of)?;
    Ok(Open { connection, broken })
}

/// Looks whether a node takes writes and keeps what it acknowledged.
async fn check(connection: &mut MultiplexedConnection, settings: &RedisSettings) -> Result<(), Error> {
    let info: String = redis::cmd("INFO").arg("everything").query_async(connection).await.map_err(Error::of)?;
    let fact =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("unknown");
    if fact("role") != "master" {
        return Err(Error::Replica);
    }
    if settings.nodes.len() > 1 && fact("cluster_enabled") != "1" {
        return Err(Error::NoCluster);
    }
    let policy = fact("maxmemory_policy");
    if policy != "noeviction" {
        return Err(Error::Eviction { found: policy.to_owned() });
    }
    if settings.durability == Durability::Nothing {
        return Ok(());
    }
    let fsync = if settings.durability == Durability::Everything { "always" } else { "everysec" };
    let expected = [("appendonly", "yes"), ("appendfsync", fsync), ("no-appendfsync-on-rewrite", "no")];
    let names = expected.map(|(setting, _)| setting);
    let found: HashMap<String, String> =
        redis::cmd("CONFIG").arg("GET").arg(&names).query_async(connection).await.map_err(Error::of)?;
    for (setting, expected) in expected {
        let found = found.get(setting).map_or("unknown", String::as_str);
        // Of appendfsync more than is asked for is as good.
        if found != expected && found != "always" {
            return Err(Error::NotDurable { setting, expected, found: found.to_owned() });
        }
    }
    Ok(())
}

/// Returns where a node of a cluster sends us, by the same way as we came: `host:port`, where no host is the same host.
fn moved(from: &ConnectionAddr, to: &str) -> Option<ConnectionAddr> {
    let (host, port) = to.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = |ours: &str| if host.is_empty() { ours.to_owned() } else { host.to_owned() };
    match from {
        ConnectionAddr::Tcp(ours, _) => Some(ConnectionAddr::Tcp(host(ours), port)),
        ConnectionAddr::TcpTls { host: ours, .. } => {
            Some(ConnectionAddr::TcpTls { host: host(ours), port, insecure: false, tls_params: None })
        }
        _ => None,
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn timed_out() -> std::io::Error {
    std::io::ErrorKind::TimedOut.into()
}

// One is enough where all nodes know who has the keys, and more are needed while word of a failover spreads.
const HOPS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(host: &str, port: u16) -> ConnectionAddr {
        ConnectionAddr::Tcp(host.to_owned(), port)
    }

    #[test]
    fn a_node_sends_to_another_by_the_way_that_we_came() {
        let tls = |host: &str, port| ConnectionAddr::TcpTls {
            host: host.to_owned(),
            port,
            insecure: false,
            tls_params: None,
        };
        for (from, to, expected) in [
            (plain("a", 1), "b:2", Some(plain("b", 2))),
            (plain("a", 1), ":2", Some(plain("a", 2))),
            (plain("a", 1), "::1:2", Some(plain("::1", 2))),
            (tls("a", 1), "b:2", Some(tls("b", 2))),
            (plain("a", 1), "b", None),
            (plain("a", 1), "b:c", None),
            (ConnectionAddr::Unix("/run/redis.sock".into()), "b:2", None),
        ] {
            assert_eq!(moved(&from, to), expected, "{to}");
        }
    }

    #[test]
    fn only_this_machine_is_reached_in_the_clear() {
        for (host, expected) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("redis", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(is_this_machine(host), expected, "{host}");
        }
    }
}
