//! A small strict HTTP/1.1 server and client on tokio alone: what stand-ins are made of, and what the
//! demo asks them with.

mod client;
mod message;
mod server;

pub use client::{HttpCall, HttpReply, http};
pub use message::{HttpAnswer, HttpRequest};
pub use server::HttpServer;
