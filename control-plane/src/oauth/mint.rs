//! Signed credentials, made. Whether somebody may have one is decided before.

use std::{fmt, time::Duration};

use countersign_ledger::credential::{self, Actor, CredentialClaims, MintError};
use countersign_model::{ApiTokenId, CredentialId, GrantId, PrincipalId, TargetId, Timestamp};
use countersign_store::NewIssuedToken;

use crate::{api::locks, api_error::ApiError, state::AppState};

/// How long a credential lives where nobody says.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The longest that one may live.
pub const MAX_LIFETIME: Duration =
    Duration::from_secs(credential::MAX_LIFETIME_SECONDS.cast_unsigned());

/// A credential to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Who acts by it.
    pub principal: PrincipalId,
    /// The human for whom.
    pub human: Option<PrincipalId>,
    /// The grant it is bound to.
    pub grant: Option<GrantId>,
    /// For which targets.
    pub targets: Vec<TargetId>,
    /// Whether it is for the API too.
    pub api: bool,
    /// How long it lives; the longest there is at most.
    pub lifetime: Duration,
    /// When it ends in any case: what it rests on ends then.
    pub not_after: Option<Timestamp>,
    /// Whether it opens one session and no more.
    pub once: bool,
    /// The person's token that it is given for, and ends with.
    pub api_token: Option<ApiTokenId>,
    /// How its holder came by it: `workload`, `on_behalf_of`, `private_key`, `grant`.
    pub via: &'static str,
}

/// A credential that was made. Its `Debug` does not show it.
pub struct Minted {
    /// Which.
    pub id: CredentialId,
    /// The credential, for its holder alone.
    pub credential: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl AppState {
    /// Makes a credential, and remembers that it was made.
    pub async fn mint_credential(&self, new: NewToken) -> Result<Minted, ApiError> {
        let now = self.now();
        self.check_locks(&new, now).await?;
        let latest = now.after(new.lifetime.min(MAX_LIFETIME));
        let end = new.not_after.map_or(latest, |at| at.min(latest));
        // Whole seconds, as the claims have them; never later than what it rests on.
        let iat = now.as_millis().div_euclid(1000);
        let exp = end
            .as_millis()
            .div_euclid(1000)
            .min(iat + credential::MAX_LIFETIME_SECONDS);
        if exp <= iat {
            return Err(ApiError::conflict(
                "already_over",
                "What the credential would rest on is over.",
            ));
        }
        let id = CredentialId::new();
        let mut aud: Vec<String> = new.targets.iter().map(ToString::to_string).collect();
        if new.api {
            aud.push(self.base_url.clone());
        }
        let claims = CredentialClaims {
            iss: self.base_url.clone(),
            sub: new.human.unwrap_or(new.principal),
            act: new.human.map(|_| Actor { sub: new.principal }),
            client_id: new.principal,
            aud,
            jti: id,
            iat,
            exp,
            grant: new.grant,
            once: new.once,
        };
        let signer = self.token_keys.current();
        let text = credential::mint(&signer.key, &claims).map_err(refused)?;
        let issued_at = Timestamp::from_millis(iat * 1000);
        let expires_at = Timestamp::from_millis(exp * 1000);
        let record = NewIssuedToken {
            id,
            principal_id: new.principal,
            human_id: new.human,
            grant_id: new.grant,
            targets: new.targets,
            via: new.via.to_owned(),
            once: new.once,
            issued_at,
            expires_at,
            api_token: new.api_token,
        };
        self.store.create_issued_token(record).await?;
        Ok(Minted {
            id,
            credential: text,
            issued_at,
            expires_at,
        })
    }
}

impl AppState {
    /// Nobody who is locked gets a credential, whoever asks for it.
    async fn check_locks(&self, new: &NewToken, now: Timestamp) -> Result<(), ApiError> {
        let principal = self.store.principal(new.principal, now).await?;
        let human = match new.human {
            Some(id) => Some(self.store.principal(id, now).await?),
            None => None,
        };
        let human = human.as_ref().map(|human| &human.principal);
        locks::check(self, &principal.principal, human).await
    }
}

fn refused(error: MintError) -> ApiError {
    match error {
        MintError::Unsound | MintError::TooLong => ApiError::invalid(
            "too_many_targets",
            "A credential is for at least one and at most 32 targets.",
        ),
        MintError::Json(error) => ApiError::internal(error),
    }
}
