//! HTTP clients through the edge to a real upstream.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod scene;
mod smuggling;
