//! The engine as an edge runs it, for policies that are tried without one.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use countersign_inspect::detect;
use countersign_policy_engine::{Engine, EngineOptions};

/// An engine with the limits and the detectors of an edge.
pub fn engine() -> Result<Engine> {
    Engine::with_detectors(EngineOptions::default(), Arc::new(detect::counts))
        .context("the policy engine does not start here")
}
