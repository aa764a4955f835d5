//! The edge as its clients, its control plane and its journal meet it: one program, so that what all
//! of it links is linked once.

mod access;
mod adversaries;
mod bundles;
mod http;
mod journal_unavailable;
mod keys;
mod link;
mod mcp;
mod memory;
mod postgres;
mod reviews;
mod rollouts;
mod sessions;
mod support;
mod versions;
