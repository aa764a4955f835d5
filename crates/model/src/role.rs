//! What a person may do at the control plane.

use serde::{Deserialize, Serialize};

/// A person's role. All three read everything; what they may change differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Changes everything, and decides reviews.
    Admin,
    /// Decides reviews.
    Reviewer,
    /// Changes nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Reviewer, Self::Auditor];

    /// The role's name in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
        }
    }
}
