//! What a session stands on, from its sign-in to its end: who acts, on what, by which credential and
//! under which grant. The same rules let a client in and put it out.

use std::sync::Arc;

use countersign_model::{
    CredentialId, GrantId, Principal, PrincipalId, SessionId, Target, TargetAccess, TargetId,
    Timestamp,
};

use super::{EndReason, code};
use crate::bundle::{Acting, Enforced, GrantInForce};

/// What is told where nothing more is to be said.
const REVOKED: &str = "the access was revoked";

/// What a client has proved by its credential.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    /// The credential.
    pub credential: CredentialId,
    /// Who acts.
    pub principal: PrincipalId,
    /// When the credential stops working.
    pub expires_at: Timestamp,
    /// The grant that the credential is bound to.
    pub grant: Option<GrantId>,
    /// Of a signed credential.
    pub signed: Option<SignedProof>,
}

/// What a signed credential says beside.
#[derive(Debug, Clone)]
pub(super) struct SignedProof {
    /// The key that signed it.
    pub kid: Arc<str>,
    /// The human for whom the principal acts by it.
    pub human: Option<PrincipalId>,
    /// Whether it opens one session and no more.
    pub once: bool,
}

/// What a session stands on.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub proof: Proof,
    pub target: TargetId,
    /// The grant it is under, and when that one ends.
    pub grant: Option<(GrantId, Timestamp)>,
}

/// What a session has under a bundle.
#[derive(Debug)]
pub(super) struct Footing {
    /// Who acts, with the human for whom.
    pub principal: Arc<Principal>,
    /// On what.
    pub target: Arc<Target>,
    /// Under which grant.
    pub grant: Option<Arc<GrantInForce>>,
    /// When the clock alone ends it, unless another grant follows.
    pub until: Timestamp,
}

impl Standing {
    /// What it stands on under a bundle, or why it stands no more; `session` is absent before there
    /// is one. A grant that ended is followed by another one that holds, unless the credential is
    /// bound to it.
    pub(super) fn footing(
        &self,
        enforced: &Enforced,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Footing, EndReason> {
        if let Some(words) = enforced.locks.on_edge() {
            return Err(locked(words));
        }
        let credential_until = self.credential(enforced, now)?;
        let actor = self.actor(enforced)?;
        let Some(target) = enforced.target_by_id(self.target) else {
            return Err(EndReason::new(code::REVOKED, REVOKED));
        };
        let locks = &enforced.locks;
        let lock = locks
            .on_who(&actor.principal)
            .or_else(|| actor.human.and_then(|human| locks.on_principal(human)))
            .or_else(|| locks.on_target(target.id))
            .or_else(|| session.and_then(|id| locks.on_session(id)));
        if let Some(words) = lock {
            return Err(locked(words));
        }
        let grant = self.grant(enforced, &actor, target, now)?;
        let grant_until = grant.as_ref().map(|grant| grant.grant.expires_at);
        Ok(Footing {
            principal: actor.principal,
            target: Arc::clone(target),
            until: grant_until.map_or(credential_until, |at| at.min(credential_until)),
            grant,
        })
    }

    /// When the credential stops working, where it works now.
    fn credential(&self, enforced: &Enforced, now: Timestamp) -> Result<Timestamp, EndReason> {
        let proof = &self.proof;
        let gone = || EndReason::new(code::CREDENTIAL_REVOKED, "the credential was revoked");
        let expired = || EndReason::new(code::CREDENTIAL_EXPIRED, "the credential has expired");
        // The control plane leaves out of the bundle what has expired: that is no revocation.
        if proof.expires_at <= now {
            return Err(expired());
        }
        if enforced.principal_by_id(proof.principal).is_none() {
            return Err(EndReason::new(code::REVOKED, REVOKED));
        }
        let Some(signed) = &proof.signed else {
            let known = enforced.opaque_by_id(proof.credential).ok_or_else(gone)?;
            return if known.expires_at <= now {
                Err(expired())
            } else {
                Ok(known.expires_at)
            };
        };
        let holds = enforced
            .tokens
            .as_ref()
            .is_some_and(|trust| trust.trusts(&signed.kid) && !trust.is_revoked(proof.credential));
        if holds {
            Ok(proof.expires_at)
        } else {
            Err(gone())
        }
    }

    /// Who acts, with the human that the credential names.
    fn actor(&self, enforced: &Enforced) -> Result<Actor, EndReason> {
        let gone = || EndReason::new(code::REVOKED, REVOKED);
        let principal = enforced
            .principal_by_id(self.proof.principal)
            .ok_or_else(gone)?;
        let human = self.proof.signed.as_ref().and_then(|signed| signed.human);
        let Some(human) = human else {
            return Ok(Actor {
                principal: Arc::clone(principal),
                human: None,
            });
        };
        let name = &enforced.principal_by_id(human).ok_or_else(gone)?.name;
        let principal = if principal.on_behalf_of.as_ref() == Some(name) {
            Arc::clone(principal)
        } else {
            Arc::new(Principal {
                on_behalf_of: Some(name.clone()),
                ..Principal::clone(principal)
            })
        };
        Ok(Actor {
            principal,
            human: Some(human),
        })
    }

    fn grant(
        &self,
        enforced: &Enforced,
        actor: &Actor,
        target: &Target,
        now: Timestamp,
    ) -> Result<Option<Arc<GrantInForce>>, EndReason> {
        let acting = Acting {
            principal: actor.principal.id,
            on_behalf_of: actor.principal.on_behalf_of.as_deref(),
            by_credential: actor.human.is_some(),
        };
        let bound = self.proof.grant;
        if let Some(id) = self.grant.map(|(id, _)| id).or(bound) {
            let held = enforced.grants.get(id);
            if let Some(grant) = held.filter(|grant| grant.holds(acting, target.id, now)) {
                return Ok(Some(Arc::clone(grant)));
            }
        }
        if bound.is_none()
            && let Some(grant) = enforced.grants.best(acting, target.id, now)
        {
            return Ok(Some(Arc::clone(grant)));
        }
        let (code, words) = match self.grant {
            Some((_, expires_at)) if expires_at <= now => {
                (code::GRANT_EXPIRED, "the grant's time is over")
            }
            Some(_) => (
                code::GRANT_ENDED,
                "the grant has ended: it was revoked, or its task was closed",
            ),
            None if bound.is_some() => (
                code::GRANT_ENDED,
                "the credential is bound to a grant that is not in force for this target",
            ),
            None if target.access == TargetAccess::Grant => (
                code::NO_GRANT,
                "this target is open by a grant alone, and none is in force",
            ),
            None => return Ok(None),
        };
        Err(EndReason::new(code, words))
    }

    /// Notes which grant it is under.
    pub(super) fn take(&mut self, grant: Option<&Arc<GrantInForce>>) {
        self.grant = grant.map(|grant| (grant.grant.id, grant.grant.expires_at));
    }
}

/// Who acts, and the human that the credential names.
struct Actor {
    principal: Arc<Principal>,
    human: Option<PrincipalId>,
}

fn locked(words: &Arc<str>) -> EndReason {
    EndReason {
        code: code::LOCKED,
        words: Arc::clone(words),
    }
}
