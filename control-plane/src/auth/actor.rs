//! Whoever acts by themselves: a person, or a principal by its own credential.

use axum::{extract::FromRequestParts, http::request::Parts};
use countersign_ledger::credential;
use countersign_model::Principal;
use countersign_store::UserRecord;

use super::caller::{authenticate, bearer};
use crate::{
    api_error::ApiError,
    oauth::own::{self, Bearer},
    state::AppState,
};

/// A person who is signed in, whatever their roles, or a principal that shows a credential for the
/// API. What each may do is the operation's to decide.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A person.
    Person(UserRecord),
    /// A principal.
    Principal(Box<Bearer>),
}

impl Bearer {
    /// The principal as the policies see it: acting for the human that its credential names.
    pub fn acting(&self) -> Principal {
        let mut principal = self.principal.principal.clone();
        if let Some(human) = &self.human {
            principal.on_behalf_of = Some(human.principal.name.clone());
        }
        principal
    }
}

impl FromRequestParts<AppState> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let token = bearer(&parts.headers)?;
        let Some(text) = token.filter(|token| token.starts_with(credential::PREFIX)) else {
            let (user, _) = authenticate(parts, state).await?;
            return Ok(Self::Person(user));
        };
        let bearer = own::bearer(state, text).await?.ok_or_else(|| {
            ApiError::unauthenticated(
                "The credential is unknown, expired, revoked or not for this.",
            )
        })?;
        Ok(Self::Principal(Box::new(bearer)))
    }
}
