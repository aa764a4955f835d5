//! Targets, principals, policies and people, through the same commands that any user has.

use anyhow::{Context as _, Result};
use countersign_test_support::{Countersign, Plane};
use serde_json::Value;

use super::{databases::Shop, policies, services::Services};
use crate::workspace::Workspace;

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
pub fn set_up(
    workspace: &Workspace,
    plane: &Plane,
    shops: &[Shop],
    services: &Services,
) -> Result<Access> {
    let admin = &plane.admin;
    targets(admin, shops, services)?;
    principals(admin)?;
    policies::push_and_bind(workspace, admin)?;
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

fn targets(admin: &Countersign, shops: &[Shop], services: &Services) -> Result<()> {
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
    services.targets(admin, &existing)
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
