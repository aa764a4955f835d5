//! The keys that sign credentials. Each control plane has its own, in its data folder beside the
//! key that signs bundles; the public halves are in the database, so that edges accept what any
//! control plane signed.
//!
//! A key signs for a month. The next one is published before it signs anything, so that every edge
//! has heard of it, and the one before verifies until the last credential that it signed has ended.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use countersign_ledger::{
    credential::MAX_LIFETIME_SECONDS,
    jwk,
    keys::{KeyError, SigningKey},
};
use countersign_model::{Timestamp, TokenKey};
use countersign_store::{Store, StoreError, TokenKeyRecord};
use tokio::time::{MissedTickBehavior, interval};

use crate::state::AppState;

/// The key that signs now.
const FILE: &str = "token-key";

/// The one that will.
const NEXT_FILE: &str = "token-key.next";

/// How long a key signs.
const SIGNS_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long the next key is published before it signs: longer than an edge may be out of touch
/// without its bundle being looked at.
const PUBLISHED_FOR: Duration = Duration::from_secs(10 * 60);

/// How long a key verifies after it has signed for the last time: as long as a credential lives,
/// and an hour for clocks that differ.
const VERIFIES_FOR: Duration = Duration::from_secs(MAX_LIFETIME_SECONDS.cast_unsigned() + 3600);

const EVERY: Duration = Duration::from_secs(60);

/// The key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeyError {
    /// Its file cannot.
    #[error("the key that signs credentials cannot be used")]
    Key(#[from] KeyError),
    /// The file with the next one cannot take its place.
    #[error("the next key {path} cannot take its place")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be published.
    #[error("the key that signs credentials cannot be published")]
    Store(#[from] StoreError),
}

/// This control plane's key, and the one that will follow it.
#[derive(Debug)]
pub struct TokenKeys {
    folder: PathBuf,
    current: RwLock<Arc<Signer>>,
}

/// A key that signs, with its name.
#[derive(Debug)]
pub struct Signer {
    /// The key.
    pub key: SigningKey,
    /// Its thumbprint.
    pub kid: String,
}

impl Signer {
    fn load(path: &Path) -> Result<Self, KeyError> {
        let key = SigningKey::load_or_create(path)?;
        let kid = jwk::thumbprint(&key.verifying_key());
        Ok(Self { key, kid })
    }

    fn public(&self) -> TokenKey {
        TokenKey {
            kid: self.kid.clone(),
            key: self.key.verifying_key().to_string(),
        }
    }

    async fn publish(&self, store: &Store, now: Timestamp) -> Result<TokenKeyRecord, StoreError> {
        store.publish_token_key(&self.public(), now).await
    }
}

impl TokenKeys {
    /// The keys in this folder; made where there are none.
    ///
    /// # Errors
    /// When they cannot be used or published.
    pub async fn open(folder: &Path, store: &Store, now: Timestamp) -> Result<Self, TokenKeyError> {
        let current = Signer::load(&folder.join(FILE))?;
        let published = current.publish(store, now).await?;
        let keys = Self {
            folder: folder.to_owned(),
            current: RwLock::new(Arc::new(current)),
        };
        // A folder out of a backup: its key signs no more.
        if published.retires_at.is_some() {
            keys.take_next(store, now).await?;
        }
        Ok(keys)
    }

    /// The key that signs now.
    pub fn current(&self) -> Arc<Signer> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does what is due: publishes the next key, or lets it sign.
    ///
    /// # Errors
    /// When that fails; the key that signs stays.
    pub async fn rotate(&self, store: &Store, now: Timestamp) -> Result<(), TokenKeyError> {
        let current = self.current();
        let published = current.publish(store, now).await?;
        let due = published.retires_at.is_some() || published.created_at.after(SIGNS_FOR) <= now;
        if !due {
            return Ok(());
        }
        let next = Signer::load(&self.folder.join(NEXT_FILE))?;
        let known = next.publish(store, now).await?;
        if known.created_at.after(PUBLISHED_FOR) > now {
            return Ok(());
        }
        self.take_next(store, now).await
    }

    async fn take_next(&self, store: &Store, now: Timestamp) -> Result<(), TokenKeyError> {
        let path = self.folder.join(NEXT_FILE);
        let next = Signer::load(&path)?;
        next.publish(store, now).await?;
        // First, so that it is done whatever happens in between.
        let last = self.current();
        store
            .retire_token_key(&last.kid, now.after(VERIFIES_FOR))
            .await?;
        fs::rename(&path, self.folder.join(FILE))
            .map_err(|source| TokenKeyError::File { path, source })?;
        tracing::info!(
            key.id = next.kid,
            "another key signs credentials from now on"
        );
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}

/// Rotates the key until the server shuts down.
pub async fn run(state: AppState) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            _ = ticks.tick() => {
                if let Err(error) = state.token_keys.rotate(&state.store, state.now()).await {
                    tracing::warn!(%error, "the key that signs credentials stays what it is");
                }
            }
        }
    }
}
