//! Allows, holds or refuses HTTP requests: by the method, the route and what the body holds.
//!
//! Rules are tried in order, and the first that applies decides. What cannot be told, such as a body
//! that is no JSON where a rule asks for a value of it, is never a reason to let pass: a rule that
//! allows then does not apply, one that holds or refuses does.

use countersign_policy_sdk::{
    Action, Condition, Held, HttpRequest, PathPattern, Reviewing, Stance, Verdict, policy,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which requests may be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Rules, in order: the first that applies decides.
    pub rules: Vec<Rule>,
    /// What is said of GET, HEAD and OPTIONS that no rule names.
    pub safe_methods: Stance,
    /// What is said of any other request that no rule names.
    pub otherwise: Stance,
    /// Who decides what is held, where the rule does not say.
    pub review: Reviewing,
}

/// A rule.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Methods in upper case; empty for all.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Routes as the target's document has them, such as `/orders/{id}`, or paths such as
    /// `/orders/**`; empty for all.
    #[serde(default)]
    pub paths: Vec<PathPattern>,
    /// What the JSON body holds; all of it has to hold.
    #[serde(default)]
    pub body: Vec<Condition>,
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
            rules: Vec::new(),
            safe_methods: Stance::Allow,
            otherwise: Stance::Review,
            review: Reviewing::default(),
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["http"],
    cases: include_str!("../cases.json"),
}

/// Judges one request.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let Some(request) = action.http() else {
        return Verdict::Abstain;
    };
    let named = || {
        let route = request.route.as_deref().unwrap_or(&request.path);
        join(&[&request.method, " ", route])
    };
    let mut rules = settings.rules.iter();
    if let Some(rule) = rules.find(|rule| rule.names(action, &request)) {
        let words = match rule.then {
            Stance::Review => " needs approval",
            _ => " is not allowed here",
        };
        let reason = || {
            let plain = || join(&[&named(), words]);
            rule.reason.clone().unwrap_or_else(plain)
        };
        let reviewing = rule.review.as_ref().unwrap_or(&settings.review);
        return rule.then.verdict(reason, reviewing);
    }
    let stance = if is_read(&request.method) {
        settings.safe_methods
    } else {
        settings.otherwise
    };
    stance.verdict(|| join(&["no rule names ", &named()]), &settings.review)
}

impl Rule {
    fn names(&self, action: &Action, request: &HttpRequest) -> bool {
        let method = &request.method;
        (self.methods.is_empty() || self.methods.iter().any(|m| m.eq_ignore_ascii_case(method)))
            && (self.paths.is_empty() || self.paths.iter().any(|p| request.is_on(p)))
            && self.then.applies(self.look_at_body(action, request))
    }

    fn look_at_body(&self, action: &Action, request: &HttpRequest) -> Held {
        match Condition::look_all(&self.body, action) {
            // Nothing was found where there is no JSON; what the body says instead is not known.
            Held::No if !is_json(action) && has_body(action, request) => Held::Unclear,
            held => held,
        }
    }
}

/// Not TRACE, which sends back what it gets, credentials of proxies included.
fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

fn is_json(action: &Action) -> bool {
    action.json_pointer("").is_some()
}

/// Bodies that are no text are not shown, but their headers are.
fn has_body(action: &Action, request: &HttpRequest) -> bool {
    action.body().is_some_and(|body| !body.is_empty())
        || request.header("transfer-encoding").is_some()
        || request.header("content-type").is_some()
        || request.header("content-length").is_some_and(|n| n != "0")
}

/// `format!` without its machinery, which would be a tenth of the component.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests;
