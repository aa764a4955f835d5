//! What bindings, modules and documents were in force when a decision was made, for the engine.

use std::sync::Arc;

use countersign_policy_engine::replay::{Archive, Snapshot};
use tokio::runtime::Handle;

use crate::{policy_shelf, state::AppState};

/// The store, asked from threads that may wait.
pub struct StoreArchive {
    state: AppState,
    handle: Handle,
}

impl StoreArchive {
    /// The store behind `state`.
    pub fn new(state: AppState, handle: Handle) -> Self {
        Self { state, handle }
    }

    async fn read(&self, revision: u64) -> Result<Option<Arc<Snapshot>>, String> {
        let store = &self.state.store;
        let words = |error: &dyn std::error::Error| error.to_string();
        let set = store.policy_set_at(revision).await;
        let Some(set) = set.map_err(|error| words(&error))? else {
            return Ok(None);
        };
        let bindings = policy_shelf::bindings(store, &set.state).await;
        let documents = self
            .state
            .shelf
            .documents(store, &set.state.documents)
            .await;
        Ok(Some(Arc::new(Snapshot {
            revision: set.revision,
            bindings: bindings.map_err(|error| words(&error))?,
            documents: documents.map_err(|error| words(&error))?,
        })))
    }
}

impl Archive for StoreArchive {
    fn set(&self, revision: u64) -> Result<Option<Arc<Snapshot>>, String> {
        self.handle.block_on(self.read(revision))
    }

    fn module(&self, digest: &str) -> Result<Arc<[u8]>, String> {
        let module = self.handle.block_on(self.state.store.module(digest));
        module.map(Into::into).map_err(|error| error.to_string())
    }
}
