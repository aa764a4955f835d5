//! Who may call an operation, as types: a handler names one in its `Caller<…>` and cannot be reached
//! by anybody else.

use countersign_model::Role;
use countersign_store::UserRecord;

/// A set of roles.
pub trait Access: Send + Sync + 'static {
    /// The roles that may call.
    const ROLES: &'static [Role];

    /// Whether one of the person's roles is among them.
    fn includes(user: &UserRecord) -> bool {
        Self::ROLES.iter().any(|role| user.is(*role))
    }
}

/// Any person who is signed in.
#[derive(Debug)]
pub struct SignedIn;

/// Whoever reads everything: all but members.
#[derive(Debug)]
pub struct Reader;

/// Reviewers and admins.
#[derive(Debug)]
pub struct Decider;

/// Whoever may have recorded decisions judged again.
#[derive(Debug)]
pub struct Replayer;

/// Policy authors and admins.
#[derive(Debug)]
pub struct Author;

/// Admins alone.
#[derive(Debug)]
pub struct Admin;

impl Access for SignedIn {
    const ROLES: &'static [Role] = &Role::ALL;
}

impl Access for Reader {
    const ROLES: &'static [Role] = &[
        Role::Admin,
        Role::PolicyAuthor,
        Role::Reviewer,
        Role::Auditor,
    ];
}

impl Access for Replayer {
    const ROLES: &'static [Role] = &[Role::Admin, Role::PolicyAuthor, Role::Reviewer];
}

impl Access for Author {
    const ROLES: &'static [Role] = &[Role::Admin, Role::PolicyAuthor];
}

impl Access for Decider {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Reviewer];
}

impl Access for Admin {
    const ROLES: &'static [Role] = &[Role::Admin];
}
