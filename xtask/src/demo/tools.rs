//! The copilot's tools: an MCP server at a URL, and one that it starts itself.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use countersign_test_support::Plane;
use serde_json::{Value, json};
use tokio::try_join;

use super::{
    copilot::EMAIL,
    governance::{Access, REVIEWER},
    mcp::{Answered, McpClient},
    reviews::{approve, pending},
    scenario::step,
    services::{Real, Services, TOOLS},
    welcome::{stdio_args, stdio_environment},
};

/// Whose environment its server would show.
const HIDDEN: &str = "get-env";

/// A program asks this address for the credentials of its machine in a cloud.
const METADATA: &str = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";

/// Plays all of it.
pub async fn play(plane: &Plane, access: &Access, services: &Services) -> Result<()> {
    let real = services.real.as_ref().context("no MCP server runs")?;
    let secret = &access.agent.secret;
    let mut client = McpClient::http(plane.target_url(TOOLS), secret).await?;
    list(&mut client, real).await?;
    masked(&mut client).await?;
    refused(&mut client).await?;
    let binary = plane.admin.binary();
    let environment = stdio_environment(plane, secret);
    let mut client = McpClient::start(binary, &stdio_args(&real.files)?, &environment).await?;
    own_folder(&mut client, real).await?;
    held(&mut client, access, real).await
}

async fn list(client: &mut McpClient, real: &Real) -> Result<()> {
    step(13, "the tools of an MCP server", "tools/list");
    let all = McpClient::http(real.tools.url(), "").await?.tools().await?;
    let offered = client.tools().await?;
    let missing: Vec<&String> = all.iter().filter(|tool| !offered.contains(tool)).collect();
    ensure!(missing == [HIDDEN], "not offered are {missing:?}");
    println!(
        "     filtered: the server has {}, the copilot is offered {}, without {HIDDEN}",
        all.len(),
        offered.len(),
    );
    Ok(())
}

async fn masked(client: &mut McpClient) -> Result<()> {
    let arguments = json!({ "message": format!("order 1042 is {EMAIL}'s") });
    let answered = call(
        client,
        14,
        "a tool that tells an address",
        "echo",
        &arguments,
    )
    .await?;
    ensure!(!answered.is_error, "refused: {}", answered.text);
    ensure!(
        !answered.text.contains(EMAIL),
        "unmasked: {}",
        answered.text
    );
    println!("     allowed, and masked: {}", answered.text);
    Ok(())
}

async fn refused(client: &mut McpClient) -> Result<()> {
    let tool = "gzip-file-as-resource";
    let what = "a tool that is to fetch the machine's credentials";
    let bad = json!({ "name": "keys.gz", "data": METADATA });
    let answered = call(client, 15, what, tool, &bad).await?;
    ensure!(answered.is_error, "it ran: {}", answered.text);
    println!("     blocked for its argument: {}", answered.text);
    let good =
        json!({ "name": "note.gz", "data": "data:text/plain,hello", "outputType": "resource" });
    let allowed = client
        .ask("tools/call", json!({ "name": tool, "arguments": good }))
        .await?;
    ensure!(
        allowed.get("isError").is_none_or(|is| is == false),
        "refused: {allowed}"
    );
    println!("     with what comes in the call itself the same tool just runs");
    Ok(())
}

async fn own_folder(client: &mut McpClient, real: &Real) -> Result<()> {
    let letter = json!({ "path": real.files.join("letter.txt") });
    let what = "a server that the copilot starts itself, by `countersign mcp`";
    let read = call(client, 16, what, "read_text_file", &letter).await?;
    ensure!(!read.is_error, "refused: {}", read.text);
    ensure!(
        !read.text.contains("@example.com"),
        "unmasked: {}",
        read.text
    );
    println!(
        "     allowed, and masked: {}",
        read.text.trim_end().replace('\n', "\n       ")
    );
    let path = real.files.join("../control-plane/admin.token");
    let outside = json!({ "path": path });
    let refused = client.call("read_text_file", &outside).await?;
    ensure!(refused.is_error, "it ran");
    println!("     {outside}");
    println!("     blocked for its argument: {}", refused.text);
    Ok(())
}

async fn held(client: &mut McpClient, access: &Access, real: &Real) -> Result<()> {
    let answer = real.files.join("answer.txt");
    // With `--keep` it may be there.
    let _ = fs::remove_file(&answer);
    let arguments = json!({ "path": answer, "content": "It is on its way." });
    let deciding = async {
        let review = pending(&access.reviewer, "write_file").await?;
        ensure!(!answer.exists(), "the call did not wait");
        approve(&access.reviewer, &review, "well written")
    };
    let what = "a file that people decide on";
    let (answered, ()) = try_join!(call(client, 17, what, "write_file", &arguments), deciding)?;
    ensure!(!answered.is_error, "refused: {}", answered.text);
    ensure!(answer.exists(), "the file is not there");
    println!(
        "     held; {REVIEWER} approves it; the file is written: {}",
        answered.text
    );
    Ok(())
}

/// Says what is called, and calls it.
async fn call(
    client: &mut McpClient,
    number: u8,
    what: &str,
    tool: &str,
    arguments: &Value,
) -> Result<Answered> {
    step(number, what, &format!("{tool} {arguments}"));
    client.call(tool, arguments).await
}
