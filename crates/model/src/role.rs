//! What a person may do at the control plane.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A person's role. A person may have several; each allows what it allows, none forbids.
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
pub enum Role {
    /// Changes everything, and decides reviews.
    Admin,
    /// Writes policies, binds them, replays them. Reads everything.
    PolicyAuthor,
    /// Decides reviews, of the targets in their scope. Reads everything.
    Reviewer,
    /// Reads everything, changes nothing.
    Auditor,
    /// Asks for access, and sees what is their own.
    Member,
}

/// The roles of one person.
pub type Roles = BTreeSet<Role>;

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::PolicyAuthor,
        Self::Reviewer,
        Self::Auditor,
        Self::Member,
    ];

    /// The role's name in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::PolicyAuthor => "policy_author",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
            Self::Member => "member",
        }
    }
}
