//! What an action holds, read from its bytes: facts about SQL, findings of personal data and secrets,
//! and the masks that hide them. Pure: no I/O, no clock, no network.

pub mod detect;
pub mod http;
pub mod json;
pub mod llm;
pub mod mask;
pub mod mcp;
mod operation;
pub mod shell;
pub mod sql;

pub use operation::{operation, recorded};
