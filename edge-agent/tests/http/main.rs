//! HTTP clients through the edge to a real upstream.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod asking;
mod llm;
mod scene;
mod smuggling;
