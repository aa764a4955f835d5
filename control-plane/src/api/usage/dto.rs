//! Tokens of models, as JSON.

use countersign_model::{Timestamp, TokenUsage};
use countersign_store::{TokenSums, UsageBy, UsageRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// By what tokens are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsageGroup {
    /// By who asked.
    #[default]
    Principal,
    /// By target.
    Target,
    /// By the model that answered.
    Model,
    /// By the grant under which it was asked.
    Grant,
}

impl From<UsageGroup> for UsageBy {
    fn from(group: UsageGroup) -> Self {
        match group {
            UsageGroup::Principal => Self::Principal,
            UsageGroup::Target => Self::Target,
            UsageGroup::Model => Self::Model,
            UsageGroup::Grant => Self::Grant,
        }
    }
}

/// Which usage, told by what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// From here on, the hour around it included; the last 30 days where absent.
    pub since: Option<Timestamp>,
    /// By what; by principal where absent.
    #[param(inline)]
    pub group_by: UsageGroup,
}

/// Tokens of several answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenTotals {
    /// How many answers.
    pub answers: u64,
    /// Their tokens, as the providers counted them.
    #[serde(flatten)]
    pub tokens: TokenUsage,
    /// What they cost in micro-dollars, by the prices in the settings of the `budget` policies that are
    /// bound now; null where one of the models has none.
    pub cost_micro_dollars: Option<u64>,
}

impl From<TokenSums> for TokenTotals {
    fn from(sums: TokenSums) -> Self {
        Self {
            answers: sums.answers,
            tokens: sums.tokens,
            cost_micro_dollars: None,
        }
    }
}

/// The tokens of one principal, target, model or grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageTotal {
    /// The name, of a grant its id; empty for answers under no grant, or of no named model.
    pub key: String,
    /// What people call it: the name, of a grant its task.
    pub label: String,
    /// Its tokens.
    #[serde(flatten)]
    pub totals: TokenTotals,
}

impl From<UsageRecord> for UsageTotal {
    fn from(record: UsageRecord) -> Self {
        Self {
            key: record.key,
            label: record.label,
            totals: record.sums.into(),
        }
    }
}

/// What models were asked for, in tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageReport {
    /// From here on.
    pub since: Timestamp,
    /// Told by what.
    pub group_by: UsageGroup,
    /// All together.
    pub total: TokenTotals,
    /// By who, where or what: the 200 with the most tokens.
    pub groups: Vec<UsageTotal>,
}
