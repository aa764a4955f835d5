//! Talking to the provider: so much, in so long, and no further than where it was sent.

use std::{pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect::Policy};

use crate::bounded_body::{self, BodyError};

/// Bytes that an answer may have: claims, keys and metadata are a fraction of it.
const MAX_ANSWER: usize = 128 * 1024;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection, or a broken one.
    #[error("the provider does not answer ({0})")]
    Unreachable(&'static str),
    /// It takes too long.
    #[error("the provider takes too long")]
    Slow,
    /// It never ends.
    #[error("the provider sends more than {MAX_ANSWER} bytes")]
    TooLarge,
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Slow
        } else if error.is_connect() {
            Self::Unreachable("no connection")
        } else {
            Self::Unreachable("the connection broke")
        }
    }
}

/// A client of the provider.
#[derive(Debug)]
pub struct Http {
    client: Client,
    limit: Duration,
}

impl Http {
    /// A client whose requests take at most `limit`.
    pub fn new(limit: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            // Following a redirect would show the code, the secret or a token to somebody else.
            .redirect(Policy::none())
            .connect_timeout(CONNECT.min(limit))
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, limit })
    }

    /// Sends one request and reads its answer, whole or not at all.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        tokio::time::timeout(self.limit, self.exchange(request))
            .await
            .unwrap_or(Err(HttpError::Slow))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut response = self.client.execute(request.try_into()?).await?;
        let body = bounded_body::read(&mut response, MAX_ANSWER).await;
        let body = body.map_err(|error| match error {
            BodyError::Broken(error) => error.into(),
            BodyError::TooLong => HttpError::TooLarge,
        })?;
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// openidconnect asks by this.
impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
