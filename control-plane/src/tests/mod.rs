//! The service through its router, as callers see it.

mod access;
mod edges;
mod errors;
mod grants;
mod life_cycle;
mod locks;
mod oauth;
mod recorder;
mod registry;
mod replays;
mod reviews;
mod sign_in;
mod support;
mod texts;
