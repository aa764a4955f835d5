//! The signed snapshot that an edge enforces.

use serde::{Deserialize, Serialize};

use crate::{BindingId, CredentialId, EdgeId, PolicyId, Principal, Selector, Target, Timestamp};

/// How far a binding has come. `draft` and `canary` join with the policy life cycle.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Judged and logged, not obeyed.
    Shadow,
    /// Obeyed.
    Enforced,
}

/// A policy version with its settings and what it covers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// Names the binding in decisions.
    pub id: BindingId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The policy's name.
    pub policy: String,
    /// The version, as people count it.
    pub version: u32,
    /// SHA-256 of the component, in lower-case hex.
    pub digest: String,
    /// Settings, valid against the manifest's schema.
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// Whether it is obeyed.
    pub stage: Stage,
}

/// A module that the bundle's bindings need; fetched by digest, immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleModule {
    /// SHA-256 of the component, in lower-case hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

/// A secret that signs a principal in. The secret itself is shown once, to its owner alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleCredential {
    /// Names the credential in events.
    pub id: CredentialId,
    /// SHA-256 of the secret, in lower-case hex. The secret has 256 random bits, so that a plain
    /// hash cannot be searched.
    pub secret_sha256: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A principal who may sign in, with the credentials that are valid now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundlePrincipal {
    /// Who.
    #[serde(flatten)]
    pub principal: Principal,
    /// Their valid credentials.
    pub credentials: Vec<BundleCredential>,
}

/// Everything an edge enforces. Revisions only rise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// The edge it is for.
    pub edge_id: EdgeId,
    /// Rises with every change.
    pub revision: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// Past this the edge denies everything.
    pub expires_at: Timestamp,
    /// Targets that may be served.
    pub targets: Vec<Target>,
    /// Principals who may sign in.
    pub principals: Vec<BundlePrincipal>,
    /// What is enforced, in the order of evaluation.
    pub bindings: Vec<Binding>,
    /// Modules the bindings need.
    pub modules: Vec<BundleModule>,
}

/// A bundle as it crosses the wire: the exact bytes that were signed, and the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignedBundle {
    /// The bundle's JSON text, as signed.
    pub payload: String,
    /// Ed25519 signature (RFC 8032) over `countersign-bundle-v1\n` and the payload, base64.
    pub signature: String,
}
