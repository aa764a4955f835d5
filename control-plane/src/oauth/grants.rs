//! What a grant has to say about a credential that is bound to it.

use countersign_model::{GrantState, Timestamp};
use countersign_store::StoreError;

use super::{
    error::TokenError,
    issue::{Holder, Wanted},
};
use crate::state::AppState;

/// Checks that the grant is the holder's, in force and for these targets; answers when it ends. A
/// request that names no target is for all of the grant's.
pub async fn check(
    state: &AppState,
    holder: &Holder,
    wanted: &mut Wanted,
) -> Result<Option<Timestamp>, TokenError> {
    let Some(id) = wanted.grant else {
        return Ok(None);
    };
    // One answer for a grant of others and one that is not there.
    let unknown = || TokenError::invalid_grant("The grant is not yours.");
    let grant = match state.store.grant(id).await {
        Ok(grant) => grant,
        Err(StoreError::NotFound(_)) => return Err(unknown()),
        Err(error) => return Err(error.into()),
    };
    let theirs = grant.holder.id == holder.principal.principal.id;
    let for_whom = match &holder.human {
        // A credential for a human is under a grant for that human, and no other.
        Some(human) => grant.on_behalf_of.as_ref() == Some(&human.principal.name),
        None => {
            grant.on_behalf_of.is_none()
                || grant.on_behalf_of == holder.principal.principal.on_behalf_of
        }
    };
    if !theirs || !for_whom {
        return Err(unknown());
    }
    let end = grant.expires_at.filter(|end| *end > state.now());
    let Some(end) = end.filter(|_| grant.state == GrantState::Active) else {
        return Err(TokenError::invalid_grant("The grant is not in force."));
    };
    let granted = grant.targets.iter().map(|target| target.id);
    if wanted.targets.is_empty() && !wanted.api {
        wanted.targets = granted.collect();
    } else if !wanted
        .targets
        .iter()
        .all(|target| granted.clone().any(|id| id == *target))
    {
        return Err(TokenError::invalid_target(
            "The grant is not for all of these targets.",
        ));
    }
    Ok(Some(end))
}
