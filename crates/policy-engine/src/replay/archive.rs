//! Where a replay finds what judged.

use std::sync::Arc;

use countersign_model::Binding;

use crate::Documents;

/// What was bound, as one policy set had it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Names the set: of equal revisions one is enough.
    pub revision: u64,
    /// The bindings, in the order in which they were asked.
    pub bindings: Vec<Binding>,
    /// The data documents.
    pub documents: Documents,
}

/// The policy sets of the past and their modules. Called from the threads that judge; each question
/// is asked once.
pub trait Archive: Send + Sync {
    /// The set that judged under this revision of the bundle: the newest that is not newer.
    ///
    /// # Errors
    ///
    /// When it cannot be read, in words.
    fn set(&self, revision: u64) -> Result<Option<Arc<Snapshot>>, String>;

    /// A component by its digest.
    ///
    /// # Errors
    ///
    /// When it cannot be read, in words.
    fn module(&self, digest: &str) -> Result<Arc<[u8]>, String>;
}
