//! Credentials that were good for one session and have had it. On disk, so that a restart makes none
//! of them good again.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use countersign_ledger::secret_file::replace_secret_file;
use countersign_model::{CredentialId, Timestamp};

/// The file in the data folder.
const FILE: &str = "used-credentials";

/// Lines that may be in the file for each that still matters, before it is written anew.
const SLACK: usize = 2;

/// As few lines as this are never worth writing anew.
const FEW: usize = 1000;

/// Why a credential was not used up.
#[derive(Debug, thiserror::Error)]
pub(super) enum UseError {
    /// It was used before.
    #[error("used before")]
    Replayed,
    /// That it is used now cannot be remembered.
    #[error("cannot be remembered")]
    Io(#[from] io::Error),
}

/// Credentials that were used up, until their end.
#[derive(Debug)]
pub struct UsedCredentials {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Opened with the first use.
    file: Option<File>,
    until: HashMap<CredentialId, Timestamp>,
    lines: usize,
}

impl UsedCredentials {
    /// Those that a file in this folder names.
    ///
    /// # Errors
    /// When the file cannot be read or written anew.
    pub fn open(folder: &Path, now: Timestamp) -> io::Result<Self> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut inner = Inner {
            path,
            file: None,
            // A last line that was cut by a crash was never acted on.
            until: text.lines().filter_map(parse).collect(),
            lines: text.lines().count(),
        };
        if inner.lines > 0 {
            inner.compact(now)?;
        }
        Ok(Self {
            inner: Mutex::new(inner),
        })
    }

    /// Uses a credential up; it is on disk when this returns.
    pub(super) fn use_up(
        &self,
        id: CredentialId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), UseError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.until.contains_key(&id) {
            return Err(UseError::Replayed);
        }
        inner.append(id, until)?;
        inner.until.insert(id, until);
        if inner.lines > FEW.max(SLACK * inner.until.len()) {
            inner.compact(now)?;
        }
        Ok(())
    }
}

impl Inner {
    fn append(&mut self, id: CredentialId, until: Timestamp) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(
                OpenOptions::new()
                    .append(true)
                    .create(true)
                    .mode(0o600)
                    .open(&self.path)?,
            ),
        };
        let line = format!("{id} {}\n", until.as_millis());
        let written = file
            .write_all(line.as_bytes())
            .and_then(|()| file.sync_data());
        if written.is_err() {
            // Half a line may be there; the next one begins on its own.
            self.file = None;
            let _ = self.compact(Timestamp::from_millis(0));
        } else {
            self.lines += 1;
        }
        written
    }

    /// Writes the file anew with those that have not ended.
    fn compact(&mut self, now: Timestamp) -> io::Result<()> {
        self.until.retain(|_, until| *until > now);
        let mut text = String::new();
        for (id, until) in &self.until {
            text.push_str(&format!("{id} {}\n", until.as_millis()));
        }
        self.file = None;
        replace_secret_file(&self.path, text.as_bytes())?;
        self.lines = self.until.len();
        Ok(())
    }
}

fn parse(line: &str) -> Option<(CredentialId, Timestamp)> {
    let (id, until) = line.split_once(' ')?;
    Some((
        id.parse().ok()?,
        Timestamp::from_millis(until.parse().ok()?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);
    const LATER: Timestamp = Timestamp::from_millis(2_000);

    #[test]
    fn each_is_used_once_also_after_a_restart() {
        let dir = tempfile::tempdir().expect("dir");
        let used = UsedCredentials::open(dir.path(), NOW).expect("opens");
        let (a, b) = (CredentialId::new(), CredentialId::new());
        used.use_up(a, LATER, NOW).expect("the first time");
        assert!(matches!(
            used.use_up(a, LATER, NOW),
            Err(UseError::Replayed)
        ));
        used.use_up(b, LATER, NOW).expect("another one");
        let path = dir.path().join(FILE);
        let mut text = fs::read_to_string(&path).expect("written");
        text.push_str("019a3c1e-7b5d"); // As a crash would leave it.
        fs::write(&path, text).expect("written");
        let used = UsedCredentials::open(dir.path(), NOW).expect("opens");
        for id in [a, b] {
            assert!(matches!(
                used.use_up(id, LATER, NOW),
                Err(UseError::Replayed)
            ));
        }
    }

    #[test]
    fn those_that_ended_are_forgotten() {
        let dir = tempfile::tempdir().expect("dir");
        let used = UsedCredentials::open(dir.path(), NOW).expect("opens");
        for _ in 0..3 {
            used.use_up(CredentialId::new(), LATER, NOW).expect("used");
        }
        drop(used);
        UsedCredentials::open(dir.path(), LATER).expect("opens");
        let left = fs::read_to_string(dir.path().join(FILE)).expect("there");
        assert_eq!(left, "");
    }

    #[test]
    fn what_cannot_be_remembered_is_not_accepted() {
        let dir = tempfile::tempdir().expect("dir");
        let used = UsedCredentials::open(dir.path(), NOW).expect("opens");
        drop(dir);
        let refused = used.use_up(CredentialId::new(), LATER, NOW);
        assert!(matches!(refused, Err(UseError::Io(_))));
    }
}
