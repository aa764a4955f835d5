//! How far the control plane has come, in a small file: a hint that saves sending records twice.
//! Without it everything that is still on disk is sent again, which does no harm.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Everything up to and including `seq` is committed at the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acknowledged {
    pub epoch: u64,
    pub seq: u64,
}

fn path(dir: &Path) -> PathBuf {
    dir.join("acknowledged.json")
}

/// What was stored last; `None` where there is nothing readable.
pub(super) fn load(dir: &Path) -> Option<Acknowledged> {
    serde_json::from_slice(&fs::read(path(dir)).ok()?).ok()
}

/// Stores it whole or not at all. Not synced: an older value does no harm.
pub(super) fn store(dir: &Path, acknowledged: Acknowledged) -> io::Result<()> {
    let temporary = dir.join("acknowledged.json.tmp");
    fs::write(&temporary, serde_json::to_vec(&acknowledged)?)?;
    fs::rename(temporary, path(dir))
}
