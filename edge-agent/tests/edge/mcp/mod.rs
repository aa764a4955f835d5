//! MCP clients through the edge to servers.

mod conformance;
mod flows;
mod joined;
mod real;
pub mod scene;
mod stdio;
