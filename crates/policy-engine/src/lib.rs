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
mod bound;
mod build;
mod cache;
mod case;
mod config;
mod documents;
mod engine;
mod error;
mod facts;
mod filter;
mod host;
mod instance;
mod json;
mod limits;
mod options;
mod policy;
pub mod replay;
mod scope;
mod session;
mod set;
mod tally;
mod ticker;
mod trial;
mod trusted;
mod verdict;
mod wit;

pub use build::{build_component, build_policy};
pub use case::{CaseFailure, CaseOutcome, case_action};
pub use documents::{Document, DocumentError, Documents};
pub use engine::Engine;
pub use error::{BuildError, EngineError, LoadError};
pub use facts::FactsKey;
pub use filter::{FilterError, MAX_FILTER_BYTES, MAX_FILTER_CHUNK, ResponseFilter};
pub use options::{ArtefactCache, EngineOptions, LanguageLimits, PolicyLimits};
pub use policy::LoadedPolicy;
pub use session::{Judged, Rested, SessionJudge};
pub use set::PolicySet;
pub use trial::Trial;

/// Sliding-window counters that all sessions of an edge share.
pub trait Counters: Send + Sync {
    /// Adds `amount` to the counter and returns the sum over the window, this addition included.
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64;
}

/// Native detectors of what must not be seen by everybody, such as e-mail addresses.
pub trait Detectors: Send + Sync {
    /// How often each of these entities is seen in the text, and of all entities where none is named.
    fn scan(&self, text: &str, entities: &[String]) -> Vec<(String, u32)>;
}

impl<F: Fn(&str, &[String]) -> Vec<(String, u32)> + Send + Sync> Detectors for F {
    fn scan(&self, text: &str, entities: &[String]) -> Vec<(String, u32)> {
        self(text, entities)
    }
}
