//! From who somebody is and what they want to a credential, or a refusal.

use std::time::Duration;

use axum::http::StatusCode;
use countersign_model::{ApiTokenId, GrantId, TargetId, Timestamp};
use countersign_store::PrincipalRecord;
use serde_json::{Value, json};

use super::{
    error::TokenError,
    form::Form,
    mint::{DEFAULT_LIFETIME, MAX_LIFETIME, NewToken},
};
use crate::state::AppState;

/// Who gets a credential.
pub struct Holder {
    /// Who acts by it.
    pub principal: PrincipalRecord,
    /// For whom.
    pub human: Option<PrincipalRecord>,
    /// When what they showed ends, where the credential must not outlive it.
    pub until: Option<Timestamp>,
    /// The person's token that they showed, with which the credential ends.
    pub api_token: Option<ApiTokenId>,
    /// How they came by it.
    pub via: &'static str,
    /// What they showed, for the audit log: never itself.
    pub proof: String,
}

/// What somebody wants a credential for.
pub struct Wanted {
    /// The targets.
    pub targets: Vec<TargetId>,
    /// Whether it is for the API too.
    pub api: bool,
    /// The grant to bind it to.
    pub grant: Option<GrantId>,
    /// How long it is to live.
    pub lifetime: Duration,
    /// Whether it is to open one session and no more.
    pub once: bool,
}

impl Wanted {
    /// What a request asks for. Without an audience it is the API: with that an agent asks for more.
    pub async fn read(state: &AppState, form: &Form) -> Result<Self, TokenError> {
        let mut wanted = Self {
            targets: Vec::new(),
            api: false,
            grant: None,
            lifetime: lifetime(form)?,
            once: match form.one("once")? {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => {
                    return Err(TokenError::invalid_request("once must be true or false."));
                }
            },
        };
        if let Some(grant) = form.one("grant")? {
            let grant = grant.parse();
            wanted.grant =
                Some(grant.map_err(|_| TokenError::invalid_request("grant is not an id."))?);
        }
        for audience in form.all("audience").chain(form.all("resource")) {
            wanted.add(state, audience).await?;
        }
        if wanted.targets.is_empty() && wanted.grant.is_none() {
            wanted.api = true;
        }
        Ok(wanted)
    }

    /// For one target, by its name.
    pub async fn of_target(state: &AppState, name: &str) -> Result<Self, TokenError> {
        let mut wanted = Self {
            targets: Vec::new(),
            api: false,
            grant: None,
            lifetime: DEFAULT_LIFETIME,
            once: false,
        };
        wanted.add(state, name).await?;
        Ok(wanted)
    }

    async fn add(&mut self, state: &AppState, audience: &str) -> Result<(), TokenError> {
        if audience.trim_end_matches('/') == state.base_url {
            self.api = true;
            return Ok(());
        }
        let target = state.store.target_named(audience).await?;
        let Some(target) = target else {
            return Err(TokenError::invalid_target(format!(
                "There is no target named \"{audience}\"."
            )));
        };
        if !self.targets.contains(&target.target.id) {
            self.targets.push(target.target.id);
        }
        Ok(())
    }
}

fn lifetime(form: &Form) -> Result<Duration, TokenError> {
    let Some(seconds) = form.one("expires_in")? else {
        return Ok(DEFAULT_LIFETIME);
    };
    match seconds.parse().map(Duration::from_secs) {
        Ok(lifetime) if (Duration::from_secs(30)..=MAX_LIFETIME).contains(&lifetime) => {
            Ok(lifetime)
        }
        _ => Err(TokenError::invalid_request(
            "expires_in must be from 30 to 43200 seconds.",
        )),
    }
}

/// Gives the credential.
pub async fn issue(
    state: &AppState,
    holder: Holder,
    mut wanted: Wanted,
) -> Result<Value, TokenError> {
    let not_after = super::grants::check(state, &holder, &mut wanted).await?;
    let ends = [holder.until, not_after].into_iter().flatten().min();
    let new = NewToken {
        principal: holder.principal.principal.id,
        human: holder.human.as_ref().map(|human| human.principal.id),
        grant: wanted.grant,
        targets: wanted.targets,
        api: wanted.api,
        lifetime: wanted.lifetime,
        not_after: ends,
        once: wanted.once,
        api_token: holder.api_token,
        via: holder.via,
    };
    let minted = state.mint_credential(new).await.map_err(|error| {
        let forbidden = error.status() == StatusCode::FORBIDDEN;
        if error.status().is_client_error() && !forbidden {
            TokenError::invalid_target(
                "The credential would be for too many targets, or over at once.",
            )
        } else {
            error.into()
        }
    })?;
    issued(state, &holder, minted.id).await?;
    let seconds = minted.issued_at.until(minted.expires_at).as_secs();
    Ok(json!({
        "access_token": minted.credential,
        "token_type": "Bearer",
        "expires_in": seconds,
    }))
}

async fn issued(
    state: &AppState,
    holder: &Holder,
    id: countersign_model::CredentialId,
) -> Result<(), TokenError> {
    let human = holder.human.as_ref().map(|human| &human.principal.name);
    tracing::info!(
        credential.id = %id,
        principal.id = %holder.principal.principal.id,
        via = holder.via,
        "a credential is issued"
    );
    super::audit(
        state,
        "token.issued",
        Some(holder.principal.principal.name.clone()),
        Some(id.to_string()),
        json!({"via": holder.via, "shown": holder.proof, "on_behalf_of": human}),
    )
    .await?;
    Ok(())
}

/// Records that nobody got anything.
pub async fn refused(
    state: &AppState,
    who: Option<&PrincipalRecord>,
    reason: &str,
) -> Result<(), TokenError> {
    super::audit(
        state,
        "token.refused",
        who.map(|who| who.principal.name.clone()),
        None,
        json!({"reason": reason}),
    )
    .await?;
    Ok(())
}
