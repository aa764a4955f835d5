//! Acting for a human: who the human is, and whether this agent may act for them.

use countersign_model::{ApiTokenId, PrincipalKind, Timestamp};
use countersign_store::{PrincipalRecord, UserRecord};

use super::{error::TokenError, own, workload};
use crate::{
    api::grants::party,
    secret::{self, API_TOKEN},
    state::AppState,
};

/// Tokens that Countersign gave.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Tokens that a trusted issuer gave.
pub const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The same, as OpenID providers of CI systems name them.
pub const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// A human, by a token of theirs.
pub struct Human {
    /// The person.
    pub user: UserRecord,
    /// The principal that they are on targets.
    pub principal: PrincipalRecord,
    /// Their token.
    pub token: ApiTokenId,
    /// When it ends.
    pub until: Option<Timestamp>,
}

/// The human whose API token this is.
pub async fn human(state: &AppState, token: &str) -> Result<Human, TokenError> {
    let now = state.now();
    let found = if token.starts_with(API_TOKEN) {
        state.store.api_token(&secret::sha256(token), now).await?
    } else {
        None
    };
    let Some((token, user)) = found else {
        super::issue::refused(state, None, "unknown_token").await?;
        return Err(TokenError::invalid_grant(
            "The subject token is unknown, expired or revoked.",
        ));
    };
    let principal = state.store.ensure_human_principal(&user, now).await?;
    Ok(Human {
        user,
        principal,
        token: token.id,
        until: token.expires_at,
    })
}

/// The agent that an actor token is of.
pub async fn actor(
    state: &AppState,
    token: &str,
    kind: &str,
) -> Result<PrincipalRecord, TokenError> {
    match kind {
        JWT | ID_TOKEN => Ok(workload::identify(state, token).await?.principal),
        ACCESS_TOKEN => {
            let shown = own::identify(state, token).await?;
            match shown.human {
                None => Ok(shown.principal),
                Some(_) => Err(TokenError::invalid_request(
                    "actor_token acts for somebody already.",
                )),
            }
        }
        _ => Err(TokenError::invalid_request(
            "actor_token_type must be a jwt or an access_token.",
        )),
    }
}

/// Whether the agent may act for the human: it is theirs, or registered as acting for them.
pub fn may_act_for(agent: &PrincipalRecord, human: &Human) -> bool {
    let agent = &agent.principal;
    let is_registered = agent.on_behalf_of.as_deref() == Some(human.user.email.as_str());
    party::owns(&human.user, agent) || (agent.kind != PrincipalKind::Human && is_registered)
}
