//! Guards what a coding copilot does on a workstation: its commands and its file edits.
//!
//! A command line is judged command by command, those in pipes, substitutions and `sh -c` included: by
//! the class of its effect, by the program, by the files and hosts it names, and by whether it feeds
//! what it fetched to a shell. Edits come as tool calls of a server such as `claude-code`, and are
//! judged by their paths and by secrets in what they write.
//!
//! What is refused is looked at first, then what is held. What is left may run where its class is one
//! of `allow_classes`. Paths are looked at as they are written: links are not followed.

mod edit;
mod files;
mod line;

use countersign_policy_sdk::{
    Action, PathPattern, Pattern, Reviewing, Stance, StatementClass, Verdict, policy,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a copilot may do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Classes of command that may run.
    pub allow_classes: Vec<StatementClass>,
    /// Classes of command that are held for review.
    pub review_classes: Vec<StatementClass>,
    /// Classes of command that are refused.
    pub deny_classes: Vec<StatementClass>,
    /// Programs that may run whatever their class, such as `cargo`, or with their arguments, such as
    /// `npm test`; `*` is any number of characters.
    pub allow_programs: Vec<Pattern>,
    /// Programs that are held for review, written alike.
    pub review_programs: Vec<Pattern>,
    /// Programs that are refused, written alike.
    pub deny_programs: Vec<Pattern>,
    /// What is said of what pipes a text into a shell or another interpreter, as in `curl … | sh`.
    pub pipe_to_shell: Stance,
    /// Hosts that a command and a web tool may name; empty for any.
    pub allow_hosts: Vec<Pattern>,
    /// What is said of the others.
    pub other_hosts: Stance,
    /// Files that nothing may change, such as `.git/**` or `~/.ssh/**`.
    pub protected_files: Vec<PathPattern>,
    /// What is said of a change of theirs.
    pub protected: Stance,
    /// Files that nothing may read.
    pub secret_files: Vec<PathPattern>,
    /// What is said of reading them.
    pub secret: Stance,
    /// Folders outside the project that may be changed, such as `/tmp/**`, and projects themselves.
    pub projects: Vec<PathPattern>,
    /// What is said of a change outside the project.
    pub outside: Stance,
    /// Names of the copilots: the server of their tool calls.
    pub copilots: Vec<Pattern>,
    /// Their tools that change files.
    pub edit_tools: Vec<Pattern>,
    /// Their tools that read alone.
    pub read_tools: Vec<Pattern>,
    /// What is said of their other tools.
    pub other_tools: Stance,
    /// Entities that may not be written to files, as the detectors have them.
    pub secrets: Vec<String>,
    /// Who decides what is held.
    pub review: Reviewing,
}

impl Default for Settings {
    fn default() -> Self {
        use StatementClass::{Admin, Destructive, Exec, Read, Session, Tx, Unknown, Write};
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        let names = |list: &[&str]| list.iter().map(|w| Pattern::new(w)).collect();
        Self {
            allow_classes: vec![Read, Tx, Session, Write],
            review_classes: vec![Admin, Destructive, Exec, Unknown],
            deny_classes: Vec::new(),
            allow_programs: Vec::new(),
            review_programs: Vec::new(),
            deny_programs: Vec::new(),
            pipe_to_shell: Stance::Deny,
            allow_hosts: Vec::new(),
            other_hosts: Stance::Review,
            protected_files: files::protected(),
            protected: Stance::Deny,
            secret_files: files::secret(),
            secret: Stance::Deny,
            projects: vec![PathPattern::new("/tmp/**"), PathPattern::new("/dev/null")],
            outside: Stance::Review,
            copilots: names(&["claude-code", "cursor", "codex"]),
            edit_tools: names(&["*Edit", "Write", "apply_patch"]),
            read_tools: names(&["Read", "Glob", "Grep", "LS", "NotebookRead", "Todo*"]),
            other_tools: Stance::Abstain,
            secrets: words(&[
                "PRIVATE_KEY",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_KEY",
                "GITHUB_TOKEN",
                "JWT",
            ]),
            review: Reviewing::default(),
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["shell", "tool_call"],
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let found = match (action.shell(), action.tool_call()) {
        (Some(line), _) => settings.judge_line(&line),
        (None, Some(call)) => settings.judge_tool(action, &call),
        (None, None) => return Verdict::Abstain,
    };
    found.into_verdict(&settings.review)
}

/// The strictest of what was found: what stops comes before what lets pass.
struct Found {
    stopped: Option<(Stance, String)>,
    /// What is said where nothing stops it.
    otherwise: Stance,
}

impl Found {
    const fn nothing(otherwise: Stance) -> Self {
        Self {
            stopped: None,
            otherwise,
        }
    }

    /// A refusal goes before a review, and what was found first before what came after.
    fn stop(&mut self, stance: Stance, reason: impl FnOnce() -> String) {
        let stricter = match (&self.stopped, stance) {
            (_, Stance::Abstain | Stance::Allow) | (Some((Stance::Deny, _)), _) => false,
            (Some(_), stance) => stance == Stance::Deny,
            (None, _) => true,
        };
        if stricter {
            self.stopped = Some((stance, reason()));
        }
    }

    fn into_verdict(self, reviewing: &Reviewing) -> Verdict {
        match self.stopped {
            Some((stance, reason)) => stance.verdict(|| reason, reviewing),
            None => self.otherwise.verdict(String::new, reviewing),
        }
    }
}

/// `format!` without its machinery, which would be a tenth of the component.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests;
