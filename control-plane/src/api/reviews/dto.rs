//! Reviews, as JSON.

use std::sync::Arc;

use countersign_model::{
    ActionId, Decision, EdgeId, EntityCount, GrantRef, Labels, Parameter, Principal, RawOperation,
    ReviewDecision, ReviewId, ReviewState, SessionId, SqlFacts, StatementClass, TargetId,
    Timestamp, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which reviews.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ReviewFilter {
    /// Only those in this state.
    pub state: Option<ReviewState>,
    /// Only those of this session.
    pub session_id: Option<SessionId>,
    /// Only those of this kind of operation, such as `http`.
    pub kind: Option<String>,
}

/// Why the caller may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MayNotDecide {
    /// It is not pending any more.
    NotPending,
    /// Their role only reads.
    Role,
    /// They asked for it, or it is done on their behalf.
    Requester,
    /// They are in none of the groups that may decide.
    Group,
    /// The target is not among those whose reviews they decide.
    Scope,
    /// They have decided already.
    AlreadyDecided,
}

/// What everybody sees of a review.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewSummary {
    /// Which.
    pub id: ReviewId,
    /// Where it stands.
    pub state: ReviewState,
    /// The edge that holds the action.
    pub edge_id: EdgeId,
    /// Its name.
    pub edge: String,
    /// The session.
    pub session_id: SessionId,
    /// The action that is held.
    pub action_id: ActionId,
    /// Who asks.
    pub principal: Principal,
    /// On what.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The target's labels.
    pub labels: Labels,
    /// What kind of operation it is: `sql`, `http`, `tool_call`, `shell`, `llm`, `mcp`.
    pub kind: String,
    /// Its worst effect.
    pub class: StatementClass,
    /// Under which grant.
    pub grant: Option<Arc<GrantRef>>,
    /// The text's first 300 characters.
    pub excerpt: String,
    /// Why it is held.
    pub reason: String,
    /// Groups whose members may decide; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Distinct people who must approve.
    pub quorum: u8,
    /// How many have.
    pub approvals: u32,
    /// When the edge held it.
    pub requested_at: Timestamp,
    /// When it expires undecided.
    pub expires_at: Timestamp,
    /// When it left `pending`.
    pub decided_at: Option<Timestamp>,
    /// Whether the caller may decide it now.
    pub may_decide: bool,
    /// Why not, where they may not.
    pub may_not_decide: Option<MayNotDecide>,
}

/// A review with exactly what will run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Review {
    /// What everybody sees.
    #[serde(flatten)]
    pub summary: ReviewSummary,
    /// The exact SQL text that will run; of anything else a line for people.
    pub text: String,
    /// The exact bound values.
    pub parameters: Vec<Parameter>,
    /// SHA-256 over the exact bytes that will run, in hex. A decision must repeat it.
    pub digest: String,
    /// What the parser knows of it; empty where it is not SQL.
    pub facts: SqlFacts,
    /// The operation that will run, where it is not SQL.
    pub request: Option<RawOperation>,
    /// What the detectors see in it, where it is not SQL.
    pub findings: Vec<EntityCount>,
    /// Why it is held: every policy's part.
    pub decision: Decision,
    /// What people decided, oldest first.
    pub decisions: Vec<ReviewVote>,
}

/// What one person decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewVote {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub user: String,
    /// Their e-mail address.
    pub email: String,
    /// What.
    pub decision: ReviewDecision,
    /// Why, in their words.
    pub comment: String,
    /// When.
    pub decided_at: Timestamp,
}

/// A decision to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReviewDecision {
    /// Approve or deny.
    pub decision: ReviewDecision,
    /// Why, for the record and the client; up to 2,000 characters.
    #[serde(default)]
    pub comment: String,
    /// The review's `digest`, so that one decides on what one saw.
    pub digest: String,
}

/// How the reviews go.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewStatistics {
    /// Waiting for anybody.
    pub pending: u64,
    /// Waiting, and the caller may decide.
    pub waiting_for_you: u64,
    /// Approved since midnight UTC.
    pub approved_today: u64,
    /// Denied since midnight UTC.
    pub denied_today: u64,
    /// Expired since midnight UTC.
    pub expired_today: u64,
    /// Median of today's decisions, from held to decided, in milliseconds.
    pub median_decision_ms: Option<u64>,
}
