//! Targets, principals, policies and people, through the same commands that any user has.

use anyhow::{Context as _, Result};
use countersign_test_support::{Countersign, Plane};
use serde_json::{Value, json};

use super::{databases::Shop, services};
use crate::{build, workspace::Workspace};

/// For whom the agents act.
pub const HUMAN: &str = "alice@example.com";

/// An agent of that human's that has no standing access.
pub const TASK_AGENT: &str = "refund-bot";

/// Who decides in the scenario.
pub const REVIEWER: &str = "bob@example.com";

/// A principal with a credential.
#[derive(Debug)]
pub struct SignIn {
    pub name: &'static str,
    pub secret: String,
}

/// What people and agents sign in with.
#[derive(Debug)]
pub struct Access {
    pub sign_in_link: String,
    /// May touch both environments.
    pub agent: SignIn,
    /// Is meant for staging.
    pub staging_agent: SignIn,
    /// Commands as the reviewer.
    pub reviewer: Countersign,
    /// Commands as the human behind the agents.
    pub human: Countersign,
}

/// Makes what is not there yet: with `--keep` much is.
pub fn set_up(workspace: &Workspace, plane: &Plane, shops: &[Shop]) -> Result<Access> {
    let admin = &plane.admin;
    targets(admin, shops)?;
    principals(admin)?;
    policies(workspace, admin)?;
    let users = admin.json(&["user", "list"])?;
    for (email, name, role) in [
        (REVIEWER, "Bob Ng", "reviewer"),
        (HUMAN, "Alice Roy", "member"),
    ] {
        if !has(&users, "email", email) {
            admin.json(&["user", "create", email, "--name", name, "--role", role])?;
        }
    }
    let administrator = users
        .as_array()
        .into_iter()
        .flatten()
        .find(|user| is_admin(user))
        .and_then(|user| user.get("id")?.as_str())
        .context("the control plane has no administrator")?;
    Ok(Access {
        sign_in_link: admin.text(&["user", "sign-in-link", administrator], "/url")?,
        agent: sign_in(admin, "release-bot")?,
        staging_agent: sign_in(admin, "staging-bot")?,
        reviewer: acting_as(admin, REVIEWER)?,
        human: acting_as(admin, HUMAN)?,
    })
}

/// Commands as this person.
fn acting_as(admin: &Countersign, email: &str) -> Result<Countersign> {
    let token = admin.text(&["user", "token", email, "--ttl", "8h"], "/token")?;
    Ok(admin.with_token(&token))
}

fn targets(admin: &Countersign, shops: &[Shop]) -> Result<()> {
    let existing = admin.json(&["target", "list"])?;
    for shop in shops {
        let name = shop.target();
        if has(&existing, "name", &name) {
            continue;
        }
        let label = format!("env={}", shop.environment);
        // On production only what a policy allows runs; on staging what none objects to.
        let default = match shop.environment {
            "production" => "deny",
            _ => "allow",
        };
        admin.json(&[
            "target",
            "create",
            &name,
            "--label",
            &label,
            "--label",
            "app=shop",
            "--default",
            default,
        ])?;
    }
    services::targets(admin, &existing)
}

fn principals(admin: &Countersign) -> Result<()> {
    let existing = admin.json(&["principal", "list"])?;
    for (name, claims) in [("release-bot", &[][..]), ("staging-bot", &["env=staging"])] {
        if has(&existing, "name", name) {
            continue;
        }
        let mut args = vec![
            "principal",
            "create",
            name,
            "--kind",
            "agent",
            "--on-behalf-of",
            HUMAN,
        ];
        for claim in claims {
            args.extend(["--claim", claim]);
        }
        admin.json(&args)?;
    }
    if !has(&existing, "name", TASK_AGENT) {
        admin.json(&[
            "principal",
            "create",
            TASK_AGENT,
            "--kind",
            "agent",
            "--owner",
            HUMAN,
            "--purpose",
            "refunds that customers ask for",
        ])?;
    }
    Ok(())
}

fn sign_in(admin: &Countersign, name: &'static str) -> Result<SignIn> {
    let secret = admin.text(&["principal", "credential", name, "--ttl", "8h"], "/secret")?;
    Ok(SignIn { name, secret })
}

/// Each built-in policy with the settings of the demo.
pub fn bindings() -> Vec<(&'static str, Value)> {
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
        (
            "tool-guard",
            json!({ "tools": [
                { "tool": "look_up", "then": "allow" },
                { "tool": "drop_*", "then": "deny", "reason": "tables are dropped by migrations alone" },
                {
                    "tool": "refund_*",
                    "arguments": [{ "at": "/cents", "at_most": 5_000 }],
                    "then": "allow",
                },
            ] }),
        ),
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
            }),
        ),
    ]
}

/// Pushes the built-in policies and binds each one once.
pub fn policies(workspace: &Workspace, admin: &Countersign) -> Result<()> {
    let files = build::policy_files(workspace)?;
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let mut push = vec!["policy", "push", "--changelog", "built in"];
    push.extend(files.iter().map(String::as_str));
    admin.json(&push)?;
    let bound = admin.json(&["policy", "bindings"])?;
    for (policy, settings) in bindings() {
        if has(&bound, "policy", policy) {
            continue;
        }
        let settings = settings.to_string();
        let mut bind = vec!["policy", "bind", policy, "--settings", &settings];
        if matches!(policy, "prompt-guard" | "tool-guard") {
            bind.extend(["--target-label", services::MODELS]);
        }
        admin.json(&bind)?;
    }
    Ok(())
}

pub(super) fn has(items: &Value, field: &str, wanted: &str) -> bool {
    items
        .as_array()
        .into_iter()
        .flatten()
        .any(|item| item.get(field).is_some_and(|value| value == wanted))
}

fn is_admin(user: &serde_json::Value) -> bool {
    let roles = user.get("roles").and_then(serde_json::Value::as_array);
    roles.is_some_and(|roles| roles.iter().any(|role| role == "admin"))
}
