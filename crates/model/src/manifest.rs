//! What a policy says of itself, carried in a custom section of its component.

use serde::{Deserialize, Serialize};

/// A counter that a policy adds to or reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CounterUse {
    /// What its keys begin with.
    pub prefix: String,
    /// What it counts.
    pub description: String,
}

/// A case from the policy's own package: judged before a version goes live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestCase {
    /// What it shows.
    pub name: String,
    /// Settings; the schema's defaults where absent.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// The SQL text.
    pub sql: String,
    /// Labels of the target.
    #[serde(default)]
    pub labels: crate::Labels,
    /// Claims of the principal.
    #[serde(default)]
    pub claims: std::collections::BTreeMap<String, String>,
    /// `abstain`, `oblige`, `allow`, `mask` (allowed, with masks), `review` or `deny`.
    pub verdict: String,
}

/// What a policy says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PolicyManifest {
    /// The policy's name: lower case, digits and hyphens.
    pub name: String,
    /// The author's version, semver.
    pub version: String,
    /// One sentence for people.
    pub description: String,
    /// Kinds of operation it handles (`sql`).
    pub operations: Vec<String>,
    /// JSON Schema (2020-12) of its settings.
    #[schema(value_type = Object)]
    pub settings_schema: serde_json::Value,
    /// Counters it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<CounterUse>,
    /// Its own cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<ManifestCase>,
}
