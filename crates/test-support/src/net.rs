//! Ports for servers that cannot choose one themselves.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

/// A TCP port of the loopback address that was free a moment ago. Another process may take it before
/// its user does: whoever starts a server on it must be ready to try again with another.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("no free port on the loopback address")?;
    let address = listener
        .local_addr()
        .context("the free port could not be read")?;
    Ok(address.port())
}
