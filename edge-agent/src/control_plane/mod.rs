//! The link to the control plane: outbound HTTPS alone, plain JSON and one stream of server-sent
//! events. That it is away stops reviews and nothing else.

mod backoff;
mod client;
mod enroll;
mod fetch;
mod follow;
mod identity;
mod instance;
mod pace;
mod refresh;
mod report;
mod reviews;
mod rotate;
mod ship;

pub use backoff::Backoff;
pub use client::{Client, ClientError, EventsAnswer};
pub use enroll::{EnrollError, enroll, load_or_enroll};
pub use fetch::fetch_missing;
pub use follow::follow;
pub use identity::{Identity, IdentityError, IdentityKeeper};
pub use instance::{InstanceError, count_start};
pub use refresh::refresh_bundles;
pub use report::{StatusSource, report_status};
pub use reviews::{ReviewUpdate, Reviews};
pub use rotate::{RotateError, rotate_key, rotate_keys};
pub use ship::ship_events;
