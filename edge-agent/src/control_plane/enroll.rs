//! The first start: a join token becomes an identity.

use std::time::Duration;

use countersign_ledger::{
    handover::PinnedKeys,
    join::{JoinToken, ParseJoinTokenError},
    keys::{KeyError, SigningKey},
};
use countersign_model::{EnrollRequest, Timestamp};
use secrecy::ExposeSecret as _;

use super::{Backoff, Client, ClientError, Identity, IdentityError};
use crate::Config;

/// The edge has no identity.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// It was never enrolled and has no token to do so.
    #[error(
        "this edge is not enrolled: start it once with --join-token or COUNTERSIGN_JOIN_TOKEN \
         (`countersign join-token create` makes one)"
    )]
    NoToken,
    /// What was given is no token.
    #[error("the join token cannot be read")]
    Token(#[from] ParseJoinTokenError),
    /// No key can be made.
    #[error("no key can be made for this edge")]
    Key(#[from] KeyError),
    /// The control plane does not accept it.
    #[error("the control plane does not enroll this edge")]
    Refused(#[source] ClientError),
    /// Somebody else answered.
    #[error(
        "the control plane at this address is not the one the join token is from: its key differs"
    )]
    WrongControlPlane,
    /// The identity cannot be read or kept.
    #[error("the edge's identity cannot be used")]
    Identity(#[from] IdentityError),
}

/// The identity on disk, or a new one by the configured join token. Waits for a control plane that
/// is not there yet, but not for one that refuses.
///
/// # Errors
/// When there is none and none can be had.
pub async fn load_or_enroll(config: &Config, client: &Client) -> Result<Identity, EnrollError> {
    if let Some(identity) = Identity::load(&config.data_dir)? {
        return Ok(identity);
    }
    let token = config.join_token.as_ref().ok_or(EnrollError::NoToken)?;
    let token: JoinToken = token.expose_secret().parse()?;
    let identity = enroll(client, &token, config.name.clone()).await?;
    identity.store(&config.data_dir)?;
    tracing::info!(edge.id = %identity.edge_id, edge.name = identity.name, "enrolled");
    Ok(identity)
}

/// Shows the token and a new key's public half.
///
/// # Errors
/// When the control plane refuses, or is not the one the token is from.
pub async fn enroll(
    client: &Client,
    token: &JoinToken,
    name: Option<String>,
) -> Result<Identity, EnrollError> {
    let key = SigningKey::generate()?;
    let request = EnrollRequest {
        join_token: token.encode(),
        public_key: key.verifying_key().to_string(),
        name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(10));
    let response = loop {
        match client.enroll(&request).await {
            Ok(response) => break response,
            Err(
                error @ (ClientError::Unreachable(_) | ClientError::Refused { status: 500.., .. }),
            ) => {
                let wait = backoff.next_wait();
                tracing::warn!(error = %error, "cannot enroll yet; trying again");
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(EnrollError::Refused(error)),
        }
    };
    // A token that is older than the control plane's key names one that led to it.
    let control_plane = PinnedKeys::new(token.control_plane_key).follow(&response.handovers);
    if response.control_plane_key != control_plane.current.to_string() {
        return Err(EnrollError::WrongControlPlane);
    }
    Ok(Identity {
        edge_id: response.edge_id,
        name: response.name,
        key,
        next_key: None,
        key_since: Some(Timestamp::now()),
        control_plane,
    })
}
