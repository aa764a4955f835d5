//! `countersign hook install`: the copilot's settings.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::output;

/// Seconds that a copilot is told to give a hook.
const TIMEOUT: u64 = 60;

/// Print the copilot's settings, or write them into its file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign hook install claude-code
  countersign hook install cursor --write ~/.cursor/hooks.json

Edge, target and credential are taken from COUNTERSIGN_EDGE, COUNTERSIGN_TARGET and
COUNTERSIGN_CREDENTIAL_FILE in the copilot's environment.")]
pub struct InstallCommand {
    /// Which copilot
    #[arg(value_enum)]
    copilot: Name,

    /// Add them to this file, such as .claude/settings.json; what else it holds stays
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,

    /// Ask about what people write to the copilot, too
    #[arg(long)]
    prompts: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    ClaudeCode,
    Cursor,
    Codex,
}

impl InstallCommand {
    /// Prints or writes the settings.
    pub fn run(self) -> Result<()> {
        let wanted = settings(self.copilot, self.prompts);
        let Some(path) = self.write else {
            return output::json(&wanted);
        };
        let mut document = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is no JSON", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => json!({}),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        merge(&mut document, wanted)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        let text = serde_json::to_string_pretty(&document).context("not representable as JSON")?;
        fs::write(&path, format!("{text}\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        output::line(&format!("wrote {}", path.display()))
    }
}

/// The shell's `|| exit 2` blocks where the program is missing or breaks: copilots take any other
/// failure for consent.
fn settings(copilot: Name, prompts: bool) -> Value {
    match copilot {
        Name::ClaudeCode => {
            let mut before = vec!["PreToolUse"];
            before.extend(prompts.then_some("UserPromptSubmit"));
            grouped(
                "claude-code",
                &before,
                &["PostToolUse", "PostToolUseFailure"],
            )
        }
        Name::Codex => {
            let mut before = vec!["PreToolUse"];
            before.extend(prompts.then_some("UserPromptSubmit"));
            grouped("codex", &before, &["PostToolUse"])
        }
        Name::Cursor => {
            let mut before = vec![
                "beforeShellExecution",
                "beforeMCPExecution",
                "beforeReadFile",
                "preToolUse",
            ];
            before.extend(prompts.then_some("beforeSubmitPrompt"));
            let after = [
                "afterShellExecution",
                "afterMCPExecution",
                "afterFileEdit",
                "postToolUse",
            ];
            let mut hooks = Map::new();
            for event in before {
                let entry = json!({
                    "command": "countersign hook cursor || exit 2",
                    "timeout": TIMEOUT,
                    "failClosed": true,
                });
                hooks.insert(event.to_owned(), json!([entry]));
            }
            for event in after {
                let entry = json!({"command": "countersign hook cursor", "timeout": TIMEOUT});
                hooks.insert(event.to_owned(), json!([entry]));
            }
            json!({"version": 1, "hooks": hooks})
        }
    }
}

fn grouped(name: &str, before: &[&str], after: &[&str]) -> Value {
    let mut hooks = Map::new();
    let entry = |command: String| {
        let hook = json!({"type": "command", "command": command, "timeout": TIMEOUT});
        json!([{"matcher": "*", "hooks": [hook]}])
    };
    for event in before {
        let command = format!("countersign hook {name} || exit 2");
        hooks.insert((*event).to_owned(), entry(command));
    }
    for event in after {
        hooks.insert(
            (*event).to_owned(),
            entry(format!("countersign hook {name}")),
        );
    }
    json!({"hooks": hooks})
}

/// Adds the hooks beside those that are there; once.
fn merge(document: &mut Value, wanted: Value) -> Result<()> {
    let Value::Object(members) = document else {
        bail!("the settings are no JSON object");
    };
    let Value::Object(wanted) = wanted else {
        return Ok(());
    };
    for (name, value) in wanted {
        let Value::Object(events) = value else {
            members.entry(name).or_insert(value);
            continue;
        };
        let there = members.entry(name).or_insert_with(|| json!({}));
        let Value::Object(there) = there else {
            bail!("`hooks` in the settings is no JSON object");
        };
        for (event, entries) in events {
            let (Value::Array(list), Value::Array(entries)) = (
                there.entry(event.clone()).or_insert_with(|| json!([])),
                entries,
            ) else {
                bail!("`hooks.{event}` in the settings is no list");
            };
            for entry in entries {
                if !list.contains(&entry) {
                    list.push(entry);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_breaks_before_an_action_blocks_it() {
        for copilot in [Name::ClaudeCode, Name::Cursor, Name::Codex] {
            for prompts in [false, true] {
                let settings = settings(copilot, prompts);
                let hooks = settings["hooks"].as_object().expect("hooks");
                for (event, entries) in hooks {
                    let text = entries.to_string();
                    let is_before = event.starts_with("before")
                        || event.to_lowercase() == "pretooluse"
                        || event == "UserPromptSubmit";
                    assert_eq!(text.contains("|| exit 2"), is_before, "{copilot:?} {event}");
                }
            }
        }
    }

    #[test]
    fn what_is_there_stays_and_nothing_comes_twice() {
        let mut document = json!({
            "model": "opus",
            "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": []}], "Stop": []},
        });
        merge(&mut document, settings(Name::ClaudeCode, false)).expect("merged");
        let once = document.clone();
        merge(&mut document, settings(Name::ClaudeCode, false)).expect("merged");
        assert_eq!(document, once);
        assert_eq!(document["model"], "opus");
        assert_eq!(
            document["hooks"]["PreToolUse"].as_array().map(Vec::len),
            Some(2)
        );
        assert_eq!(document["hooks"]["Stop"], json!([]));
        assert!(merge(&mut json!([]), settings(Name::Cursor, false)).is_err());
        let wrong = json!({"hooks": {"PreToolUse": 1}});
        assert!(merge(&mut wrong.clone(), settings(Name::Codex, false)).is_err());
    }
}
