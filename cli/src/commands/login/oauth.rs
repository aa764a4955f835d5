//! The control plane as an OAuth server, as far as signing in needs it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Url, header};
use secrecy::SecretString;
use serde::Deserialize;

use crate::client::ClientError;

/// Who this program is.
pub const CLIENT_ID: &str = "countersign-cli";

const TIMEOUT: Duration = Duration::from_secs(30);

/// The control plane's metadata (RFC 8414).
#[derive(Deserialize)]
struct Metadata {
    authorization_endpoint: Url,
    token_endpoint: Url,
    device_authorization_endpoint: Url,
}

/// A token, or why there is none.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum TokenAnswer {
    /// The token.
    Token {
        /// The secret.
        access_token: SecretString,
    },
    /// Why there is none (RFC 6749, 5.2).
    Refused {
        /// The code.
        error: String,
        /// In words.
        error_description: Option<String>,
    },
}

/// The control plane.
pub struct Server {
    http: reqwest::Client,
    base: String,
}

impl Server {
    /// The control plane at `url`.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(TIMEOUT)
                .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
                .build()
                .context("no HTTP client")?,
            base: url.trim_end_matches('/').to_owned(),
        })
    }

    /// The page where a person signs a program in.
    pub async fn authorization_endpoint(&self) -> Result<Url> {
        Ok(self.metadata().await?.authorization_endpoint)
    }

    /// Where tokens are asked for.
    pub async fn token_endpoint(&self) -> Result<Url> {
        Ok(self.metadata().await?.token_endpoint)
    }

    /// Where a program without a browser begins to wait.
    pub async fn device_endpoint(&self) -> Result<Url> {
        Ok(self.metadata().await?.device_authorization_endpoint)
    }

    async fn metadata(&self) -> Result<Metadata> {
        let url = format!("{}/.well-known/oauth-authorization-server", self.base);
        let answer = self.http.get(&url).send().await;
        let answer = answer.map_err(|source| self.unreachable(source))?;
        let text = answer.bytes().await.context("the answer broke off")?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} does not sign programs in", self.base))
    }

    /// Sends a form and reads the answer, whatever its status.
    pub async fn form<T: for<'de> Deserialize<'de>>(
        &self,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<T> {
        let mut encoded = url.clone();
        encoded.query_pairs_mut().clear().extend_pairs(form);
        let request = self
            .http
            .post(url.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded.query().unwrap_or_default().to_owned());
        let answer = request.send().await;
        let answer = answer.map_err(|source| self.unreachable(source))?;
        let text = answer.bytes().await.context("the answer broke off")?;
        serde_json::from_slice(&text).with_context(|| format!("{url} answered with something else"))
    }

    fn unreachable(&self, source: reqwest::Error) -> ClientError {
        ClientError::Unreachable {
            url: self.base.clone(),
            source: source.without_url(),
        }
    }
}
