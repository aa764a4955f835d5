//! What a grant has to say about a credential that is bound to it.

use countersign_model::Timestamp;

use super::{
    error::TokenError,
    issue::{Holder, Wanted},
};
use crate::state::AppState;

/// Checks that the grant is the holder's, in force and for these targets; answers when it ends.
#[expect(clippy::unused_async, reason = "becomes a look at the grants")]
pub async fn check(
    _state: &AppState,
    _holder: &Holder,
    wanted: &mut Wanted,
) -> Result<Option<Timestamp>, TokenError> {
    if wanted.grant.is_some() {
        return Err(TokenError::invalid_request(
            "Credentials for a grant are made by POST /api/v1/grants/{id}/credentials.",
        ));
    }
    Ok(None)
}
