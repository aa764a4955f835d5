//! What an admin has stopped.

use serde::{Deserialize, Serialize};

use crate::{EdgeId, LockId, Principal, PrincipalId, PrincipalKind, SessionId, TargetId};

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LockSubject {
    /// One principal.
    Principal {
        /// Which.
        id: PrincipalId,
    },
    /// A human, and every agent and service that is theirs or acts for them.
    Human {
        /// The human's name: their e-mail address.
        name: String,
    },
    /// One session.
    Session {
        /// Which.
        id: SessionId,
    },
    /// A target, for everybody.
    Target {
        /// Which.
        id: TargetId,
    },
    /// An edge, with all that it serves.
    Edge {
        /// Which.
        id: EdgeId,
    },
}

/// A lock in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lock {
    /// Which.
    pub id: LockId,
    /// What is locked.
    pub subject: LockSubject,
    /// Why, as clients are told.
    pub reason: String,
}

impl LockSubject {
    /// Whether it stops what `principal` does.
    #[must_use]
    pub fn stops(&self, principal: &Principal) -> bool {
        match self {
            Self::Principal { id } => principal.id == *id,
            Self::Human { name } => {
                let is_theirs = |human: &Option<String>| human.as_ref() == Some(name);
                (principal.kind == PrincipalKind::Human && principal.name == *name)
                    || is_theirs(&principal.on_behalf_of)
                    || is_theirs(&principal.owner)
            }
            Self::Session { .. } | Self::Target { .. } | Self::Edge { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn principal(kind: PrincipalKind, name: &str) -> Principal {
        Principal {
            id: PrincipalId::new(),
            name: name.to_owned(),
            kind,
            groups: Vec::new(),
            claims: BTreeMap::new(),
            on_behalf_of: None,
            owner: None,
        }
    }

    #[test]
    fn a_human_is_locked_with_all_their_agents() {
        let ada = "ada@example.com";
        let lock = LockSubject::Human {
            name: ada.to_owned(),
        };
        let mut owned = principal(PrincipalKind::Agent, "copilot");
        owned.owner = Some(ada.to_owned());
        let mut acting = principal(PrincipalKind::Agent, "helper");
        acting.on_behalf_of = Some(ada.to_owned());
        let cases = [
            (principal(PrincipalKind::Human, ada), true),
            (principal(PrincipalKind::Human, "bob@example.com"), false),
            (principal(PrincipalKind::Agent, ada), false),
            (owned, true),
            (acting, true),
        ];
        for (principal, expected) in cases {
            assert_eq!(lock.stops(&principal), expected, "{}", principal.name);
        }
        let other = principal(PrincipalKind::Agent, "other");
        let own = LockSubject::Principal { id: other.id };
        assert!(own.stops(&other));
    }
}
