//! What tests, the demo and the benchmarks run against: real servers, started in an instant and
//! surely gone afterwards. Never a dependency of anything that ships.

mod countersign;
mod http;
mod llm;
mod mcp;
mod memory;
mod net;
mod oidc;
mod orders_api;
mod plane;
mod postgres;
mod service;
mod smollm2;
mod wait;

pub use countersign::Countersign;
pub use http::{HttpAnswer, HttpCall, HttpReply, HttpRequest, HttpServer, http};
pub use llm::LlmStandIn;
pub use mcp::McpServer;
pub use memory::own_memory;
pub use net::free_port;
pub use oidc::OidcProvider;
pub use orders_api::OrdersApi;
pub use plane::{HttpUpstream, Plane, Ports, Upstream, Upstreams};
pub use postgres::{Account, Binaries, Postgres, PostgresOptions};
pub use service::Service;
pub use smollm2::SmolLm2;
pub use wait::wait_until;
