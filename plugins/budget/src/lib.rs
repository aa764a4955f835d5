//! Bounds what a principal, a human or a grant may use in a window of time: tokens of models, money,
//! and calls.
//!
//! Tokens are those that the provider counts, so that they are known when the answer is complete: what
//! runs at the same time may go over a limit by its own size, and is then counted. Windows slide: what
//! was used counts for as long as the window is, and no longer. Windows are an edge's own (see *Sliding
//! windows on several edges*).
//!
//! It never allows. What a limit does not concern is left alone without asking for a counter.

mod limit;
mod price;
mod words;

use countersign_policy_sdk::{Action, Obligations, Pattern, Reviewing, Verdict, policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use limit::{Asked, Standing};

/// How much may be used.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The limits; each of them has to be kept.
    #[schemars(length(max = 16))]
    pub limits: Vec<Limit>,
    /// What models cost; the first that names a model is its price.
    #[schemars(length(max = 12))]
    pub prices: Vec<Price>,
    /// What to do with a model that has no price, where money is limited.
    pub unpriced: Unpriced,
    /// Who decides what is held.
    pub review: Reviewing,
}

/// A limit.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What is bounded.
    pub of: Of,
    /// How much of it may be used; of money, micro-dollars: 5000000 is 5 dollars.
    pub most: u64,
    /// Seconds that the window is long.
    #[schemars(range(min = 1, max = 2_678_400))]
    pub window_seconds: u32,
    /// Who shares it.
    #[serde(default)]
    pub per: Per,
    /// Models that it concerns; empty for all. Has no effect on calls of anything else.
    #[serde(default)]
    pub models: Vec<Pattern>,
    /// Kinds of calls that it concerns, such as `tool_call`; empty for all. Only of calls.
    #[serde(default)]
    pub operations: Vec<String>,
    /// Tools that it concerns; empty for all. Has no effect on calls of anything else.
    #[serde(default)]
    pub tools: Vec<Pattern>,
    /// What to do once it is used up.
    #[serde(default)]
    pub when_spent: WhenSpent,
}

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Tokens, of prompts and answers.
    Tokens,
    /// Tokens of prompts.
    InputTokens,
    /// Tokens of answers.
    OutputTokens,
    /// What the tokens cost.
    Money,
    /// Requests to models and to HTTP and MCP servers, tool calls, command lines.
    Calls,
}

/// Who shares a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each principal has its own, over all its sessions.
    #[default]
    Principal,
    /// Each human has one, with all agents that act for them.
    Human,
    /// Each grant has its own. Without a grant it is the principal's.
    Grant,
    /// All who use the target share it.
    Target,
}

/// What to do once a limit is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenSpent {
    /// Refused until the window has moved on.
    #[default]
    Deny,
    /// Held for review.
    Review,
}

/// What to do with a model that has no price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unpriced {
    /// Refused: it may cost anything.
    #[default]
    Deny,
    /// It costs nothing.
    Free,
}

/// What a model costs.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The model, such as `gpt-4o*`.
    pub model: Pattern,
    /// Micro-dollars for a million tokens of prompts: 150000 is 15 cents.
    pub input: u64,
    /// Micro-dollars for a million tokens of answers.
    pub output: u64,
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["llm", "tool_call", "http", "mcp", "shell"],
    counters: [
        ("tokens:", "tokens of models that were used"),
        ("money:", "tokens of models that were used, by price"),
        ("calls:", "calls that were made"),
    ],
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let asked = Asked::of(action);
    let concerned: Vec<&Limit> = settings
        .limits
        .iter()
        .filter(|l| l.concerns(&asked))
        .collect();
    if concerned.is_empty() {
        return Verdict::Abstain;
    }
    let price = asked.model().and_then(|m| price::of(&settings.prices, m));
    let money = concerned.iter().any(|limit| limit.of == Of::Money);
    if money && price.is_none() && settings.unpriced == Unpriced::Deny {
        let model = asked.model().unwrap_or("");
        return Verdict::Deny(["no price is known for the model ", model].concat());
    }
    let standings: Vec<Standing> = concerned
        .iter()
        .map(|limit| Standing::read(action, limit, &settings.prices))
        .collect();
    let spent = |when: WhenSpent| {
        let mut all = standings.iter();
        all.find(|s| s.is_spent() && s.limit.when_spent == when)
    };
    if let Some(standing) = spent(WhenSpent::Deny) {
        return Verdict::Deny(words::spent(action, standing));
    }
    if let Some(standing) = spent(WhenSpent::Review) {
        return settings.review.because(words::spent(action, standing));
    }
    let charge = |with, standing: &Standing| standing.charge(action, &asked, price, with);
    Verdict::Oblige(standings.iter().fold(Obligations::new(), charge))
}

#[cfg(test)]
mod tests;
