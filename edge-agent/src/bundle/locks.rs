//! What is locked, as sessions ask for it: by id, and in the words that clients are told.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use countersign_model::{
    EdgeId, Lock, LockSubject, Principal, PrincipalId, PrincipalKind, SessionId, TargetId,
};

/// The locks of a bundle.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    principals: HashMap<PrincipalId, Arc<str>>,
    /// By e-mail address.
    humans: HashMap<String, Arc<str>>,
    sessions: HashMap<SessionId, Arc<str>>,
    targets: HashMap<TargetId, Arc<str>>,
    /// This edge's own.
    edge: Option<Arc<str>>,
}

impl Locks {
    /// The locks that concern the edge `edge`. Of several on one thing the first is told.
    pub(crate) fn new(locks: &[Lock], edge: EdgeId) -> Self {
        let mut all = Self::default();
        for Lock {
            subject, reason, ..
        } in locks
        {
            match subject {
                LockSubject::Principal { id } => {
                    put(&mut all.principals, *id, "this principal is locked", reason);
                }
                LockSubject::Human { name } => {
                    let what = format!("{name} is locked, with all who act for them");
                    put(&mut all.humans, name.clone(), &what, reason);
                }
                LockSubject::Session { id } => {
                    put(&mut all.sessions, *id, "this session is locked", reason);
                }
                LockSubject::Target { id } => {
                    put(&mut all.targets, *id, "this target is locked", reason);
                }
                LockSubject::Edge { id } if *id == edge => {
                    let words = || words("this edge is locked", reason);
                    all.edge.get_or_insert_with(words);
                }
                LockSubject::Edge { .. } => {}
            }
        }
        all
    }

    /// The lock on this edge, in words.
    pub(crate) const fn on_edge(&self) -> Option<&Arc<str>> {
        self.edge.as_ref()
    }

    /// The lock on one principal alone, in words.
    pub(crate) fn on_principal(&self, id: PrincipalId) -> Option<&Arc<str>> {
        self.principals.get(&id)
    }

    /// The lock on a target, in words.
    pub(crate) fn on_target(&self, id: TargetId) -> Option<&Arc<str>> {
        self.targets.get(&id)
    }

    /// The lock on a session, in words.
    pub(crate) fn on_session(&self, id: SessionId) -> Option<&Arc<str>> {
        self.sessions.get(&id)
    }

    /// The lock that stops who acts, in words: on itself, on the human it is or acts for, or on its
    /// owner. The same rule as [`LockSubject::stops`].
    pub(crate) fn on_who(&self, principal: &Principal) -> Option<&Arc<str>> {
        if let Some(words) = self.principals.get(&principal.id) {
            return Some(words);
        }
        if self.humans.is_empty() {
            return None;
        }
        let itself = (principal.kind == PrincipalKind::Human).then_some(&principal.name);
        let humans = [
            itself,
            principal.on_behalf_of.as_ref(),
            principal.owner.as_ref(),
        ];
        let mut humans = humans.into_iter().flatten();
        humans.find_map(|name| self.humans.get(name))
    }
}

fn put<K: Eq + Hash>(map: &mut HashMap<K, Arc<str>>, key: K, what: &str, reason: &str) {
    map.entry(key).or_insert_with(|| words(what, reason));
}

fn words(what: &str, reason: &str) -> Arc<str> {
    format!("{what}: {reason}").into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use countersign_model::LockId;

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
    fn the_edge_stops_whom_the_model_stops() {
        let ada = "ada@example.com";
        let agent = principal(PrincipalKind::Agent, "copilot");
        let all = [
            principal(PrincipalKind::Human, ada),
            principal(PrincipalKind::Agent, ada),
            Principal {
                owner: Some(ada.to_owned()),
                ..agent.clone()
            },
            Principal {
                on_behalf_of: Some(ada.to_owned()),
                ..principal(PrincipalKind::Service, "billing")
            },
            agent.clone(),
        ];
        let subjects = [
            LockSubject::Principal { id: agent.id },
            LockSubject::Human {
                name: ada.to_owned(),
            },
            LockSubject::Target {
                id: TargetId::new(),
            },
        ];
        for subject in subjects {
            let lock = Lock {
                id: LockId::new(),
                subject: subject.clone(),
                reason: "why".to_owned(),
            };
            let locks = Locks::new(&[lock], EdgeId::new());
            for principal in &all {
                assert_eq!(
                    locks.on_who(principal).is_some(),
                    subject.stops(principal),
                    "{subject:?} on {principal:?}"
                );
            }
        }
    }

    #[test]
    fn an_edge_minds_its_own_lock() {
        let (own, other) = (EdgeId::new(), EdgeId::new());
        let lock = |id| Lock {
            id: LockId::new(),
            subject: LockSubject::Edge { id },
            reason: "broken into".to_owned(),
        };
        assert!(Locks::new(&[lock(other)], own).on_edge().is_none());
        let locks = Locks::new(&[lock(other), lock(own)], own);
        let words = locks.on_edge().map(|words| &**words);
        assert_eq!(words, Some("this edge is locked: broken into"));
    }
}
