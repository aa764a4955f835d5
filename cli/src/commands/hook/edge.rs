//! Asking an edge, and telling it how something ended.

use std::{fmt, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::{Answer, Asked, Ended};
use crate::edge_access::{EdgeAccess, EdgeOptions};

/// Beside the time that people have, for the way there and back.
const WAY: Duration = Duration::from_secs(4);
/// Bytes of an output that are told.
const MAX_OUTPUT: usize = 64 << 10;

/// Which edge is asked, and for how long.
#[derive(Debug, Args)]
pub struct HookOptions {
    #[command(flatten)]
    edge: EdgeOptions,

    /// Seconds to wait for people; the copilot's own limit for a hook has to be longer by five
    #[arg(
        long,
        value_name = "SECONDS",
        env = "COUNTERSIGN_HOOK_WAIT",
        default_value_t = 50,
        value_parser = clap::value_parser!(u64).range(0..=600)
    )]
    wait: u64,
}

/// The edge was not asked, or gave no answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Unanswered(pub String);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the edge cannot be asked ({})", self.0)
    }
}

/// An edge.
pub struct Edge {
    http: reqwest::Client,
    access: EdgeAccess,
    wait: u64,
}

/// An answer in the form of AuthZEN.
#[derive(Debug, Deserialize)]
struct Evaluation {
    decision: bool,
    #[serde(default)]
    context: Context,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    id: Option<String>,
    reason: Option<String>,
    review: Option<Review>,
    code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Review {
    short: String,
}

impl Edge {
    /// The edge that the options name.
    ///
    /// # Errors
    /// When one of them is missing.
    pub fn new(options: &HookOptions) -> Result<Self> {
        Ok(Self {
            access: options.edge.access()?,
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(options.wait) + WAY)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .context("the HTTP client cannot be made")?,
            wait: options.wait,
        })
    }

    /// Asks, and waits for people where they decide. What is never told to have ended is told at once.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&self, asked: &Asked) -> Result<Answer, Unanswered> {
        let unanswered = |error: anyhow::Error| Unanswered(format!("{error:#}"));
        let question = self.question(asked);
        let said = self.post("-/access/v1/evaluation", &question);
        let (status, body) = said.await.map_err(unanswered)?;
        let evaluation = match status {
            StatusCode::OK => serde_json::from_value::<Evaluation>(body)
                .map_err(|error| Unanswered(format!("its answer cannot be read: {error}")))?,
            // It says no, rather than nothing.
            status if status.is_client_error() => {
                return Ok(Answer::Deny(format!(
                    "Countersign: {}",
                    detail(&body, status)
                )));
            }
            status => return Err(Unanswered(detail(&body, status))),
        };
        if evaluation.decision {
            if let (None, Some(id)) = (&asked.key, &evaluation.context.id) {
                let report = json!({"id": id, "status": "completed"});
                // The intent alone is in the record otherwise, which says no more than that.
                let _ = self.post("-/access/v1/outcomes", &report).await;
            }
            return Ok(Answer::Allow);
        }
        Ok(Answer::Deny(words(&evaluation.context)))
    }

    fn question(&self, asked: &Asked) -> Value {
        let mut context = json!({"wait_seconds": self.wait});
        if let Some(cwd) = &asked.cwd {
            context["cwd"] = json!(cwd);
        }
        if let Some(key) = &asked.key {
            context["key"] = json!(key);
        }
        if asked.returns_nothing {
            context["enforces"] = json!(["masks", "limits"]);
        }
        json!({
            "action": {"name": asked.operation.kind(), "properties": asked.operation},
            "resource": {"type": "target", "id": self.access.target},
            "context": context,
        })
    }

    /// Tells how something ended.
    ///
    /// # Errors
    /// When the edge does not take it.
    pub async fn report(&self, ended: &Ended) -> Result<()> {
        let mut report = json!({
            "key": ended.key,
            "resource": {"id": self.access.target},
            "status": ended.status,
        });
        if let Some(output) = &ended.output {
            let end = output.floor_char_boundary(MAX_OUTPUT);
            report["output"] = json!(output.get(..end));
        }
        let (status, body) = self.post("-/access/v1/outcomes", &report).await?;
        // What was refused, or runs without having been asked about, is not waited for.
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        bail!("{}", detail(&body, status))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        let url = self
            .access
            .base
            .join(path)
            .context("the edge's URL is none")?;
        let request = self
            .http
            .post(url)
            .bearer_auth(self.access.credential.expose_secret())
            .json(body);
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status();
        let bytes = response.bytes().await.context("the answer broke off")?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}

fn detail(body: &Value, status: StatusCode) -> String {
    match body["detail"].as_str() {
        Some(detail) => detail.to_owned(),
        None => format!("it answers {status}"),
    }
}

/// A refusal in words, for the person and the model.
fn words(context: &Context) -> String {
    let reason = context.reason.as_deref().unwrap_or("it is not allowed");
    match &context.review {
        Some(review) if context.code.as_deref() == Some("review_pending") => format!(
            "Countersign: it waits for review {}. Nothing was done. Try exactly the same again when it \
             is approved.",
            review.short
        ),
        _ => format!("Countersign: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use countersign_model::RawOperation;

    use super::*;

    fn options(edge: &str) -> HookOptions {
        HookOptions {
            edge: EdgeOptions::of(edge, "laptop", "csp_secret"),
            wait: 0,
        }
    }

    fn asked() -> Asked {
        Asked {
            operation: RawOperation::Shell("ls".to_owned()),
            cwd: Some("/home/ada/shop".to_owned()),
            key: Some("k".to_owned()),
            returns_nothing: false,
        }
    }

    #[test]
    fn a_question_is_one_of_authzen() {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let edge = Edge::new(&options("http://127.0.0.1:6480")).expect("an edge");
        assert_eq!(
            edge.question(&asked()),
            json!({
                "action": {"name": "shell", "properties": {"shell": "ls"}},
                "resource": {"type": "target", "id": "laptop"},
                "context": {"wait_seconds": 0, "cwd": "/home/ada/shop", "key": "k"},
            })
        );
    }

    #[tokio::test]
    async fn an_edge_that_is_away_is_no_consent() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Nobody listens on port 1.
        let edge = Edge::new(&options("http://127.0.0.1:1")).expect("an edge");
        let error = edge.ask(&asked()).await.expect_err("no answer");
        assert!(error.to_string().starts_with("the edge cannot be asked"));
        assert!(!error.to_string().contains("csp_secret"));
    }

    #[test]
    fn refusals_are_told_in_words() {
        let context: Context = serde_json::from_value(json!({
            "code": "review_pending", "reason": "waiting", "review": {"short": "R-1"},
        }))
        .expect("a context");
        assert!(words(&context).contains("review R-1"));
        let context: Context = serde_json::from_value(json!({
            "code": "review_denied", "reason": "the review was denied", "review": {"short": "R-1"},
        }))
        .expect("a context");
        assert_eq!(words(&context), "Countersign: the review was denied");
    }
}
