//! Who a workload is, by the token that its platform gave it.

use countersign_model::PrincipalKind;
use countersign_store::PrincipalRecord;

use super::{
    error::TokenError,
    jws::{Claims, JwsError, Unchecked},
    key_sets::KeySetError,
    rules,
};
use crate::state::AppState;

/// A token that was accepted, and whom it stands for.
pub struct Workload {
    /// The principal.
    pub principal: PrincipalRecord,
    /// The issuer, by its name here.
    pub issuer: String,
    /// The subject, as the issuer names it.
    pub subject: Option<String>,
}

/// Why a token is not accepted: for logs and audit events. Who showed it learns that it is not.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    /// It is not what it should be.
    #[error("{0}")]
    Token(#[from] JwsError),
    /// Its issuer's keys are not to be had.
    #[error("{0}")]
    Keys(#[from] KeySetError),
    /// No rule names a principal for it.
    #[error("no_rule")]
    NoRule,
    /// The rule's principal is gone, or a person.
    #[error("no_principal")]
    NoPrincipal,
}

/// The principal that a workload's token stands for.
pub async fn identify(state: &AppState, token: &str) -> Result<Workload, TokenError> {
    match accept(state, token).await? {
        Ok(workload) => Ok(workload),
        Err(refusal) => {
            tracing::info!(reason = %refusal, "a workload's token is refused");
            super::issue::refused(state, None, &refusal.to_string()).await?;
            Err(TokenError::invalid_grant(match refusal {
                Refusal::NoRule | Refusal::NoPrincipal => {
                    "The token is of a trusted issuer, and no rule gives it a principal."
                }
                _ => "The token is not accepted.",
            }))
        }
    }
}

async fn accept(state: &AppState, token: &str) -> Result<Result<Workload, Refusal>, TokenError> {
    let now = state.now();
    let unchecked = match Unchecked::parse(token) {
        Ok(unchecked) => unchecked,
        Err(error) => return Ok(Err(error.into())),
    };
    let algorithm = match unchecked.algorithm() {
        Ok(algorithm) => algorithm.to_owned(),
        Err(error) => return Ok(Err(error.into())),
    };
    let named = unchecked.issuer().unwrap_or_default();
    let issuers = state.store.trusted_issuers_named(named).await?;
    let Some(first) = issuers.first() else {
        return Ok(Err(JwsError::WrongIssuer.into()));
    };
    let keys = state
        .key_sets
        .find(first, unchecked.kid(), &algorithm, now)
        .await;
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => return Ok(Err(error.into())),
    };
    let claims = match check_with_any(token, &keys, now) {
        Ok(claims) => claims,
        Err(error) => return Ok(Err(error.into())),
    };
    // The same issuer may be trusted for several audiences, each with its own rules.
    let mut fitting = issuers
        .into_iter()
        .filter(|issuer| claims.is_for(&[&issuer.audience]))
        .peekable();
    if fitting.peek().is_none() {
        return Ok(Err(JwsError::WrongAudience.into()));
    }
    let found = fitting.find_map(|issuer| {
        let principal = rules::principal(&issuer.rules, &claims)?.to_owned();
        Some((issuer.name, principal))
    });
    let Some((issuer, principal)) = found else {
        return Ok(Err(Refusal::NoRule));
    };
    let principal = state.store.principal_named(&principal, now).await?;
    Ok(match principal {
        Some(principal) if principal.principal.kind != PrincipalKind::Human => Ok(Workload {
            principal,
            issuer,
            subject: claims.text("sub").map(str::to_owned),
        }),
        _ => Err(Refusal::NoPrincipal),
    })
}

/// What the token claims, when one of these keys signed it. Without a `kid` there may be several.
fn check_with_any(
    token: &str,
    keys: &[super::jwk::PublicKey],
    now: countersign_model::Timestamp,
) -> Result<Claims, JwsError> {
    let mut last = JwsError::UnknownKey;
    for key in keys {
        match Unchecked::parse(token)?.check(key, now) {
            Err(JwsError::BadSignature) => last = JwsError::BadSignature,
            result => return result,
        }
    }
    Err(last)
}
