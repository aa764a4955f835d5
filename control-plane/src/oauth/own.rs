//! Credentials that this control plane signed, shown to itself.

use countersign_ledger::credential::{
    CredentialClaims, CredentialError, CredentialTrust, Verified,
};
use countersign_model::{PrincipalKind, TokenTrust};
use countersign_store::{PrincipalRecord, StoreError};

use super::error::TokenError;
use crate::{api::locks, api_error::ApiError, state::AppState};

/// Who shows a credential.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// Who acts.
    pub principal: PrincipalRecord,
    /// For whom.
    pub human: Option<PrincipalRecord>,
}

/// A credential with a good signature, in force and not revoked.
pub async fn verify(
    state: &AppState,
    text: &str,
) -> Result<Result<Verified, CredentialError>, StoreError> {
    let now = state.now();
    let keys = state.store.token_keys(now).await?;
    let trust = TokenTrust {
        issuer: state.base_url.clone(),
        keys: keys.into_iter().map(|record| record.key).collect(),
        revoked: Vec::new(),
    };
    Ok(CredentialTrust::from(&trust).verify(text, now))
}

/// Who shows this credential to the API; `None` where it is not good for that.
pub async fn bearer(state: &AppState, text: &str) -> Result<Option<Bearer>, ApiError> {
    let verified = verify(state, text).await?;
    let claims = verified.and_then(|verified| verified.addressed_to(&state.base_url));
    let claims = match claims {
        Ok(claims) => claims,
        Err(error) => {
            tracing::info!(reason = error.code(), "a credential is refused");
            return Ok(None);
        }
    };
    // One that opens a single session opens none here.
    let issued = state.store.issued_token(claims.jti).await?;
    let in_force = issued.is_some_and(|issued| issued.revoked_at.is_none());
    if claims.once || !in_force {
        return Ok(None);
    }
    whose(state, claims).await
}

async fn whose(state: &AppState, claims: CredentialClaims) -> Result<Option<Bearer>, ApiError> {
    let now = state.now();
    let find = async |id| match state.store.principal(id, now).await {
        Ok(record) => Ok(Some(record)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(ApiError::from(error)),
    };
    let Some(principal) = find(claims.client_id).await? else {
        return Ok(None);
    };
    let human = match claims.human() {
        None => None,
        Some(id) => match find(id).await? {
            Some(human) if human.principal.kind == PrincipalKind::Human => Some(human),
            _ => return Ok(None),
        },
    };
    let for_whom = human.as_ref().map(|human| &human.principal);
    locks::check(state, &principal.principal, for_whom).await?;
    Ok(Some(Bearer { principal, human }))
}

/// Who shows this credential to the token endpoint.
pub async fn identify(state: &AppState, text: &str) -> Result<Bearer, TokenError> {
    match bearer(state, text).await? {
        Some(bearer) => Ok(bearer),
        None => {
            super::issue::refused(state, None, "bad_credential").await?;
            Err(TokenError::invalid_grant("The token is not accepted."))
        }
    }
}
