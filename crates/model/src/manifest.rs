//! What a policy says of itself, carried in a custom section of its component.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A counter that a policy adds to or reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CounterUse {
    /// What its keys begin with.
    pub prefix: String,
    /// What it counts.
    pub description: String,
}

/// What a policy is written in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PolicyLanguage {
    /// Rust, or anything else that compiles to a small component.
    #[default]
    Rust,
    /// JavaScript or TypeScript: the component holds a JavaScript engine.
    Javascript,
    /// Python: the component holds an interpreter.
    Python,
    /// Rego, a text that the edge interprets.
    Rego,
    /// Cedar, a text that the edge interprets.
    Cedar,
}

impl PolicyLanguage {
    /// The language's name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Javascript => "javascript",
            Self::Python => "python",
            Self::Rego => "rego",
            Self::Cedar => "cedar",
        }
    }

    /// Whether a version is a text that a runtime interprets.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Rego | Self::Cedar)
    }
}

/// A data document that a policy looks things up in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentUse {
    /// The document's name.
    pub name: String,
    /// What it has to hold.
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
    /// What is tried: `sql`, `http`, `tool_call`, `shell` or `access`.
    #[serde(flatten)]
    pub operation: crate::RawOperation,
    /// Labels of the target.
    #[serde(default, skip_serializing_if = "crate::Labels::is_empty")]
    pub labels: crate::Labels,
    /// Claims of the principal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// Groups of the principal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The principal's name; `agent` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What kind of actor the principal is; an agent where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<crate::PrincipalKind>,
    /// The human for whom it acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The task of the grant that it is tried under; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The action's time; the Unix epoch where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<crate::Timestamp>,
    /// Data documents by name: objects whose keys are looked up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub documents: BTreeMap<String, serde_json::Value>,
    /// `abstain`, `oblige`, `allow`, `mask` (allowed, with masks), `review` or `deny`.
    pub verdict: String,
    /// Words that the reason has to hold, in any case of letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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
    /// What it is written in; decides the limits it runs under.
    #[serde(default)]
    pub language: PolicyLanguage,
    /// Kinds of operation it handles (`sql`, `http`, `tool_call`, `shell`, `access`).
    pub operations: Vec<String>,
    /// JSON Schema (2020-12) of its settings.
    #[schema(value_type = Object)]
    pub settings_schema: serde_json::Value,
    /// Counters it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<CounterUse>,
    /// Data documents it looks things up in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentUse>,
    /// Whether it filters responses (exports `filter`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filters: bool,
    /// Whether it keeps nothing between two actions. Of the runtimes of Rego and Cedar alone: their
    /// instances may then stay warm and serve several sessions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stateless: bool,
    /// Where its source is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// Its own cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<ManifestCase>,
}
