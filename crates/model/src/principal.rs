//! Who acts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PrincipalId;

/// What kind of actor a principal is.
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
pub enum PrincipalKind {
    /// A person.
    Human,
    /// An AI.
    Agent,
    /// A program without judgement of its own.
    Service,
}

/// Who acts, as the policies see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Principal {
    /// Stays the same when the principal is renamed.
    pub id: PrincipalId,
    /// The name it signs in with; unique.
    pub name: String,
    /// Human, agent or service.
    pub kind: PrincipalKind,
    /// Groups that selectors and policies may name.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What the operator says of it, such as `env=staging` for one meant for staging alone.
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    /// The human for whom an agent acts: set by the operator or proved by the credential, never
    /// from the client's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// Who answers for an agent or a service: a human's e-mail address, or `group:NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}
