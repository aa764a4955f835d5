//! `countersign explain`: why an action was decided as it was.

use anyhow::{Context as _, Result};
use clap::Args;
use countersign_model::{HostCall, Obligations, PolicyVerdict, Verdict};
use serde_json::Value;

use crate::{
    client::parse,
    config::ClientOptions,
    output::{self, cell, pairs},
};

/// Why: every policy's part in the decision on one action
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign explain A-9F41C2
  countersign explain 019a3c1e-7b5d-7f00-8000-0123456789ab --json

An action's id is in the error that a refused client gets, in `session show` and in the dashboard. The
short form is looked for among the newest records.")]
pub struct ExplainCommand {
    #[command(flatten)]
    options: ClientOptions,

    /// The action's id, or the short form of a recent one
    action: String,
}

impl ExplainCommand {
    pub async fn run(self) -> Result<()> {
        let client = self.options.client()?;
        let action = client.get(&format!("actions/{}", self.action)).await?;
        if self.options.json {
            return output::json(&action);
        }
        output::fields(&head(&action))?;
        let policies = action.get("policies").and_then(Value::as_array);
        for policy in policies.into_iter().flatten() {
            output::line("")?;
            output::fields(&part(policy)?)?;
        }
        Ok(())
    }
}

type Fields = Vec<(&'static str, String)>;

/// Who, where, what, and what came of it.
fn head(action: &Value) -> Fields {
    let mut fields = vec![
        ("action", cell(action, "/action_id")),
        ("at", cell(action, "/at")),
        ("session", cell(action, "/session_id")),
        ("edge", cell(action, "/edge/name")),
        ("who", who(action)),
        ("where", place(action)),
    ];
    if let Some(operation) = action.get("operation").filter(|o| !o.is_null()) {
        fields.push(("phase", cell(operation, "/phase")));
        fields.push(("what", cell(operation, "/text")));
        push(&mut fields, "bound values", operation, "/parameters");
        push(&mut fields, "request", operation, "/request");
    }
    fields.push(("class", class(action)));
    fields.push(("verdict", verdict(action)));
    push(&mut fields, "revision", action, "/decision/bundle_revision");
    push(&mut fields, "as in", action, "/same_as");
    push(&mut fields, "review", action, "/review_id");
    if let Some(refused) = action.get("refused").filter(|r| !r.is_null()) {
        let words = format!("{}: {}", cell(refused, "/code"), cell(refused, "/reason"));
        fields.push(("refused", words));
    }
    if let Some(outcome) = action.get("outcome").filter(|o| !o.is_null()) {
        fields.push(("outcome", outcome_words(outcome)));
    }
    let timing = action.get("timing").map(times).unwrap_or_default();
    if !timing.is_empty() {
        fields.push(("took", timing));
    }
    fields
}

fn push(fields: &mut Fields, name: &'static str, value: &Value, pointer: &str) {
    let text = cell(value, pointer);
    if text != "-" {
        fields.push((name, text));
    }
}

fn who(action: &Value) -> String {
    let mut words = vec![format!(
        "{} ({})",
        cell(action, "/principal/name"),
        cell(action, "/principal/kind")
    )];
    for (name, pointer) in [
        ("for", "/principal/on_behalf_of"),
        ("groups", "/principal/groups"),
    ] {
        let text = cell(action, pointer);
        if text != "-" {
            words.push(format!("{name} {text}"));
        }
    }
    let claims = pairs(action.pointer("/principal/claims"));
    if claims != "-" {
        words.push(claims);
    }
    words.join(", ")
}

fn place(action: &Value) -> String {
    let labels = pairs(action.pointer("/target/labels"));
    format!(
        "{} ({}), default {}",
        cell(action, "/target/name"),
        labels,
        cell(action, "/target/default_verdict")
    )
}

/// The classes of the text's statements.
fn class(action: &Value) -> String {
    let statements = action
        .pointer("/facts/statements")
        .and_then(Value::as_array);
    let classes: Vec<String> = statements
        .into_iter()
        .flatten()
        .map(|statement| cell(statement, "/class"))
        .collect();
    if classes.is_empty() {
        "-".to_owned()
    } else {
        classes.join(", ")
    }
}

fn verdict(action: &Value) -> String {
    let effect = cell(action, "/decision/effect");
    if effect == "-" {
        return "refused before any policy was asked".to_owned();
    }
    let by_default = action.pointer("/decision/by_default") == Some(&Value::Bool(true));
    let reasons = cell(action, "/decision/reasons");
    match (by_default, reasons.as_str()) {
        (true, _) => format!("{effect}: no policy took a side, the target's default decided"),
        (false, "-") => effect,
        (false, reasons) => format!("{effect}: {reasons}"),
    }
}

fn outcome_words(outcome: &Value) -> String {
    let mut words = vec![
        cell(outcome, "/status"),
        format!("{} rows", cell(outcome, "/rows")),
    ];
    for pointer in ["/tags", "/sqlstate"] {
        let text = cell(outcome, pointer);
        if text != "-" {
            words.push(text);
        }
    }
    let masked = outcome.get("masked").and_then(Value::as_array);
    let masked: u64 = masked
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("count")?.as_u64())
        .sum();
    if masked > 0 {
        words.push(format!("{masked} values masked"));
    }
    words.join(", ")
}

