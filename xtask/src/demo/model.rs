//! A question to a real model, small as it is.

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::{Countersign, HttpCall, HttpReply, Plane, SmolLm2, wait_until};
use serde_json::{Value, json};

use super::{
    copilot::EMAIL,
    governance::Access,
    reviews::PATIENCE,
    scenario::{millis, step},
    services::{SMOLLM2, Services},
};

/// Plays it, where there is a model.
pub async fn play(plane: &Plane, access: &Access, services: &Services) -> Result<()> {
    let prompt = format!("Repeat this line exactly: The parcel for {EMAIL} is late.");
    step(18, "a streamed question to a real model", &prompt);
    let Some(model) = services.model() else {
        println!("     left out: there is no model on this machine");
        return Ok(());
    };
    let reply = ask(plane, &access.agent.secret, &prompt).await?;
    ensure!(reply.status == 200, "refused: {}", reply.text);
    let read = model.last_prompt().await?;
    let read = read.lines().find(|line| line.contains("parcel"));
    let read = read.context("the model was asked something else")?;
    ensure!(!read.contains(EMAIL), "the address left: {read}");
    println!(
        "     the model sees: {}",
        read.trim_end_matches("<|im_end|>")
    );
    let pieces = pieces(&reply);
    // What a model of this size says is its own affair.
    ensure!(!pieces.is_empty(), "no answer: {}", reply.text);
    println!("     the copilot reads: {}", pieces.concat());
    println!(
        "     in {} pieces, the first after {}",
        pieces.len(),
        millis(reply.first)
    );
    let (input, output) = usage(&plane.admin).await?;
    println!("     recorded: {input} tokens asked, {output} answered");
    Ok(())
}

async fn ask(plane: &Plane, secret: &str, prompt: &str) -> Result<HttpReply> {
    let body = json!({
        "model": SmolLm2::MODEL,
        "messages": [{ "role": "user", "content": prompt }],
        "stream": true,
        "temperature": 0,
        "max_tokens": 48,
    });
    let call = HttpCall {
        method: "POST",
        url: &(plane.target_url(SMOLLM2) + "/v1/chat/completions"),
        credential: secret,
        headers: &[],
        body: Some(&body),
    };
    call.send().await
}

/// What each event of the stream adds to the answer.
fn pieces(reply: &HttpReply) -> Vec<String> {
    let piece = |event: &str| {
        let event: Value = serde_json::from_str(event).ok()?;
        let text = event.pointer("/choices/0/delta/content")?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    reply.events().filter_map(piece).collect()
}

/// The tokens of the newest session's last answer, as the record has them.
async fn usage(admin: &Countersign) -> Result<(u64, u64)> {
    wait_until("the model's tokens are recorded", PATIENCE, || async {
        let sessions = admin.json(&["session", "list", "--target", SMOLLM2]).ok()?;
        let session = sessions.pointer("/0/id")?.as_str()?;
        let shown = admin.json(&["session", "show", session]).ok()?;
        let events = shown.get("events")?.as_array()?;
        let of = |event: &Value| {
            let usage = event.pointer("/response/usage")?;
            Some((
                usage.get("input")?.as_u64()?,
                usage.get("output")?.as_u64()?,
            ))
        };
        events
            .iter()
            .rev()
            .find_map(of)
            .filter(|(_, output)| *output > 0)
    })
    .await
}
