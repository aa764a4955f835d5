//! Signing in where there is no browser (RFC 8628): the person types a code into one elsewhere.

use std::time::Duration;

use anyhow::{Result, bail};
use secrecy::SecretString;
use serde::Deserialize;

use super::oauth::{CLIENT_ID, Server, TokenAnswer};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What the control plane answers to who begins to wait.
#[derive(Deserialize)]
struct Waiting {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    interval: u64,
}

/// Signs in and returns the token.
pub async fn sign_in(server: &Server) -> Result<SecretString> {
    let endpoint = server.device_endpoint().await?;
    let waiting: Waiting = server.form(&endpoint, &[("client_id", CLIENT_ID)]).await?;
    announce(&waiting);
    let endpoint = server.token_endpoint().await?;
    let form = [
        ("grant_type", GRANT_TYPE),
        ("client_id", CLIENT_ID),
        ("device_code", &waiting.device_code),
    ];
    let mut interval = waiting.interval.max(1);
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        let (error, words) = match server.form(&endpoint, &form).await? {
            TokenAnswer::Token { access_token } => return Ok(access_token),
            TokenAnswer::Refused {
                error,
                error_description,
            } => (error, error_description),
        };
        match error.as_str() {
            "authorization_pending" => {}
            "slow_down" => interval += 5,
            _ => bail!("{} ({error})", words.unwrap_or_default()),
        }
    }
}

#[expect(clippy::print_stderr, reason = "a remark beside the command's output")]
fn announce(waiting: &Waiting) {
    eprintln!(
        "to sign in, open {} in any browser and type\n\n  {}\n\nor open {}",
        waiting.verification_uri, waiting.user_code, waiting.verification_uri_complete
    );
}
