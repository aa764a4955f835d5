//! A trial, as JSON.

use std::collections::BTreeMap;

use countersign_model::{
    Decision, DefaultVerdict, Labels, PolicyVersionId, PrincipalKind, RawOperation, TargetKind,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An operation to judge without running it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrial {
    /// What is tried.
    pub operation: RawOperation,
    /// Who tries it; an agent of no group where absent.
    #[serde(default)]
    pub principal: TrialPrincipal,
    /// On what; where absent a database without labels that denies by default.
    #[serde(default)]
    pub target: TrialTarget,
    /// When; now where absent.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// By which policies; by what is enforced now where absent.
    #[serde(default)]
    pub bindings: TrialBindings,
}

/// Who tries it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrialPrincipal {
    /// Their name.
    pub name: String,
    /// Human, agent or service.
    pub kind: PrincipalKind,
    /// Their groups.
    pub groups: Vec<String>,
    /// Their claims.
    pub claims: BTreeMap<String, String>,
    /// The human for whom they act.
    pub on_behalf_of: Option<String>,
    /// Who answers for them.
    pub owner: Option<String>,
}

impl Default for TrialPrincipal {
    fn default() -> Self {
        Self {
            name: "agent".to_owned(),
            kind: PrincipalKind::Agent,
            groups: Vec::new(),
            claims: BTreeMap::new(),
            on_behalf_of: None,
            owner: None,
        }
    }
}

/// On what it is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrialTarget {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// Its labels.
    pub labels: Labels,
    /// What happens where no policy takes a side.
    pub default_verdict: DefaultVerdict,
}

impl Default for TrialTarget {
    fn default() -> Self {
        Self {
            name: "target".to_owned(),
            kind: TargetKind::Postgres,
            labels: Labels::new(),
            default_verdict: DefaultVerdict::default(),
        }
    }
}

/// By which policies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TrialBindings {
    /// `current`: what is enforced now, shadows included.
    Enforced(CurrentBindings),
    /// These versions, each covering everything and obeyed.
    These(Vec<TrialBinding>),
}

impl Default for TrialBindings {
    fn default() -> Self {
        Self::Enforced(CurrentBindings::Current)
    }
}

/// What is enforced now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CurrentBindings {
    /// What is enforced now.
    Current,
}

/// A version with settings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialBinding {
    /// The version.
    pub policy_version_id: PolicyVersionId,
    /// Its settings; the schema's defaults where absent.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
}

/// What came of a trial.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyTrial {
    /// What is known of the operation: a SQL text's or a command line's facts, or the request or
    /// the call itself.
    #[schema(value_type = Object)]
    pub facts: serde_json::Value,
    /// What would happen, with every policy's part.
    pub decision: Decision,
}
