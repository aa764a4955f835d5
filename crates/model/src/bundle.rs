//! The signed snapshot that an edge enforces.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    BindingId, CredentialId, EdgeId, Grant, GrantId, Lock, PolicyId, PolicyLanguage, Principal,
    Selector, Target, TargetId, Timestamp,
};

/// How far a binding has come.
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
    /// Kept at the control plane; no edge has it.
    Draft,
    /// Judged and logged, not obeyed.
    Shadow,
    /// Obeyed in a part of the sessions, and a shadow in the others.
    Canary,
    /// Obeyed.
    Enforced,
}

impl Stage {
    /// Whether an outcome of this stage counts. The outcome of a canary in a session that it does
    /// not have is recorded as `shadow`.
    #[must_use]
    pub const fn is_obeyed(self) -> bool {
        matches!(self, Self::Canary | Self::Enforced)
    }

    /// The stage's name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Enforced => "enforced",
        }
    }
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
    /// Names the version: SHA-256 of its component or, where it is a text, of its
    /// [`PolicySource`], in lower-case hex.
    pub digest: String,
    /// Settings, valid against the manifest's schema.
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// Whether it is obeyed.
    pub stage: Stage,
    /// Of `canary`: the part of the sessions that obey it, 0 to 100. A session is in or out for
    /// good; more per cent only ever let more sessions in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_percent: Option<u8>,
    /// The binding whose place this one takes where it is obeyed as a canary: there that one is a
    /// shadow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<BindingId>,
    /// Of a version that is a text: the text and what runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Arc<PolicySource>>,
}

impl Binding {
    /// The component that runs it: the version itself, or the runtime of its language.
    #[must_use]
    pub fn module(&self) -> &str {
        match &self.source {
            Some(source) => &source.runtime,
            None => &self.digest,
        }
    }
}

/// A policy that is a text, and the component that interprets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PolicySource {
    /// What it is written in.
    pub language: PolicyLanguage,
    /// SHA-256 of the component that interprets the language, in lower-case hex.
    pub runtime: String,
    /// The text.
    pub text: String,
}

/// A data document that policies of the bundle may look things up in; fetched by digest like a
/// module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BundleDocument {
    /// The name policies use.
    pub name: String,
    /// The version, as people count it.
    pub version: u32,
    /// SHA-256 of the document, in lower-case hex. It is JSON: one object, whose keys are looked up.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

/// An author's signature on a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuthorSignature {
    /// The author's Ed25519 public key, base64.
    pub key: String,
    /// Ed25519 signature (RFC 8032) over `countersign-policy-v1\n` and the version's digest in hex,
    /// base64.
    pub signature: String,
}

/// Who signed a version of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignedVersion {
    /// The version's digest.
    pub digest: String,
    /// Its signatures.
    pub signatures: Vec<AuthorSignature>,
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
    /// The grant it is bound to, where it is to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
}

/// A key that signs credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenKey {
    /// Its JWK thumbprint (RFC 7638), as credentials name it.
    pub kid: String,
    /// The Ed25519 public key, base64.
    pub key: String,
}

/// Whose credentials are accepted without asking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenTrust {
    /// The issuer that credentials must name: the control plane's URL.
    pub issuer: String,
    /// Keys that may have signed them, those that only still verify included.
    pub keys: Vec<TokenKey>,
    /// Credentials that were revoked before their end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<CredentialId>,
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
    /// Data documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<BundleDocument>,
    /// Authors' signatures on the bound versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignedVersion>,
    /// Edges among which the sliding windows are split evenly: each counts what it sees so many
    /// times, so that all of them together stay within a limit that a policy sets. 1, or 0, where
    /// every edge counts for itself.
    #[serde(default, skip_serializing_if = "is_unsplit")]
    pub counter_split: u32,
    /// Whose signed credentials are accepted; nobody's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenTrust>,
    /// Grants in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// What is locked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// Definitions of tools that people have accepted in place of those that were pinned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_pins: Vec<ToolPin>,
}

/// A definition of an MCP server's tool that a person has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolPin {
    /// The target.
    pub target_id: TargetId,
    /// The server, by the operator's name for it.
    pub server: String,
    /// The tool, by the server's name for it.
    pub tool: String,
    /// SHA-256 over the definition's canonical form, in lower-case hex.
    pub digest: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
const fn is_unsplit(edges: &u32) -> bool {
    *edges <= 1
}

impl Bundle {
    /// A bundle of nothing.
    #[must_use]
    pub const fn empty(
        edge_id: EdgeId,
        revision: u64,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            edge_id,
            revision,
            issued_at,
            expires_at,
            targets: Vec::new(),
            principals: Vec::new(),
            bindings: Vec::new(),
            modules: Vec::new(),
            documents: Vec::new(),
            signatures: Vec::new(),
            counter_split: 1,
            tokens: None,
            grants: Vec::new(),
            locks: Vec::new(),
            tool_pins: Vec::new(),
        }
    }
}

/// One key of the control plane hands over to the next, which signs from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyHandover {
    /// The Ed25519 public key that signed until then, base64.
    pub from: String,
    /// The one that signs since, base64.
    pub to: String,
    /// When.
    pub at: Timestamp,
    /// Until when what the former key signs is still believed.
    pub overlap_until: Timestamp,
    /// The former key's signature (RFC 8032) over `countersign-handover-v1\n` and the four above, a
    /// line each; base64.
    pub signature: String,
}

/// A bundle as it crosses the wire: the exact bytes that were signed, and the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignedBundle {
    /// The bundle's JSON text, as signed.
    pub payload: String,
    /// Ed25519 signature (RFC 8032) over `countersign-bundle-v1\n` and the payload, base64.
    pub signature: String,
    /// How the key that signed it came to be the one, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<KeyHandover>,
}
