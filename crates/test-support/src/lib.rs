//! What tests, the demo and the benchmarks run against: real servers, started in an instant and
//! surely gone afterwards. Never a dependency of anything that ships.

mod net;
mod postgres;
mod wait;

pub use net::free_port;
pub use postgres::{Account, Binaries, Postgres, PostgresOptions};
pub use wait::wait_until;
