//! What tokens cost, by the prices in the settings of the `budget` policies that are bound.

use std::collections::HashMap;

use countersign_model::TokenUsage;
use countersign_store::{ModelUsage, UsageRecord};
use serde::Deserialize;

use super::dto::UsageTotal;
use crate::{api_error::ApiError, state::AppState};

/// A million tokens is what a price is for.
const UNIT: u128 = 1_000_000;

/// The policy whose settings name prices.
const POLICY: &str = "budget";

/// What a model costs, in micro-dollars for a million tokens.
#[derive(Debug, Clone, Deserialize)]
struct Price {
    model: String,
    input: u64,
    output: u64,
}

/// What models cost; the first that names a model is its price.
#[derive(Debug, Default)]
pub struct Prices(Vec<Price>);

impl Prices {
    /// Those that are bound now.
    pub async fn bound(state: &AppState) -> Result<Self, ApiError> {
        let Some(set) = state.store.policy_set_at(u64::MAX).await? else {
            return Ok(Self::default());
        };
        let budgets = set.state.bindings.iter().filter(|b| b.policy == POLICY);
        let prices = budgets.filter_map(|binding| {
            let prices = binding.settings.get("prices")?.clone();
            serde_json::from_value::<Vec<Price>>(prices).ok()
        });
        Ok(Self(prices.flatten().collect()))
    }

    /// Whether there is any.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Micro-dollars; nothing for a model that has no price.
    pub fn cost(&self, model: &str, tokens: TokenUsage) -> Option<u64> {
        let mut prices = self.0.iter();
        let price = prices.find(|price| matches(&price.model, model))?;
        let of = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let sum = of(tokens.input, price.input) + of(tokens.output, price.output);
        Some(u64::try_from(sum.div_ceil(UNIT)).unwrap_or(u64::MAX))
    }

    /// A model's tokens with what they cost.
    pub fn total(&self, of: UsageRecord) -> UsageTotal {
        let cost = self.cost(&of.key, of.sums.tokens);
        let mut total = UsageTotal::from(of);
        total.totals.cost_micro_dollars = cost;
        total
    }

    /// Micro-dollars by key, of those all of whose models have a price.
    pub fn by_key(&self, usage: &[ModelUsage]) -> HashMap<String, Option<u64>> {
        let mut costs: HashMap<String, Option<u64>> = HashMap::new();
        for of in usage {
            let cost = self.cost(&of.model, of.tokens);
            let sum = costs.entry(of.key.clone()).or_insert(Some(0));
            *sum = sum.zip(cost).map(|(a, b)| a.saturating_add(b));
        }
        costs
    }
}

/// Whether a pattern names a model, as in the settings of policies: `*` is any characters, `?` is one.
fn matches(pattern: &str, model: &str) -> bool {
    let (pattern, model): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), model.chars().collect());
    let (mut at, mut of) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while of < model.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(c) if *c == '?' || model.get(of) == Some(c) => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((back, from)) = star else {
                    return false;
                };
                star = Some((back, from + 1));
                at = back + 1;
                of = from + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_models() {
        let cases = [
            ("gpt-4o*", "gpt-4o-mini", true),
            ("gpt-4o*", "gpt-4", false),
            ("*-mini", "gpt-4o-mini", true),
            ("gpt-?", "gpt-4", true),
            ("gpt-?", "gpt-", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("", "a", false),
        ];
        for (pattern, model, expected) in cases {
            assert_eq!(matches(pattern, model), expected, "{pattern} {model}");
        }
    }

    #[test]
    fn a_cost_is_told_where_every_model_has_a_price() {
        let price = |model: &str, input, output| Price {
            model: model.to_owned(),
            input,
            output,
        };
        let prices = Prices(vec![
            price("small*", 150_000, 600_000),
            price("*-large", 1, 1),
        ]);
        let of = |key: &str, model: &str, input| ModelUsage {
            key: key.to_owned(),
            model: model.to_owned(),
            tokens: TokenUsage {
                input,
                output: 1_000,
                cached: 0,
            },
        };
        let costs = prices.by_key(&[
            of("bot", "small-1", 2_000_000),
            of("bot", "x-large", 1),
            of("ci", "small-1", 0),
            of("ci", "unknown", 0),
        ]);
        assert_eq!(costs.get("bot"), Some(&Some(300_600 + 1)));
        assert_eq!(costs.get("ci"), Some(&None));
    }
}
