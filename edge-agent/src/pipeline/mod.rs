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
//!             resolution => return session.not_approved(held, resolution),
//!         }
//!     }
//!     Effect::Allow | Effect::Mask => {}
//! }
//! let running = session.record_intent(&judged).await?;         // now, and only now, send it
//! session.record_outcome(running, outcome);
//! ```

mod approval;
mod attempts;
mod counters;
mod credential;
mod end;
mod filters;
mod held;
mod inspection;
mod intent;
mod judged;
mod record;
mod refusal;
mod running;
mod session;
mod sessions;
mod sign_in;
mod standing;
mod used;

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use countersign_inspect::mask::PseudonymKey;
use countersign_ledger::journal::Journal;
use countersign_model::{EventBody, Parameter, TargetKind, Timestamp, ToolPin};
use countersign_policy_engine::Counters;
use tokio_util::sync::CancellationToken;

use crate::{
    bundle::{Bundles, Enforced},
    control_plane::Reviews,
};
use attempts::Attempts;
use counters::Counted;
use inspection::Inspections;
use sessions::Sessions;

pub use end::{EndReason, EndSignal};
pub use held::{Held, Resolution};
pub use judged::{Inspected, Judged, Phase, RequestContent};
pub use refusal::{Refusal, code};
pub use running::{Outcome, Running};
pub use session::Session;
pub use sign_in::{ASK, Secret, SignIn, SignInRefused};
pub use used::UsedCredentials;

/// How long after a session's time is over it ends at the latest; what ends within it ends at once.
const EXPIRY_GATHER: Duration = Duration::from_millis(100);

/// How long it may be until the clock is looked at again: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What a pipeline is made of.
#[derive(Debug)]
pub struct Parts {
    /// What is recorded.
    pub journal: Journal,
    /// What is enforced.
    pub bundles: Arc<Bundles>,
    /// Where people decide.
    pub reviews: Reviews,
    /// Targets for which there is an upstream, by name.
    pub upstreams: BTreeSet<String>,
    /// The key of pseudonyms.
    pub pseudonym_key: PseudonymKey,
    /// Credentials that were good for one session and have had it.
    pub used: UsedCredentials,
}

/// The way of one action, shared by all listeners. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {
    shared: Arc<Shared>,
}

/// What all sessions share.
struct Shared {
    journal: Journal,
    bundles: Arc<Bundles>,
    reviews: Reviews,
    upstreams: BTreeSet<String>,
    pseudonym_key: PseudonymKey,
    inspections: Inspections,
    sessions: Sessions,
    attempts: Attempts,
    used: UsedCredentials,
    /// Adds what policies count.
    counters: Arc<dyn Counters>,
    /// Answers as if it were added.
    foreseeing: Arc<dyn Counters>,
    /// Answers what is there.
    settled: Arc<dyn Counters>,
    no_parameters: Arc<[Parameter]>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("upstreams", &self.upstreams)
            .field("sessions", &self.sessions.count())
            .finish_non_exhaustive()
    }
}

impl Pipeline {
    /// A pipeline without sessions.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            journal,
            bundles,
            reviews,
            upstreams,
            pseudonym_key,
            used,
        } = parts;
        let counted = Counted::new(Arc::clone(&bundles));
        Self {
            shared: Arc::new(Shared {
                journal,
                bundles,
                reviews,
                upstreams,
                pseudonym_key,
                inspections: Inspections::default(),
                sessions: Sessions::default(),
                attempts: Attempts::default(),
                used,
                foreseeing: Arc::new(counted.foreseeing()),
                settled: Arc::new(counted.settled()),
                counters: Arc::new(counted),
                no_parameters: Arc::new([]),
            }),
        }
    }

    /// Records that a client that has not signed in broke the protocol; `detail` holds none of its
    /// bytes.
    pub fn violation(&self, client: SocketAddr, detail: &str) {
        self.shared.note(&EventBody::ProtocolViolation {
            session_id: None,
            client: client.to_string(),
            detail: detail.to_owned(),
        });
    }

    /// What a target is, where this edge has it.
    #[must_use]
    pub fn target_kind(&self, name: &str) -> Option<TargetKind> {
        let enforced = self.shared.bundles.load();
        Some(enforced.as_ref()?.target(name)?.kind)
    }

    /// Records what happened apart from any action.
    pub(crate) fn note(&self, body: &EventBody) {
        self.shared.note(body);
    }

    /// Whether a person has accepted this definition of a tool.
    pub(crate) fn accepts(&self, pin: &ToolPin) -> bool {
        let enforced = self.shared.bundles.load();
        enforced
            .as_ref()
            .is_some_and(|enforced| enforced.tool_pins.contains(pin))
    }

    /// The key of pseudonyms, the same after a restart.
    #[must_use]
    pub fn pseudonym_key(&self) -> PseudonymKey {
        self.shared.pseudonym_key.clone()
    }

    /// Open sessions.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.shared.sessions.count()
    }

    /// Ends sessions whose principal, credential, grant or target is gone or locked, as soon as the
    /// bundle says so or the clock does; at shutdown all of them. One timer, for whose time is over
    /// next.
    pub async fn watch_sessions(self, shutdown: CancellationToken) {
        let mut changes = self.shared.bundles.changes();
        let sessions = &self.shared.sessions;
        loop {
            match self.shared.bundles.load().as_ref() {
                Some(enforced) => sessions.enforce(enforced, Timestamp::now()),
                // Sessions begin under a bundle: one that is gone was taken away.
                None => sessions.end_all(&EndReason::edge_revoked()),
            }
            let wait = sessions.next_expiry().map_or(LOOK_EVERY, |at| {
                (Timestamp::now().until(at) + EXPIRY_GATHER).min(LOOK_EVERY)
            });
            tokio::select! {
                () = shutdown.cancelled() => {
                    sessions.end_all(&EndReason::shutdown());
                    return;
                }
                changed = changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = sessions.sooner() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

impl Shared {
    /// A bundle that took the place of `admitted` while somebody was let in by that one has not seen
    /// their session.
    fn catch_up(&self, admitted: &Enforced, now: Timestamp) {
        match self.bundles.load().as_ref() {
            Some(current) if current.generation == admitted.generation => {}
            Some(current) => self.sessions.enforce(current, now),
            None => self.sessions.end_all(&EndReason::edge_revoked()),
        }
    }

    /// Records what cannot be refused any more. That the journal fails is reported by the journal.
    fn note(&self, body: &EventBody) {
        if let Err(error) = self.journal.append(body) {
            tracing::debug!(error = %error, "an event could not be recorded");
        }
    }
}

/// Whole microseconds.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
