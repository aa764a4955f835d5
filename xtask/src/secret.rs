//! Passwords that exist for one run.

use std::{fs::File, io::Read as _};

use anyhow::{Context as _, Result};

/// 128 random bits as hex.
pub fn random() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
