//! The control plane's REST API, as far as the commands need it: JSON in, JSON out, problems
//! (RFC 9457) as errors.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, Result};
use reqwest::{Method, RequestBuilder, StatusCode, Url, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// How long one request may take; an upload compiles the policy at the server.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Items asked for at once.
const PAGE: &str = "200";

/// Why the control plane did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No answer came.
    #[error("{url} does not answer")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// It answered with a problem.
    #[error("{detail} ({code})")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The problem's stable code.
        code: String,
        /// The problem in words.
        detail: String,
    },
}

/// Recorded decisions come out otherwise, and the caller asked to fail then.
#[derive(Debug, thiserror::Error)]
#[error("{differing} of {judged} decisions differ")]
pub struct DecisionsDiffer {
    /// Those that came out otherwise.
    pub differing: u64,
    /// Those that were judged again.
    pub judged: u64,
}

/// What was asked for is not granted.
#[derive(Debug, thiserror::Error)]
#[error("access is {0}")]
pub struct NotGranted(pub String);

/// RFC 9457, with the code that every problem of the control plane has.
#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
}

/// A list's page.
#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    next_cursor: Option<String>,
}

/// A signed-in connection to one control plane.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: SecretString,
}

impl Client {
    /// A client of the control plane at `url`, as the owner of `token`.
    pub fn new(url: &str, token: SecretString) -> Result<Self> {
        let base = format!("{}/api/v1/", url.trim_end_matches('/'));
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(TIMEOUT)
                .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
                .build()
                .context("no HTTP client")?,
            base: base
                .parse()
                .with_context(|| format!("{url} is not a URL"))?,
            token,
        })
    }

    /// One thing.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::GET, path)?).await
    }

    /// All items of a list, page by page, up to `limit`.
    pub async fn list(
        &self,
        path: &str,
        query: &[(&str, String)],
        limit: usize,
    ) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut request = self
                .request(Method::GET, path)?
                .query(&[("limit", PAGE)])
                .query(query);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let page: Page = parse(self.json(request).await?)?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() || items.len() >= limit {
                items.truncate(limit);
                return Ok(items);
            }
        }
    }

    /// Makes or does something.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Value> {
        self.json(self.request(Method::POST, path)?.json(body))
            .await
    }

    /// Changes something.
    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Result<Value> {
        self.json(self.request(Method::PATCH, path)?.json(body))
            .await
    }

    /// Uploads a component.
    pub async fn post_wasm(
        &self,
        path: &str,
        query: &[(&str, String)],
        component: Vec<u8>,
    ) -> Result<Value> {
        let request = self
            .request(Method::POST, path)?
            .query(query)
            .header(header::CONTENT_TYPE, "application/wasm")
            .body(component);
        self.json(request).await
    }

    /// A component's bytes.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        self.answer(self.request(Method::GET, path)?).await
    }

    /// Removes something.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::DELETE, path)?).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let url = self
            .base
            .join(path)
            .with_context(|| format!("{path} is no path of the API"))?;
        Ok(self
            .http
            .request(method, url)
            .bearer_auth(self.token.expose_secret()))
    }

    async fn json(&self, request: RequestBuilder) -> Result<Value> {
        let body = self.answer(request).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body)
            .with_context(|| format!("{} answered with something that is not JSON", self.base))
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Vec<u8>> {
        let unreachable = |source: reqwest::Error| ClientError::Unreachable {
            url: self.base.to_string(),
            source: source.without_url(),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        if !status.is_success() {
            return Err(refused(status, &body).into());
        }
        Ok(body.into())
    }
}

fn refused(status: StatusCode, body: &[u8]) -> ClientError {
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let code = problem.as_ref().and_then(|problem| problem.code.clone());
    let detail = problem.and_then(|problem| problem.detail.or(problem.title));
    ClientError::Refused {
        status,
        code: code.unwrap_or_else(|| status.as_u16().to_string()),
        detail: detail.unwrap_or_else(|| "the control plane refused it".to_owned()),
    }
}

/// Whether the token is not accepted.
pub fn is_unauthenticated(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<ClientError>();
    matches!(
        refused,
        Some(ClientError::Refused { status, .. }) if *status == StatusCode::UNAUTHORIZED
    )
}

/// Whether what was asked for is not there.
pub fn is_not_found(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<ClientError>();
    matches!(refused, Some(ClientError::Refused { status, .. }) if *status == StatusCode::NOT_FOUND)
}

/// An answer as the type that a command shows.
pub fn parse<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).context("the control plane's answer has an unknown shape")
}

/// The exit code that `--help` documents for an error.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.is::<DecisionsDiffer>() || error.is::<NotGranted>() {
        return ExitCode::from(3);
    }
    // The one code by which every copilot takes a hook's failure for a refusal.
    if error.is::<crate::commands::hook::Blocked>() {
        return ExitCode::from(2);
    }
    let code = match error.downcast_ref::<ClientError>() {
        Some(ClientError::Unreachable { .. }) => 5,
        Some(ClientError::Refused { status, .. }) => match *status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => 3,
            StatusCode::NOT_FOUND => 4,
            _ => 1,
        },
        None => 1,
    };
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_by_its_detail_and_code() {
        let body =
            br#"{"title":"Conflict","detail":"the review was decided","code":"review_final"}"#;
        let error = refused(StatusCode::CONFLICT, body);
        assert_eq!(error.to_string(), "the review was decided (review_final)");

        let no_json = refused(StatusCode::BAD_GATEWAY, b"<html>");
        assert_eq!(no_json.to_string(), "the control plane refused it (502)");
    }
}
