//! The way of one action, whatever the protocol: sign in, inspect, judge, hold, make the intent
//! durable, record the outcome.
//!
//! A protocol module reads messages, asks this module what may happen, and does that and nothing
//! else. The order of calls for one action:
//!
//! ```text
//! let inspected = session.inspect(phase, text)?;              // refused: journalled, tell the client
//! let judged = session.judge(phase, &inspected, &parameters)?;
//! match judged.effect() {
//!     Effect::Deny => return session.deny(&judged),           // journalled
//!     Effect::Review => {
//!         let mut held = session.hold(judged).await?;
//!         // select! { held.wait(), a NOTICE now and then, client gone, session.end_signal() }
//!         match held.wait().await {
//!             Resolution::Approved { .. } => judged = session.use_approval(held).await?,
//!             _ => return session.not_approved(held, resolution),
//!         }
//!     }
//!     Effect::Allow | Effect::Mask => {}
//! }
//! let running = session.record_intent(&judged).await?;         // now, and only now, send it
//! session.record_outcome(running, outcome);
//! ```

mod held;
mod judged;
mod refusal;
mod running;
mod session;
mod sign_in;

pub use held::{Held, Resolution};
pub use judged::{Inspected, Judged, Phase};
pub use refusal::{Refusal, code};
pub use running::{Outcome, Running};
pub use session::{EndSignal, Session};
pub use sign_in::{Secret, SignIn, SignInRefused};

use std::time::Duration;

/// The way of one action, shared by all listeners. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {}

impl Pipeline {
    /// Lets a client in, or not; either way it is journalled.
    ///
    /// # Errors
    /// When it may not sign in; wait for `delay` before answering it.
    pub fn sign_in(&self, sign_in: SignIn<'_>) -> Result<Session, SignInRefused> {
        let _ = sign_in;
        Err(SignInRefused {
            code: code::BUNDLE_EXPIRED,
            message: "the edge has no bundle yet".to_owned(),
            delay: Duration::ZERO,
        })
    }

    /// Records that a client that has not signed in broke the protocol.
    pub fn violation(&self, client: std::net::SocketAddr, detail: &str) {
        let _ = (client, detail);
    }
}
