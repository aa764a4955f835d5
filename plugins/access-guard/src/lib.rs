//! Grants, reviews or refuses requests for access.
//!
//! A request says which operations, on which targets, for which task and for how long; it is judged
//! once for each target. What is refused is looked at first: too long, operations that nobody is
//! granted here, an agent that nobody answers for. A short request for operations that a rule names,
//! on a target with the rule's labels, is granted at once. All the rest waits for people. A request
//! for `admin`, `destructive` or `exec` is never granted without them, whatever the rules say.

use std::collections::BTreeMap;

use countersign_policy_sdk::{
    AccessRequest, Action, GrantOperation, PrincipalKind, Review, Verdict, policy,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is granted, what is refused, and who decides the rest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What is granted at once.
    pub auto_approve: Vec<AutoApprove>,
    /// The longest time that anybody may ask for, in minutes.
    #[schemars(range(min = 1))]
    pub max_minutes: u64,
    /// Operations that nobody is granted on the targets that this policy covers.
    pub deny_operations: Vec<GrantOperation>,
    /// Whether an agent or a service needs an owner, so that somebody answers for it.
    pub agents_need_owner: bool,
    /// Words that the task has to hold one of, in any case of letters, such as `ticket`; empty for
    /// none.
    pub task_mentions: Vec<String>,
    /// Groups whose members may decide; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Distinct people who must approve.
    #[schemars(range(min = 1))]
    pub quorum: u8,
    /// Distinct people who must approve a request for `admin`, `destructive` or `exec`.
    #[schemars(range(min = 1))]
    pub dangerous_quorum: u8,
    /// Minutes until a request expires undecided.
    #[schemars(range(min = 1, max = 10_080))]
    pub expires_in_minutes: u32,
}

/// What is granted at once.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoApprove {
    /// The request asks for nothing but these. `admin`, `destructive` and `exec` have no effect here.
    pub operations: Vec<GrantOperation>,
    /// The target has all of these labels; `*` for any value.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The request is for so many minutes at most.
    #[schemars(range(min = 1))]
    pub up_to_minutes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auto_approve: Vec::new(),
            max_minutes: 480,
            deny_operations: Vec::new(),
            agents_need_owner: true,
            task_mentions: Vec::new(),
            reviewers: Vec::new(),
            quorum: 1,
            dangerous_quorum: 1,
            expires_in_minutes: 240,
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["access"],
    cases: include_str!("../cases.json"),
}

/// Judges one request on one target.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let Some(request) = action.access() else {
        return Verdict::Abstain;
    };
    if let Some(why) = settings.refuses(action, &request) {
        return Verdict::Deny(why);
    }
    let dangerous = request.operations.iter().find(|o| is_dangerous(**o));
    let granted = |rule: &AutoApprove| rule.grants(action, &request);
    if dangerous.is_none() && settings.auto_approve.iter().any(granted) {
        return Verdict::Allow;
    }
    let quorum = match dangerous {
        Some(_) => settings.dangerous_quorum.max(settings.quorum),
        None => settings.quorum,
    };
    Review::because(why_held(&request, dangerous.copied()))
        .by(settings.reviewers.iter().cloned())
        .quorum(quorum)
        .expires_in(settings.expires_in_minutes.saturating_mul(60))
        .into()
}

/// Whether an operation is never granted without people.
const fn is_dangerous(operation: GrantOperation) -> bool {
    matches!(
        operation,
        GrantOperation::Admin | GrantOperation::Destructive | GrantOperation::Exec
    )
}

impl Settings {
    /// Why a request is refused, where it is.
    fn refuses(&self, action: &Action, request: &AccessRequest) -> Option<String> {
        if request.minutes() > self.max_minutes {
            let most = self.max_minutes.to_string();
            return Some(join(&["access is granted for ", &most, " minutes at most"]));
        }
        let denied = |operation: &&GrantOperation| self.deny_operations.contains(operation);
        if let Some(operation) = request.operations.iter().find(denied) {
            return Some(join(&["nobody is granted ", operation.as_str(), " here"]));
        }
        let owned = || action.principal_owner().is_some();
        let is_human = || action.principal().kind == PrincipalKind::Human;
        if self.agents_need_owner && !owned() && !is_human() {
            return Some("nobody answers for this agent: it needs an owner".to_owned());
        }
        if !self.task_mentions.is_empty() && !self.mentions(&request.task) {
            let words = self.task_mentions.join(", ");
            return Some(join(&["the task has to name one of: ", &words]));
        }
        None
    }

    fn mentions(&self, task: &str) -> bool {
        let task = task.to_lowercase();
        let mut words = self.task_mentions.iter();
        words.any(|word| task.contains(&word.to_lowercase()))
    }
}

impl AutoApprove {
    fn grants(&self, action: &Action, request: &AccessRequest) -> bool {
        let labelled = |(key, wanted): (&String, &String)| {
            let value = action.target_label(key);
            value.is_some_and(|value| wanted == "*" || value == *wanted)
        };
        request.minutes() <= self.up_to_minutes
            && request.asks_only_for(&self.operations)
            && self.labels.iter().all(labelled)
    }
}

fn why_held(request: &AccessRequest, dangerous: Option<GrantOperation>) -> String {
    match dangerous {
        Some(operation) => join(&["access that may ", operation.as_str(), " needs approval"]),
        None if request.extends.is_some() => "longer access needs approval".to_owned(),
        None => "access needs approval".to_owned(),
    }
}

/// `format!` without its machinery, which would be a tenth of the component.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests;
