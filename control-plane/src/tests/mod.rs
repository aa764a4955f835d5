//! The service through its router, as callers see it.

mod access;
mod edges;
mod errors;
mod grants;
mod life_cycle;
mod locks;
mod oauth;
mod protocols;
mod recorder;
mod registry;
mod replays;
mod reviews;
mod scope;
mod sign_in;
mod support;
mod texts;
