//! Time-boxed permission for a stated task.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{GrantId, PrincipalId, StatementClass, TargetId, Timestamp};

/// What a grant lets its holder do. Each names effects of the same kind, whatever the protocol.
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
pub enum GrantOperation {
    /// What changes nothing.
    Read,
    /// Bounded changes of data.
    Write,
    /// Schema, privileges, maintenance.
    Admin,
    /// Drops, truncations, changes without bound.
    Destructive,
    /// What leaves the resource, or whose effect cannot be told.
    Exec,
}

impl GrantOperation {
    /// Every operation.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Write,
        Self::Admin,
        Self::Destructive,
        Self::Exec,
    ];

    /// The name in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Destructive => "destructive",
            Self::Exec => "exec",
        }
    }

    /// What an action of this class needs; `None` where every grant allows it: transaction control
    /// and what changes the session alone.
    #[must_use]
    pub const fn needed_for(class: StatementClass) -> Option<Self> {
        match class {
            StatementClass::Tx | StatementClass::Session => None,
            StatementClass::Read => Some(Self::Read),
            StatementClass::Write => Some(Self::Write),
            StatementClass::Admin => Some(Self::Admin),
            StatementClass::Destructive => Some(Self::Destructive),
            // What cannot be told must not be taken for something milder.
            StatementClass::Exec | StatementClass::Unknown => Some(Self::Exec),
        }
    }
}

/// A grant in force, as edges enforce it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// Who holds it.
    pub principal_id: PrincipalId,
    /// The human for whom its holder may act under it; absent for the holder themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// On what.
    pub targets: Vec<TargetId>,
    /// What for; sorted.
    pub operations: Vec<GrantOperation>,
    /// The task, in its holder's words.
    pub task: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether an admin took it without anybody's approval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
}

impl Grant {
    /// The grant as events and policies name it.
    #[must_use]
    pub fn reference(&self) -> GrantRef {
        GrantRef {
            id: self.id,
            task: Arc::from(self.task.as_str()),
            break_glass: self.break_glass,
        }
    }
}

/// A grant as events and policies name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GrantRef {
    /// Which.
    pub id: GrantId,
    /// The task.
    #[schema(value_type = String)]
    pub task: Arc<str>,
    /// Whether an admin took it without anybody's approval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
}

/// Where a grant stands; it begins as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// People must decide.
    Requested,
    /// In force.
    Active,
    /// Refused, by a policy or by people.
    Denied,
    /// Taken back by who asked, before it was decided.
    Withdrawn,
    /// Ended by an admin or its holder, before its time.
    Revoked,
    /// Its task is closed.
    Completed,
    /// Its time is over, or nobody decided in time.
    Expired,
}

impl GrantState {
    /// The state's name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Active => "active",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
            Self::Completed => "completed",
            Self::Expired => "expired",
        }
    }
}

/// A request for a grant as the policies see it; judged once for each target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessOperation {
    /// What is asked for; sorted.
    pub operations: Vec<GrantOperation>,
    /// The task, in the requester's words.
    pub task: String,
    /// How long it is asked for.
    pub duration_seconds: u64,
    /// The grant that it is to follow on, where it is an extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<GrantId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_allows_what_it_names_and_nothing_worse() {
        let operations = [GrantOperation::Read, GrantOperation::Write];
        let cases = [
            (StatementClass::Read, true),
            (StatementClass::Tx, true),
            (StatementClass::Session, true),
            (StatementClass::Write, true),
            (StatementClass::Admin, false),
            (StatementClass::Destructive, false),
            (StatementClass::Exec, false),
            (StatementClass::Unknown, false),
        ];
        for (class, expected) in cases {
            let needed = GrantOperation::needed_for(class);
            let allowed = needed.is_none_or(|one| operations.contains(&one));
            assert_eq!(allowed, expected, "{class:?}");
        }
    }
}
