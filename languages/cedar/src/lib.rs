//! Cedar as a policy language: a component that is configured with a policy set and its settings, and
//! judges what the policies say.
//!
//! A `permit` that holds allows, a `forbid` that holds refuses, a `forbid` with `@review` holds the
//! action for people, and where none holds the policy has nothing to say. Who acts is the principal,
//! the target is the resource, the kind of operation is the action, and the facts are the context. An
//! error in any policy is an error of all, and so a refusal: Cedar itself would pass that policy over.

mod annotation;
mod entity;
#[cfg(target_arch = "wasm32")]
mod guest;
mod program;
mod value;

pub use countersign_language_facts as facts;
pub use program::Program;

/// What the runtime says of itself, as JSON.
#[must_use]
pub fn manifest() -> String {
    facts::runtime_manifest(
        "cedar",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_DESCRIPTION"),
        include_str!("../cases.json"),
    )
}

#[cfg(test)]
mod tests;
