//! Keeps sensitive tables from being carried away: row by row it is work, in bulk it is a leak.
//!
//! A statement that reads a sensitive table returns at most `row_cap` rows, and one that reads it
//! without bound can be held or refused instead. A budget bounds what a principal may read of such
//! tables in a sliding window, over all its sessions; what is left of it lowers the cap.
//!
//! It never allows: where no other policy does, the target's default decides. Statements that do not
//! touch a sensitive table are left alone without asking for a counter, so that the engine need not
//! ask again.

use countersign_policy_sdk::{Action, Obligations, Review, TablePattern, Verdict, policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which tables are sensitive, and how much of them may be read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Sensitive tables, such as `customers` or `billing.*`. A name without a schema is that table
    /// in any schema; `*` alone is every table.
    #[schemars(length(min = 1))]
    pub tables: Vec<TablePattern>,
    /// Rows that one statement may return of them.
    #[serde(default = "default_row_cap")]
    #[schemars(range(min = 1))]
    pub row_cap: u64,
    /// What to do with a read of every row: no predicate, no LIMIT, no aggregate.
    #[serde(default)]
    pub unbounded: Unbounded,
    /// Rows that a principal may read of them in a window of time; no budget if absent.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// Groups whose members may release what is held; empty for every reviewer.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// Seconds until a held statement expires undecided.
    #[serde(default = "default_expiry")]
    #[schemars(range(min = 1, max = 86_400))]
    pub expires_in_seconds: u32,
}

/// What to do with a read of every row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unbounded {
    /// The row cap is enough.
    #[default]
    Cap,
    /// Held for review.
    Review,
    /// Refused.
    Deny,
}

/// Rows in a window of time.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Rows that a principal may read.
    #[schemars(range(min = 1))]
    pub rows: u64,
    /// Seconds that the window is long.
    #[serde(default = "default_window")]
    #[schemars(range(min = 1, max = 2_678_400))]
    pub window_seconds: u32,
    /// What to do once it is spent.
    #[serde(default)]
    pub when_spent: WhenSpent,
}

/// What to do once a budget is spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenSpent {
    /// Refused until the window has moved on.
    #[default]
    Deny,
    /// Held for review.
    Review,
}

fn default_row_cap() -> u64 {
    1_000
}

fn default_window() -> u32 {
    3_600
}

fn default_expiry() -> u32 {
    900
}

policy! {
    judge: judge,
    settings: Settings,
    counters: [("rows:", "rows of sensitive tables that a principal has read")],
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    // Not by the class of the whole text: `BEGIN; SELECT …` is transaction control as a whole.
    if action.sql_class().is_none() {
        return Verdict::Abstain;
    }
    let statements = action.sql();
    let sensitive = |table: &&String| settings.tables.iter().any(|p| p.matches(table));
    let Some(table) = statements
        .iter()
        .flat_map(|s| &s.tables_read)
        .find(sensitive)
    else {
        return Verdict::Abstain;
    };
    // By statement: a bounded read of a sensitive table beside an unbounded one of another is fine.
    let unbounded = statements
        .iter()
        .any(|s| s.unbounded_read && s.tables_read.iter().any(|t| sensitive(&t)));
    if unbounded && settings.unbounded != Unbounded::Cap {
        let reason = ["it reads every row of ", table].concat();
        return settings.stop(settings.unbounded == Unbounded::Review, reason);
    }
    let obligations = Obligations::new().tag("sensitive-read");
    let Some(budget) = &settings.budget else {
        return Verdict::Oblige(obligations.rows(settings.row_cap));
    };
    let counter = ["rows:", &action.principal().id].concat();
    let read = action.count(&counter, 0, budget.window_seconds);
    let left = budget.rows.saturating_sub(read);
    if left == 0 {
        let reason = ["the budget of rows is spent; it reads ", table].concat();
        return settings.stop(budget.when_spent == WhenSpent::Review, reason);
    }
    Verdict::Oblige(
        obligations
            .rows(settings.row_cap.min(left))
            .charge(counter, budget.window_seconds),
    )
}

impl Settings {
    fn stop(&self, may_be_released: bool, reason: String) -> Verdict {
        if may_be_released {
            Review::because(reason)
                .by(self.reviewers.iter().cloned())
                .expires_in(self.expires_in_seconds)
                .into()
        } else {
            Verdict::Deny(reason)
        }
    }
}

#[cfg(test)]
mod tests;
