//! What the edge of the demo reaches beside databases: an HTTP API and a model's provider, both
//! stand-ins that run in this process.

use anyhow::Result;
use countersign_test_support::{Countersign, HttpUpstream, LlmStandIn, OrdersApi};
use serde_json::Value;

/// The target that is the company's API.
pub const ORDERS: &str = "orders-api";
/// The target that speaks OpenAI's API.
pub const OPENAI: &str = "models";
/// The target that speaks Anthropic's.
pub const ANTHROPIC: &str = "models-anthropic";

/// A label of all models.
pub const MODELS: &str = "app=models";

/// Seconds until a client of the API is told that people have to decide.
const API_HOLD: u32 = 1;

/// Seconds that a model's answer waits for people in the middle of its stream.
const MODEL_HOLD: u32 = 120;

/// Both stand-ins. They end when dropped.
#[derive(Debug)]
pub struct Services {
    pub orders: OrdersApi,
    pub provider: LlmStandIn,
}

impl Services {
    pub fn start() -> Result<Self> {
        Ok(Self {
            orders: OrdersApi::start()?,
            provider: LlmStandIn::start()?,
        })
    }

    /// Where the edge finds them, and how it signs in.
    pub fn upstreams(&self) -> Vec<HttpUpstream> {
        let provider = self.provider.url();
        let upstream = |target: &str, url, header: &str, secret: &str, hold_seconds| HttpUpstream {
            target: target.to_owned(),
            url,
            auth: Some((header.to_owned(), secret.to_owned())),
            hold_seconds,
        };
        let bearer = "authorization";
        let (key, token) = (LlmStandIn::KEY, OrdersApi::TOKEN);
        vec![
            upstream(ORDERS, self.orders.url(), bearer, token, API_HOLD),
            upstream(OPENAI, provider.clone(), bearer, key, MODEL_HOLD),
            upstream(ANTHROPIC, provider, "x-api-key", key, MODEL_HOLD),
        ]
    }
}

/// Makes their targets, unless they are there: only what a policy allows runs on them.
pub fn targets(admin: &Countersign, existing: &Value) -> Result<()> {
    for (name, kind, label) in [
        (ORDERS, "http", "app=shop"),
        (OPENAI, "openai", MODELS),
        (ANTHROPIC, "anthropic", MODELS),
    ] {
        if super::governance::has(existing, "name", name) {
            continue;
        }
        let create = ["target", "create", name, "--kind", kind, "--label", label];
        admin.json(
            &[
                &create[..],
                &["--label", "env=production", "--default", "deny"],
            ]
            .concat(),
        )?;
    }
    Ok(())
}
