//! Why the engine, or a policy in it, is not to be had.

use countersign_model::Failure;
use countersign_policy_package::PackageError;

/// Why an engine could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A limit that is no limit.
    #[error("{option} must be between {least} and {most}")]
    Limit {
        /// The option.
        option: &'static str,
        /// The smallest value it may have.
        least: u64,
        /// The largest.
        most: u64,
    },
    /// The machine cannot run the engine at all.
    #[error("wasmtime cannot run here: {reason}")]
    Wasmtime {
        /// Why.
        reason: String,
    },
    /// The thread that keeps the deadlines could not be started.
    #[error("cannot start the deadline thread")]
    Ticker(#[source] std::io::Error),
    /// The cache of compiled policies cannot be used.
    #[error("cannot use the cache of compiled policies in {}", dir.display())]
    ArtefactCache {
        /// The directory.
        dir: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Why a policy could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no policy.
    #[error("not a policy")]
    Package(#[from] PackageError),
    /// It could not be compiled.
    #[error("cannot be compiled: {reason}")]
    Compile {
        /// Why.
        reason: String,
    },
    /// It was built for another contract than the engine's.
    #[error("does not fit the policy world: {reason}")]
    Interface {
        /// Where it does not fit.
        reason: String,
    },
    /// It failed while it was being set up.
    #[error("cannot be set up: {failure}: {detail}")]
    Setup {
        /// What went wrong.
        failure: Failure,
        /// In words.
        detail: String,
    },
    /// The manifest beside the code is not the one in the code.
    #[error("its manifest is not the one that its code describes; build it again")]
    ForeignManifest,
    /// The manifest says that it filters responses and its code does not, or the other way round.
    #[error(
        "its manifest and its code do not agree on whether it filters responses; set `filters`"
    )]
    Filters,
}

/// Why a core module could not be made a policy.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The engine that asks it for its manifest cannot be made.
    #[error("no engine to run it")]
    Engine(#[from] EngineError),
    /// It is not a module that can be packaged, or its manifest is invalid.
    #[error("cannot be packaged")]
    Package(#[from] PackageError),
    /// It does not run.
    #[error("does not run")]
    Load(#[from] LoadError),
    /// It does not describe itself in JSON.
    #[error("does not describe itself in JSON")]
    Manifest(#[source] serde_json::Error),
}

/// What a policy did instead of answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What went wrong.
    pub(crate) failure: Failure,
    /// In words, for the author.
    pub(crate) detail: String,
}

/// Bytes of a fault's detail that are kept.
const MAX_DETAIL: usize = 512;

impl Fault {
    pub(crate) fn new(failure: Failure, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        truncate(&mut detail, MAX_DETAIL);
        Self { failure, detail }
    }
}

impl From<Fault> for LoadError {
    fn from(fault: Fault) -> Self {
        Self::Setup {
            failure: fault.failure,
            detail: fault.detail,
        }
    }
}

/// Cuts a text to so many bytes, between two characters.
pub(crate) fn truncate(text: &mut String, bytes: usize) {
    text.truncate(text.floor_char_boundary(bytes));
}
