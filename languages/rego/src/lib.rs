//! Rego as a policy language: a component that is configured with a text and its settings, and judges
//! what the text says.
//!
//! The text is a module `package countersign` with any of the rules `allow`, `deny`, `review`, `mask`,
//! `limits`, `charge` and `tag`; the facts are its `input`, the settings `data.settings`, and the host
//! answers `countersign.lookup`, `countersign.count` and `countersign.log`. Whatever cannot be told for
//! certain (an error in a builtin, a rule with a value of the wrong kind) is an error, and so a refusal.

mod calls;
#[cfg(target_arch = "wasm32")]
mod guest;
mod place;
mod program;
mod verdict;

pub use countersign_language_facts as facts;
pub use program::Program;

/// What the runtime says of itself, as JSON.
#[must_use]
pub fn manifest() -> String {
    facts::runtime_manifest(
        "rego",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_DESCRIPTION"),
        include_str!("../cases.json"),
    )
}

#[cfg(test)]
mod tests;
