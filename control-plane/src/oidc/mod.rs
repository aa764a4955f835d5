//! Signing in by the company's identity provider: OpenID Connect, authorization code with PKCE. The
//! control plane trusts nothing that comes back by the browser but what the provider's own signature
//! covers; whatever goes wrong has a code, a page and an audit event, and never a session.

mod attempt;
mod backchannel;
mod claims;
mod config;
mod failure;
mod finish;
mod http;
mod id_token;
mod jws;
mod logout_token;
mod provider;
mod return_to;
mod routes;

pub use config::{OidcConfig, OidcConfigError, RoleRule};
pub use finish::{TestProblem, TestResult};
pub use provider::{Provider, ProviderError};
pub use routes::{begin_test, router};

/// How far the provider's clock may be from ours.
const MAX_SKEW_MILLIS: i64 = 120_000;
