//! People, as JSON.

use countersign_model::{ApiTokenId, Labels, Roles, Timestamp, UserId};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A person who signs in to the control plane.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, lower case; unique.
    pub email: String,
    /// What they may do.
    pub roles: Roles,
    /// Groups whose reviews they may decide.
    pub groups: Vec<String>,
    /// Labels of the targets whose reviews a reviewer may decide; null for all targets.
    pub review_scope: Option<Labels>,
    /// Who says who they are.
    pub source: Source,
    /// When they last signed in to the dashboard.
    pub last_sign_in_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were disabled: no session, link or token of theirs works.
    pub disabled_at: Option<Timestamp>,
}

/// Who says who a person is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An admin, who added them here.
    Local,
    /// The identity provider: roles, groups and scope are set anew by each of their sign-ins.
    Oidc,
}

/// A person to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Their name, 1 to 100 characters.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they may do.
    pub roles: Roles,
    /// Groups whose reviews they may decide.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Labels of the targets whose reviews a reviewer may decide; all targets where absent.
    #[serde(default)]
    pub review_scope: Option<Labels>,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// Their name.
    pub name: Option<String>,
    /// What they may do.
    pub roles: Option<Roles>,
    /// Groups whose reviews they may decide.
    pub groups: Option<Vec<String>>,
    /// Labels of the targets whose reviews a reviewer may decide; null for all targets.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Labels>)]
    pub review_scope: Option<Option<Labels>>,
    /// Whether they are disabled. Disabling ends their sessions and tokens for good.
    pub disabled: Option<bool>,
}

/// Tells `null` from nothing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Labels>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How long the link lasts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateSignInLink {
    /// Seconds, from 600 (10 minutes) to 86,400 (a day).
    #[schema(minimum = 600, maximum = 86400)]
    pub ttl_seconds: u32,
}

impl Default for CreateSignInLink {
    fn default() -> Self {
        Self { ttl_seconds: 3600 }
    }
}

/// A link that signs its bearer in, once.
#[derive(Serialize, ToSchema)]
pub struct SignInLink {
    /// The link; shown here alone.
    pub url: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A token for programs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiToken {
    /// What it is for.
    pub name: String,
    /// Seconds until it stops working, up to a year; 30 days where absent.
    #[schema(minimum = 60, maximum = 31536000)]
    pub ttl_seconds: Option<u32>,
}

/// A token for programs, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiToken {
    /// Which.
    pub id: ApiTokenId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; null for never (the first admin's token).
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A new token with its secret.
#[derive(Serialize, ToSchema)]
pub struct IssuedApiToken {
    /// Which.
    pub id: ApiTokenId,
    /// `cst_…`; shown here alone.
    pub token: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}
