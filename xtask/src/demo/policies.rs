//! The built-in policies, with settings for the demo.

use std::path::Path;

use anyhow::Result;
use countersign_test_support::Countersign;
use serde_json::{Value, json};

use super::{
    FOLDER,
    governance::has,
    services::{self, FILES, TOOLS},
};
use crate::{build, workspace::Workspace};

/// Each built-in policy with the settings of the demo, whose copilot has its files in this folder.
fn bindings(files: &Path) -> Vec<(&'static str, Value)> {
    vec![
        ("http-guard", json!({})),
        (
            "prompt-guard",
            json!({ "entities": [
                { "entity": "PRIVATE_KEY", "then": "deny" },
                { "entity": "AWS_SECRET_KEY", "then": "deny" },
                { "entity": "GITHUB_TOKEN", "then": "deny" },
                { "entity": "EMAIL_ADDRESS", "then": "tokenise" },
            ] }),
        ),
        ("tool-guard", json!({ "tools": tool_rules(files) })),
        (
            "access-guard",
            json!({
                "auto_approve": [
                    { "operations": ["read", "write"], "labels": { "env": "staging" }, "up_to_minutes": 60 },
                ],
                "max_minutes": 240,
            }),
        ),
        ("environment-boundary", json!({})),
        ("destructive-guard", json!({})),
        (
            "bulk-read-guard",
            json!({
                "tables": ["customers", "payments"],
                "row_cap": 100,
                "budget": { "rows": 5_000, "window_seconds": 3_600 },
            }),
        ),
        (
            "pii-mask",
            json!({
                "entities": [
                    { "entity": "EMAIL_ADDRESS", "style": "pseudonym" },
                    { "entity": "PHONE_NUMBER", "style": "redact" },
                    { "entity": "US_SSN", "style": "redact" },
                    { "entity": "CREDIT_CARD", "style": "partial" },
                    { "entity": "IBAN_CODE", "style": "partial" },
                ],
                "columns": [
                    { "table": "customers", "column": "name", "style": "pseudonym" },
                    { "table": "customers", "column": "ssn", "style": "redact" },
                    { "table": "customers", "column": "street", "style": "redact" },
                    { "table": "customers", "column": "date_of_birth", "style": "null" },
                ],
                "members": [
                    { "path": "$.customer.name", "style": "pseudonym", "routes": ["/v1/orders/*"] },
                ],
            }),
        ),
    ]
}

/// Which tools may be called with which arguments; what no rule names is held.
fn tool_rules(files: &Path) -> Value {
    json!([
        { "tool": "look_up", "then": "allow" },
        { "tool": "drop_*", "then": "deny", "reason": "tables are dropped by migrations alone" },
        {
            "tool": "refund_*",
            "arguments": [{ "at": "/cents", "at_most": 5_000 }],
            "then": "allow",
        },
        { "server": TOOLS, "tool": "echo", "then": "allow" },
        { "server": TOOLS, "tool": "get-sum", "then": "allow" },
        { "server": TOOLS, "tool": "get-env", "then": "deny", "reason": "it shows the server's secrets" },
        {
            "server": TOOLS,
            "tool": "gzip-file-as-resource",
            "arguments": [{ "at": "/data", "matches": "data:*" }],
            "then": "allow",
        },
        {
            "server": TOOLS,
            "tool": "gzip-file-as-resource",
            "then": "deny",
            "reason": "tools do not fetch from the network",
        },
        {
            "server": FILES,
            "tool": "read_*",
            "arguments": [{ "at": "/path", "within": files }],
            "then": "allow",
        },
        {
            "server": FILES,
            "tool": "read_*",
            "then": "deny",
            "reason": "the copilot reads its own folder alone",
        },
        {
            "server": FILES,
            "tool": "write_file",
            "arguments": [{ "at": "/path", "within": files.join("drafts") }],
            "then": "allow",
        },
    ])
}

/// Pushes the built-in policies and binds each one once.
pub fn push_and_bind(workspace: &Workspace, admin: &Countersign) -> Result<()> {
    let files = build::policy_files(workspace)?;
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let mut push = vec!["policy", "push", "--changelog", "built in"];
    push.extend(files.iter().map(String::as_str));
    admin.json(&push)?;
    let bound = admin.json(&["policy", "bindings"])?;
    let files = services::files(&workspace.path(FOLDER));
    for (policy, settings) in bindings(&files) {
        if has(&bound, "policy", policy) {
            continue;
        }
        let settings = settings.to_string();
        let mut bind = vec!["policy", "bind", policy, "--settings", &settings];
        if policy == "prompt-guard" {
            bind.extend(["--target-label", services::MODELS]);
        }
        admin.json(&bind)?;
    }
    Ok(())
}
