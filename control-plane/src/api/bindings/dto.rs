//! Bindings, as JSON.

use countersign_model::{BindingId, PolicyId, PolicyVersionId, Selector, Stage, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A policy version with its settings and what it covers.
#[derive(Debug, Serialize, ToSchema)]
pub struct BindingView {
    /// Which.
    pub id: BindingId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The policy's name.
    pub policy: String,
    /// The version.
    pub policy_version_id: PolicyVersionId,
    /// The version, as people count it.
    pub version: u32,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// Settings, valid against the manifest's schema.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// Whether it is obeyed.
    pub stage: Stage,
    /// Bindings are evaluated by rising position.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A binding to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBinding {
    /// The version to bind.
    pub policy_version_id: PolicyVersionId,
    /// Settings; an empty object where absent.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// What it covers; everything where absent.
    #[serde(default)]
    pub selector: Selector,
    /// Whether it is obeyed.
    pub stage: Stage,
    /// Bindings are evaluated by rising position; last where absent.
    #[serde(default)]
    pub position: Option<i32>,
}

fn empty_object() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBinding {
    /// Another version of the same policy.
    pub policy_version_id: Option<PolicyVersionId>,
    /// Settings, all of them.
    #[schema(value_type = Option<Object>)]
    pub settings: Option<serde_json::Value>,
    /// What it covers.
    pub selector: Option<Selector>,
    /// Whether it is obeyed.
    pub stage: Option<Stage>,
    /// Its place in the order of evaluation.
    pub position: Option<i32>,
}
