//! Actions held for people.

use serde::{Deserialize, Serialize};

/// Where a review stands. Every state but `pending` and `approved` is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Waits for people.
    Pending,
    /// Enough people approved; the edge has not run it yet.
    Approved,
    /// Ran, once.
    Used,
    /// Somebody denied it.
    Denied,
    /// Nobody decided in time, or the approval was not used in time.
    Expired,
    /// The client went away.
    Withdrawn,
}

/// What one person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// Let it run.
    Approve,
    /// Do not.
    Deny,
}
