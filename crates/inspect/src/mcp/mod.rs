//! The Model Context Protocol: one JSON-RPC message at a time, read strictly, classified for the
//! policies, and masked.
//!
//! A message is relayed as the JSON it was parsed into, so that fields unknown here survive in their
//! order; what is typed are views of it. What two parsers could read differently is refused: keys
//! given twice, deep nesting, broken UTF-8, a batch.

mod classify;
mod definition;
mod headers;
mod item;
mod mask;
mod names;
mod rpc;
mod sse;
mod version;

pub use classify::{McpMessage, classify, effect_of_method};
pub use definition::{Definition, DefinitionError, MAX_DEFINITION_TEXT};
pub use headers::{HeaderMismatch, Mirrored, encode_header};
pub use item::{ListKind, retain_items};
pub use mask::{StringMasker, mask_message};
pub use names::{NameError, Namer, is_server_name};
pub use rpc::{Kind, Message, RpcError, code};
pub use sse::{Event, EventReader, EventTooLong};
pub use version::Version;
