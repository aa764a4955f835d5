//! Credentials that prove themselves: signed by the control plane, checked without asking it.

use std::sync::Arc;

use countersign_ledger::credential::CredentialError;
use countersign_model::{PrincipalKind, TargetId, Timestamp};

use super::{
    standing::{Proof, SignedProof},
    used::{UseError, UsedCredentials},
};
use crate::bundle::Enforced;

pub(super) use countersign_ledger::credential::PREFIX;

/// The human for whom the credential acts is not, or no longer, one.
const UNKNOWN_HUMAN: &str = "unknown_human";

/// It was good for one session, and has had it.
const REPLAYED: &str = "replayed_credential";

/// Refusals that say who somebody is not. To the client they are all one.
pub(super) fn is_identity(code: &str) -> bool {
    matches!(
        code,
        "malformed_credential"
            | "wrong_algorithm"
            | "unknown_key"
            | "bad_signature"
            | "wrong_issuer"
            | "wrong_audience"
            | "credential_not_yet_valid"
            | "expired_credential"
            | "revoked_credential"
            | UNKNOWN_HUMAN
            | REPLAYED
    )
}

/// What the credential proves, where it is for this target. Only who has proved to be somebody
/// learns that there is no such target.
pub(super) fn check(
    enforced: &Enforced,
    text: &str,
    target: Option<TargetId>,
    now: Timestamp,
) -> Result<Proof, &'static str> {
    // A clock that was set back makes no credential young again.
    let now = now.max(enforced.issued_at());
    let trust = enforced.tokens.as_ref();
    let trust = trust.ok_or(CredentialError::UnknownKey.code())?;
    let verified = trust.verify(text, now).map_err(CredentialError::code)?;
    let kid = Arc::from(verified.kid());
    let target = target.ok_or("unknown_target")?;
    let claims = verified
        .addressed_to(&target.to_string())
        .map_err(CredentialError::code)?;
    let human = claims.human();
    let is_human = |id| {
        let found = enforced.principal_by_id(id);
        found.is_some_and(|found| found.kind == PrincipalKind::Human)
    };
    if human.is_some_and(|id| !is_human(id)) {
        return Err(UNKNOWN_HUMAN);
    }
    Ok(Proof {
        credential: claims.jti,
        principal: claims.client_id,
        expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1000)),
        grant: claims.grant,
        signed: Some(SignedProof {
            kid,
            human,
            once: claims.once,
        }),
    })
}

/// Uses up a credential that is good for one session. To be called when nothing else is in the way
/// of that session: what is used up is never good again.
pub(super) fn use_up(
    used: &UsedCredentials,
    proof: &Proof,
    now: Timestamp,
) -> Result<(), &'static str> {
    if !proof.signed.as_ref().is_some_and(|signed| signed.once) {
        return Ok(());
    }
    match used.use_up(proof.credential, proof.expires_at, now) {
        Ok(()) => Ok(()),
        Err(UseError::Replayed) => Err(REPLAYED),
        Err(UseError::Io(error)) => {
            tracing::error!(%error, "a single-use credential cannot be remembered as used");
            Err(super::code::JOURNAL_UNAVAILABLE)
        }
    }
}
