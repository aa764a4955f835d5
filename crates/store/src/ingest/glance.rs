//! As much of a record as summing up needs. Reading it costs a fraction of reading the whole event:
//! facts, reasons and policy outcomes are skipped, not built.

use countersign_model::{
    ActionId, GrantId, OutcomeStatus, ReviewId, ReviewState, SessionId, Timestamp, TokenUsage,
};
use serde::Deserialize;

/// A record at a glance. Which fields are there depends on `kind`.
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
    /// The action it is about.
    pub action_id: Option<ActionId>,
    /// The review it is about.
    pub review_id: Option<ReviewId>,
    /// Where a review stands.
    pub state: Option<ReviewState>,
    /// How an action ended.
    pub status: Option<OutcomeStatus>,
    /// Rows returned.
    #[serde(default)]
    pub rows: u64,
    /// What was masked.
    #[serde(default)]
    pub masked: Vec<MaskedGlance>,
    /// What came back.
    pub response: Option<ResponseGlance>,
    /// Under which grant.
    pub grant: Option<GrantGlance>,
}

/// What a model's answer cost.
#[derive(Debug, Deserialize)]
pub struct ResponseGlance {
    /// Tokens, as the provider counted them.
    pub usage: Option<TokenUsage>,
    /// The model that answered.
    pub model: Option<String>,
}

/// Which grant.
#[derive(Debug, Deserialize)]
pub struct GrantGlance {
    /// Its id.
    pub id: GrantId,
}

/// How much was masked.
#[derive(Debug, Deserialize)]
pub struct MaskedGlance {
    /// Values.
    pub count: u64,
}
