//! HTTP clients through the edge to a real upstream.

mod api;
mod asking;
mod llm;
mod scene;
