//! The control plane: policy registry, identities, reviews, recorded sessions, the edge protocol and
//! the dashboard, as one HTTP service over a [`countersign_store::Store`].

mod activity;
mod api;
mod api_error;
mod auth;
mod bounded_body;
mod bundle_cache;
mod clock;
mod config;
mod dashboard;
mod docs;
mod document_pull;
mod edge_hub;
mod extract;
mod first_start;
mod live;
mod oauth;
mod oidc;
pub mod openapi;
mod peers;
mod policy_check;
mod policy_shelf;
mod replay;
mod router;
mod runtimes;
mod secret;
mod server;
mod signing;
mod state;
mod sweep;
#[cfg(test)]
mod tests;
mod token_keys;

pub use config::{Config, ConfigError, SessionConfig, TlsConfig};
pub use first_start::FirstStartError;
use first_start::sign_in_link;
pub use oidc::{OidcConfig, OidcConfigError, ProviderError, RoleRule};
pub use runtimes::runtime;
pub use server::{Error, run};
pub use signing::{Signing, SigningError, rotate as rotate_signing_key};
