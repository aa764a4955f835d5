//! Policies and documents that are ready to judge with, kept for a while: compiling takes a tenth of
//! a second and more, and trials and replays come in rows.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_model::{Binding, Stage};
use countersign_policy_engine::{Document, Documents, Engine, LoadedPolicy, PolicySet};
use countersign_store::{SetBinding, SetDocument, SetState, Store, StoreError};

/// Policies that are kept.
const POLICIES: usize = 32;

/// Documents that are kept; each may have 16 MiB.
const DOCUMENTS: usize = 16;

/// Why something could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The store does not have it.
    #[error("it is not kept")]
    Store(#[from] StoreError),
    /// The work was cut off.
    #[error("the work was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

/// What was used last, by name: few things, so that a list does.
#[derive(Debug)]
struct Recent<T> {
    things: Mutex<VecDeque<(String, T)>>,
    most: usize,
}

impl<T: Clone> Recent<T> {
    fn new(most: usize) -> Self {
        Self {
            things: Mutex::default(),
            most,
        }
    }

    fn get(&self, name: &str) -> Option<T> {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let index = things.iter().position(|(known, _)| known == name)?;
        let thing = things.remove(index)?;
        let found = thing.1.clone();
        things.push_back(thing);
        Some(found)
    }

    fn put(&self, name: String, thing: T) {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.retain(|(known, _)| *known != name);
        things.push_back((name, thing));
        while things.len() > self.most {
            things.pop_front();
        }
    }
}

/// Policies and documents that are ready.
#[derive(Debug)]
pub struct PolicyShelf {
    policies: Recent<Result<Arc<LoadedPolicy>, String>>,
    documents: Recent<Result<Arc<Document>, String>>,
    current: Recent<PolicySet>,
}

impl Default for PolicyShelf {
    fn default() -> Self {
        Self {
            policies: Recent::new(POLICIES),
            documents: Recent::new(DOCUMENTS),
            current: Recent::new(1),
        }
    }
}

impl PolicyShelf {
    /// The policy with this module, or why it does not run.
    ///
    /// # Errors
    /// When the store does not have it.
    pub async fn policy(
        &self,
        store: &Store,
        engine: &Engine,
        digest: &str,
    ) -> Result<Result<Arc<LoadedPolicy>, String>, ShelfError> {
        if let Some(policy) = self.policies.get(digest) {
            return Ok(policy);
        }
        let component = store.module(digest).await?;
        let engine = engine.clone();
        let load = move || engine.load(&component).map_err(|error| error.to_string());
        let policy = tokio::task::spawn_blocking(load).await?;
        self.policies.put(digest.to_owned(), policy.clone());
        Ok(policy)
    }

    async fn document(
        &self,
        store: &Store,
        digest: &str,
    ) -> Result<Result<Arc<Document>, String>, ShelfError> {
        if let Some(document) = self.documents.get(digest) {
            return Ok(document);
        }
        let content = store.document_content(digest).await?;
        let name = digest.to_owned();
        let parse = move || Document::parse(name, &content).map_err(|error| error.to_string());
        let document = tokio::task::spawn_blocking(parse).await?;
        self.documents.put(digest.to_owned(), document.clone());
        Ok(document)
    }

    /// The documents of a set. A look into one that cannot be read fails.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn documents(
        &self,
        store: &Store,
        documents: &[SetDocument],
    ) -> Result<Documents, ShelfError> {
        let mut ready = Vec::with_capacity(documents.len());
        for document in documents {
            let content = self.document(store, &document.digest).await?;
            if let Err(error) = &content {
                tracing::warn!(
                    document.name,
                    document.digest,
                    error,
                    "a document cannot be read"
                );
            }
            ready.push((document.name.clone(), content.ok()));
        }
        Ok(Documents::partial(ready))
    }

    /// What is enforced now, ready to judge with.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn current(&self, store: &Store, engine: &Engine) -> Result<PolicySet, ShelfError> {
        let state = store.policy_set_at(u64::MAX).await?;
        let (revision, state) =
            state.map_or_else(Default::default, |set| (set.revision, set.state));
        let name = revision.to_string();
        if let Some(set) = self.current.get(&name) {
            return Ok(set);
        }
        let bindings = bindings(store, &state).await?;
        let documents = self.documents(store, &state.documents).await?;
        let set = self
            .set(store, engine, bindings, documents, revision)
            .await?;
        self.current.put(name, set.clone());
        Ok(set)
    }

    /// These bindings, ready to judge with.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set(
        &self,
        store: &Store,
        engine: &Engine,
        bindings: Vec<Binding>,
        documents: Documents,
        revision: u64,
    ) -> Result<PolicySet, ShelfError> {
        let mut entries = Vec::with_capacity(bindings.len());
        for binding in bindings {
            let policy = self.policy(store, engine, binding.module()).await?;
            entries.push((binding, policy));
        }
        let engine = engine.clone();
        // Settings are tried: off the async threads.
        let bind = move || PolicySet::with_documents(&engine, entries, documents, revision);
        Ok(tokio::task::spawn_blocking(bind).await?)
    }
}

/// The bindings of a set that edges have, as edges have them.
///
/// # Errors
/// When the store fails.
pub async fn bindings(store: &Store, state: &SetState) -> Result<Vec<Binding>, StoreError> {
    let mut bindings = Vec::with_capacity(state.bindings.len());
    let live = |binding: &&SetBinding| binding.stage != Stage::Draft;
    for binding in state.bindings.iter().filter(live) {
        bindings.push(to_binding(store, binding).await?);
    }
    Ok(bindings)
}

/// A binding with the text of its version, where it is a text.
///
/// # Errors
/// When the store fails.
pub async fn to_binding(store: &Store, binding: &SetBinding) -> Result<Binding, StoreError> {
    let version = store.policy_version(binding.policy_version_id).await?;
    Ok(Binding {
        id: binding.id,
        policy_id: binding.policy_id,
        policy: binding.policy.clone(),
        version: binding.version,
        digest: binding.digest.clone(),
        settings: binding.settings.clone(),
        selector: binding.selector.clone(),
        stage: binding.stage,
        canary_percent: binding.canary_percent,
        replaces: binding.replaces,
        source: version.source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let recent = Recent::new(2);
        recent.put("a".to_owned(), 1);
        recent.put("b".to_owned(), 2);
        assert_eq!(recent.get("a"), Some(1));
        recent.put("c".to_owned(), 3);
        assert_eq!(recent.get("b"), None);
        assert_eq!((recent.get("a"), recent.get("c")), (Some(1), Some(3)));
        recent.put("c".to_owned(), 4);
        assert_eq!((recent.get("a"), recent.get("c")), (Some(1), Some(4)));
    }
}
