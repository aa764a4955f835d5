//! The engine as an edge runs it, for policies that are tried without one.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result};
use countersign_inspect::detect;
use countersign_policy_engine::{Detectors, Engine, EngineOptions};

/// An engine with the limits and the detectors of an edge.
pub fn engine() -> Result<Engine> {
    Engine::with_detectors(EngineOptions::default(), Arc::new(Detecting))
        .context("the policy engine does not start here")
}

/// The native detectors.
struct Detecting;

impl Detectors for Detecting {
    fn scan(&self, text: &str, entities: &[String]) -> Vec<(String, u32)> {
        let detectors = match entities {
            [] => detect::Detectors::all(),
            some => detect::Detectors::only(some),
        };
        let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
        for finding in detectors.scan(text) {
            let count = counts.entry(finding.entity).or_default();
            *count = count.saturating_add(1);
        }
        let named = counts.into_iter();
        named
            .map(|(entity, count)| (entity.to_owned(), count))
            .collect()
    }
}
