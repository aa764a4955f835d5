//! Allows, holds or refuses tool calls: by the server, the tool and what its arguments are.
//!
//! Rules are tried in order, and the first that applies decides. What cannot be told, such as a text
//! where a rule asks for a number, is never a reason to let pass: a rule that allows then does not
//! apply, one that holds or refuses does. A tool whose definition is not the one that was accepted is
//! refused before any rule: its name and arguments may mean something else now.
//!
//! The other requests of MCP (resources, prompts, lists) have rules of their own.

use countersign_policy_sdk::{
    Action, Condition, McpRequest, Pattern, Reviewing, Stance, ToolCall, Verdict, policy,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which tools may be called, with which arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Rules for tool calls, in order: the first that applies decides.
    pub tools: Vec<ToolRule>,
    /// What is said of a tool call that no rule names.
    pub other_tools: Stance,
    /// What is said of a tool whose definition is not the accepted one.
    pub changed_definitions: Stance,
    /// Rules for the other requests of MCP, in order: the first that applies decides.
    pub requests: Vec<RequestRule>,
    /// What is said of a request that no rule names and that reads more than lists.
    pub other_requests: Stance,
    /// Who decides what is held, where the rule does not say.
    pub review: Reviewing,
}

/// A rule for tool calls.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolRule {
    /// The server, such as `shop`; `*` is any number of characters.
    #[serde(default)]
    pub server: Pattern,
    /// The tool, such as `refund_*`.
    #[serde(default)]
    pub tool: Pattern,
    /// What its arguments are; all of it has to hold.
    #[serde(default)]
    pub arguments: Vec<Condition>,
    /// What is said of such a call.
    pub then: Stance,
    /// Why, for the one who calls and for reviewers.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who decides what it holds.
    #[serde(default)]
    pub review: Option<Reviewing>,
}

/// A rule for the other requests of MCP.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRule {
    /// The server.
    #[serde(default)]
    pub server: Pattern,
    /// The method, such as `resources/*`.
    #[serde(default)]
    pub method: Pattern,
    /// What it is about: the resource's URI, the prompt's name.
    #[serde(default)]
    pub name: Pattern,
    /// What is said of such a request.
    pub then: Stance,
    /// Why, for the one who asks and for reviewers.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who decides what it holds.
    #[serde(default)]
    pub review: Option<Reviewing>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tools: Vec::new(),
            other_tools: Stance::Review,
            changed_definitions: Stance::Deny,
            requests: Vec::new(),
            other_requests: Stance::Review,
            review: Reviewing::default(),
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["tool_call", "mcp"],
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    if let Some(call) = action.tool_call() {
        return settings.judge_call(action, &call);
    }
    match action.mcp() {
        Some(request) => settings.judge_request(&request),
        None => Verdict::Abstain,
    }
}

impl Settings {
    fn judge_call(&self, action: &Action, call: &ToolCall) -> Verdict {
        if call.definition_changed() && self.changed_definitions != Stance::Allow {
            let reason = || {
                join(&[
                    "the definition of ",
                    &named(call),
                    " has changed and nobody has accepted it",
                ])
            };
            return self.changed_definitions.verdict(reason, &self.review);
        }
        let Some(rule) = self.tools.iter().find(|rule| rule.names(action, call)) else {
            let reason = || join(&["no rule names ", &named(call)]);
            return self.other_tools.verdict(reason, &self.review);
        };
        let reason = || {
            let words = || join(&[&named(call), said(rule.then)]);
            rule.reason.clone().unwrap_or_else(words)
        };
        rule.then
            .verdict(reason, rule.review.as_ref().unwrap_or(&self.review))
    }

    fn judge_request(&self, request: &McpRequest) -> Verdict {
        let about = || match &request.name {
            Some(name) => join(&[&request.method, " of ", name]),
            None => request.method.clone(),
        };
        let Some(rule) = self.requests.iter().find(|rule| rule.names(request)) else {
            if is_bookkeeping(&request.method) {
                return Verdict::Allow;
            }
            let reason = || join(&["no rule names ", &about()]);
            return self.other_requests.verdict(reason, &self.review);
        };
        let reason = || {
            let words = || join(&[&about(), said(rule.then)]);
            rule.reason.clone().unwrap_or_else(words)
        };
        rule.then
            .verdict(reason, rule.review.as_ref().unwrap_or(&self.review))
    }
}

impl ToolRule {
    fn names(&self, action: &Action, call: &ToolCall) -> bool {
        self.server.matches(call.server())
            && self.tool.matches(call.tool())
            && (self.arguments.is_empty() || self.covers(action, call))
    }

    /// Whether it applies to these arguments. A call that is only asked about, so that a list shows
    /// no tool that nobody may call, has `null` for arguments, which no real call has: a rule that
    /// refuses some calls does not hide the tool.
    fn covers(&self, action: &Action, call: &ToolCall) -> bool {
        if call.arguments().is_null() {
            return self.then != Stance::Deny;
        }
        let held = Condition::look_all(&self.arguments, action);
        self.then.applies(held)
    }
}

impl RequestRule {
    fn names(&self, request: &McpRequest) -> bool {
        self.server.matches(&request.server)
            && self.method.matches(&request.method)
            && self.name.matches(request.name.as_deref().unwrap_or(""))
    }
}

/// What a client needs to begin, and lists, which hold no more than names and descriptions.
fn is_bookkeeping(method: &str) -> bool {
    matches!(
        method,
        "initialize" | "ping" | "server/discover" | "logging/setLevel" | "completion/complete"
    ) || method.ends_with("/list")
}

fn named(call: &ToolCall) -> String {
    match call.server() {
        "" => call.tool().to_owned(),
        server => join(&[call.tool(), " of ", server]),
    }
}

const fn said(stance: Stance) -> &'static str {
    match stance {
        Stance::Review => " needs approval",
        _ => " is not allowed here",
    }
}

/// `format!` without its machinery, which would be a tenth of the component.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests;
