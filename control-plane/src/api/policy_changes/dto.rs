//! Changes of what is enforced, as JSON.

use countersign_model::{BindingId, ChangeId, PolicyId, Timestamp, UserId};
use countersign_store::{ChangeKind, ChangeRecord, ChangeState, SetState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A change of what is enforced.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyChange {
    /// Which.
    pub id: ChangeId,
    /// What it is.
    pub kind: ChangeKind,
    /// In one line of words.
    pub summary: String,
    /// Where it stands.
    pub state: ChangeState,
    /// The policy, where it touches one alone.
    pub policy_id: Option<PolicyId>,
    /// That policy's name.
    pub policy: Option<String>,
    /// The binding, where it is about one.
    pub binding_id: Option<BindingId>,
    /// What it touches, as it was.
    pub before: SetState,
    /// What it touches, as it is to be.
    pub after: SetState,
    /// Who asked for it; null for the control plane itself.
    pub requested_by: Option<UserId>,
    /// Their name, or `system`.
    pub requested_by_name: String,
    /// Who decided it; null where nobody had to.
    pub decided_by: Option<UserId>,
    /// Their name.
    pub decided_by_name: Option<String>,
    /// Why, in the words of who asked for it.
    pub comment: String,
    /// In the words of who decided it.
    pub decision_comment: String,
    /// The bundle's revision that it made.
    pub revision: Option<u64>,
    /// The policy set that it went back to.
    pub restores: Option<u64>,
    /// Whether people must see it.
    pub alert: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was applied or rejected.
    pub decided_at: Option<Timestamp>,
    /// When somebody noted the alert.
    pub acknowledged_at: Option<Timestamp>,
    /// Who noted the alert, by name.
    pub acknowledged_by_name: Option<String>,
}

impl From<ChangeRecord> for PolicyChange {
    fn from(record: ChangeRecord) -> Self {
        let of =
            |binding: &&countersign_store::SetBinding| Some(binding.policy_id) == record.policy_id;
        let mut bindings = record.after.bindings.iter().chain(&record.before.bindings);
        let policy = bindings.find(of).map(|binding| binding.policy.clone());
        let (requested_by, requested_by_name) = record.requested_by.unzip();
        let (decided_by, decided_by_name) = record.decided_by.unzip();
        Self {
            id: record.id,
            kind: record.kind,
            summary: record.summary,
            state: record.state,
            policy_id: record.policy_id,
            policy,
            binding_id: record.binding_id,
            before: record.before,
            after: record.after,
            requested_by,
            requested_by_name: requested_by_name.unwrap_or_else(|| "system".to_owned()),
            decided_by,
            decided_by_name,
            comment: record.comment,
            decision_comment: record.decision_comment,
            revision: record.revision,
            restores: record.restores,
            alert: record.alert,
            created_at: record.created_at,
            decided_at: record.decided_at,
            acknowledged_at: record.acknowledged_at,
            acknowledged_by_name: record.acknowledged_by.map(|(_, name)| name),
        }
    }
}

/// A change that waits for another admin.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingChange {
    /// The change.
    pub change: PolicyChange,
}

/// Why, in the words of who asks.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeComment {
    /// Why, up to 2,000 characters.
    pub comment: String,
}

/// What somebody decides about a change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideChange {
    /// What.
    pub decision: ChangeDecision,
    /// Why, up to 2,000 characters.
    #[serde(default)]
    pub comment: String,
}

/// What may be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeDecision {
    /// Make it so.
    Approve,
    /// Do not.
    Reject,
}

/// Which changes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ChangeFilter {
    /// Those that stand there.
    pub state: Option<ChangeState>,
    /// Those that touch this policy.
    #[param(value_type = Option<String>)]
    pub policy_id: Option<PolicyId>,
    /// Items a page, from 1 to 1000; 50 where absent.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
