//! Signing in and out, as JSON.

use countersign_model::{Labels, Role, Roles, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::oidc::{TestProblem, TestResult};

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

/// The ways in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInOptions {
    /// The identity provider; null where there is none.
    pub oidc: Option<SignInProviderButton>,
    /// Whether one-time links work.
    pub links: bool,
}

/// The way to the identity provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInProviderButton {
    /// What the button says.
    pub name: String,
    /// Where it leads; takes `?return_to=` with a local path.
    pub start_url: String,
}

/// Signed out here.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedOut {
    /// Where to end the session at the identity provider too; null where there is none.
    pub end_session_url: Option<String>,
}

/// The identity provider as it is configured.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SignInProvider {
    /// Whether there is one.
    pub configured: bool,
    /// What the button says.
    pub name: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// Who the control plane is there.
    pub client_id: Option<String>,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// The claim that lists groups.
    pub groups_claim: Option<String>,
    /// What groups may do.
    pub roles: Vec<ProviderRule>,
    /// The role of those whose groups give them none; null: they are turned away.
    pub default_role: Option<Role>,
    /// Whether one-time links work.
    pub links: bool,
    /// What to register at the provider.
    pub redirect_uris: RedirectUris,
    /// Whether it answers now.
    pub reachable: bool,
    /// Why it does not.
    pub problem: Option<TestProblem>,
    /// Whether signing out here can sign out there.
    pub ends_sessions: bool,
    /// Whether it tells when somebody signs out elsewhere.
    pub tells_of_logouts: bool,
}

/// What members of one group may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderRule {
    /// The group.
    pub group: String,
    /// The role.
    pub role: Role,
    /// For reviewers: labels of the targets whose reviews they may decide; null for all.
    pub target_labels: Option<Labels>,
}

/// What to register at the provider.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RedirectUris {
    /// Where browsers come back to.
    pub callback: String,
    /// Where they come back to once they are signed out.
    pub post_logout: String,
    /// Where the provider tells that a session is over.
    pub backchannel_logout: String,
}

/// A sign-in that signs nobody in.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedSignInTest {
    /// Which.
    pub id: Uuid,
    /// Open it in this browser; it comes back to `/settings/sign-in?test=ID`.
    pub url: String,
}

/// What came of a sign-in that signs nobody in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInTest {
    /// Which.
    pub id: Uuid,
    /// When it began.
    pub started_at: Timestamp,
    /// What came back; null until something does.
    pub result: Option<TestResult>,
}
