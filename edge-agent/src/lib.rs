//! The edge: the small process beside the resources that proxies, judges, masks and journals.
//!
//! [`config`] says where things are; the control plane's bundle says what may be done. A protocol
//! module ([`postgres`]) reads and writes messages and asks the [`pipeline`] what may happen.

pub mod config;
pub mod pipeline;

pub use config::Config;
