//! Who asks for grants and holds them: a person for themselves or for an agent that they own, or a
//! principal for itself.

use countersign_model::{Principal, PrincipalKind, Timestamp};
use countersign_store::{GrantParty, GrantRecord, UserRecord};

use crate::{
    api_error::ApiError,
    auth::{
        Actor,
        access::{Access as _, Reader},
    },
    state::AppState,
};

/// Who calls.
#[derive(Debug, Clone)]
pub enum Party {
    /// A person.
    Person(UserRecord),
    /// A principal, by its own credential.
    Principal(Principal),
}

/// Who is to hold a grant.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who, as the policies see them.
    pub principal: Principal,
    /// The human for whom they are to act under it.
    pub on_behalf_of: Option<String>,
}

impl From<Actor> for Party {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Person(user) => Self::Person(user),
            Actor::Principal(bearer) => Self::Principal(bearer.acting()),
        }
    }
}

impl Party {
    /// Their name in records: an e-mail address, or the principal's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(user) => &user.email,
            Self::Principal(principal) => &principal.name,
        }
    }

    /// The person, where it is one.
    pub const fn person(&self) -> Option<&UserRecord> {
        match self {
            Self::Person(user) => Some(user),
            Self::Principal(_) => None,
        }
    }

    /// Whether they may know of every grant.
    pub fn reads_all(&self) -> bool {
        self.person().is_some_and(Reader::includes)
    }

    /// Whose grants they see as their own.
    pub fn query(&self) -> GrantParty {
        match self {
            Self::Person(user) => GrantParty::Person {
                id: user.id,
                email: user.email.clone(),
                groups: user.groups.clone(),
            },
            Self::Principal(principal) => GrantParty::Principal {
                id: principal.id,
                on_behalf_of: principal.on_behalf_of.clone(),
            },
        }
    }

    /// Whether they asked for the grant, hold it, or are behind who does. An agent that acts for one
    /// human knows nothing of what it holds for another.
    pub fn is_behind(&self, grant: &GrantRecord) -> bool {
        match self {
            Self::Person(user) => is_behind(user, grant),
            Self::Principal(principal) => {
                let human = principal.on_behalf_of.as_ref();
                grant.holder.id == principal.id
                    && human.is_none_or(|human| grant.on_behalf_of.as_ref() == Some(human))
            }
        }
    }

    /// Whether they may have credentials of the grant: the holder, and the human on whose behalf it
    /// is held. Who answers for the holder is neither.
    pub fn may_use(&self, grant: &GrantRecord) -> bool {
        match self {
            Self::Principal(principal) => {
                grant.holder.id == principal.id && grant.on_behalf_of == principal.on_behalf_of
            }
            Self::Person(user) => match &grant.on_behalf_of {
                Some(human) => is_same(human, &user.email),
                None => {
                    grant.holder.kind == PrincipalKind::Human
                        && is_same(&grant.holder.name, &user.email)
                }
            },
        }
    }

    /// Who would hold a grant that they ask for.
    ///
    /// # Errors
    /// When they may not ask for the principal of that name.
    pub async fn holder(
        &self,
        state: &AppState,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<Holder, ApiError> {
        match self {
            Self::Principal(own) if name.is_none_or(|name| name == own.name) => Ok(Holder {
                on_behalf_of: own.on_behalf_of.clone(),
                principal: own.clone(),
            }),
            Self::Principal(_) => Err(not_theirs()),
            Self::Person(user) => match name {
                Some(name) if !is_same(name, &user.email) => owned(state, user, name).await,
                _ => themselves(state, user, now).await,
            },
        }
    }
}

async fn themselves(
    state: &AppState,
    user: &UserRecord,
    now: Timestamp,
) -> Result<Holder, ApiError> {
    let record = state.store.ensure_human_principal(user, now).await?;
    Ok(Holder {
        principal: record.principal,
        on_behalf_of: None,
    })
}

