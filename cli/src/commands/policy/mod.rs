//! `countersign policy`: from an empty folder to an enforced policy, and back.

mod bench;
mod bind;
mod build;
mod candidate;
mod change;
mod documents;
mod engine;
mod lint;
mod lint_server;
mod new;
pub mod replay;
mod runtime;
mod sign;
mod sync;
mod template;
mod test;
mod versions;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use countersign_policy_package::Package;

use crate::{config::ClientOptions, output};

/// Policies: write, test, push, roll out, take back
#[derive(Debug, Args)]
pub struct PolicyCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a folder with a policy that builds and passes its tests
    New(new::New),
    /// Make components that carry their manifest
    #[command(after_help = "Examples:
  countersign policy build
  countersign policy build plugins/pii-mask plugins/destructive-guard --out dist

Prints where the component is, its size, what it imports and its manifest. Needs no control plane: a Rust
policy is compiled by cargo, one in TypeScript or Python by componentize-js or componentize-py.")]
    Build {
        /// Folders of policies
        #[arg(default_value = ".")]
        folders: Vec<PathBuf>,
        /// Where the components go
        #[arg(long, default_value = "target/policies")]
        out: PathBuf,
    },
    /// Judge a policy's cases, without a control plane
    Test(test::Test),
    /// Measure what a decision costs
    Bench(bench::Bench),
    /// Look for gaps
    Lint(lint::Lint),
    /// Show a component's manifest, without a control plane
    #[command(after_help = "Example:\n  countersign policy manifest target/policies/pii-mask.wasm")]
    Manifest {
        /// A component made by `policy build`
        file: PathBuf,
    },
    /// Upload versions
    Push(versions::Push),
    /// Show what differs between two versions
    Diff(versions::Diff),
    /// Make an author's key
    Keygen(sign::Keygen),
    /// Sign a version as its author
    Sign(sign::Sign),
    /// Bind a policy version to principals, targets and operations
    Bind(Box<bind::Bind>),
    /// Remove a binding
    #[command(after_help = "Example:
  countersign policy unbind 019a3c1e-7b5d-7f00-8000-0123456789ab")]
    Unbind {
        /// The binding's id
        binding: String,
    },
    /// Move a policy on: shadow, canary, enforced
    Rollout(Box<bind::Rollout>),
    /// Put a policy back to how it was before
    Rollback(bind::Rollback),
    /// List the policies
    #[command(after_help = "Example:\n  countersign policy list")]
    List,
    /// List the bindings, in the order of evaluation
    #[command(after_help = "Example:\n  countersign policy bindings")]
    Bindings,
    /// List changes of bindings and documents
    Changes(change::Changes),
    /// Approve a change of somebody else's
    Approve(change::Decide),
    /// Reject a change of somebody else's
    Reject(change::Decide),
    /// List policy sets: how everything was bound at each revision
    Sets(change::Sets),
    /// Put a whole policy set in force again
    Restore(change::Restore),
    /// Data documents that policies look things up in
    Documents(documents::Documents),
    /// Write the policy set as files
    Export(sync::Export),
    /// Make the control plane as the files say
    Sync(sync::Sync),
    /// Judge recorded actions again, and tell what would differ
    #[command(
        disable_version_flag = true,
        after_help = "Examples:
  countersign policy replay --since 7d
  countersign policy replay row-guard --since 7d --version 4
  countersign policy replay row-guard --since 7d --settings @stricter.json --fail-on-difference

Without a policy everything is judged again with the versions that were in force: zero decisions differ.
Host calls are answered from the record."
    )]
    Replay(replay::Replay),
}

impl PolicyCommand {
    pub async fn run(self) -> Result<()> {
        let options = &self.options;
        let as_json = options.json;
        match self.action {
            Action::New(new) => new.run(as_json),
            Action::Build { folders, out } => build::build(&folders, &out, as_json),
            Action::Test(test) => test.run(as_json),
            Action::Bench(bench) => bench.run(as_json),
            Action::Lint(lint) => lint.run(options).await,
            Action::Manifest { file } => output::json(&package(&file)?.manifest),
            Action::Keygen(keygen) => keygen.run(as_json),
            Action::Sign(sign) => sign.run(options).await,
            Action::Push(push) => push.run(&options.client()?, as_json).await,
            Action::Diff(diff) => diff.run(&options.client()?, as_json).await,
            Action::Bind(bind) => bind.run(&options.client()?, as_json).await,
            Action::Unbind { binding } => bind::unbind(&options.client()?, &binding, as_json).await,
            Action::Rollout(rollout) => rollout.run(&options.client()?, as_json).await,
            Action::Rollback(rollback) => rollback.run(&options.client()?, as_json).await,
            Action::List => versions::list(&options.client()?, as_json).await,
            Action::Bindings => versions::bindings(&options.client()?, as_json).await,
            Action::Changes(changes) => changes.run(&options.client()?, as_json).await,
            Action::Approve(decide) => decide.run(&options.client()?, "approve", as_json).await,
            Action::Reject(decide) => decide.run(&options.client()?, "reject", as_json).await,
            Action::Sets(sets) => sets.run(&options.client()?, as_json).await,
            Action::Restore(restore) => restore.run(&options.client()?, as_json).await,
            Action::Documents(documents) => documents.run(&options.client()?, as_json).await,
            Action::Export(export) => export.run(&options.client()?, as_json).await,
            Action::Sync(sync) => sync.run(&options.client()?, as_json).await,
            Action::Replay(replay) => replay.run(&options.client()?, as_json).await,
        }
    }
}

/// What a component says of itself.
fn package(file: &Path) -> Result<Package> {
    let component =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Package::read(&component).with_context(|| format!("{} is not a policy", file.display()))
}
