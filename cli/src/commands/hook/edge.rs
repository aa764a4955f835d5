//! Asking an edge, and telling it how something ended.

use std::{fmt, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::{Answer, Asked, Ended};

/// Beside the time that people have, for the way there and back.
const WAY: Duration = Duration::from_secs(4);
/// Bytes of an output that are told.
const MAX_OUTPUT: usize = 64 << 10;

/// Which edge is asked, about what, as whom.
#[derive(Debug, Args)]
pub struct EdgeOptions {
    /// The edge's HTTP listener
    #[arg(long, value_name = "URL", env = "COUNTERSIGN_EDGE")]
    edge: Option<String>,

    /// The target that this machine is
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_TARGET")]
    target: Option<String>,

    /// The copilot's credential
    #[arg(
        long,
        value_name = "SECRET",
        env = "COUNTERSIGN_CREDENTIAL",
        hide_env_values = true
    )]
    credential: Option<String>,

    /// A file whose first line is the credential
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_CREDENTIAL_FILE")]
    credential_file: Option<PathBuf>,

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
    base: Url,
    target: String,
    credential: SecretString,
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
    pub fn new(options: &EdgeOptions) -> Result<Self> {
        let missing = |what: &str, variable: &str| format!("no {what}: set {variable}");
        let url = options.edge.as_deref();
        let url = url.with_context(|| missing("edge", "COUNTERSIGN_EDGE"))?;
        let mut base: Url = url.parse().context("the edge's URL is none")?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let target = options.target.clone();
        let credential = match (&options.credential, &options.credential_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
                text.lines().next().unwrap_or_default().trim().to_owned()
            }
            (None, None) => bail!(missing("credential", "COUNTERSIGN_CREDENTIAL_FILE")),
        };
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(options.wait) + WAY)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .context("the HTTP client cannot be made")?,
            base,
            target: target.with_context(|| missing("target", "COUNTERSIGN_TARGET"))?,
            credential: credential.into(),
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
            "resource": {"type": "target", "id": self.target},
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
            "resource": {"id": self.target},
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
        let url = self.base.join(path).context("the edge's URL is none")?;
        let request = self
            .http
            .post(url)
            .bearer_auth(self.credential.expose_secret())
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

    fn options(edge: &str) -> EdgeOptions {
        EdgeOptions {
            edge: Some(edge.to_owned()),
            target: Some("laptop".to_owned()),
            credential: Some("csp_secret".to_owned()),
            credential_file: None,
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

    #[test]
    fn what_is_missing_is_named() {
        let without = EdgeOptions {
            credential: None,
            ..options("http://127.0.0.1:1")
        };
        let error = Edge::new(&without).err().expect("no credential");
        assert!(error.to_string().contains("COUNTERSIGN_CREDENTIAL_FILE"));
    }
}
