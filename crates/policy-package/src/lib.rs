//! A policy as a file: a WebAssembly component that carries its own manifest.
//!
//! This crate makes such files and reads them without running them. It knows nothing of the engine:
//! what a control plane must know of an upload (its digest, its imports, its manifest) is in the
//! bytes. The one step that needs to run the policy, asking it for its manifest when it is built,
//! is `countersign-policy-engine`'s `build_policy`.

mod component;
mod manifest;
mod package;
mod settings;
mod shape;
pub mod source;

pub use component::{componentize, with_manifest};
pub use manifest::{MANIFEST_SECTION, ManifestError, OPERATIONS, VERDICTS, validate_manifest};
pub use package::{MAX_SIZE, Package, digest, source_digest};
pub use settings::{SettingsError, SettingsProblem, validate_settings};
pub use shape::check_shape;

/// Why bytes are not a policy, or could not be made one.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// It is larger than a policy may be.
    #[error("the policy has {size} bytes; at most {limit} are allowed")]
    TooLarge {
        /// What it has.
        size: usize,
        /// What it may have.
        limit: usize,
    },
    /// It is a core module, or no WebAssembly at all.
    #[error("not a WebAssembly component; build it with `countersign policy build`")]
    NotAComponent,
    /// It is not valid WebAssembly.
    #[error("not valid WebAssembly")]
    Malformed(#[source] wasmparser::BinaryReaderError),
    /// It asks for what a policy may not have.
    #[error("imports {}, which a policy may not: only countersign:policy/*@0.1 is offered", .names.join(", "))]
    ForeignImports {
        /// The imports, by name.
        names: Vec<String>,
    },
    /// It does not export a function of the policy world.
    #[error("does not export {name}: it was not built for the world countersign:policy/policy@0.1")]
    MissingExport {
        /// The function.
        name: &'static str,
    },
    /// It has more of something than is compiled in bounded time.
    #[error("has {has} {what}; at most {limit} are allowed")]
    Shape {
        /// Of what.
        what: &'static str,
        /// What it has.
        has: usize,
        /// What it may have.
        limit: usize,
    },
    /// It has no manifest.
    #[error("has no manifest; build it with `countersign policy build`")]
    NoManifest,
    /// Its manifest says that it filters responses and it exports no filter, or the other way round.
    #[error(
        "its manifest and its exports do not agree on whether it filters responses; set `filters`"
    )]
    Filters,
    /// It has more than one manifest.
    #[error("has more than one manifest")]
    SecondManifest,
    /// Its manifest is not what a manifest must be.
    #[error("the manifest is invalid")]
    Manifest(#[from] ManifestError),
    /// The core module could not be made a component.
    #[error("cannot be made a component: {reason}")]
    Componentize {
        /// What the encoder says.
        reason: String,
    },
}
