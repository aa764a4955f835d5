//! What a policy that is a text sees of an action: the host's facts as one JSON object, in which Rego
//! finds its `input` and Cedar its entities and its `context`.
//!
//! Facts are fetched only where the text names them: what is not asked for cannot matter, so that the
//! engine may keep the verdict of a policy that never looks at the clock.

mod configuration;
mod input;
mod moment;
mod source;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod wanted;

pub use configuration::{Configuration, MAX_SOURCE, Refused, runtime_manifest};
pub use input::input;
#[cfg(target_arch = "wasm32")]
pub use source::EngineHost;
pub use source::{Facts, Host};
pub use wanted::{Syntax, Wanted};

/// The world's types, by the SDK's names.
pub use countersign_policy_sdk::bindings::countersign::policy::types as wit;
