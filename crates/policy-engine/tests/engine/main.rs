//! The engine with real components: one program, so that what all of it links is linked once.

mod canary;
mod filter;
mod hostile;
mod languages;
mod limits;
mod load;
mod operations;
mod plugins;
mod replay;
mod session;
mod support;
mod text;
