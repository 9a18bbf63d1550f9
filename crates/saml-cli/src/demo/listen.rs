//! Ports of this machine.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use crate::failure::Failure;

/// Listens on a port of this machine only; port 0 picks a free one.
pub(crate) async fn listen(port: u16, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::usage(format!("port {port} is taken: choose another with {option} (0 picks a free one)"))
        }
        io::ErrorKind::PermissionDenied => {
            Failure::usage(format!("port {port} needs privileges: choose one from 1024 with {option}"))
        }
        _ => Failure::usage(format!("port {port} cannot be listened on ({error}): choose another with {option}")),
    })
}

/// Returns the URL of what listens, without a slash at its end.
pub(crate) fn base_url(listener: &TcpListener) -> Result<String, Failure> {
    let address = listener.local_addr().map_err(|error| Failure::new(format!("no address to listen on: {error}")))?;
    Ok(format!("http://{address}"))
}
