//! Who calls: people by cookie or API token, edges by a token that they sign.

pub mod access;
mod actor;
mod caller;
mod cookie;
mod edge;
mod limiter;
mod origin;
pub mod scope;

pub use actor::Actor;
pub use caller::{Caller, Credentials};
pub use cookie::{clear, csrf_token, get as session_cookie, set};
pub use edge::EdgeCaller;
pub use limiter::{ClientAddress, Limiter};
pub use origin::SameOrigin;

use countersign_store::WebSessionLimits;

/// A session ends after eight hours without a request, and after a week in any case, unless the
/// operator says otherwise.
pub const SESSION_LIMITS: WebSessionLimits = WebSessionLimits {
    idle_millis: 8 * 60 * 60 * 1000,
    absolute_millis: 7 * 24 * 60 * 60 * 1000,
};
