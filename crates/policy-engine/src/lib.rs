//! Runs policies: loads WebAssembly components, bounds them, and asks them for verdicts.
//!
//! An [`Engine`] compiles components and holds every limit. A [`PolicySet`] is what a bundle binds,
//! and a [`SessionJudge`] judges the actions of one session with it. A policy that traps, runs past
//! its deadline, asks for more than it may have or returns an error is a refusal with a typed reason;
//! no fault of a policy is ever taken for an answer.
//!
//! This crate knows wasmtime and no protocol. What it judges are facts that were computed before.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod artefact;
mod cache;
mod case;
mod config;
mod engine;
mod error;
mod facts;
mod host;
mod instance;
mod limits;
mod policy;
mod session;
mod set;
mod ticker;
mod trusted;
mod verdict;
mod wit;

pub use case::{CaseFailure, Trial};
pub use engine::{ArtefactCache, Engine, EngineOptions, build_policy};
pub use error::{BuildError, EngineError, LoadError};
pub use facts::FactsKey;
pub use policy::LoadedPolicy;
pub use session::{Judged, SessionJudge};
pub use set::PolicySet;

/// Sliding-window counters that all sessions of an edge share.
pub trait Counters: Send + Sync {
    /// Adds `amount` to the counter and returns the sum over the window, this addition included.
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64;
}
