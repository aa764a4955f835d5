//! Slows down who guesses or who asks for costly things: a bucket of tries for each of them.

use std::{
    collections::HashMap,
    convert::Infallible,
    hash::Hash,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use countersign_model::Timestamp;

use crate::{api_error::ApiError, state::AppState};

/// Clients remembered; beyond this the full buckets are forgotten, which changes nothing for them.
const MAX_CLIENTS: usize = 10_000;

/// The client's address; `None` where the transport does not tell.
pub struct ClientAddress(pub Option<IpAddr>);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        if !state.behind_proxy {
            return Ok(Self(peer));
        }
        // The last entry is the one our own proxy added; those before it are the client's word.
        let forwarded = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok())
            .and_then(|list| list.rsplit(',').next())
            .and_then(|address| address.trim().parse().ok());
        Ok(Self(forwarded.or(peer)))
    }
}

/// Buckets of tries, by who tries.
#[derive(Debug)]
pub struct Limiter<K> {
    /// Tries that may be made at once.
    burst: i64,
    /// Milliseconds until there is another try.
    refill_millis: i64,
    /// When each bucket will be full again, in milliseconds.
    full_at: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    /// Buckets with so many tries, of which one comes back in so many milliseconds.
    pub fn new(burst: i64, refill_millis: i64) -> Self {
        Self {
            burst,
            refill_millis,
            full_at: Mutex::default(),
        }
    }

    /// Takes a try out of a bucket.
    pub fn check(&self, who: &K, now: Timestamp) -> Result<(), ApiError> {
        let now = now.as_millis();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MAX_CLIENTS {
            full_at.retain(|_, at| *at > now);
        }
        let at = full_at.get(who).copied().unwrap_or(now).max(now) + self.refill_millis;
        let wait = at - now - self.burst * self.refill_millis;
        // Still that many clients with tries to regain: an attack from everywhere.
        let crowded = full_at.len() >= MAX_CLIENTS && !full_at.contains_key(who);
        if wait > 0 || crowded {
            let seconds = u32::try_from(wait.max(self.refill_millis) / 1000).unwrap_or(u32::MAX);
            return Err(ApiError::rate_limited(seconds.max(1)));
        }
        full_at.insert(who.clone(), at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_ten_tries_and_regains_one_every_six_seconds() {
        let limiter = Limiter::new(10, 6_000);
        let client = IpAddr::from([192, 0, 2, 1]);
        let other = IpAddr::from([192, 0, 2, 2]);
        let at = Timestamp::from_millis;
        for attempt in 0..10 {
            assert!(limiter.check(&client, at(0)).is_ok(), "try {attempt}");
        }
        assert!(limiter.check(&client, at(5_999)).is_err());
        assert!(limiter.check(&other, at(5_999)).is_ok(), "another client");
        assert!(limiter.check(&client, at(6_000)).is_ok());
        assert!(limiter.check(&client, at(6_000)).is_err());
    }
}
