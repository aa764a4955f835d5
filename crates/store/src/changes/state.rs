//! What is enforced, as values: what a policy set holds, and what a change makes of it.

use countersign_model::{BindingId, DocumentId, PolicyId, PolicyVersionId, Selector, Stage};
use serde::{Deserialize, Serialize};

use crate::{BindingRecord, PolicySettings};

/// When a canary is taken back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = CanaryGuard)]
pub struct Guard {
    /// Failures that it may have within its first 100 decisions.
    pub max_failures: u64,
    /// Failures in 100 decisions that it may have after them.
    pub max_failure_percent: u32,
    /// By how many percentage points it may refuse or hold more than what it replaces.
    pub max_denial_rise_percent: u32,
    /// Decisions before a rise in denials counts.
    pub min_decisions: u64,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            max_failures: 3,
            max_failure_percent: 1,
            max_denial_rise_percent: 20,
            min_decisions: 50,
        }
    }
}

/// A binding as a policy set has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PolicySetBinding)]
pub struct SetBinding {
    /// Which.
    pub id: BindingId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The policy's name.
    pub policy: String,
    /// The version.
    pub policy_version_id: PolicyVersionId,
    /// The version, as people count it.
    pub version: u32,
    /// The version's digest.
    pub digest: String,
    /// Settings.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// How far it has come.
    pub stage: Stage,
    /// Of a canary: its part of the sessions.
    #[serde(default)]
    pub canary_percent: Option<u8>,
    /// The binding whose place a canary takes.
    #[serde(default)]
    pub replaces: Option<BindingId>,
    /// When a canary is taken back by itself.
    #[serde(default)]
    pub guard: Option<Guard>,
    /// Its place in the order of evaluation.
    pub position: i32,
}

impl SetBinding {
    /// What edges see of it: drafts are not theirs to see.
    pub(crate) fn is_live(&self) -> bool {
        self.stage != Stage::Draft
    }
}

impl From<&BindingRecord> for SetBinding {
    fn from(record: &BindingRecord) -> Self {
        Self {
            id: record.id,
            policy_id: record.policy_id,
            policy: record.policy.clone(),
            policy_version_id: record.policy_version_id,
            version: record.version,
            digest: record.digest.clone(),
            settings: record.settings.clone(),
            selector: record.selector.clone(),
            stage: record.stage,
            canary_percent: record.canary_percent,
            replaces: record.replaces,
            guard: record.guard,
            position: record.position,
        }
    }
}

/// Where a document is fetched from, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentPull {
    /// The address.
    pub url: String,
    /// Seconds between two fetches.
    pub every_seconds: u32,
}

/// A document as a policy set has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PolicySetDocument)]
pub struct SetDocument {
    /// Which.
    pub id: DocumentId,
    /// The name that policies use.
    pub name: String,
    /// The version.
    pub version: u32,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Where it is fetched from.
    #[serde(default)]
    pub pull: Option<DocumentPull>,
}

/// What is enforced, or a part of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = PolicySetState)]
pub struct SetState {
    /// Bindings, in the order of evaluation.
    pub bindings: Vec<SetBinding>,
    /// Documents, by name.
    pub documents: Vec<SetDocument>,
    /// How policies may be changed; no part of a policy set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<PolicySettings>,
}

impl SetState {
    /// The binding of this id.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> Option<&SetBinding> {
        self.bindings.iter().find(|binding| binding.id == id)
    }

    fn document(&self, id: DocumentId) -> Option<&SetDocument> {
        self.documents.iter().find(|document| document.id == id)
    }

    /// Puts bindings and documents in their order.
    pub(crate) fn sort(&mut self) {
        self.bindings.sort_by_key(|b| (b.position, b.id));
        self.documents.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.documents.is_empty() && self.settings.is_none()
    }

    /// The parts of `self` and `after` in which they differ.
    pub(crate) fn differences(&self, after: &Self) -> (Self, Self) {
        (self.beside(after), after.beside(self))
    }

    /// What `other` has not, or has otherwise.
    fn beside(&self, other: &Self) -> Self {
        Self {
            bindings: self
                .bindings
                .iter()
                .filter(|b| other.binding(b.id) != Some(b))
                .cloned()
                .collect(),
            documents: self
                .documents
                .iter()
                .filter(|d| other.document(d.id) != Some(d))
                .cloned()
                .collect(),
            settings: self.settings.filter(|_| self.settings != other.settings),
        }
    }

    /// Whether what a change was to make of `before` can still be made of this: nothing that it
    /// touches has changed since.
    pub(crate) fn still_has(&self, before: &Self, after: &Self) -> bool {
        let bindings = before.bindings.iter().chain(&after.bindings);
        let documents = before.documents.iter().chain(&after.documents);
        let settings = before.settings.is_none() || self.settings == before.settings;
        bindings
            .map(|b| b.id)
            .all(|id| self.binding(id) == before.binding(id))
            && documents
                .map(|d| d.id)
                .all(|id| self.document(id) == before.document(id))
            && settings
    }

    /// This with `before` taken out and `after` put in.
    pub(crate) fn with(mut self, before: &Self, after: &Self) -> Self {
        let touches = |id: BindingId| before.binding(id).or(after.binding(id)).is_some();
        self.bindings.retain(|b| !touches(b.id));
        self.bindings.extend(after.bindings.iter().cloned());
        let touches = |id: DocumentId| before.document(id).or(after.document(id)).is_some();
        self.documents.retain(|d| !touches(d.id));
        self.documents.extend(after.documents.iter().cloned());
        self.settings = after.settings.or(self.settings);
        self.sort();
        self
    }

    /// What edges see of one policy.
    pub(crate) fn live_of(&self, policy: PolicyId) -> Vec<&SetBinding> {
        let live = |b: &&SetBinding| b.policy_id == policy && b.is_live();
        self.bindings.iter().filter(live).collect()
    }

    /// Every policy that has a binding here, once.
    pub(crate) fn policies(&self) -> Vec<PolicyId> {
        let mut ids: Vec<_> = self.bindings.iter().map(|b| b.policy_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
