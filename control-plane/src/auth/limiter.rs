//! Slows down who guesses: a bucket of tries for each client address.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use countersign_model::Timestamp;

use crate::{api_error::ApiError, state::AppState};

/// Tries a client may make at once.
const BURST: i64 = 10;

/// Milliseconds until a client has another try.
const REFILL_MILLIS: i64 = 6_000;

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

/// Buckets of tries, by client.
#[derive(Debug, Default)]
pub struct Limiter {
    /// When each client's bucket will be full again, in milliseconds.
    full_at: Mutex<HashMap<Option<IpAddr>, i64>>,
}

impl Limiter {
    /// Takes a try out of the client's bucket.
    pub fn check(&self, client: &ClientAddress, now: Timestamp) -> Result<(), ApiError> {
        let now = now.as_millis();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MAX_CLIENTS {
            full_at.retain(|_, at| *at > now);
        }
        let at = full_at.get(&client.0).copied().unwrap_or(now).max(now) + REFILL_MILLIS;
        let wait = at - now - BURST * REFILL_MILLIS;
        // Still that many clients with tries to regain: an attack from everywhere.
        let crowded = full_at.len() >= MAX_CLIENTS && !full_at.contains_key(&client.0);
        if wait > 0 || crowded {
            let seconds = u32::try_from(wait.max(REFILL_MILLIS) / 1000).unwrap_or(u32::MAX);
            return Err(ApiError::rate_limited(seconds.max(1)));
        }
        full_at.insert(client.0, at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_ten_tries_and_regains_one_every_six_seconds() {
        let limiter = Limiter::default();
        let client = ClientAddress(Some(IpAddr::from([192, 0, 2, 1])));
        let other = ClientAddress(Some(IpAddr::from([192, 0, 2, 2])));
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
