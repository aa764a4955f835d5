//! Judging a copilot's own tools.

use countersign_policy_sdk::{Action, Pattern, Stance, ToolCall};
use serde_json::Value;

use crate::{Found, Settings, files::stops, join};

/// Where copilots' tools say which file they mean. `countersign hook` adds `paths`.
const PATHS: [&str; 6] = [
    "/paths",
    "/file_path",
    "/filePath",
    "/path",
    "/notebook_path",
    "/target_file",
];

impl Settings {
    pub(crate) fn judge_tool(&self, action: &Action, call: &ToolCall) -> Found {
        let one_of = |list: &[Pattern], name: &str| list.iter().any(|p| p.matches(name));
        if !one_of(&self.copilots, call.server()) {
            return Found::nothing(Stance::Abstain);
        }
        let tool = call.tool();
        let edits = one_of(&self.edit_tools, tool);
        let reads = one_of(&self.read_tools, tool);
        let mut found = Found::nothing(if edits || reads {
            Stance::Allow
        } else {
            Stance::Abstain
        });
        if !edits && !reads && stops(self.other_tools) {
            found.stop(self.other_tools, || {
                join(&["no setting names the tool ", tool])
            });
        }
        if !edits && !reads && self.other_tools == Stance::Allow {
            found.otherwise = Stance::Allow;
        }
        let paths = paths(call);
        let project = call.argument_as::<String>("/cwd").ok().flatten();
        for path in &paths {
            self.look_at_read(&mut found, path);
            if edits {
                self.look_at_change(&mut found, path, project.as_deref());
            }
        }
        if edits {
            if paths.is_empty() {
                found.stop(self.outside, || {
                    join(&[tool, " does not say which file it changes"])
                });
            }
            self.look_at_content(&mut found, action);
        }
        if let Some(host) = url_host(call) {
            self.look_at_host(&mut found, &host);
        }
        found
    }

    /// Looks for secrets in what is written.
    fn look_at_content(&self, found: &mut Found, action: &Action) {
        if self.secrets.is_empty() {
            return;
        }
        let entities: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let seen = action.findings(&entities);
        if let Some(first) = seen.first() {
            found.stop(Stance::Deny, || {
                join(&["it writes a secret: ", &first.entity])
            });
        }
    }
}

fn paths(call: &ToolCall) -> Vec<String> {
    let mut paths = Vec::new();
    for pointer in PATHS {
        match call.argument(pointer) {
            Some(Value::String(path)) => paths.push(path),
            Some(Value::Array(list)) => {
                paths.extend(list.into_iter().filter_map(|path| match path {
                    Value::String(path) => Some(path),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    paths
}

/// The host of a tool that fetches. What cannot be told is a host that no pattern names.
fn url_host(call: &ToolCall) -> Option<String> {
    let url: String = match call.argument_as("/url") {
        Ok(url) => url?,
        Err(_) => return Some("?".to_owned()),
    };
    let Some((_, rest)) = url.split_once("://") else {
        return Some("?".to_owned());
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => Some(name.to_owned()),
        _ => Some(host.to_owned()),
    }
}
