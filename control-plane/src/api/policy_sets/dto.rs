//! Policy sets, as JSON.

use countersign_model::Timestamp;
use countersign_store::{ChangeKind, SetBinding, SetDocument};
use serde::Serialize;
use utoipa::ToSchema;

/// A policy set in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicySetSummary {
    /// The bundle's revision with which it began.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// Who, by name; `system` for the control plane itself.
    pub by: String,
    /// The kind of the change that made it; null for what was there before the first one.
    pub kind: Option<ChangeKind>,
    /// That change in words.
    pub summary: String,
    /// Why, in the words of who asked for it.
    pub comment: String,
}

/// A policy set.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicySet {
    /// Its place in the history.
    #[serde(flatten)]
    pub summary: PolicySetSummary,
    /// Bindings, drafts included, in the order of evaluation.
    pub bindings: Vec<SetBinding>,
    /// Documents, by name.
    pub documents: Vec<SetDocument>,
}
