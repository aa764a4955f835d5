//! The bundle's content, read and written as JSON once a revision: many edges fetch it at the same
//! moment, and only who it is for and when differ.

use std::sync::{Arc, Mutex, PoisonError};

use countersign_model::{
    Binding, BundleDocument, BundleModule, BundlePrincipal, EdgeId, Grant, Lock, SignedVersion,
    Target, Timestamp, TokenTrust, ToolPin,
};
use countersign_store::{BundleContent, Store};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::api_error::ApiError;

/// How long content may be kept although nothing changed: credentials expire by themselves. Edges
/// look at the expiry of each, so that this only bounds what a bundle carries in vain.
const KEPT_MILLIS: i64 = 10_000;

/// The content of the newest bundle.
#[derive(Debug)]
pub struct BundleCache {
    /// What signed credentials must name: the control plane's URL.
    issuer: String,
    kept: Mutex<Option<Arc<Content>>>,
    /// One reads it while the others wait for what they read.
    reading: Semaphore,
}

/// What every edge's bundle of a revision says.
#[derive(Debug)]
pub struct Content {
    revision: u64,
    read_at: Timestamp,
    /// The fields that are the same for all, as JSON, without the first brace.
    common: String,
}

/// The fields that differ, before those that do not.
#[derive(Serialize)]
struct Head {
    edge_id: EdgeId,
    revision: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Serialize)]
struct Common<'a> {
    targets: &'a [Target],
    principals: &'a [BundlePrincipal],
    bindings: &'a [Binding],
    modules: &'a [BundleModule],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    documents: &'a [BundleDocument],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    signatures: &'a [SignedVersion],
    counter_split: u32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    grants: &'a [Grant],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    locks: &'a [Lock],
    tokens: TokenTrust,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tool_pins: &'a [ToolPin],
}

impl BundleCache {
    /// A cache of bundles whose credentials name this issuer.
    pub fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            kept: Mutex::default(),
            reading: Semaphore::new(1),
        }
    }

    /// The content of the newest bundle.
    pub async fn get(&self, store: &Store, now: Timestamp) -> Result<Arc<Content>, ApiError> {
        // The database knows what other control planes changed.
        let revision = store.revision().await?;
        if let Some(content) = self.fitting(revision, now) {
            return Ok(content);
        }
        let _turn = self.reading.acquire().await.map_err(ApiError::internal)?;
        if let Some(content) = self.fitting(revision, now) {
            return Ok(content);
        }
        let content = store.bundle(now).await?;
        let content =
            Arc::new(Content::new(&content, &self.issuer, now).map_err(ApiError::internal)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Arc::clone(&content));
        Ok(content)
    }

    fn fitting(&self, revision: u64, now: Timestamp) -> Option<Arc<Content>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let content = kept.as_ref()?;
        let age = now.as_millis() - content.read_at.as_millis();
        let fits = content.revision >= revision && (0..KEPT_MILLIS).contains(&age);
        fits.then(|| Arc::clone(content))
    }
}

impl Content {
    fn new(
        content: &BundleContent,
        issuer: &str,
        read_at: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let common = serde_json::to_string(&Common {
            targets: &content.targets,
            principals: &content.principals,
            bindings: &content.bindings,
            modules: &content.modules,
            documents: &content.documents,
            signatures: &content.signatures,
            counter_split: content.counter_split,
            grants: &content.grants,
            locks: &content.locks,
            tokens: TokenTrust {
                issuer: issuer.to_owned(),
                keys: content.token_keys.clone(),
                revoked: content.revoked_tokens.clone(),
            },
            tool_pins: &content.tool_pins,
        })?;
        Ok(Self {
            revision: content.revision,
            read_at,
            common: common.strip_prefix('{').unwrap_or(&common).to_owned(),
        })
    }

    /// The bundle for one edge, as JSON.
    pub fn address(
        &self,
        edge_id: EdgeId,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(&Head {
            edge_id,
            revision: self.revision,
            issued_at,
            expires_at,
        })?;
        // One object out of two: `{…` `,` `…}`.
        text.pop();
        text.push(',');
        text.push_str(&self.common);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use countersign_model::{Bundle, TargetId, TokenKey};

    use super::*;

    #[test]
    fn the_parts_make_a_bundle() {
        let content = BundleContent {
            revision: 7,
            targets: Vec::new(),
            principals: Vec::new(),
            bindings: Vec::new(),
            modules: vec![BundleModule {
                digest: "ab".repeat(32),
                size: 5,
            }],
            documents: Vec::new(),
            signatures: Vec::new(),
            counter_split: 3,
            grants: Vec::new(),
            locks: Vec::new(),
            token_keys: vec![TokenKey {
                kid: "kid".to_owned(),
                key: "key".to_owned(),
            }],
            revoked_tokens: Vec::new(),
            tool_pins: vec![ToolPin {
                target_id: TargetId::new(),
                server: "files".to_owned(),
                tool: "read".to_owned(),
                digest: "ab".repeat(32),
            }],
        };
        let at = Timestamp::from_millis;
        let edge = EdgeId::new();
        let text = Content::new(&content, "https://here", at(1))
            .and_then(|c| c.address(edge, at(2), at(3)));
        let bundle: Bundle = serde_json::from_str(&text.expect("JSON")).expect("a bundle");
        let expected = Bundle {
            edge_id: edge,
            revision: 7,
            issued_at: at(2),
            expires_at: at(3),
            targets: Vec::new(),
            principals: Vec::new(),
            bindings: Vec::new(),
            modules: content.modules,
            documents: Vec::new(),
            signatures: Vec::new(),
            counter_split: 3,
            grants: Vec::new(),
            locks: Vec::new(),
            tool_pins: content.tool_pins,
            tokens: Some(TokenTrust {
                issuer: "https://here".to_owned(),
                keys: content.token_keys,
                revoked: Vec::new(),
            }),
        };
        assert_eq!(bundle, expected);
    }
}
