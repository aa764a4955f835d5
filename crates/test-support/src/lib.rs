//! What tests, the demo and the benchmarks run against: real servers, started in an instant and
//! surely gone afterwards. Never a dependency of anything that ships.

mod countersign;
mod net;
mod oidc;
mod plane;
mod postgres;
mod service;
mod wait;

pub use countersign::Countersign;
pub use net::free_port;
pub use oidc::OidcProvider;
pub use plane::{Plane, Ports, Upstream};
pub use postgres::{Account, Binaries, Postgres, PostgresOptions};
pub use service::Service;
pub use wait::wait_until;
