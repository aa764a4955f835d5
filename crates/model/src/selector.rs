//! Which principals, targets and operations a binding covers.

use serde::{Deserialize, Serialize};

use crate::{Labels, Principal, PrincipalKind, Target, TargetKind};

/// Which principals. Every list that is not empty must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrincipalSelector {
    /// Any of these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<PrincipalKind>,
    /// Any of these names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// A member of any of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Which targets. Every list that is not empty must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TargetSelector {
    /// Any of these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<TargetKind>,
    /// Any of these names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// All of these labels; `*` matches any value of a label that is present.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// What a binding covers; the empty selector covers everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Selector {
    /// Which principals.
    pub principals: PrincipalSelector,
    /// Which targets.
    pub targets: TargetSelector,
    /// Any of these kinds of operation (`sql`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
}

impl PrincipalSelector {
    /// Whether `principal` is covered.
    #[must_use]
    pub fn matches(&self, principal: &Principal) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&principal.kind))
            && (self.names.is_empty() || self.names.contains(&principal.name))
            && (self.groups.is_empty() || self.groups.iter().any(|g| principal.groups.contains(g)))
    }
}

impl TargetSelector {
    /// Whether `target` is covered.
    #[must_use]
    pub fn matches(&self, target: &Target) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&target.kind))
            && (self.names.is_empty() || self.names.contains(&target.name))
            && Self::covers(&self.labels, &target.labels)
    }

    /// Whether a target with these labels has all the wanted ones; `*` matches any value of a label
    /// that is present. Labels mean this wherever somebody names targets by them.
    #[must_use]
    pub fn covers(wanted: &Labels, labels: &Labels) -> bool {
        wanted.iter().all(|(key, wanted)| {
            let value = labels.get(key);
            value.is_some_and(|value| wanted == "*" || value == wanted)
        })
    }
}

impl Selector {
    /// Whether an operation of this kind by `principal` on `target` is covered.
    #[must_use]
    pub fn matches(&self, principal: &Principal, target: &Target, operation: &str) -> bool {
        self.principals.matches(principal)
            && self.targets.matches(target)
            && (self.operations.is_empty() || self.operations.iter().any(|o| o == operation))
    }
}
