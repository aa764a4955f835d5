//! Grants, from the request to the end. Who may ask, decide and end is the caller's to check; that
//! each step happens once, and that edges learn of it, is decided here, by the database.

mod authors;
mod end;
mod event;
mod read;
mod request;
mod vote;

use countersign_model::{
    Decision, Effect, Grant, GrantId, GrantOperation, GrantState, Labels, Principal,
    ReviewDecision, ReviewSpec, TargetId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

pub use end::{EndGrantError, GrantEnd};
pub(crate) use end::{Gone, end_all, end_without_targets};
pub(crate) use read::in_force;
pub use read::{GrantParty, GrantQuery};
pub use request::{NewGrant, NewGrantOutcome};
pub use vote::{GrantVoteError, NewGrantVote};

const TABLE: &str = "grants";

/// A target of a grant, as it was when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantTarget {
    /// Which.
    pub id: TargetId,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
}

/// What the policies say of a request on one of its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetJudgement {
    /// The target.
    pub target_id: TargetId,
    /// What they say of it.
    pub decision: Decision,
}

/// What the policies say of a request: the strictest of all its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrantJudgement {
    /// What happens.
    pub effect: Effect,
    /// Why.
    pub reasons: Vec<String>,
    /// Who must decide, under `review`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewSpec>,
    /// Whether no policy took a side.
    #[serde(default)]
    pub by_default: bool,
    /// Who wrote or signed the policies that were obeyed: they decide nothing of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<UserId>,
    /// The parts.
    pub targets: Vec<TargetJudgement>,
}

/// A grant with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantRecord {
    /// Which.
    pub id: GrantId,
    /// Where it stands.
    pub state: GrantState,
    /// Who holds it, as they are now, or were when they were removed.
    pub holder: Principal,
    /// The human for whom they may act under it.
    pub on_behalf_of: Option<String>,
    /// Who asked: an e-mail address, or the principal's own name.
    pub requested_by: String,
    /// The person who asked, where a person did.
    pub requested_by_user: Option<UserId>,
    /// On what.
    pub targets: Vec<GrantTarget>,
    /// What for; sorted.
    pub operations: Vec<GrantOperation>,
    /// The task.
    pub task: String,
    /// How long it is for, from when it begins.
    pub duration_seconds: u64,
    /// The grant that it follows on.
    pub extends: Option<GrantId>,
    /// Whether an admin took it without anybody's approval.
    pub break_glass: bool,
    /// Why, where it is such a one.
    pub reason: String,
    /// What the policies said; nothing where they were not asked.
    pub judgement: Option<GrantJudgement>,
    /// Distinct people who must approve; 0 where nobody must.
    pub quorum: u32,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when people may decide, where they must.
    pub decide_until: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When its time is over; known once it is in force.
    pub expires_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who ended it; nobody where its time was over.
    pub ended_by: Option<String>,
    /// Why.
    pub end_reason: Option<String>,
    /// What people decided, oldest first.
    pub votes: Vec<GrantVote>,
}

impl GrantRecord {
    /// How many people approved.
    #[must_use]
    pub fn approvals(&self) -> usize {
        let approves = |vote: &&GrantVote| vote.decision == ReviewDecision::Approve;
        self.votes.iter().filter(approves).count()
    }

    /// The grant as edges enforce it, once it has an end.
    #[must_use]
    pub fn grant(&self) -> Option<Grant> {
        Some(Grant {
            id: self.id,
            principal_id: self.holder.id,
            on_behalf_of: self.on_behalf_of.clone(),
            targets: self.targets.iter().map(|target| target.id).collect(),
            operations: self.operations.clone(),
            task: self.task.clone(),
            expires_at: self.expires_at?,
            break_glass: self.break_glass,
        })
    }
}

/// What one person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantVote {
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
