//! Bindings, as JSON.

use countersign_model::{
    BindingId, PolicyId, PolicyVersionId, Selector, Stage, Timestamp, VerdictCounts,
};
use countersign_store::{BindingRecord, Guard, Rollout};
use serde::{Deserialize, Deserializer, Serialize};
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
    /// The version's digest: SHA-256 in hex.
    pub digest: String,
    /// Settings, valid against the manifest's schema.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// How far it has come.
    pub stage: Stage,
    /// Of a canary: the part of the sessions that obey it, 0 to 100.
    pub canary_percent: Option<u8>,
    /// The binding whose place it takes where it is obeyed as a canary, and for good once it is
    /// enforced.
    pub replaces: Option<BindingId>,
    /// When it is taken back by itself, as a canary.
    pub guard: Option<Guard>,
    /// How it does, as a canary.
    pub rollout: Option<RolloutView>,
    /// Bindings are evaluated by rising position.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a canary has done since it began, on all edges.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloutView {
    /// When it began.
    pub started_at: Timestamp,
    /// Decisions where it was obeyed.
    pub decisions: u64,
    /// Those that it could not make.
    pub failures: u64,
    /// Its verdicts where it was obeyed.
    pub canary: VerdictCounts,
    /// Verdicts of what it replaces on the same actions.
    pub baseline: VerdictCounts,
}

impl BindingView {
    /// A binding with how it does.
    pub fn new(record: BindingRecord, rollout: Option<Rollout>) -> Self {
        let rollout = rollout.zip(record.canary_started_at);
        Self {
            id: record.id,
            policy_id: record.policy_id,
            policy: record.policy,
            policy_version_id: record.policy_version_id,
            version: record.version,
            digest: record.digest,
            settings: record.settings,
            selector: record.selector,
            stage: record.stage,
            canary_percent: record.canary_percent,
            replaces: record.replaces,
            guard: record.guard,
            rollout: rollout.map(|(rollout, started_at)| RolloutView {
                started_at,
                decisions: rollout.decisions(),
                failures: rollout.failures(),
                canary: rollout.counts.canary,
                baseline: rollout.counts.baseline,
            }),
            position: record.position,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
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
    /// How far it goes.
    pub stage: Stage,
    /// Bindings are evaluated by rising position; last where absent.
    #[serde(default)]
    pub position: Option<i32>,
    /// Of a canary: the part of the sessions that obey it; 10 where absent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    pub canary_percent: Option<u8>,
    /// The enforced binding of the same policy whose place a canary takes.
    #[serde(default)]
    pub replaces: Option<BindingId>,
    /// When it is taken back by itself, as a canary.
    #[serde(default)]
    pub guard: Option<Guard>,
    /// Why, up to 2,000 characters.
    #[serde(default)]
    pub comment: String,
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
    /// How far it goes. One that becomes `enforced` takes the place of what it replaces, which is
    /// removed with the same change.
    pub stage: Option<Stage>,
    /// Its place in the order of evaluation.
    pub position: Option<i32>,
    /// Of a canary: the part of the sessions that obey it.
    #[schema(minimum = 0, maximum = 100)]
    pub canary_percent: Option<u8>,
    /// The enforced binding of the same policy whose place a canary takes; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<BindingId>)]
    pub replaces: Option<Option<BindingId>>,
    /// When it is taken back by itself, as a canary.
    pub guard: Option<Guard>,
    /// Why, up to 2,000 characters.
    #[serde(default)]
    pub comment: String,
}

/// Tells `null` from nothing.
fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<BindingId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
