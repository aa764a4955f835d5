//! Ports for servers that cannot choose one themselves.

use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
};

use anyhow::{Result, bail};

/// Below what Linux (32768 and up) and others (49152 and up) give to outgoing connections, so that none of
/// these takes a port before its server does, or while its server is restarted.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A TCP port of the loopback address that nobody listens on, and that is not given out again, here or in
/// another process, while this one lives.
///
/// What says so is a UDP socket of the same number: it is in no TCP server's way, and ends with the process.
///
/// # Errors
///
/// Every port of the range is taken.
pub fn free_port() -> Result<u16> {
    static TURN: AtomicU16 = AtomicU16::new(0);
    static TAKEN: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    // Processes begin far from each other, so that none walks over the ports of all others.
    let start = u64::from(process::id()).wrapping_mul(7919);
    for _ in 0..COUNT {
        let turn = u64::from(TURN.fetch_add(1, Ordering::Relaxed));
        let offset = start.wrapping_add(turn) % u64::from(COUNT);
        let port = FIRST + u16::try_from(offset)?;
        let Ok(mark) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)) else {
            continue;
        };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
            taken.push(mark);
            return Ok(port);
        }
    }
    bail!("no port from {FIRST} on is free on the loopback address")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::free_port;

    #[test]
    fn a_port_is_given_out_once() {
        let ports: Vec<u16> = (0..200).map(|_| free_port().unwrap()).collect();
        let distinct: HashSet<&u16> = ports.iter().collect();
        assert_eq!(distinct.len(), ports.len());
    }
}
