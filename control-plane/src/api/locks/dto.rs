//! Locks, as JSON.

use countersign_model::{LockId, LockSubject, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A lock: live connections that it stops have ended, and there are no new ones.
#[derive(Debug, Serialize, ToSchema)]
pub struct LockView {
    /// Which.
    pub id: LockId,
    /// What is locked.
    pub subject: LockSubject,
    /// What people called it when it was locked.
    pub name: String,
    /// Why, as clients are told.
    pub reason: String,
    /// When it was set.
    pub created_at: Timestamp,
    /// Who set it, by e-mail address; `system` where the control plane did by itself.
    pub created_by: String,
    /// When it lifts itself; null for never.
    pub expires_at: Option<Timestamp>,
    /// When it was lifted, or had expired; null while it is in force.
    pub lifted_at: Option<Timestamp>,
    /// Who lifted it; null while it is in force, and where it expired.
    pub lifted_by: Option<String>,
}

/// A lock to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLock {
    /// What is locked. It has to exist.
    pub subject: LockSubject,
    /// Why, on one line of at most 200 characters; clients are told.
    pub reason: String,
    /// When it lifts itself; never where absent.
    pub expires_at: Option<Timestamp>,
}

/// Which locks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct LockQuery {
    /// Whether those that were lifted or have expired are listed too.
    pub lifted: bool,
}
