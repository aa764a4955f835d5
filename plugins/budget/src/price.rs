//! What tokens cost.

use crate::Price;

/// A million tokens is what a price is for.
const UNIT: u64 = 1_000_000;

/// A model's price.
pub fn of<'a>(prices: &'a [Price], model: &str) -> Option<&'a Price> {
    prices.iter().find(|price| price.model.matches(model))
}

impl Price {
    /// What so many tokens cost, in micro-dollars, begun ones counted whole.
    pub(crate) fn cost(&self, input: u64, output: u64) -> u64 {
        let sum = input.saturating_mul(self.input);
        let sum = sum.saturating_add(output.saturating_mul(self.output));
        sum.div_ceil(UNIT)
    }
}
