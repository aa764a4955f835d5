//! Who the edge is, kept in one file from its enrolment on: its key, and the control plane's that it
//! believes. Both are replaced now and then; the file is replaced whole.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_ledger::{
    handover::PinnedKeys,
    keys::{SigningKey, VerifyingKey},
    secret_file::{create_secret_file, replace_secret_file},
};
use countersign_model::{EdgeId, Timestamp};
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
    /// The key that is to take its place, while nobody knows whether the control plane has it.
    pub next_key: Option<SigningKey>,
    /// When the key was made, where that is known.
    pub key_since: Option<Timestamp>,
    /// The pinned keys of the control plane.
    pub control_plane: PinnedKeys,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    edge_id: EdgeId,
    name: String,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_since: Option<Timestamp>,
    control_plane_key: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier_control_plane_keys: Vec<StoredEarlier>,
}

/// A key of the control plane that handed over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredEarlier {
    key: String,
    until: Timestamp,
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
        let mut control_plane = PinnedKeys::new(stored.control_plane_key.parse().ok()?);
        for StoredEarlier { key, until } in stored.earlier_control_plane_keys {
            let key: VerifyingKey = key.parse().ok()?;
            control_plane.earlier.push((key, until));
        }
        let next_key = match stored.next_key {
            Some(key) => Some(decode(&key)?),
            None => None,
        };
        Some(Self {
            edge_id: stored.edge_id,
            name: stored.name,
            key: decode(&stored.key)?,
            next_key,
            key_since: stored.key_since,
            control_plane,
        })
    }

    fn encode(&self) -> io::Result<Vec<u8>> {
        let key = |key: &SigningKey| BASE64.encode(key.to_bytes());
        let earlier = self.control_plane.earlier.iter();
        let stored = Stored {
            edge_id: self.edge_id,
            name: self.name.clone(),
            key: key(&self.key),
            next_key: self.next_key.as_ref().map(key),
            key_since: self.key_since,
            control_plane_key: self.control_plane.current.to_string(),
            earlier_control_plane_keys: earlier
                .map(|(key, until)| StoredEarlier {
                    key: key.to_string(),
                    until: *until,
                })
                .collect(),
        };
        serde_json::to_vec_pretty(&stored).map_err(io::Error::from)
    }

    /// Keeps it, readable by its owner alone. Refuses to replace another.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn store(&self, data_dir: &Path) -> Result<(), IdentityError> {
        let path = Self::path(data_dir);
        self.encode()
            .and_then(|bytes| create_secret_file(&path, &bytes))
            .map_err(|source| IdentityError::Io {
                doing: "create",
                path,
                source,
            })
    }

    fn replace(&self, data_dir: &Path) -> Result<(), IdentityError> {
        let path = Self::path(data_dir);
        self.encode()
            .and_then(|bytes| replace_secret_file(&path, &bytes))
            .map_err(|source| IdentityError::Io {
                doing: "replace",
                path,
                source,
            })
    }
}

fn decode(key: &str) -> Option<SigningKey> {
    let key: [u8; 32] = BASE64.decode(key).ok()?.try_into().ok()?;
    Some(SigningKey::from_bytes(&key))
}

/// The identity of a running edge: what is in memory is what is on the disk. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IdentityKeeper {
    data_dir: Arc<Path>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    identity: Identity,
    /// Of the file, as it was read or written last.
    changed_at: Option<SystemTime>,
}

impl IdentityKeeper {
    /// Keeps the identity that is in the edge's data folder.
    #[must_use]
    pub fn new(data_dir: &Path, identity: Identity) -> Self {
        let kept = Kept {
            identity,
            changed_at: changed_at(data_dir),
        };
        Self {
            data_dir: data_dir.into(),
            kept: Arc::new(Mutex::new(kept)),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who the edge is now.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.kept().identity.clone()
    }

    /// What the edge signs with now.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        self.kept().identity.key.clone()
    }

