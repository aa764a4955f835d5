//! Which start of its data folder this process is. The count is on the disk before anybody hears of
//! it, so that an edge that was killed comes back with a higher one, and a copy of the folder, or an
//! older one, comes to a number that was used before.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use countersign_ledger::secret_file::replace_secret_file;
use countersign_model::EdgeInstance;
use serde::{Deserialize, Serialize};

/// The count cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {path}")]
pub struct InstanceError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    generation: u64,
}

/// Counts this start of the data folder.
///
/// # Errors
/// When the file system refuses, or the file holds something else: to begin to count anew would make
/// this edge look like a copy of itself.
pub fn count_start(data_dir: &Path) -> Result<EdgeInstance, InstanceError> {
    let path = data_dir.join("instance.json");
    let failed = |doing| {
        let path = path.clone();
        move |source| InstanceError {
            doing,
            path,
            source,
        }
    };
    let stored: Stored = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(io::Error::from)
            .map_err(failed("read"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Stored::default(),
        Err(error) => return Err(failed("read")(error)),
    };
    let generation = stored.generation + 1;
    serde_json::to_vec(&Stored { generation })
        .map_err(io::Error::from)
        .and_then(|bytes| replace_secret_file(&path, &bytes))
        .map_err(failed("write"))?;
    Ok(EdgeInstance {
        id: format!("{:032x}", rand::random::<u128>()),
        generation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_start_counts_and_differs() {
        let dir = tempfile::tempdir().expect("dir");
        let starts: Vec<EdgeInstance> = (0..3)
            .map(|_| count_start(dir.path()).expect("counted"))
            .collect();
        let generations: Vec<u64> = starts.iter().map(|start| start.generation).collect();
        assert_eq!(generations, [1, 2, 3]);
        assert_ne!(starts[0].id, starts[1].id);
        fs::write(dir.path().join("instance.json"), "what?").expect("written");
        assert!(count_start(dir.path()).is_err());
    }
}