/// The steps that were taken, with their times.
fn times(timing: &Value) -> String {
    let steps = [
        ("parse", "/parse_us"),
        ("judge", "/judge_us"),
        ("hold", "/hold_us"),
        ("journal", "/journal_us"),
        ("upstream", "/upstream_us"),
    ];
    let words: Vec<String> = steps
        .into_iter()
        .filter_map(|(name, pointer)| {
            let micros = timing.pointer(pointer)?.as_u64()?;
            Some(format!("{name} {}", duration(micros)))
        })
        .collect();
    words.join(", ")
}

fn duration(micros: u64) -> String {
    match micros {
        0..=9_999 => format!("{micros} µs"),
        10_000..=9_999_999 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// One policy's part.
fn part(policy: &Value) -> Result<Fields> {
    let stage = cell(policy, "/stage");
    let obeyed = match stage.as_str() {
        "enforced" | "canary" => "",
        _ => ", not obeyed",
    };
    let said: PolicyVerdict = parse(policy.get("verdict").cloned().unwrap_or_default())?;
    let calls: Vec<HostCall> = parse(policy.get("host_calls").cloned().unwrap_or_default())?;
    let micros = policy.get("micros").and_then(Value::as_u64);
    let settings = match policy.get("settings") {
        None | Some(Value::Null) => "not kept".to_owned(),
        Some(settings) => settings.to_string(),
    };
    let mut fields = vec![
        (
            "policy",
            format!(
                "{} version {} ({stage}{obeyed})",
                cell(policy, "/policy"),
                cell(policy, "/version")
            ),
        ),
        ("settings", settings),
        ("verdict", said_words(&said)),
    ];
    push(&mut fields, "reason", policy, "/reason");
    let asked: Vec<String> = calls.iter().map(call_words).collect();
    if !asked.is_empty() {
        fields.push(("asked", asked.join("\n")));
    }
    let took = match micros.context("the control plane's answer has no time")? {
        0 => "0 µs, known from equal facts".to_owned(),
        micros => duration(micros),
    };
    fields.push(("took", took));
    Ok(fields)
}

fn said_words(verdict: &PolicyVerdict) -> String {
    match verdict {
        PolicyVerdict::Said(Verdict::Abstain) => "abstain".to_owned(),
        PolicyVerdict::Said(Verdict::Oblige(with)) => with_words("oblige", with),
        PolicyVerdict::Said(Verdict::Allow(with)) if with.masks.is_empty() => {
            with_words("allow", with)
        }
        PolicyVerdict::Said(Verdict::Allow(with)) => with_words("mask", with),
        PolicyVerdict::Said(Verdict::Review(spec)) => {
            let by = if spec.reviewers.is_empty() {
                "any reviewer".to_owned()
            } else {
                spec.reviewers.join(", ")
            };
            format!(
                "review: {} of {by}, within {} s",
                spec.quorum, spec.expires_in
            )
        }
        PolicyVerdict::Said(Verdict::Deny(_)) => "deny".to_owned(),
        PolicyVerdict::Failed { .. } => "failed: taken as deny".to_owned(),
    }
}

/// A verdict with its conditions, counted.
fn with_words(verdict: &str, with: &Obligations) -> String {
    let mut words = Vec::new();
    if !with.masks.is_empty() {
        words.push(format!("{} masks", with.masks.len()));
    }
    let limits = [
        (with.limits.rows, "rows"),
        (with.limits.bytes, "bytes"),
        (with.limits.seconds.map(u64::from), "seconds"),
    ];
    for (limit, unit) in limits {
        if let Some(limit) = limit {
            words.push(format!("at most {limit} {unit}"));
        }
    }
    words.extend(with.tags.iter().map(|tag| format!("tag {tag}")));
    if words.is_empty() {
        return verdict.to_owned();
    }
    format!("{verdict}: {}", words.join(", "))
}

fn call_words(call: &HostCall) -> String {
    match call {
        HostCall::Count {
            key,
            amount,
            window_seconds,
            sum,
        } => format!("count {key} +{amount} within {window_seconds} s: {sum}"),
        HostCall::Lookup {
            document,
            key,
            value,
            ..
        } => {
            let value = value.as_deref().unwrap_or("nothing");
            format!("look up {key} in {document}: {}", output::short(value, 80))
        }
        HostCall::Clock { at } => format!("time: {at}"),
        HostCall::Log { level, message } => format!("{level}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use countersign_model::{Limits, ReviewSpec};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policys_part_is_told_in_words() {
        let review = Verdict::Review(ReviewSpec {
            reason: "deletes rows".to_owned(),
            reviewers: vec!["dba".to_owned()],
            quorum: 2,
            expires_in: 600,
        });
        let policy = json!({
            "policy": "destructive-guard",
            "version": 3,
            "stage": "shadow",
            "settings": {"quorum": 2},
            "verdict": {"said": review},
            "reason": "deletes rows",
            "host_calls": [
                {"count": {"key": "deletes:a", "amount": 1, "window_seconds": 60, "sum": 4}},
                {"log": {"level": "info", "message": "looks odd"}},
            ],
            "micros": 12,
        });
        let told: Vec<String> = part(&policy)
            .unwrap()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            told,
            [
                "policy=destructive-guard version 3 (shadow, not obeyed)",
                "settings={\"quorum\":2}",
                "verdict=review: 2 of dba, within 600 s",
                "reason=deletes rows",
                "asked=count deletes:a +1 within 60 s: 4\ninfo: looks odd",
                "took=12 µs",
            ]
        );
    }

    #[test]
    fn conditions_are_counted() {
        let with = Obligations {
            limits: Limits {
                rows: Some(5),
                ..Limits::default()
            },
            tags: vec!["bulk".to_owned()],
            ..Obligations::default()
        };
        let said = PolicyVerdict::Said(Verdict::Allow(with));
        assert_eq!(said_words(&said), "allow: at most 5 rows, tag bulk");
        let none = PolicyVerdict::Said(Verdict::Allow(Obligations::default()));
        assert_eq!(said_words(&none), "allow");
    }

    #[test]
    fn the_default_and_no_decision_are_told_apart() {
        let by_default =
            json!({"decision": {"effect": "allow", "by_default": true, "reasons": []}});
        assert!(verdict(&by_default).starts_with("allow: no policy took a side"));
        let unjudged = json!({"decision": null});
        assert!(verdict(&unjudged).starts_with("refused before"));
        let denied =
            json!({"decision": {"effect": "deny", "by_default": false, "reasons": ["no"]}});
        assert_eq!(verdict(&denied), "deny: no");
    }
}
