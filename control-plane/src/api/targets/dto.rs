//! Targets, as JSON.

use countersign_model::{DefaultVerdict, Labels, TargetAccess, TargetKind, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A protected thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    /// What it is, as the policies see it.
    #[serde(flatten)]
    pub target: countersign_model::Target,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A target to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTarget {
    /// The name clients connect to: 1 to 63 of letters, digits, `.`, `_`, `-`; unique.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// Labels that selectors and policies may name, such as `env=production`.
    #[serde(default)]
    pub labels: Labels,
    /// What happens when every bound policy abstains; `deny` where absent.
    #[serde(default)]
    pub default_verdict: DefaultVerdict,
    /// What it takes to get in; `standing` where absent.
    #[serde(default)]
    pub access: TargetAccess,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTarget {
    /// The name clients connect to.
    pub name: Option<String>,
    /// Its labels, all of them.
    pub labels: Option<Labels>,
    /// What happens when every bound policy abstains.
    pub default_verdict: Option<DefaultVerdict>,
    /// What it takes to get in.
    pub access: Option<TargetAccess>,
}
