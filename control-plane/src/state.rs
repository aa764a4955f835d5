//! What every handler may use. Built in one place, by `server`.

use std::{net::IpAddr, ops::Deref, sync::Arc, time::Duration};

use countersign_model::{FollowEvent, PrincipalId, Timestamp, UserId};
use countersign_policy_engine::Engine;
use countersign_store::{ReviewRecord, Store, WebSessionLimits};
use tokio_util::sync::CancellationToken;

use crate::{
    activity::Activity,
    api::{grants::counts::AccessCounts, service::dto::LiveMessage},
    auth::Limiter,
    bundle_cache::BundleCache,
    clock::Clock,
    edge_hub::EdgeHub,
    live::LiveHub,
    oauth::KeySets,
    oidc::Provider,
    peers::{News, Outbox},
    policy_check::CheckQueue,
    policy_shelf::PolicyShelf,
    replay::ReplayJobs,
    signing::Signer,
    token_keys::TokenKeys,
};

/// What every handler may use.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The parts of the state.
pub struct Parts {
    /// What is kept.
    pub store: Store,
    /// Signs bundles; its public half is in every join token.
    pub signer: Signer,
    /// Tries policies before they are kept.
    pub engine: Engine,
    /// Policies and documents that are ready to judge with.
    pub shelf: PolicyShelf,
    /// Recorded decisions that are judged again.
    pub replays: ReplayJobs,
    /// What policies decided lately.
    pub activity: Activity,
    /// Tells dashboards what changed.
    pub live: LiveHub,
    /// Tells edges what they must know.
    pub edges: EdgeHub,
    /// Where news for other control planes are put.
    pub outbox: Outbox,
    /// Slows down who guesses.
    pub limiter: Limiter<Option<IpAddr>>,
    /// Slows down who signs in by the identity provider, or waits to.
    pub sign_ins: Limiter<Option<IpAddr>>,
    /// The identity provider, where there is one.
    pub provider: Option<Arc<Provider>>,
    /// Whether one-time links sign people in.
    pub sign_in_links: bool,
    /// How long sessions last.
    pub session_limits: WebSessionLimits,
    /// Slows down who uploads.
    pub uploads: Limiter<UserId>,
    /// Slows down who asks for access.
    pub access_requests: Limiter<PrincipalId>,
    /// What the policies that judge access have counted.
    pub access_counts: AccessCounts,
    /// Where uploads wait to be compiled.
    pub checks: CheckQueue,
    /// Slows down who asks for tokens.
    pub token_requests: Limiter<Option<IpAddr>>,
    /// Signs principals' credentials.
    pub token_keys: TokenKeys,
    /// Trusted issuers' keys.
    pub key_sets: KeySets,
    /// The bundle's content, kept for as long as it is what it is.
    pub bundles: BundleCache,
    /// Whether documents may be fetched from private addresses.
    pub pull_private_addresses: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where people and edges reach the control plane.
    pub base_url: String,
    /// Whether the client's address is in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How long a signed bundle is good for.
    pub bundle_lifetime: Duration,
    /// Ends streams when the server shuts down.
    pub shutdown: CancellationToken,
    /// The OpenAPI document, as text.
    pub openapi: String,
}

impl AppState {
    /// The state with these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether cookies may only cross encrypted connections.
    pub fn secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Tells dashboards and the review's edge where it stands, here and at other control planes.
    pub fn announce_review(&self, review: &ReviewRecord) {
        self.hear_review(review);
        self.outbox.put(News::Review(review.id));
    }

    /// Tells this control plane's dashboards and edges where a review stands.
    pub fn hear_review(&self, review: &ReviewRecord) {
        self.live.hear(LiveMessage::Review {
            id: review.id.as_uuid(),
        });
        self.edges.tell(review.edge_id, follow_event(review));
    }
}

/// A review as its edge learns of it.
pub fn follow_event(review: &ReviewRecord) -> FollowEvent {
    let last = review.votes.last();
    FollowEvent::Review {
        review_id: review.id,
        state: review.state,
        decided_by: last.map(|vote| vote.email.clone()),
        comment: last
            .map(|vote| vote.comment.clone())
            .filter(|comment| !comment.is_empty()),
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
