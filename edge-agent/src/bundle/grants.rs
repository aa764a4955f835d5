//! Grants as sessions use them: by id and by who holds them, with what they allow as a set.

use std::{collections::HashMap, sync::Arc};

use countersign_model::{
    Grant, GrantId, GrantOperation, GrantRef, PrincipalId, SqlFacts, StatementClass, TargetId,
    Timestamp,
};

/// A set of operations: what a text needs, or what a grant allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operations(u8);

impl Operations {
    /// These operations.
    #[must_use]
    pub fn of(operations: &[GrantOperation]) -> Self {
        operations
            .iter()
            .fold(Self::default(), |set, operation| set.with(*operation))
    }

    /// What every statement of a text needs, not the worst alone.
    #[must_use]
    pub fn needed_for(facts: &SqlFacts) -> Self {
        let classes = facts.statements.iter().map(|statement| statement.class);
        classes
            .filter_map(GrantOperation::needed_for)
            .fold(Self::default(), Self::with)
    }

    /// What something of this class needs.
    #[must_use]
    pub fn needed_for_class(class: StatementClass) -> Self {
        GrantOperation::needed_for(class)
            .into_iter()
            .fold(Self::default(), Self::with)
    }

    /// Those that are not in `allowed`.
    #[must_use]
    pub const fn beyond(self, allowed: Self) -> Self {
        Self(self.0 & !allowed.0)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn with(self, operation: GrantOperation) -> Self {
        Self(self.0 | 1 << operation as u8)
    }

    const fn has(self, operation: GrantOperation) -> bool {
        self.0 & 1 << operation as u8 != 0
    }
}

impl std::fmt::Display for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut first = true;
        for operation in GrantOperation::ALL {
            if self.has(operation) {
                let between = if std::mem::take(&mut first) { "" } else { ", " };
                write!(f, "{between}{}", operation.as_str())?;
            }
        }
        if first {
            f.write_str("nothing")?;
        }
        Ok(())
    }
}

/// A grant in force.
#[derive(Debug)]
pub struct GrantInForce {
    /// As the control plane gave it.
    pub grant: Grant,
    /// What it allows.
    pub allowed: Operations,
    /// As events and policies name it.
    pub reference: Arc<GrantRef>,
}

/// Who acts, as grants look at them.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// Who.
    pub principal: PrincipalId,
    /// For which human.
    pub on_behalf_of: Option<&'a str>,
    /// Whether the credential says so, rather than the registry: then a grant must name the human.
    pub by_credential: bool,
}

impl GrantInForce {
    /// Whether it holds for who acts on this target, now.
    #[must_use]
    pub fn holds(&self, acting: Acting<'_>, target: TargetId, now: Timestamp) -> bool {
        let human = match self.grant.on_behalf_of.as_deref() {
            Some(human) => acting.on_behalf_of == Some(human),
            None => !acting.by_credential,
        };
        human
            && self.grant.principal_id == acting.principal
            && self.grant.targets.contains(&target)
            && now < self.grant.expires_at
    }
}

/// The grants of a bundle.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    by_id: HashMap<GrantId, Arc<GrantInForce>>,
    by_holder: HashMap<PrincipalId, Vec<Arc<GrantInForce>>>,
}

impl Grants {
    pub(crate) fn new(grants: &[Grant]) -> Self {
        let mut all = Self::default();
        for grant in grants {
            let grant = Arc::new(GrantInForce {
                allowed: Operations::of(&grant.operations),
                reference: Arc::new(grant.reference()),
                grant: grant.clone(),
            });
            let holder = all.by_holder.entry(grant.grant.principal_id).or_default();
            holder.push(Arc::clone(&grant));
            all.by_id.insert(grant.grant.id, grant);
        }
        all
    }

    pub(crate) fn get(&self, id: GrantId) -> Option<&Arc<GrantInForce>> {
        self.by_id.get(&id)
    }

    /// The one that ends last among those that hold.
    pub(crate) fn best(
        &self,
        acting: Acting<'_>,
        target: TargetId,
        now: Timestamp,
    ) -> Option<&Arc<GrantInForce>> {
        let held = self.by_holder.get(&acting.principal)?;
        let holding = held.iter().filter(|one| one.holds(acting, target, now));
        holding.max_by_key(|one| (one.grant.expires_at, one.grant.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(principal_id: PrincipalId, target: TargetId, ends: i64) -> Grant {
        Grant {
            id: GrantId::new(),
            principal_id,
            on_behalf_of: None,
            targets: vec![target],
            operations: vec![GrantOperation::Read, GrantOperation::Write],
            task: "refund order 1042".to_owned(),
            expires_at: Timestamp::from_millis(ends),
            break_glass: false,
        }
    }

    #[test]
    fn the_grant_that_ends_last_is_used() {
        let (agent, shop) = (PrincipalId::new(), TargetId::new());
        let now = Timestamp::from_millis(100);
        let all = [
            grant(agent, shop, 300),
            grant(agent, shop, 500),
            grant(agent, shop, 100),
            grant(agent, TargetId::new(), 900),
            grant(PrincipalId::new(), shop, 900),
        ];
        let grants = Grants::new(&all);
        let acting = Acting {
            principal: agent,
            on_behalf_of: None,
            by_credential: false,
        };
        let best = |now| grants.best(acting, shop, now).map(|one| one.grant.id);
        assert_eq!(best(now), Some(all[1].id));
        assert_eq!(best(Timestamp::from_millis(499)), Some(all[1].id));
        assert_eq!(best(Timestamp::from_millis(500)), None, "over when it ends");
    }

    #[test]
    fn a_grant_for_a_human_is_for_that_human() {
        let (agent, shop) = (PrincipalId::new(), TargetId::new());
        let now = Timestamp::from_millis(100);
        let own = grant(agent, shop, 300);
        let for_ada = Grant {
            on_behalf_of: Some("ada".to_owned()),
            ..grant(agent, shop, 300)
        };
        let cases = [
            ("itself", None, false, [true, false]),
            ("for ada, by the registry", Some("ada"), false, [true, true]),
            (
                "for ada, by its credential",
                Some("ada"),
                true,
                [false, true],
            ),
            (
                "for bob, by its credential",
                Some("bob"),
                true,
                [false, false],
            ),
        ];
        let grants = Grants::new(&[own.clone(), for_ada.clone()]);
        for (name, on_behalf_of, by_credential, expected) in cases {
            let acting = Acting {
                principal: agent,
                on_behalf_of,
                by_credential,
            };
            let holds = [own.id, for_ada.id].map(|id| {
                let found = grants.get(id).expect("there");
                found.holds(acting, shop, now)
            });
            assert_eq!(holds, expected, "{name}");
        }
    }

    #[test]
    fn a_set_tells_what_is_beyond_it() {
        use GrantOperation::{Admin, Destructive, Read, Write};
        let needed = Operations::of(&[Read, Admin, Destructive]);
        let beyond = needed.beyond(Operations::of(&[Read, Write]));
        assert_eq!(beyond.to_string(), "admin, destructive");
        assert!(needed.beyond(needed).is_empty());
        assert_eq!(Operations::default().to_string(), "nothing");
    }
}
