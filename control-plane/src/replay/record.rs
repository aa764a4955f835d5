//! Journal lines as a replay reads them: field by field, so that nothing is built that is not used.

use std::sync::Arc;

use countersign_model::{
    ActionId, Decision, DecisionRecord, GrantRef, RecordedOperation, ReviewId, ReviewState,
    SessionId, Timestamp, TokenUsage,
};
use serde::Deserialize;

/// As much of any line as routing needs.
#[derive(Debug, Deserialize)]
pub struct Glance<'a> {
    /// Its number.
    pub seq: u64,
    /// The edge's clock.
    pub at: Timestamp,
    /// The event's tag.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The session it belongs to.
    pub session_id: Option<SessionId>,
}

/// What holds a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `action_intent` and `action_refused`.
    Action,
    /// `review`.
    Review,
    /// `action_outcome`: no decision, but rows that may be counted.
    Outcome,
}

/// An action that ran, or was refused.
#[derive(Debug, Deserialize)]
pub struct ActionLine {
    /// Which.
    pub action_id: ActionId,
    /// What.
    pub operation: RecordedOperation,
    /// Under which grant.
    #[serde(default)]
    pub grant: Option<Arc<GrantRef>>,
    /// What was decided, where it was judged.
    pub decision: Option<DecisionRecord>,
    /// The review that it went through: it was judged when that was asked for.
    pub review_id: Option<ReviewId>,
}

/// A step of a review.
#[derive(Debug, Deserialize)]
pub struct ReviewLine {
    /// Of which action.
    pub action_id: ActionId,
    /// Where the review stands.
    pub state: ReviewState,
    /// Under which grant.
    #[serde(default)]
    pub grant: Option<Arc<GrantRef>>,
    /// What is held, with the first step.
    pub operation: Option<RecordedOperation>,
    /// What holds it, with the first step.
    pub decision: Option<Arc<Decision>>,
}

/// How an action ended.
#[derive(Debug, Deserialize)]
pub struct OutcomeLine {
    /// Which action.
    pub action_id: ActionId,
    /// Rows returned.
    #[serde(default)]
    pub rows: u64,
    /// What came back.
    #[serde(default)]
    pub response: ResponseLine,
}

/// As much of what came back as counts.
#[derive(Debug, Default, Deserialize)]
pub struct ResponseLine {
    /// Tokens, as the provider counted them.
    pub usage: Option<TokenUsage>,
}
