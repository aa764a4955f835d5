//! What is printed once everything runs: what to look at and what to paste.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use countersign_test_support::{LlmStandIn, McpServer, Plane, SmolLm2};
use serde_json::json;

use super::{
    governance::{Access, HUMAN, SignIn},
    services::{ANTHROPIC, FILES, LAPTOP, OPENAI, ORDERS, Real, SMOLLM2, Services, TOOLS},
};

pub fn welcome(plane: &Plane, access: &Access, services: &Services, folder: &Path) -> Result<()> {
    let port = plane.edge_port;
    let SignIn { name, secret } = &access.agent;
    println!(
        "
  Countersign is running.

  Dashboard      {url}
  Sign in (once) {link}

  An AI agent    {name}, on behalf of {HUMAN}
  Its credential {secret}

  psql on production, as the agent:
    PGPASSWORD={secret} psql -h 127.0.0.1 -p {port} -U {name} -d shop-production
  and on staging:
    PGPASSWORD={secret} psql -h 127.0.0.1 -p {port} -U {name} -d shop-staging

  Try: SELECT * FROM customers;           masked and capped
       DELETE FROM orders;                waits for you in the dashboard, under Reviews
       DROP TABLE payments;               blocked
       SELECT count(*) FROM orders;       just runs

  An HTTP API, as the agent:
    curl -H \"Authorization: Bearer {secret}\" {orders}/v1/orders/1042
",
        url = plane.url,
        link = access.sign_in_link,
        orders = plane.target_url(ORDERS),
    );
    models(plane, secret, services);
    if let Some(real) = &services.real {
        tools(plane, secret, real)?;
    }
    println!(
        "  The command line, in another terminal:
    export COUNTERSIGN_CONFIG={config}
    {binary} review list

  Logs are in {folder}. Ctrl-C ends everything.
",
        config = folder.join("cli.toml").display(),
        binary = plane.admin.binary().display(),
        folder = folder.display(),
    );
    Ok(())
}

fn models(plane: &Plane, secret: &str, services: &Services) {
    println!(
        "  A stand-in for models, which echoes, in two wire formats; SDKs and copilots take:
    export OPENAI_BASE_URL={openai}/v1 OPENAI_API_KEY={secret}
    export ANTHROPIC_BASE_URL={anthropic} ANTHROPIC_API_KEY={secret}
  Try, of the model `{model}`: write to ada@example.com    hidden from the provider
       use tool refund_order with {{\"cents\": 90000}}    waits for you
       use tool drop_table with {{}}    blocked
",
        openai = plane.target_url(OPENAI),
        anthropic = plane.target_url(ANTHROPIC),
        model = LlmStandIn::MODEL,
    );
    if services.model().is_some() {
        println!(
            "  A real model, small and rather simple-minded, `{model}`:
    export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={secret}
    curl -N -H \"Authorization: Bearer {secret}\" {url}/v1/chat/completions --json \\
      '{{\"model\": \"{model}\", \"stream\": true, \"messages\": [{{\"role\": \"user\", \"content\": \"Who was Ada Lovelace?\"}}]}}'
",
            model = SmolLm2::MODEL,
            url = plane.target_url(SMOLLM2),
        );
    }
}

/// As clients have it in their configuration, such as `.mcp.json` or `.cursor/mcp.json`.
fn tools(plane: &Plane, secret: &str, real: &Real) -> Result<()> {
    let by_url = json!({ "mcpServers": { TOOLS: {
        "type": "http",
        "url": plane.target_url(TOOLS),
        "headers": { "Authorization": format!("Bearer {secret}") },
    } } });
    let started = json!({ "mcpServers": { FILES: {
        "command": plane.admin.binary(),
        "args": stdio_args(&real.files)?,
        "env": BTreeMap::from(stdio_environment(plane, secret)),
    } } });
    println!(
        "  An MCP server (npm's server-everything) by its URL, and one that the client starts itself
  (npm's server-filesystem); an MCP client takes:
    {by_url}
    {started}
"
    );
    Ok(())
}

/// What follows `countersign` in front of npm's `server-filesystem`.
pub fn stdio_args(files: &Path) -> Result<Vec<String>> {
    let server = McpServer::of_files(files)?;
    let server = server.iter().map(|part| part.display().to_string());
    let args = ["mcp", "--server", FILES, "--"].map(str::to_owned);
    Ok(args.into_iter().chain(server).collect())
}

/// Where it asks, and as whom.
pub fn stdio_environment(plane: &Plane, secret: &str) -> [(&'static str, String); 3] {
    [
        (
            "COUNTERSIGN_EDGE",
            format!("http://127.0.0.1:{}", plane.http_port),
        ),
        ("COUNTERSIGN_TARGET", LAPTOP.to_owned()),
        ("COUNTERSIGN_CREDENTIAL", secret.to_owned()),
    ]
}
