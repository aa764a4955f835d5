//! Signing in and out, as JSON.

use countersign_model::{Labels, Roles, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A one-time link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// `csl_…`, from the fragment of the link.
    pub token: String,
}

/// The person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInUser {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, lower case.
    pub email: String,
    /// What they may do.
    pub roles: Roles,
    /// Groups whose reviews they may decide. An admin counts as a member of every group.
    pub groups: Vec<String>,
    /// Labels of the targets whose reviews a reviewer may decide; null for all targets.
    pub review_scope: Option<Labels>,
}

/// Who is signed in, and what unsafe requests must carry.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrentSession {
    /// Who.
    pub user: SignedInUser,
    /// What the header `X-CSRF-Token` must carry on POST, PATCH and DELETE; null for callers with an
    /// API token, who need none.
    pub csrf_token: Option<String>,
    /// When the session ends at the latest; null for an API token without an end.
    pub expires_at: Option<Timestamp>,
}
