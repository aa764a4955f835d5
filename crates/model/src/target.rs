//! Protected things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::TargetId;

/// Labels of a target, such as `env=production`.
pub type Labels = BTreeMap<String, String>;

/// What a target is.
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
    /// An HTTP API.
    Http,
    /// Models behind OpenAI's API, or one compatible with it.
    Openai,
    /// Models behind Anthropic's API, or one compatible with it.
    Anthropic,
    /// An MCP server.
    Mcp,
    /// A workstation whose coding copilots ask before they act.
    Shell,
}

impl TargetKind {
    /// The kind's name in selectors, policies and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Http => "http",
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Mcp => "mcp",
            Self::Shell => "shell",
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
