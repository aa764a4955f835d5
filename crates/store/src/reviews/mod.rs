//! Actions held for people: holding, deciding, using, ending. Who may decide is the caller's to
//! check; that one decides once, on the stored bytes, and that an approval is used once, is
//! decided here, by the database.

mod decide;
mod read;

use std::sync::Arc;

use countersign_model::{
    ActionId, EdgeId, GrantRef, Labels, Principal, ReviewDecision, ReviewId, ReviewRequest,
    ReviewState, SessionId, StatementClass, TargetId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

pub use decide::{DecideError, HoldError, NewDecision, UseError};
pub use read::{ReviewQuery, ReviewTally};

const TABLE: &str = "reviews";

/// Characters of the text that a list shows.
const EXCERPT_CHARS: usize = 300;

/// What a list shows of the action that is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewHeader {
    /// The action.
    pub action_id: ActionId,
    /// Who asks.
    pub principal: Principal,
    /// On what.
    pub target_id: TargetId,
    /// The target's name.
    pub target: String,
    /// The target's labels.
    pub labels: Labels,
    /// What kind of operation it is.
    #[serde(default = "sql")]
    pub kind: String,
    /// Its worst effect.
    pub class: StatementClass,
    /// Under which grant.
    #[serde(default)]
    pub grant: Option<Arc<GrantRef>>,
    /// How the text begins.
    pub excerpt: String,
    /// Why it is held.
    pub reason: String,
    /// Groups whose members may decide; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Distinct people who must approve.
    pub quorum: u8,
}

/// What every review was of before there were other kinds.
fn sql() -> String {
    "sql".to_owned()
}

impl ReviewHeader {
    /// What a list shows of `request`; `None` when its decision asks for no review.
    #[must_use]
    pub fn of(request: &ReviewRequest) -> Option<Self> {
        let spec = request.decision.review.as_ref()?;
        Some(Self {
            action_id: request.action_id,
            principal: request.principal.clone(),
            target_id: request.target_id,
            target: request.target.clone(),
            labels: request.labels.clone(),
            kind: request.kind().to_owned(),
            class: request.class(),
            grant: request.grant.clone(),
            excerpt: request.text.chars().take(EXCERPT_CHARS).collect(),
            reason: spec.reason.clone(),
            reviewers: spec.reviewers.clone(),
            quorum: spec.quorum.max(1),
        })
    }
}

/// A review as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewRecord {
    /// Which.
    pub id: ReviewId,
    /// The edge that holds the action.
    pub edge_id: EdgeId,
    /// Its name.
    pub edge: String,
    /// The session.
    pub session_id: SessionId,
    /// Where it stands.
    pub state: ReviewState,
    /// SHA-256 over the exact bytes that will run, in hex.
    pub digest: String,
    /// What is held.
    pub header: ReviewHeader,
    /// When the edge held it.
    pub requested_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it left `pending`.
    pub decided_at: Option<Timestamp>,
    /// What people decided, oldest first.
    pub votes: Vec<ReviewVote>,
}

impl ReviewRecord {
    /// How many people approved.
    #[must_use]
    pub fn approvals(&self) -> usize {
        let approves = |vote: &&ReviewVote| vote.decision == ReviewDecision::Approve;
        self.votes.iter().filter(approves).count()
    }
}

/// What one person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A review with exactly what will run.
#[derive(Debug, Clone)]
pub struct StoredReview {
    /// The review.
    pub record: ReviewRecord,
    /// What the edge sent.
    pub request: ReviewRequest,
}
