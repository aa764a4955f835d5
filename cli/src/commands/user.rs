//! `countersign user`: the people who review and administer.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{key_value, principal::seconds, resolve};
use crate::{
    client::Client,
    config::ClientOptions,
    output::{self, cell},
};

/// Users: people who review and administer
#[derive(Debug, Args)]
pub struct UserCommand {
    #[command(flatten)]
    options: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the users
    #[command(after_help = "Example:\n  countersign user list")]
    List,
    /// Make a user
    #[command(after_help = "Example:
  countersign user create bob@example.com --name \"Bob Ng\" --role reviewer --group dba")]
    Create(Create),
    /// Make a one-time link with which a user signs in to the dashboard
    #[command(after_help = "Example:\n  countersign user sign-in-link bob@example.com")]
    SignInLink {
        /// The user's e-mail or id
        user: String,
    },
    /// Make an API token; it is shown this once
    #[command(after_help = "Example:\n  countersign user token bob@example.com --ttl 8h")]
    Token {
        /// The user's e-mail or id
        user: String,
        /// What it is for
        #[arg(long, default_value = "cli")]
        name: String,
        /// How long it works: seconds, or with a unit (`30m`, `8h`, `7d`)
        #[arg(long, default_value = "30d", value_parser = seconds)]
        ttl: u64,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// The e-mail address, unique
    email: String,
    /// The name [default: the e-mail address]
    #[arg(long)]
    name: Option<String>,
    /// What they may do; may be given more than once
    #[arg(long = "role", value_enum, default_value = "reviewer")]
    roles: Vec<Role>,
    /// A label of the targets whose reviews a reviewer may decide, such as `env=staging`
    /// [default: all targets]
    #[arg(long = "review-scope", value_name = "KEY=VALUE", value_parser = key_value)]
    review_scope: Vec<(String, String)>,
    /// A group of reviewers
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Admin,
    PolicyAuthor,
    Reviewer,
    Auditor,
    Member,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::PolicyAuthor => "policy_author",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
            Self::Member => "member",
        }
    }
}

impl UserCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let as_json = self.options.json;
        match self.action {
            Action::List => {
                let all = client.list("users", &[], usize::MAX).await?;
                if as_json {
                    return output::json(&all);
                }
                let rows: Vec<[String; 5]> = all.iter().map(row).collect();
                output::table(["EMAIL", "NAME", "ROLES", "GROUPS", "ID"], &rows)
            }
            Action::Create(create) => {
                let made = client.post("users", &create.body()).await?;
                output::made("user", &made, as_json)
            }
            Action::SignInLink { user } => {
                let id = by_email(&client, &user).await?;
                let made = client
                    .post(&format!("users/{id}/sign_in_links"), &json!({}))
                    .await?;
                output::secret(&made, "/url", as_json)
            }
            Action::Token { user, name, ttl } => {
                let id = by_email(&client, &user).await?;
                let body = json!({ "name": name, "ttl_seconds": ttl });
                let made = client.post(&format!("users/{id}/tokens"), &body).await?;
                output::secret(&made, "/token", as_json)
            }
        }
    }
}

impl Create {
    fn body(self) -> Value {
        let scope: BTreeMap<String, String> = self.review_scope.into_iter().collect();
        json!({
            "name": self.name.unwrap_or_else(|| self.email.clone()),
            "email": self.email,
            "roles": self.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
            "groups": self.groups,
            "review_scope": (!scope.is_empty()).then_some(scope),
        })
    }
}

async fn by_email(client: &Client, user: &str) -> Result<String> {
    if resolve::is_id(user) {
        return Ok(user.to_owned());
    }
    let all = client.list("users", &[], usize::MAX).await?;
    match all.iter().find(|item| cell(item, "/email") == user) {
        Some(found) => resolve::id(found),
        None => anyhow::bail!("there is no user `{user}`"),
    }
}

fn row(user: &Value) -> [String; 5] {
    [
        cell(user, "/email"),
        cell(user, "/name"),
        cell(user, "/roles"),
        cell(user, "/groups"),
        cell(user, "/id"),
    ]
}
