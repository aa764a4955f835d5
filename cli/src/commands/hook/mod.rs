//! `countersign hook`: the tool hooks of coding copilots, asked of an edge.
//!
//! A copilot starts this program before it does something, with JSON on standard input. What it is about
//! to do becomes an operation, the edge is asked (AuthZEN), and the answer is written in the copilot's
//! own form. Whatever goes wrong is a refusal: copilots take most failures of a hook for consent.

mod claude_code;
mod codex;
mod cursor;
mod edge;
mod event;
mod install;

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use self::{
    edge::{Edge, HookOptions, Unanswered},
    event::{Answer, Event, Form},
    install::InstallCommand,
};
use crate::output;

/// Bytes that a hook's input may have.
const MAX_INPUT: u64 = 16 << 20;

/// Ask an edge before a coding copilot acts on this machine
#[derive(Debug, Args)]
pub struct HookCommand {
    #[command(subcommand)]
    copilot: Copilot,
}

#[derive(Debug, Subcommand)]
enum Copilot {
    /// Answer a hook of Claude Code
    #[command(after_help = "Example, as a command in .claude/settings.json:
  countersign hook claude-code || exit 2")]
    ClaudeCode(AskOptions),
    /// Answer a hook of Cursor
    #[command(after_help = "Example, as a command in .cursor/hooks.json:
  countersign hook cursor || exit 2")]
    Cursor(AskOptions),
    /// Answer a hook of Codex
    #[command(after_help = "Example, as a command in .codex/hooks.json:
  countersign hook codex || exit 2")]
    Codex(AskOptions),
    /// Print or write the copilot's settings
    Install(InstallCommand),
}

#[derive(Debug, Args)]
struct AskOptions {
    #[command(flatten)]
    edge: HookOptions,

    /// What to answer when the edge cannot be asked
    #[arg(long, value_enum, default_value_t = WhenUnreachable::Deny)]
    when_unreachable: WhenUnreachable,

    /// What to answer when it is allowed: the copilot may then skip its own question, or still ask
    #[arg(long, value_enum, default_value_t = OnAllow::Approve)]
    on_allow: OnAllow,

    /// Do not report what came back, only that it ended
    #[arg(long)]
    no_output: bool,
}

/// What to answer when the edge cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WhenUnreachable {
    /// It does not run
    Deny,
    /// The person at the copilot decides
    Ask,
}

/// What to answer when it is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnAllow {
    /// It runs
    Approve,
    /// The copilot does what it would do without this hook
    Proceed,
}

/// The copilot has to stop, and cannot be told so in its own form.
#[derive(Debug, thiserror::Error)]
#[error("countersign: {0}")]
pub struct Blocked(String);

impl HookCommand {
    /// Answers one hook, or installs them.
    pub async fn run(self) -> Result<()> {
        let (form, options) = match self.copilot {
            Copilot::ClaudeCode(options) => (Form::ClaudeCode, options),
            Copilot::Cursor(options) => (Form::Cursor, options),
            Copilot::Codex(options) => (Form::Codex, options),
            Copilot::Install(command) => return command.run(),
        };
        // Any other failure would let the copilot go on.
        answer(form, &options)
            .await
            .map_err(|error| Blocked(format!("{error:#}")).into())
    }
}

async fn answer(form: Form, options: &AskOptions) -> Result<()> {
    let input = read()?;
    match form.event(&input)? {
        Event::Before(asked) => {
            let answer = match Edge::new(&options.edge) {
                Ok(edge) => edge.ask(&asked).await,
                Err(error) => Err(Unanswered(format!("{error:#}"))),
            };
            let answer = answer.unwrap_or_else(|unanswered| options.without_edge(&unanswered));
            let answer = match (answer, options.on_allow) {
                (Answer::Allow, OnAllow::Proceed) => Answer::Proceed,
                (answer, _) => answer,
            };
            match form.render(&input, &answer) {
                Some(value) => output::line(&value.to_string()),
                None => Ok(()),
            }
        }
        Event::After(mut ended) => {
            if options.no_output {
                ended.output = None;
            }
            // It has happened: nobody is held up because its end cannot be told.
            let told = match Edge::new(&options.edge) {
                Ok(edge) => edge.report(&ended).await,
                Err(error) => Err(error),
            };
            if let Err(error) = told {
                output::error_line(&error.context("the outcome was not reported"));
            }
            form.ended()
                .map_or(Ok(()), |value| output::line(&value.to_string()))
        }
        Event::Other => form
            .ended()
            .map_or(Ok(()), |value| output::line(&value.to_string())),
    }
}

impl AskOptions {
    fn without_edge(&self, unanswered: &Unanswered) -> Answer {
        let reason = format!("Countersign: {unanswered}");
        match self.when_unreachable {
            WhenUnreachable::Deny => Answer::Deny(reason),
            WhenUnreachable::Ask => Answer::Ask(reason),
        }
    }
}

fn read() -> Result<Value> {
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_INPUT + 1)
        .read_to_string(&mut text)
        .context("the hook's input cannot be read")?;
    if text.len() as u64 > MAX_INPUT {
        bail!("the hook's input is too long");
    }
    serde_json::from_str(&text).context("the hook's input is no JSON")
}
