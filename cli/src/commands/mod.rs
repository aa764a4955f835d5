//! The command line: one module a group.

mod access;
mod access_token;
mod api;
mod edge;
mod explain;
pub mod hook;
mod inspect;
mod inspect_operations;
mod issuer;
mod join_token;
mod lock;
mod login;
mod mcp;
mod policy;
mod principal;
mod principal_key;
mod resolve;
mod review;
mod server;
mod session;
mod target;
mod user;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Every action of an AI gets a second signature: a policy's, or a person's.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, propagate_version = true, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Client commands find the control plane by --url, COUNTERSIGN_URL or the configuration file
(~/.config/countersign/config.toml), and sign in with the token that `countersign login` keeps there,
or an API token from --token, COUNTERSIGN_TOKEN or the file's `token_file`.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in, not allowed, or decisions differ
(`policy replay --fail-on-difference`), 4 not found, 5 the control plane does not answer.

Examples:
  countersign server --data-dir ./data
  countersign login --url https://countersign.example.com
  countersign edge --config edge.toml --join-token csj_…
  countersign policy build plugins/pii-mask && countersign policy push target/policies/pii-mask.wasm
  countersign review approve 019a3c1e-7b5d-7f00-8000-0123456789ab --comment \"checked with Ops\"
  countersign explain A-9F41C2
  countersign inspect sql \"DELETE FROM customers\"";

#[derive(Debug, Subcommand)]
enum Command {
    Server(server::ServerCommand),
    Edge(Box<edge::EdgeCommand>),
    JoinToken(join_token::JoinTokenCommand),
    Login(login::LoginCommand),
    Logout(login::LogoutCommand),
    Whoami(login::WhoamiCommand),
    Lock(lock::LockCommand),
    Unlock(lock::UnlockCommand),
    Locks(lock::LocksCommand),
    Policy(policy::PolicyCommand),
    Review(review::ReviewCommand),
    Access(access::AccessCommand),
    Session(session::SessionCommand),
    Explain(explain::ExplainCommand),
    Target(target::TargetCommand),
    Principal(principal::PrincipalCommand),
    Issuer(issuer::IssuerCommand),
    User(user::UserCommand),
    Hook(hook::HookCommand),
    Mcp(mcp::McpCommand),
    Inspect(inspect::InspectCommand),
    Api(api::ApiCommand),
}

impl Cli {
    /// Runs the command to its end.
    pub async fn run(self) -> Result<()> {
        match self.command {
            Command::Server(command) => command.run().await,
            Command::Edge(command) => command.run().await,
            Command::JoinToken(command) => command.run().await,
            Command::Login(command) => command.run().await,
            Command::Logout(command) => command.run().await,
            Command::Whoami(command) => command.run().await,
            Command::Lock(command) => command.run().await,
            Command::Unlock(command) => command.run().await,
            Command::Locks(command) => command.run().await,
            Command::Policy(command) => command.run().await,
            Command::Review(command) => command.run().await,
            Command::Access(command) => command.run().await,
            Command::Session(command) => command.run().await,
            Command::Explain(command) => command.run().await,
            Command::Target(command) => command.run().await,
            Command::Principal(command) => command.run().await,
            Command::Issuer(command) => command.run().await,
            Command::User(command) => command.run().await,
            Command::Hook(command) => command.run().await,
            Command::Mcp(command) => command.run().await,
            Command::Inspect(command) => command.run(),
            Command::Api(command) => command.run().await,
        }
    }
}

/// `key=value` as it stands in `--label`, `--claim` and their like.
fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

/// Ends when the process is asked to: Ctrl-C or SIGTERM.
async fn shutdown() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        fn walk(command: &clap::Command, path: &str) {
            let name = format!("{path} {}", command.get_name());
            if command.get_subcommands().next().is_none() {
                let help = command.get_after_help().map(ToString::to_string);
                assert!(
                    help.is_some_and(|help| help.contains("Example")),
                    "{name} has no example"
                );
            }
            for child in command.get_subcommands() {
                walk(child, &name);
            }
        }
        walk(&Cli::command(), "");
    }

    #[test]
    fn a_pair_needs_a_key() {
        assert_eq!(
            key_value("env=a=b"),
            Ok(("env".to_owned(), "a=b".to_owned()))
        );
        assert!(key_value("=x").is_err());
        assert!(key_value("x").is_err());
    }
}
