//! Protected things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::TargetId;

/// Labels of a target, such as `env=production`.
pub type Labels = BTreeMap<String, String>;

/// What a target is; later protocols add theirs.
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
pub enum TargetKind {
    /// A PostgreSQL database.
    Postgres,
}

impl TargetKind {
    /// The kind's name in selectors, policies and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
        }
    }
}

/// What happens when no bound policy takes a side.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DefaultVerdict {
    /// Refuse.
    #[default]
    Deny,
    /// Let it through.
    Allow,
}

/// What it takes to get in, beside a credential.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TargetAccess {
    /// Nothing more: every principal may connect, and policies judge what they do.
    #[default]
    Standing,
    /// A grant in force for this target.
    Grant,
}

/// A protected thing, as the policies see it. Where it is and how to sign in to it stays at the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Target {
    /// Stays the same when the target is renamed.
    pub id: TargetId,
    /// The name clients connect to; unique.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// Labels that selectors and policies may name.
    #[serde(default)]
    pub labels: Labels,
    /// What happens when no bound policy takes a side.
    #[serde(default)]
    pub default_verdict: DefaultVerdict,
    /// What it takes to get in.
    #[serde(default)]
    pub access: TargetAccess,
}