    /// Which keys of the control plane it believes now.
    #[must_use]
    pub fn control_plane(&self) -> PinnedKeys {
        self.kept().identity.control_plane.clone()
    }

    /// Since when its key is the one: as the identity says, or since its file was written.
    #[must_use]
    pub fn key_since(&self) -> Option<Timestamp> {
        let kept = self.kept();
        let written = kept.changed_at.and_then(|at| {
            let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            Some(Timestamp::from_millis(
                i64::try_from(since.as_millis()).ok()?,
            ))
        });
        kept.identity.key_since.or(written)
    }

    /// Changes the identity, on the disk first.
    ///
    /// # Errors
    /// When the file system refuses; everything is then as it was.
    pub fn change(&self, change: impl FnOnce(&mut Identity)) -> Result<(), IdentityError> {
        let mut kept = self.kept();
        let mut identity = kept.identity.clone();
        // What another process wrote meanwhile stays.
        if changed_at(&self.data_dir) != kept.changed_at
            && let Some(written) = Identity::load(&self.data_dir)?
        {
            identity = written;
        }
        change(&mut identity);
        identity.replace(&self.data_dir)?;
        kept.identity = identity;
        kept.changed_at = changed_at(&self.data_dir);
        Ok(())
    }

    /// Takes up what another process wrote, such as `countersign edge rotate-key`; whether there
    /// was something.
    ///
    /// # Errors
    /// When the file has changed and cannot be read; the identity stays what it was.
    pub fn reload(&self) -> Result<bool, IdentityError> {
        let mut kept = self.kept();
        let changed_at = changed_at(&self.data_dir);
        if changed_at == kept.changed_at {
            return Ok(false);
        }
        if let Some(identity) = Identity::load(&self.data_dir)? {
            kept.identity = identity;
            kept.changed_at = changed_at;
        }
        Ok(true)
    }
}

fn changed_at(data_dir: &Path) -> Option<SystemTime> {
    let path = Identity::path(data_dir);
    fs::metadata(path).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            edge_id: EdgeId::new(),
            name: "edge-1".to_owned(),
            key: SigningKey::from_bytes(&[7; 32]),
            next_key: None,
            key_since: None,
            control_plane: PinnedKeys::new(SigningKey::from_bytes(&[8; 32]).verifying_key()),
        }
    }

    #[test]
    fn it_is_kept_private_and_once() {
        let dir = tempfile::tempdir().expect("dir");
        assert!(Identity::load(dir.path()).expect("loads").is_none());
        let identity = identity();
        identity.store(dir.path()).expect("stored");
        let loaded = Identity::load(dir.path()).expect("loads").expect("there");
        assert_eq!(loaded.edge_id, identity.edge_id);
        assert_eq!(loaded.key.to_bytes(), identity.key.to_bytes());
        assert_eq!(loaded.control_plane, identity.control_plane);
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

    #[test]
    fn a_change_is_on_the_disk_and_seen_by_others() {
        let dir = tempfile::tempdir().expect("dir");
        identity().store(dir.path()).expect("stored");
        let keeper = IdentityKeeper::new(dir.path(), identity());
        let other = IdentityKeeper::new(dir.path(), identity());
        assert!(!other.reload().expect("loads"));
        // Times of files are as coarse as the file system makes them.
        std::thread::sleep(std::time::Duration::from_millis(20));
        let next = SigningKey::from_bytes(&[9; 32]);
        let pinned = SigningKey::from_bytes(&[10; 32]).verifying_key();
        keeper
            .change(|identity| {
                identity.next_key = Some(next.clone());
                let before = identity.control_plane.current;
                let until = Timestamp::from_millis(5);
                identity.control_plane.earlier.push((before, until));
                identity.control_plane.current = pinned;
            })
            .expect("kept");
        assert!(other.reload().expect("loads"));
        let seen = other.identity();
        let seen_next = seen.next_key.map(|key| key.to_bytes());
        assert_eq!(seen_next, Some(next.to_bytes()));
        assert_eq!(seen.control_plane, keeper.control_plane());
    }
}
