//! Principals and their credentials, as JSON.

use std::collections::BTreeMap;

use countersign_model::{CredentialId, GrantId, PrincipalId, PrincipalKind, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// Who acts on targets.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrincipalView {
    /// Who, and what the policies see.
    #[serde(flatten)]
    pub principal: countersign_model::Principal,
    /// What it is for, in its owner's words.
    pub purpose: String,
    /// Credentials that work now.
    pub active_credentials: u64,
    /// When it last did something on a target.
    pub last_used_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A principal to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePrincipal {
    /// The name it signs in with: 1 to 63 of letters, digits, `.`, `_`, `-`, `@`; unique.
    pub name: String,
    /// Human, agent or service.
    pub kind: PrincipalKind,
    /// Groups that selectors and policies may name.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What the operator says of it, such as `env=staging`.
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    /// The human for whom it acts, as an e-mail address or a name.
    #[serde(default)]
    pub on_behalf_of: Option<String>,
    /// Who answers for it: a human's e-mail address, or `group:NAME`.
    #[serde(default)]
    pub owner: Option<String>,
    /// What it is for, up to 500 characters.
    #[serde(default)]
    pub purpose: String,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePrincipal {
    /// The name it signs in with.
    pub name: Option<String>,
    /// Human, agent or service.
    pub kind: Option<PrincipalKind>,
    /// Groups that selectors and policies may name.
    pub groups: Option<Vec<String>>,
    /// What the operator says of it.
    pub claims: Option<BTreeMap<String, String>>,
    /// The human for whom it acts; null for nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub on_behalf_of: Option<Option<String>>,
    /// Who answers for it; null for nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub owner: Option<Option<String>>,
    /// What it is for.
    pub purpose: Option<String>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// How long the credential lasts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCredential {
    /// Seconds, from 60 to 2,592,000 (30 days).
    #[schema(minimum = 60, maximum = 2592000)]
    pub ttl_seconds: u32,
}

/// A new credential with its secret.
#[derive(Serialize, ToSchema)]
pub struct IssuedCredential {
    /// Which.
    pub id: CredentialId,
    /// `csp_…`, the password; shown here alone.
    pub secret: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A public key of a principal.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrincipalKey {
    /// What assertions name it by.
    pub kid: String,
    /// The key (RFC 7517), without what is not part of the key.
    pub jwk: serde_json::Value,
    /// Who added it.
    pub created_by: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last signed an assertion that was accepted.
    pub last_used_at: Option<Timestamp>,
}

/// A public key to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePrincipalKey {
    /// The key (RFC 7517); a private key is refused.
    pub jwk: serde_json::Value,
}

/// A credential, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Credential {
    /// Which.
    pub id: CredentialId,
    /// Whose.
    pub principal_id: PrincipalId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// A secret, or a text that proves itself.
    pub kind: CredentialKind,
    /// The human for whom it acts, of a signed one.
    pub on_behalf_of: Option<PrincipalId>,
    /// The grant that it is bound to.
    pub grant_id: Option<GrantId>,
    /// Whether it opens one session and no more.
    pub once: bool,
    /// When it last opened a session, of a signed one.
    pub last_used_at: Option<Timestamp>,
}

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A secret, whose hash edges have.
    Opaque,
    /// Signed by the control plane; edges check it by itself.
    Signed,
}