/// One answer for a principal of others and one that is not there: who asks learns nothing.
async fn owned(state: &AppState, user: &UserRecord, name: &str) -> Result<Holder, ApiError> {
    let found = state.store.principal_named(name, state.now()).await?;
    let owned = found.map(|record| record.principal);
    let owned = owned.filter(|principal| owns(user, principal));
    let mut principal = owned.ok_or_else(not_theirs)?;
    // The policies see for whom it would act.
    principal.on_behalf_of = Some(user.email.clone());
    Ok(Holder {
        principal,
        on_behalf_of: Some(user.email.clone()),
    })
}

fn not_theirs() -> ApiError {
    ApiError::forbidden(
        "not_owner",
        "You may ask for yourself, and for agents and services that you own.",
    )
}

/// Whether the person, or a group of theirs, answers for an agent or a service.
pub fn owns(user: &UserRecord, principal: &Principal) -> bool {
    let owner = principal.owner.as_deref();
    principal.kind != PrincipalKind::Human && owner.is_some_and(|owner| answers(user, owner))
}

fn answers(user: &UserRecord, owner: &str) -> bool {
    match owner.strip_prefix("group:") {
        Some(group) => user.groups.iter().any(|mine| mine == group),
        None => is_same(owner, &user.email),
    }
}

/// Whether a person asked for a grant, holds it, or is behind who does: as the human for whom its
/// holder acts, or as their owner. By e-mail address alone: names are nobody's own.
fn is_behind(user: &UserRecord, grant: &GrantRecord) -> bool {
    let is_user = |name: &String| is_same(name, &user.email);
    grant.requested_by_user == Some(user.id)
        || humans(grant).any(is_user)
        || owns(user, &grant.holder)
}

/// The same, and by the person's name too, which an operator may have written in place of the
/// address: who may be behind a request decides nothing of it.
pub fn may_be_behind(user: &UserRecord, grant: &GrantRecord) -> bool {
    let asked = std::iter::once(&grant.requested_by);
    let mut humans = humans(grant).chain(asked);
    is_behind(user, grant)
        || humans.any(|name| is_same(name, &user.email) || is_same(name, &user.name))
}

/// The humans who hold a grant, or for whom its holder acts.
fn humans(grant: &GrantRecord) -> impl Iterator<Item = &String> {
    let holder = &grant.holder;
    let own = (holder.kind == PrincipalKind::Human).then_some(&holder.name);
    [
        grant.on_behalf_of.as_ref(),
        holder.on_behalf_of.as_ref(),
        own,
    ]
    .into_iter()
    .flatten()
}

/// Whether two names are one person's, ignoring case and outer blanks.
fn is_same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use countersign_model::{PrincipalId, Role, Roles, UserId};
    use countersign_store::UserSource;

    use super::*;

    /// Carol, with a role and groups.
    pub fn person(role: Role, groups: &[&str]) -> UserRecord {
        UserRecord {
            id: UserId::new(),
            name: "Carol Jones".to_owned(),
            email: "carol@example.com".to_owned(),
            roles: Roles::from([role]),
            review_scope: None,
            source: UserSource::Local,
            last_sign_in_at: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            created_at: Timestamp::from_millis(0),
            disabled_at: None,
        }
    }

    #[test]
    fn an_agent_is_its_owners() {
        let user = person(Role::Member, &["platform"]);
        let cases = [
            (PrincipalKind::Agent, Some("carol@example.com"), true),
            (PrincipalKind::Agent, Some("Carol@Example.com "), true),
            (PrincipalKind::Service, Some("group:platform"), true),
            (PrincipalKind::Agent, Some("group:dba"), false),
            (PrincipalKind::Agent, Some("platform"), false),
            (PrincipalKind::Agent, Some("Carol Jones"), false),
            (PrincipalKind::Agent, None, false),
            (PrincipalKind::Human, Some("carol@example.com"), false),
        ];
        for (kind, owner, expected) in cases {
            let principal = Principal {
                id: PrincipalId::new(),
                name: "copilot".to_owned(),
                kind,
                groups: Vec::new(),
                claims: BTreeMap::new(),
                on_behalf_of: None,
                owner: owner.map(str::to_owned),
            };
            assert_eq!(owns(&user, &principal), expected, "{kind:?} of {owner:?}");
        }
    }
}
