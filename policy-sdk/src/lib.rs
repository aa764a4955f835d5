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
//! # More than SQL
//!
//! A policy sees SQL unless it says otherwise: `operations: ["http", "tool_call", "shell", "llm"]`. Each kind
//! has its view; the others return `None`.
//!
//! | kind | view | what it tells |
//! | --- | --- | --- |
//! | `sql` | [`Action::sql`], [`Action::sql_class`] | statements, tables, columns, what is unbounded |
//! | `http` | [`Action::http`], [`Action::body`] | method, path, query, headers without credentials |
//! | `tool_call` | [`Action::tool_call`] | server, tool, arguments by JSON Pointer |
//! | `shell` | [`Action::shell`] | every command, resolved, with its class, paths and hosts |
//! | `access` | [`Action::access`] | a request for a grant: operations, task, how long |
//! | `llm` | [`Action::llm`], [`Action::llm_messages`], [`Action::body`] | provider, model, tools offered, messages |
//! | `mcp` | [`Action::mcp`] | an MCP request that is no tool call: method, resource or prompt |
//!
//! ```
//! use countersign_policy_sdk::{Action, Verdict, policy};
//! # #[derive(serde::Deserialize, schemars::JsonSchema)]
//! # struct Settings {}
//! policy! {
//!     judge: judge,
//!     settings: Settings,
//!     operations: ["tool_call", "http"],
//!     documents: [("prices", "the most that each product may be refunded")],
//! }
//!
//! fn judge(action: &Action, _: &Settings) -> Result<Verdict, String> {
//!     let Some(call) = action.tool_call() else { return Ok(Verdict::Abstain) };
//!     if call.tool() != "refund" {
//!         return Ok(Verdict::Abstain);
//!     }
//!     let product: String = call.argument_as("/product")?.ok_or("a refund names its product")?;
//!     let cents: u64 = call.argument_as("/cents")?.ok_or("a refund names its amount")?;
//!     let most: Option<u64> = action.lookup("prices", &product)?;
//!     Ok(match most {
//!         Some(most) if cents <= most => Verdict::allow(),
//!         Some(_) => Verdict::review("it is more than the product costs"),
//!         None => Verdict::deny("there is no such product"),
//!     })
//! }
//! # use countersign_policy_sdk::testing::tool_call;
//! # use serde_json::json;
//! # let refund = |cents: u64| tool_call("shop", "refund", json!({"product": "pen", "cents": cents}))
//! #     .document("prices", json!({"pen": 500})).build();
//! # assert_eq!(judge(&refund(500), &Settings {}), Ok(Verdict::Allow));
//! # assert!(matches!(judge(&refund(501), &Settings {}), Ok(Verdict::Review(_))));
//! ```
//!
//! # What to know
//!
//! - Ask for the cheapest getter that decides: most statements are reads, and most policies can tell
//!   from [`Action::sql_class`] that they have nothing to say.
//! - A verdict that used neither [`Action::id`], [`Action::at`], [`Action::session`],
//!   [`Action::grant`], [`Action::text`], [`Action::parameters`], [`Action::body`] nor
//!   [`Action::count`] is a function of principal, target, settings and facts. The engine keeps it and
//!   answers the next such action by itself.
//! - A panic, a loop and an error are a refusal of the action. Each call has a few milliseconds and
//!   32 MiB.
//! - Nothing is kept between calls that matters: instances are made and thrown away at will.

#![expect(
    clippy::test_attr_in_doctest,
    reason = "the example is a whole policy, with its test"
)]

mod access;
mod action;
#[doc(hidden)]
pub mod bindings;
mod condition;
mod export;
mod filter;
#[cfg(target_arch = "wasm32")]
mod guest;
mod host;
mod pattern;
mod schema;
mod stance;
mod table;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod verdict;
mod view;

pub use action::Action;
pub use bindings::countersign::policy::host::Level;
pub use bindings::countersign::policy::types::{
    AccessRequest, Charge, Column, Finding, Grant, GrantOperation, HttpRequest, Limits, LlmMessage,
    LlmRequest, Mask, MaskSelector, MaskStyle, McpRequest, Obligations, Parameter, Principal,
    PrincipalKind, Review, ShellCommand, SqlStatement, StatementClass, Target, Verdict,
};
pub use condition::{Condition, Held};
pub use export::{IntoOutcome, Outcome};
pub use filter::Filter;
pub use pattern::{PathPattern, Pattern, resolve as resolve_path};
pub use stance::{Reviewing, Stance};
pub use table::TablePattern;
pub use view::{LookupError, Shell, ToolCall};

#[doc(hidden)]
pub mod __private {
    pub use crate::export::{Description, describe};
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::{FilteringGuest, FilteringPolicy, Guest, Policy};
    #[cfg(target_arch = "wasm32")]
    pub use crate::host::Host;
}
