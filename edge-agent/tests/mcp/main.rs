//! MCP clients through the edge to servers.

#[path = "../support/mod.rs"]
mod support;

mod adversarial;
mod conformance;
mod flows;
mod joined;
mod real;
mod scene;
mod stdio;
