//! OpenAI's and Anthropic's own SDKs work unchanged but for base URL and key: what they say is judged
//! and hidden on its way out, and each tool call on its way in.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::support::{
    models::{CLAUDE, GPT, ModelHouse, printed},
    python,
};

const EMAIL: &str = "ada@example.com";
const CARD: &str = "4111 1111 1111 1111";

#[tokio::test(flavor = "multi_thread")]
async fn python_sdks() -> Result<()> {
    works(&python(), "python/llm.py").await
}

#[tokio::test(flavor = "multi_thread")]
async fn node_sdks() -> Result<()> {
    works("node", "node/llm.mjs").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_tool_call_comes_when_it_is_approved() -> Result<()> {
    let house = ModelHouse::start().await?;
    let cases = [
        (python(), "python/llm.py", "openai", "approve"),
        (python(), "python/llm.py", "anthropic", "approve"),
        ("node".to_owned(), "node/llm.mjs", "openai", "deny"),
        ("node".to_owned(), "node/llm.mjs", "anthropic", "deny"),
    ];
    for (program, file, api, decision) in cases {
        let command = house.script(&program, file, &[api]);
        let running = tokio::task::spawn_blocking(move || printed(command));
        let review = house.pending_review().await?;
        let id = review["id"].as_str().context("a review without an id")?;
        let excerpt = review["excerpt"].as_str().unwrap_or("");
        ensure!(
            excerpt.contains("refund_order") && excerpt.contains("900"),
            "{review}"
        );
        let decide = ["review", decision, id, "--comment", "looked into it"];
        house.reviewer.json(&decide)?;
        let seen = running.await??;
        let calls = &seen["calls"];
        if decision == "approve" {
            ensure!(
                *calls == json!([["refund_order", { "order": 7, "amount": 900 }]]),
                "{seen}"
            );
        } else {
            ensure!(*calls == json!([]), "{seen}");
            ensure!(holds(&seen["text"], "looked into it"), "{seen}");
        }
    }
    Ok(())
}

async fn works(program: &str, file: &str) -> Result<()> {
    let house = ModelHouse::start().await?;
    let command = house.script(program, file, &[]);
    let seen = tokio::task::spawn_blocking(move || printed(command)).await??;
    let (openai, anthropic) = (&seen["openai"], &seen["anthropic"]);
    for api in [openai, anthropic] {
        words(api)?;
        tools(api)?;
        errors(&api["errors"])?;
        ensure!(
            api["models"] == json!(["stand-in-small", "stand-in-large"]),
            "{api}"
        );
    }
    ensure!(openai["usage"].as_u64() > Some(0), "{openai}");
    let asked = [&openai["streamed"]["usage"], &openai["with_usage"]["usage"]];
    ensure!(
        asked == [false, true],
        "usage that nobody asked for, or none: {openai}"
    );
    ensure!(anthropic["counted"].as_u64() > Some(0), "{anthropic}");
    ensure!(openai["embeddings"] == json!([8, 8]), "{openai}");
    ensure!(openai["response"] == openai["whole"], "{openai}");
    for choice in [0, 1] {
        ensure!(openai["two"][choice] == openai["whole"], "{openai}");
    }
    called(&openai["response_tools"])?;
    called(&openai["response_streamed"])?;
    left(&house)?;
    recorded(&house)
}

/// What was hidden from the provider is back in the answer, or stays hidden; streamed or not.
fn words(api: &Value) -> Result<()> {
    let whole = &api["whole"];
    ensure!(
        holds(whole, "You said: write to ada@example.com now"),
        "{whole}"
    );
    ensure!(
        !holds(whole, "555-0132"),
        "a number that was redacted for good: {whole}"
    );
    ensure!(
        api["streamed"]["text"] == *whole,
        "{whole} and {}",
        api["streamed"]
    );
    for recited in [&api["recited"], &api["recited_streamed"]] {
        ensure!(
            holds(recited, "Jane Roe") && !holds(recited, CARD),
            "{recited}"
        );
    }
    ensure!(api["recited"] == api["recited_streamed"], "{api}");
    Ok(())
}

fn tools(api: &Value) -> Result<()> {
    called(&api["loop"])?;
    called(&api["streamed_tools"])?;
    let done = &api["loop"]["done"];
    ensure!(
        *done == "Done: look_up is done; refund_order is done",
        "{done}"
    );
    Ok(())
}

/// Two calls arrive, with the values that the prompt had; the third is words in the answer.
fn called(answer: &Value) -> Result<()> {
    let expected = json!([
        ["look_up", { "email": EMAIL }],
        ["refund_order", { "order": 1042, "amount": 20 }],
    ]);
    ensure!(answer["calls"] == expected, "{answer}");
    ensure!(holds(&answer["text"], "by migrations alone"), "{answer}");
    Ok(())
}

/// The SDKs' own classes, with words that say whose error it is.
fn errors(errors: &Value) -> Result<()> {
    let cases = [
        ("key", "AuthenticationError", 401),
        ("refused", "PermissionDeniedError", 403),
        ("refused_stream", "PermissionDeniedError", 403),
        ("bad", "BadRequestError", 400),
        ("model", "NotFoundError", 404),
        ("busy", "RateLimitError", 429),
    ];
    for (name, class, status) in cases {
        let error = &errors[name];
        ensure!(error[0] == class && error[1] == status, "{name}: {error}");
    }
    ensure!(holds(&errors["refused"][2], "PRIVATE_KEY"), "{errors}");
    Ok(())
}

/// What left the perimeter.
fn left(house: &ModelHouse) -> Result<()> {
    let left = house.left();
    for hidden in [EMAIL, "555-0132", "BEGIN RSA", &house.secret, "csp_"] {
        ensure!(!left.contains(hidden), "{hidden} left: {left}");
    }
    ensure!(left.contains("write to EMAIL_ADDRESS_"), "{left}");
    let requests = house.provider.requests();
    let told = requests.iter().flat_map(|got| &got.headers);
    for (name, value) in told {
        ensure!(
            !value.contains(&house.secret),
            "{name} has the agent's credential"
        );
    }
    Ok(())
}

/// The refused call is in the record, under the model's target.
fn recorded(house: &ModelHouse) -> Result<()> {
    let sessions = house.plane.admin.json(&["session", "list"])?;
    let text = sessions.to_string();
    ensure!(text.contains(GPT) && text.contains(CLAUDE), "{text}");
    ensure!(
        !house.plane.edge_log().contains(EMAIL),
        "the log has a prompt"
    );
    Ok(())
}

fn holds(value: &Value, part: &str) -> bool {
    value.as_str().is_some_and(|text| text.contains(part))
}
