//! What the author of a Countersign policy uses.
//!
//! A policy is a function from an action and settings to a verdict. Built for
//! `wasm32-unknown-unknown` it becomes a WebAssembly component that can reach nothing but the action
//! it is given; built for the machine at hand it is an ordinary function that `cargo test` tests.
//!
//! This is a whole policy with its test, the file `src/lib.rs` of a crate whose `Cargo.toml` has a
//! `description`, `crate-type = ["cdylib", "rlib"]`, and depends on this crate, `serde` and `schemars`:
//!
//! ```
//! use countersign_policy_sdk::{Action, Review, StatementClass, Verdict, policy};
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//!
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(default, deny_unknown_fields)]
//! pub struct Settings {
//!     /// The group whose members may release a schema change.
//!     reviewers: String,
//! }
//!
//! impl Default for Settings {
//!     fn default() -> Self {
//!         Self { reviewers: "dba".to_owned() }
//!     }
//! }
//!
//! policy! { judge: judge, settings: Settings }
//!
//! fn judge(action: &Action, settings: &Settings) -> Verdict {
//!     match action.sql_class() {
//!         Some(StatementClass::Admin) => Review::because("it changes the schema")
//!             .by([settings.reviewers.clone()])
//!             .into(),
//!         _ => Verdict::Abstain,
//!     }
//! }
//!
//! #[test]
//! fn a_schema_change_is_held() {
//!     use countersign_policy_sdk::testing::{sql, statement};
//!
//!     let action = sql([statement(StatementClass::Admin).operation("create_table")]).build();
//!     assert!(matches!(judge(&action, &Settings::default()), Verdict::Review(_)));
//! }
//! # use countersign_policy_sdk::testing::{sql, statement};
//! # let action = sql([statement(StatementClass::Admin).operation("create_table")]).build();
//! # assert!(matches!(judge(&action, &Settings::default()), Verdict::Review(_)));
//! ```
//!
//! `countersign policy build` makes the component and `countersign policy push` uploads it. The name,
//! the version and the description in its manifest are those of the crate; the doc comments of the
//! settings become the descriptions that an operator sees.
//!
//! # What to know
//!
//! - Ask for the cheapest getter that decides: most statements are reads, and most policies can tell
//!   from [`Action::sql_class`] that they have nothing to say.
//! - A verdict that used neither [`Action::id`], [`Action::at`], [`Action::session`],
//!   [`Action::text`], [`Action::parameters`] nor [`Action::count`] is a function of principal,
//!   target, settings and facts. The engine keeps it and answers the next such action by itself.
//! - A panic, a loop and an error are a refusal of the action. Each call has a few milliseconds and
//!   32 MiB.
//! - Nothing is kept between calls that matters: instances are made and thrown away at will.

#![expect(
    clippy::test_attr_in_doctest,
    reason = "the example is a whole policy, with its test"
)]

mod action;
#[doc(hidden)]
pub mod bindings;
mod export;
mod host;
mod schema;
mod table;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod verdict;

pub use action::Action;
pub use bindings::countersign::policy::host::Level;
pub use bindings::countersign::policy::types::{
    Charge, Column, Limits, Mask, MaskSelector, MaskStyle, Obligations, Parameter, Principal,
    PrincipalKind, Review, SqlStatement, StatementClass, Target, Verdict,
};
pub use export::{IntoOutcome, Outcome};
pub use table::TablePattern;

#[doc(hidden)]
pub mod __private {
    pub use crate::export::{Description, describe};
    #[cfg(target_arch = "wasm32")]
    pub use crate::export::{Guest, Policy};
    #[cfg(target_arch = "wasm32")]
    pub use crate::host::Host;
}
