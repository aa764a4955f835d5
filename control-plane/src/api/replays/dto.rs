//! Replays, as JSON.

use std::collections::BTreeMap;

use countersign_model::{BindingId, PolicyId, PolicyVersionId, ReplayId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::replay::ReplayGroup;

/// Recorded decisions to judge again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReplay {
    /// From when on; a day ago where absent.
    #[serde(default)]
    pub since: Option<Moment>,
    /// Up to when; now where absent.
    #[serde(default)]
    pub until: Option<Moment>,
    /// What is judged with in place of what was bound. The same versions and settings where absent:
    /// nothing differs then, or something is wrong.
    #[serde(default)]
    pub candidate: Option<ReplayCandidate>,
    /// Only sessions on the target with this name.
    #[serde(default)]
    pub target: Option<String>,
    /// Only sessions of the principal with this name.
    #[serde(default)]
    pub principal: Option<String>,
    /// At most so many decisions, the oldest of each journal first.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub limit: Option<u64>,
}

/// A moment, or how many seconds ago it was.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Moment {
    /// So many seconds ago.
    SecondsAgo(u64),
    /// The moment itself.
    At(Timestamp),
}

/// What is judged with in place of what was bound. Names a policy or one binding.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayCandidate {
    /// One binding, also a draft: it is judged as if it were enforced.
    #[serde(default)]
    pub binding_id: Option<BindingId>,
    /// Every binding of a policy. One that was not bound then is judged as it is bound now; one that
    /// is not bound at all as if it covered everything.
    #[serde(default)]
    pub policy_id: Option<PolicyId>,
    /// Another version; the recorded ones where absent.
    #[serde(default)]
    pub policy_version_id: Option<PolicyVersionId>,
    /// Other settings; the recorded ones where absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<serde_json::Value>,
}

/// What was asked, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptRequest {
    /// From when on.
    pub since: Timestamp,
    /// Up to when.
    pub until: Timestamp,
    /// What is judged with.
    pub candidate: Option<ReplayCandidate>,
    /// The candidate's policy.
    pub policy: Option<String>,
    /// The candidate's version, as people count it.
    pub version: Option<u32>,
    /// The target's name.
    pub target: Option<String>,
    /// The principal's name.
    pub principal: Option<String>,
    /// At most so many.
    pub limit: Option<u64>,
}

/// A replay that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayBegun {
    /// Which.
    pub id: ReplayId,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// It reads and judges.
    Running,
    /// It has judged everything it was asked to.
    Done,
    /// It ended early, for the reason in `error`.
    Failed,
    /// Somebody stopped it, or the control plane was.
    Cancelled,
}

/// A replay as a list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplaySummary {
    /// Which.
    pub id: ReplayId,
    /// How far it is.
    pub state: ReplayState,
    /// From when on.
    pub since: Timestamp,
    /// Up to when.
    pub until: Timestamp,
    /// What is judged with; null for the same versions and settings.
    pub candidate: Option<ReplayCandidate>,
    /// The candidate's policy, by name.
    pub policy: Option<String>,
    /// The candidate's version, as people count it; null where the recorded ones stay.
    pub version: Option<u32>,
    /// Only sessions on this target.
    pub target: Option<String>,
    /// Only sessions of this principal.
    pub principal: Option<String>,
    /// At most so many decisions.
    pub limit: Option<u64>,
    /// Who asked, by name.
    pub requested_by_name: String,
    /// The part of the records that is read, from 0 to 1.
    pub progress: f64,
    /// Decisions judged again.
    pub judged: u64,
    /// Decisions that could not be judged again.
    pub skipped: u64,
    /// Decisions that came out otherwise.
    pub differing: u64,
    /// Decisions a second.
    pub per_second: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A replay with what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replay {
    /// The replay.
    #[serde(flatten)]
    pub summary: ReplaySummary,
    /// Decisions that could not be judged again, by reason; known when it has ended.
    pub skipped_by_reason: BTreeMap<String, u64>,
    /// Differing decisions for which a policy asked the host what it had not asked then; the answer
    /// was made up from what the replay had seen.
    pub simulated: u64,
    /// What differs, the most frequent first; known when it has ended.
    pub groups: Vec<ReplayGroup>,
}
