//! Other issuers' keys: fetched when needed, kept for a while, asked for again when a token names
//! one that is not among them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_model::Timestamp;
use countersign_store::TrustedIssuerRecord;
use reqwest::{Client, Url, redirect::Policy};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;

use super::jwk::PublicKey;
use crate::bounded_body::{self, BodyError};

/// How long keys are used without asking again.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// How long keys are used while their issuer does not answer.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an issuer is left alone after it was asked, whatever tokens name.
const PAUSE: Duration = Duration::from_secs(10);

/// How long an issuer may take.
const FETCH: Duration = Duration::from_secs(5);

/// Bytes that an issuer may answer.
const MAX_BYTES: usize = 512 * 1024;

/// Keys that an issuer may have.
const MAX_KEYS: usize = 256;

/// Why there is no key. Begins with a stable name, as audit events have it.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// The issuer has no such key.
    #[error("unknown_key")]
    UnknownKey,
    /// It does not answer as it should, and nothing of it is kept.
    #[error("keys_unavailable: {0}")]
    Unavailable(String),
}

/// All issuers' keys.
#[derive(Debug, Default)]
pub struct KeySets {
    /// By what they are fetched from.
    kept: Mutex<HashMap<Source, Arc<AsyncMutex<KeySet>>>>,
}

/// What keys are fetched from: an issuer's address is not changed without its keys being forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Source {
    issuer: String,
    jwks_uri: Option<String>,
}

/// One issuer's keys. Whoever fetches holds the lock, and the others find what it found.
#[derive(Debug, Default)]
struct KeySet {
    keys: Vec<(Option<String>, PublicKey)>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySets {
    fn kept(&self) -> MutexGuard<'_, HashMap<Source, Arc<AsyncMutex<KeySet>>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The issuer's keys that `kid` may name, for this algorithm: all of them where it names none.
    pub async fn find(
        &self,
        issuer: &TrustedIssuerRecord,
        kid: Option<&str>,
        algorithm: &str,
        now: Timestamp,
    ) -> Result<Vec<PublicKey>, KeySetError> {
        let source = Source {
            issuer: issuer.issuer.clone(),
            jwks_uri: issuer.jwks_uri.clone(),
        };
        let set = Arc::clone(self.kept().entry(source.clone()).or_default());
        let mut set = set.lock().await;
        let mut found = set.named(kid, algorithm, now);
        let older = |at: Option<Timestamp>, than: Duration| {
            at.is_none_or(|at| at.after(than) <= now || at > now)
        };
        let wanted = found.is_empty() || older(set.fetched_at, FRESH);
        if wanted && older(set.asked_at, PAUSE) {
            set.asked_at = Some(now);
            match fetch_keys(&source).await {
                Ok(keys) => {
                    set.keys = keys;
                    set.fetched_at = Some(now);
                }
                Err(error) => {
                    tracing::warn!(issuer.name = issuer.name, error, "keys cannot be fetched");
                    if older(set.fetched_at, STALE) {
                        return Err(KeySetError::Unavailable(error));
                    }
                }
            }
            found = set.named(kid, algorithm, now);
        }
        match (found.is_empty(), set.fetched_at) {
            (false, _) => Ok(found),
            (true, Some(_)) => Err(KeySetError::UnknownKey),
            (true, None) => Err(KeySetError::Unavailable("asked a moment ago".to_owned())),
        }
    }
}

impl KeySet {
    fn named(&self, kid: Option<&str>, algorithm: &str, now: Timestamp) -> Vec<PublicKey> {
        let over = self.fetched_at.is_none_or(|at| at.after(STALE) <= now);
        if over {
            return Vec::new();
        }
        let fits = |name: &Option<String>| kid.is_none() || name.as_deref() == kid;
        let keys = self.keys.iter();
        keys.filter(|(name, key)| fits(name) && key.algorithm() == algorithm)
            .map(|(_, key)| key.clone())
            .collect()
    }
}

async fn fetch_keys(source: &Source) -> Result<Vec<(Option<String>, PublicKey)>, String> {
    let client = Client::builder()
        .redirect(Policy::none())
        .timeout(FETCH)
        .build()
        .map_err(|error| error.to_string())?;
    let uri = match &source.jwks_uri {
        Some(uri) => uri.clone(),
        None => discover(&client, &source.issuer).await?,
    };
    let document: Document = fetch(&client, &uri).await?;
    let keys: Vec<_> = document
        .keys
        .iter()
        .take(MAX_KEYS)
        // One that is not supported must not stop the others.
        .filter_map(|jwk| {
            let kid = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            Some((kid, PublicKey::from_jwk(jwk).ok()?))
        })
        .collect();
    if keys.is_empty() {
        return Err("there is no key for signatures among them".to_owned());
    }
    Ok(keys)
}

/// Where the issuer says its keys are (OpenID Connect Discovery 1.0, 4).
async fn discover(client: &Client, issuer: &str) -> Result<String, String> {
    let address = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let found: Discovery = fetch(client, &address).await?;
    if found.issuer != issuer {
        return Err("its discovery document names another issuer".to_owned());
    }
    // An issuer that is reached safely must not send us elsewhere in the clear.
    if issuer.starts_with("https://") && !found.jwks_uri.starts_with("https://") {
        return Err("its discovery document names keys without HTTPS".to_owned());
    }
    Ok(found.jwks_uri)
}

async fn fetch<T: serde::de::DeserializeOwned>(client: &Client, url: &str) -> Result<T, String> {
    let url: Url = url.parse().map_err(|_| "not an address".to_owned())?;
    let failed = |error: reqwest::Error| error.without_url().to_string();
    let mut response = client.get(url).send().await.map_err(failed)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("it answered {}", response.status().as_u16()));
    }
    let body = bounded_body::read(&mut response, MAX_BYTES).await;
    let bytes = body.map_err(|error| match error {
        BodyError::Broken(error) => failed(error),
        BodyError::TooLong => format!("it answered more than {MAX_BYTES} bytes"),
    })?;
    serde_json::from_slice(&bytes).map_err(|_| "it did not answer with what it should".to_owned())
}
