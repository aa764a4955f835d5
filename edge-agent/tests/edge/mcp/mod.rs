//! MCP clients through the edge to servers.

mod flows;
mod joined;
mod real;
mod rmcp;
pub mod scene;
mod stateless;
mod stdio;
mod streams;
mod tasks;
