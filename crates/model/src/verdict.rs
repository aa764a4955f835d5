//! What a policy may say.

use serde::{Deserialize, Serialize};

use crate::TokenUsage;

/// How a masked value looks. Ordered from mild to strict: when two policies mask the same value, the
/// stricter style wins.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MaskStyle {
    /// Keeps the last n characters: `************1111`.
    Partial(u8),
    /// Keyed and deterministic: equal values stay equal (`EMAIL_7F3K2M9Q`).
    Pseudonym,
    /// The entity's name in place of the value: `[EMAIL_ADDRESS]`.
    Redact,
    /// SQL NULL, JSON null, nothing.
    Null,
}

/// What a mask covers.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MaskSelector {
    /// Anything that the detectors see as this entity, such as `EMAIL_ADDRESS`.
    Entity(String),
    /// A column by its origin, through aliases, views and expressions.
    Column {
        /// The table, with or without its schema; `*` for any.
        table: String,
        /// The column.
        name: String,
    },
}

/// A mask: what, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mask {
    /// What it covers.
    pub selector: MaskSelector,
    /// How the value looks instead.
    pub style: MaskStyle,
}

/// Bounds on the response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Limits {
    /// Rows that may be returned before the stream is stopped with an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Bytes of row data likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Seconds the action may take, after which it is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
}

impl Limits {
    /// The tighter of both, bound by bound.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        fn min<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
            match (a, b) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            }
        }
        Self {
            rows: min(self.rows, other.rows),
            bytes: min(self.bytes, other.bytes),
            seconds: min(self.seconds, other.seconds),
        }
    }
}

/// A counter to which is added what an action turned out to cost: [`Charge::amount`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Charge {
    /// The counter's key, as the policy passes it to `count`.
    pub counter: String,
    /// The sliding window in seconds.
    pub window_seconds: u32,
}

impl Charge {
    /// What is added for an operation of this kind: the rows of SQL; the tokens of a request to a model,
    /// where the key ends in `#input` or `#output` those of the prompt or of the answer alone; of
    /// anything else, the call itself.
    #[must_use]
    pub fn amount(&self, kind: &str, rows: u64, usage: TokenUsage) -> u64 {
        match kind {
            "sql" => rows,
            "llm" if self.counter.ends_with("#input") => usage.input,
            "llm" if self.counter.ends_with("#output") => usage.output,
            "llm" => usage.input.saturating_add(usage.output),
            _ => 1,
        }
    }
}

/// Conditions under which an action is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Obligations {
    /// What to mask in the response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<Mask>,
    /// Bounds on the response.
    #[serde(default)]
    pub limits: Limits,
    /// Counters to which the returned rows are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// Free words kept in the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl Obligations {
    /// Whether they ask for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another policy's obligations: the stricter style a selector, the tighter limits.
    pub fn merge(&mut self, other: &Self) {
        for mask in &other.masks {
            match self
                .masks
                .iter_mut()
                .find(|mine| mine.selector == mask.selector)
            {
                Some(mine) => mine.style = stricter(mine.style, mask.style),
                None => self.masks.push(mask.clone()),
            }
        }
        self.limits = self.limits.tighter(other.limits);
        for charge in &other.charges {
            if !self.charges.contains(charge) {
                self.charges.push(charge.clone());
            }
        }
        for tag in &other.tags {
            if !self.tags.contains(tag) {
                self.tags.push(tag.clone());
            }
        }
    }
}

/// The stricter of two styles; of two partial ones the one that keeps less.
fn stricter(a: MaskStyle, b: MaskStyle) -> MaskStyle {
    match (a, b) {
        (MaskStyle::Partial(a), MaskStyle::Partial(b)) => MaskStyle::Partial(a.min(b)),
        (a, b) => a.max(b),
    }
}

/// Who must decide, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReviewSpec {
    /// Why it is held, for the reviewer and for the client.
    pub reason: String,
    /// Groups whose members may decide; empty for every reviewer.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// Distinct people who must approve, never the requester; at least 1.
    pub quorum: u8,
    /// Seconds until it expires undecided.
    pub expires_in: u32,
}

impl ReviewSpec {
    /// One hold for two policies that ask for one: both reasons, the larger quorum, the earlier
    /// expiry, and reviewers who satisfy both where both name groups.
    pub fn merge(&mut self, other: &Self) {
        if !self.reason.contains(&other.reason) {
            self.reason = format!("{}; {}", self.reason, other.reason);
        }
        self.quorum = self.quorum.max(other.quorum);
        self.expires_in = self.expires_in.min(other.expires_in);
        if self.reviewers.is_empty() {
            self.reviewers.clone_from(&other.reviewers);
        } else if !other.reviewers.is_empty() {
            self.reviewers
                .retain(|group| other.reviewers.contains(group));
            if self.reviewers.is_empty() {
                // No group satisfies both: nobody but an admin may decide.
                self.reviewers.push("admin".to_owned());
            }
        }
    }
}

/// What one policy says of one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It has nothing to say.
    Abstain,
    /// It takes no side on whether, only on how: should the action run, then under these conditions.
    Oblige(Obligations),
    /// Allowed, under conditions where there are any.
    Allow(Obligations),
    /// People decide.
    Review(ReviewSpec),
    /// Refused.
    Deny(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_in_what_the_operation_costs() {
        let usage = TokenUsage {
            input: 100,
            output: 20,
            cached: 50,
        };
        let cases = [
            ("rows:customers", "sql", 7),
            ("rows#input", "sql", 7),
            ("tokens", "llm", 120),
            ("tokens#input", "llm", 100),
            ("tokens#output", "llm", 20),
            ("calls", "http", 1),
            ("calls#output", "tool_call", 1),
        ];
        for (counter, kind, expected) in cases {
            let charge = Charge {
                counter: counter.to_owned(),
                window_seconds: 60,
            };
            assert_eq!(charge.amount(kind, 7, usage), expected, "{counter} {kind}");
        }
    }
}
