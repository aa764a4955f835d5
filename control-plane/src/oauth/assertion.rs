//! Principals that prove who they are with a key of their own: `private_key_jwt` (RFC 7523).

use countersign_model::{PrincipalKind, Timestamp};
use countersign_store::PrincipalRecord;

use super::{
    ENDPOINT,
    error::TokenError,
    form::Form,
    jwk::PublicKey,
    jws::{Claims, JwsError, Unchecked},
};
use crate::{secret, state::AppState};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds that an assertion may live: it is made to be shown at once.
const MAX_LIFETIME_SECONDS: i64 = 5 * 60;

/// Longer names of assertions are none.
const MAX_ID: usize = 200;

/// The principal that signed the request's assertion.
pub async fn identify(state: &AppState, form: &Form) -> Result<PrincipalRecord, TokenError> {
    if form.need("client_assertion_type")? != ASSERTION_TYPE {
        return Err(TokenError::invalid_request(
            "client_assertion_type must be jwt-bearer.",
        ));
    }
    let text = form.need("client_assertion")?;
    let named = form.one("client_id")?;
    match accept(state, text, named).await? {
        Ok(principal) => Ok(principal),
        Err((reason, who)) => {
            tracing::info!(reason, "a client's assertion is refused");
            super::issue::refused(state, who.as_ref(), reason).await?;
            Err(TokenError::invalid_client())
        }
    }
}

/// Why an assertion is not accepted, and whose it claimed to be where there is such a principal.
type Refusal = (&'static str, Option<PrincipalRecord>);

async fn accept(
    state: &AppState,
    text: &str,
    client_id: Option<&str>,
) -> Result<Result<PrincipalRecord, Refusal>, TokenError> {
    let now = state.now();
    let Some(name) = claimed(text, client_id) else {
        return Ok(Err(("malformed", None)));
    };
    let found = match name.parse() {
        Ok(id) => state.store.principal(id, now).await.ok(),
        Err(_) => state.store.principal_named(&name, now).await?,
    };
    let Some(principal) = found.filter(|p| p.principal.kind != PrincipalKind::Human) else {
        return Ok(Err(("unknown_principal", None)));
    };
    let keys = state.store.principal_keys(principal.principal.id).await?;
    let kid = Unchecked::parse(text)
        .ok()
        .and_then(|unchecked| unchecked.kid().map(str::to_owned));
    let mut refusal = "unknown_key";
    for record in keys {
        if kid.as_ref().is_some_and(|kid| *kid != record.kid) {
            continue;
        }
        let Ok(key) = PublicKey::from_jwk(&record.jwk) else {
            continue;
        };
        let checked = Unchecked::parse(text).and_then(|unchecked| unchecked.check(&key, now));
        let claims = match checked {
            Ok(claims) => claims,
            Err(JwsError::BadSignature | JwsError::WrongAlgorithm) if kid.is_none() => {
                refusal = "bad_signature";
                continue;
            }
            Err(error) => return Ok(Err((code(error), Some(principal)))),
        };
        if let Err(reason) = fits(state, &claims, &name, now) {
            return Ok(Err((reason, Some(principal))));
        }
        if !use_up(state, &principal, &claims, now).await? {
            return Ok(Err(("replayed", Some(principal))));
        }
        let id = principal.principal.id;
        state
            .store
            .touch_principal_key(id, &record.kid, now)
            .await?;
        return Ok(Ok(principal));
    }
    Ok(Err((refusal, Some(principal))))
}

/// Whom the assertion names as issuer and subject, and the request as client.
fn claimed(text: &str, client_id: Option<&str>) -> Option<String> {
    let unchecked = Unchecked::parse(text).ok()?;
    let subject = unchecked.subject()?;
    let same = unchecked.issuer() == Some(subject) && client_id.is_none_or(|id| id == subject);
    same.then(|| subject.to_owned())
}

/// Whether the assertion is for this token endpoint, short-lived and with a name of its own.
fn fits(
    state: &AppState,
    claims: &Claims,
    subject: &str,
    now: Timestamp,
) -> Result<(), &'static str> {
    if claims.text("sub") != Some(subject) {
        return Err("wrong_subject");
    }
    let endpoint = format!("{}{ENDPOINT}", state.base_url);
    if !claims.is_for(&[&state.base_url, &endpoint]) {
        return Err("wrong_audience");
    }
    let left = claims
        .seconds("exp")
        .map(|exp| exp.saturating_sub(now.as_millis() / 1000));
    if left.is_none_or(|left| left > MAX_LIFETIME_SECONDS) {
        return Err("lives_too_long");
    }
    match claims.text("jti") {
        Some(id) if (1..=MAX_ID).contains(&id.len()) => Ok(()),
        _ => Err("no_id"),
    }
}

/// Uses the assertion up; `false` when it was used before.
async fn use_up(
    state: &AppState,
    principal: &PrincipalRecord,
    claims: &Claims,
    now: Timestamp,
) -> Result<bool, TokenError> {
    let jti = claims.text("jti").unwrap_or_default();
    let name = secret::sha256(&format!("{}\n{jti}", principal.principal.id));
    // Beyond its end by what the clocks may differ, in which it would still be accepted.
    let exp = claims.seconds("exp").unwrap_or_default();
    let ends = Timestamp::from_millis(exp.saturating_add(120).saturating_mul(1000));
    let first = state
        .store
        .first_use("client_assertion", &name, ends, now)
        .await?;
    Ok(first)
}

const fn code(error: JwsError) -> &'static str {
    match error {
        JwsError::Malformed => "malformed",
        JwsError::WrongAlgorithm => "wrong_algorithm",
        JwsError::UnknownKey => "unknown_key",
        JwsError::BadSignature => "bad_signature",
        JwsError::WrongIssuer => "wrong_issuer",
        JwsError::WrongAudience => "wrong_audience",
        JwsError::Expired => "expired",
        JwsError::NotYet => "not_yet",
    }
}
