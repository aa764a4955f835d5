//! What processes hold in memory.

use std::fs;

use anyhow::{Context as _, Result};

/// Bytes of a process's own in memory: the pages of its files are no cost of what it does. Linux alone
/// tells them.
pub fn own_memory(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes
        .and_then(|kilobytes| kilobytes.parse().ok())
        .with_context(|| format!("{path} has no RssAnon in kB"))?;
    Ok(kilobytes << 10)
}
