//! What the reviewer does: finds what is held, and decides.

use std::time::Duration;

use anyhow::Result;
use countersign_test_support::{Countersign, wait_until};
use serde_json::Value;

/// How long a review may take to appear.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The id of the pending review whose line begins so.
pub async fn pending(reviewer: &Countersign, line: &str) -> Result<String> {
    wait_until("a review is pending", PATIENCE, || async {
        let pending = ["review", "list", "--state", "pending"];
        let pending = reviewer.json(&pending).ok()?;
        let begins = |review: &&Value| {
            let excerpt = review.get("excerpt").and_then(Value::as_str);
            excerpt.is_some_and(|excerpt| excerpt.starts_with(line))
        };
        let review = pending.as_array()?.iter().find(begins)?;
        review.get("id")?.as_str().map(str::to_owned)
    })
    .await
}

/// Approves it.
pub fn approve(reviewer: &Countersign, review: &str, comment: &str) -> Result<()> {
    let approve = ["review", "approve", review, "--comment", comment];
    reviewer.json(&approve).map(drop)
}
