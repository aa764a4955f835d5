//! The edge: the small process beside the resources that proxies, judges, masks and journals.
//!
//! [`config`] says where things are; the control plane's [`bundle`] says what may be done. A
//! protocol module ([`postgres`]) reads and writes messages and asks the [`pipeline`] what may
//! happen. [`control_plane`] is the link that may be away.

mod ask;
mod budget;
pub mod bundle;
pub mod config;
pub mod control_plane;
mod edge;
mod error;
pub mod http;
pub mod listen;
mod llm;
mod mcp;
pub mod pipeline;
pub mod postgres;

pub use config::Config;
pub use edge::{Edge, run};
pub use error::Error;
