//! Who may call an operation, as types: a handler names one in its `Caller<…>` and cannot be reached
//! by anybody else.

use countersign_model::Role;

/// A set of roles.
pub trait Access: Send + Sync + 'static {
    /// The roles that may call.
    const ROLES: &'static [Role];
}

/// Any person.
#[derive(Debug)]
pub struct Reader;

/// Reviewers and admins.
#[derive(Debug)]
pub struct Decider;

/// Admins alone.
#[derive(Debug)]
pub struct Admin;

impl Access for Reader {
    const ROLES: &'static [Role] = &Role::ALL;
}

impl Access for Decider {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Reviewer];
}

impl Access for Admin {
    const ROLES: &'static [Role] = &[Role::Admin];
}
