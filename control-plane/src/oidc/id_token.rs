//! Checking an id_token: OpenID Connect Core 1.0, section 3.1.3.7, by openidconnect; the clock is
//! ours to judge.

use std::time::{Duration, SystemTime};

use countersign_model::Timestamp;
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, IdTokenVerifier, Nonce,
    SignatureVerificationError,
    core::{CoreIdToken, CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};

use super::{
    MAX_SKEW_MILLIS,
    failure::{Code, Failure, MISSING_NONCE},
    jws,
    provider::{Found, Provider},
};

/// Algorithms whose keys the provider publishes. Never one with the client's secret for a key, and
/// never none.
pub const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a token is held against.
pub struct Expected<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// What the attempt asked for.
    pub nonce: &'a Nonce,
    /// When the attempt began.
    pub began: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// The claims of a token that holds; keys that are new to us are looked up.
pub async fn check(
    expected: &Expected<'_>,
    found: &Found,
    token: &CoreIdToken,
    access_token: &AccessToken,
) -> Result<Map<String, Value>, Failure> {
    match verify(expected, found, token, access_token) {
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) => {}
        checked => return claims(token, expected, checked),
    }
    let newer = expected.provider.with_new_keys(found, expected.now).await?;
    let checked = match &newer {
        Some(newer) => verify(expected, newer, token, access_token),
        None => verify(expected, found, token, access_token),
    };
    claims(token, expected, checked)
}

fn claims(
    token: &CoreIdToken,
    expected: &Expected<'_>,
    checked: Result<(), ClaimsVerificationError>,
) -> Result<Map<String, Value>, Failure> {
    checked?;
    let unreadable = || Failure::new(Code::ProviderRefused, "the token's claims cannot be read");
    let claims = jws::payload(&token.to_string()).ok_or_else(unreadable)?;
    let authorized = claims.get("azp").and_then(Value::as_str);
    if authorized.is_some_and(|azp| azp != expected.provider.config().client_id) {
        return Err(Failure::new(
            Code::WrongIssuer,
            "the token is for another client",
        ));
    }
    let early = claims
        .get("nbf")
        .and_then(Value::as_i64)
        .is_some_and(|nbf| nbf.saturating_mul(1000) > expected.now.as_millis() + MAX_SKEW_MILLIS);
    if early {
        return Err(ClaimsVerificationError::Expired(String::new()).into());
    }
    Ok(claims)
}

fn verify(
    expected: &Expected<'_>,
    found: &Found,
    token: &CoreIdToken,
    access_token: &AccessToken,
) -> Result<(), ClaimsVerificationError> {
    let (now, began) = (expected.now.as_millis(), expected.began.as_millis());
    let verifier: IdTokenVerifier<'_, CoreJsonWebKey> = IdTokenVerifier::new_public_client(
        expected.provider.client_id(),
        expected.provider.issuer().clone(),
        found.keys.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    // It was asked for after the attempt began, and not in the future.
    .set_issue_time_verifier_fn(move |issued| {
        let issued = issued.timestamp_millis();
        // Tokens tell whole seconds.
        let earliest = began - MAX_SKEW_MILLIS - 1000;
        if (earliest..=now + MAX_SKEW_MILLIS).contains(&issued) {
            Ok(())
        } else {
            Err(String::new())
        }
    })
    .set_time_fn(move || moment(now - MAX_SKEW_MILLIS).into());
    let claims = token.claims(&verifier, |shown: Option<&Nonce>| match shown {
        None => Err(MISSING_NONCE.to_owned()),
        Some(shown) if shown.secret() == expected.nonce.secret() => Ok(()),
        Some(_) => Err(String::new()),
    })?;
    match claims.access_token_hash() {
        Some(hash) => check_access_token(hash, token, &verifier, access_token),
        None => Ok(()),
    }
}

/// The access token fetches more claims: it must be the one that the token came with.
fn check_access_token(
    hash: &AccessTokenHash,
    token: &CoreIdToken,
    verifier: &IdTokenVerifier<'_, CoreJsonWebKey>,
    access_token: &AccessToken,
) -> Result<(), ClaimsVerificationError> {
    let failed = ClaimsVerificationError::SignatureVerification;
    let algorithm = token.signing_alg().map_err(failed)?;
    let key = token.signing_key(verifier).map_err(failed)?;
    let actual = AccessTokenHash::from_token(access_token, algorithm, key)
        .map_err(|_| failed(SignatureVerificationError::Other(String::new())))?;
    if &actual == hash {
        Ok(())
    } else {
        Err(failed(SignatureVerificationError::CryptoError(
            String::new(),
        )))
    }
}

fn moment(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
