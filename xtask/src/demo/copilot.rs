//! A copilot: it asks a model about a customer, the model answers with tool calls, and it calls an HTTP
//! API.

use anyhow::{Context as _, Result, bail, ensure};
use countersign_test_support::{Countersign, HttpReply, LlmStandIn, Plane, http, wait_until};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    governance::{Access, REVIEWER},
    reviews::{PATIENCE, approve, pending},
    scenario::step,
    services::{OPENAI, ORDERS, Services},
};

/// A customer's address, which must not leave.
pub(super) const EMAIL: &str = "jane.roe@example.com";

/// Plays all of it.
pub async fn play(plane: &Plane, access: &Access, services: &Services) -> Result<()> {
    let copilot = Copilot {
        plane,
        secret: &access.agent.secret,
        reviewer: &access.reviewer,
        services,
    };
    copilot.prompt().await?;
    copilot.refused_tool().await?;
    copilot.held_tool().await?;
    copilot.order().await?;
    copilot.refund().await
}

struct Copilot<'a> {
    plane: &'a Plane,
    secret: &'a str,
    reviewer: &'a Countersign,
    services: &'a Services,
}

impl Copilot<'_> {
    async fn prompt(&self) -> Result<()> {
        let prompt = format!("write to {EMAIL} about order 1042");
        step(8, "a prompt with a customer's address", &prompt);
        let answer = self.chat(&prompt).await??;
        let requests = self.services.provider.requests();
        let left = requests.last().context("nothing reached the provider")?;
        let left = left.json();
        let left = text(&left, "/messages/0/content")?;
        ensure!(!left.contains(EMAIL), "the address left: {left}");
        println!("     the provider sees: {left}");
        let said = said(&answer)?;
        ensure!(said.contains(EMAIL), "the answer lost the address: {said}");
        println!("     the copilot reads: {said}");
        Ok(())
    }

    async fn refused_tool(&self) -> Result<()> {
        let prompt = "use tool drop_table with {\"table\": \"customers\"}";
        step(9, "the model calls a tool that nobody may call", prompt);
        let answer = self.chat(prompt).await??;
        ensure!(calls(&answer).is_none(), "the call came through");
        println!("     blocked, and its loop reads: {}", said(&answer)?);
        Ok(())
    }

    async fn held_tool(&self) -> Result<()> {
        let call = "refund_order";
        let prompt = "use tool refund_order with {\"order\": 1042, \"cents\": 90000}";
        step(10, "the model calls one that people decide on", prompt);
        let running = self.chat(prompt);
        let review = pending(self.reviewer, call).await?;
        ensure!(!running.is_finished(), "the call did not wait");
        approve(self.reviewer, &review, "the customer is right")?;
        let answer = running.await??;
        let calls = calls(&answer).context("the approved call did not come")?;
        let arguments = text(&calls, "/0/function/arguments")?;
        println!("     held; {REVIEWER} approves it; the copilot gets it: {arguments}");
        Ok(())
    }

    async fn order(&self) -> Result<()> {
        step(11, "an order by HTTP", "GET /v1/orders/1042");
        let reply = self.api("GET", "/v1/orders/1042", None).await??;
        ensure!(reply.status == 200, "refused: {}", reply.text);
        // A name has no shape that a detector could know: it is masked by its path.
        for leak in ["@example.com", "4111 1111", "Jane Roe"] {
            ensure!(!reply.text.contains(leak), "unmasked: {}", reply.text);
        }
        println!("     masked: {}", reply.text);
        Ok(())
    }

    async fn refund(&self) -> Result<()> {
        let line = "POST /v1/refunds";
        let body = json!({ "order": 1042, "cents": 90_000 });
        step(12, "a refund by HTTP", &format!("{line} {body}"));
        let held = self.api("POST", "/v1/refunds", Some(&body)).await??;
        ensure!(held.status == 202, "not held: {}", held.text);
        println!("     held: {}", text(&held.json(), "/detail")?);
        let review = pending(self.reviewer, line).await?;
        approve(self.reviewer, &review, "agreed")?;
        let made = wait_until("the refund is picked up", PATIENCE, || async {
            let reply = self.api("POST", "/v1/refunds", Some(&body)).await;
            let reply = reply.ok()?.ok()?;
            (reply.status != 202).then_some(reply)
        })
        .await?;
        ensure!(made.status == 201, "not made: {}", made.text);
        let count = self.services.orders.refunds();
        ensure!(count == 1, "{count} refunds were made");
        println!(
            "     {REVIEWER} approves it; the same request again is answered: {}",
            made.text
        );
        Ok(())
    }

    fn chat(&self, prompt: &str) -> JoinHandle<Result<HttpReply>> {
        let body = json!({
            "model": LlmStandIn::MODEL,
            "messages": [{ "role": "user", "content": prompt }],
        });
        let url = self.plane.target_url(OPENAI) + "/v1/chat/completions";
        self.send("POST", url, Some(body))
    }

    fn api(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> JoinHandle<Result<HttpReply>> {
        let url = self.plane.target_url(ORDERS) + path;
        self.send(method, url, body.cloned())
    }

    /// In the background: people decide meanwhile.
    fn send(
        &self,
        method: &'static str,
        url: String,
        body: Option<Value>,
    ) -> JoinHandle<Result<HttpReply>> {
        let secret = self.secret.to_owned();
        tokio::spawn(async move { http(method, &url, &secret, body.as_ref()).await })
    }
}

/// The model's words.
fn said(answer: &HttpReply) -> Result<String> {
    if answer.status != 200 {
        bail!("the model was not asked: {}", answer.text);
    }
    let answer = answer.json();
    text(&answer, "/choices/0/message/content").map(str::to_owned)
}

/// Its tool calls.
fn calls(answer: &HttpReply) -> Option<Value> {
    let answer = answer.json();
    let calls = answer.pointer("/choices/0/message/tool_calls")?;
    calls.as_array().filter(|calls| !calls.is_empty())?;
    Some(calls.clone())
}

fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.with_context(|| format!("no {pointer} in {value}"))
}
