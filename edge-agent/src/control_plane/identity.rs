//! Who the edge is, kept in one file from its enrolment on.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_ledger::{
    keys::{SigningKey, VerifyingKey},
    secret_file::create_secret_file,
};
use countersign_model::EdgeId;
use serde::{Deserialize, Serialize};

/// The identity cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file system refuses.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read the file.
    #[error("{0} is readable by others; its mode must be 0600")]
    Exposed(PathBuf),
    /// The file holds something else.
    #[error("{0} is not an edge's identity")]
    Malformed(PathBuf),
}

/// Who the edge is, and whom it believes.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The subject of its tokens.
    pub edge_id: EdgeId,
    /// Its name for people.
    pub name: String,
    /// What it signs with.
    pub key: SigningKey,
    /// The pinned key of the control plane.
    pub control_plane_key: VerifyingKey,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    edge_id: EdgeId,
    name: String,
    key: String,
    control_plane_key: String,
}

impl Identity {
    fn path(data_dir: &Path) -> PathBuf {
        data_dir.join("identity.json")
    }

    /// The identity in the edge's data folder; `None` before its enrolment.
    ///
    /// # Errors
    /// When there is one and it cannot be read, or others can.
    pub fn load(data_dir: &Path) -> Result<Option<Self>, IdentityError> {
        let path = Self::path(data_dir);
        let io = |source| IdentityError::Io {
            doing: "read",
            path: path.clone(),
            source,
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        if fs::metadata(&path).map_err(io)?.permissions().mode() & 0o077 != 0 {
            return Err(IdentityError::Exposed(path));
        }
        match Self::parse(&text) {
            Some(identity) => Ok(Some(identity)),
            None => Err(IdentityError::Malformed(path)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let key: [u8; 32] = BASE64.decode(stored.key).ok()?.try_into().ok()?;
        Some(Self {
            edge_id: stored.edge_id,
            name: stored.name,
            key: SigningKey::from_bytes(&key),
            control_plane_key: stored.control_plane_key.parse().ok()?,
        })
    }

    /// Keeps it, readable by its owner alone. Refuses to replace another.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn store(&self, data_dir: &Path) -> Result<(), IdentityError> {
        let path = Self::path(data_dir);
        let stored = Stored {
            edge_id: self.edge_id,
            name: self.name.clone(),
            key: BASE64.encode(self.key.to_bytes()),
            control_plane_key: self.control_plane_key.to_string(),
        };
        serde_json::to_vec_pretty(&stored)
            .map_err(io::Error::from)
            .and_then(|bytes| create_secret_file(&path, &bytes))
            .map_err(|source| IdentityError::Io {
                doing: "create",
                path,
                source,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_private_and_once() {
        let dir = tempfile::tempdir().expect("dir");
        assert!(Identity::load(dir.path()).expect("loads").is_none());
        let identity = Identity {
            edge_id: EdgeId::new(),
            name: "edge-1".to_owned(),
            key: SigningKey::from_bytes(&[7; 32]),
            control_plane_key: SigningKey::from_bytes(&[8; 32]).verifying_key(),
        };
        identity.store(dir.path()).expect("stored");
        let loaded = Identity::load(dir.path()).expect("loads").expect("there");
        assert_eq!(loaded.edge_id, identity.edge_id);
        assert_eq!(loaded.key.to_bytes(), identity.key.to_bytes());
        assert_eq!(loaded.control_plane_key, identity.control_plane_key);
        assert!(identity.store(dir.path()).is_err(), "never replaced");
        let path = Identity::path(dir.path());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("chmod");
        assert!(matches!(
            Identity::load(dir.path()),
            Err(IdentityError::Exposed(_))
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        fs::write(&path, "{}").expect("written");
        assert!(matches!(
            Identity::load(dir.path()),
            Err(IdentityError::Malformed(_))
        ));
    }
}
