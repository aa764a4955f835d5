//! A change in one line of words.

use countersign_model::Stage;

use super::{SetBinding, SetState};

/// Things that are named before the rest is counted.
const NAMED: usize = 3;

/// What turns `before` into `after`, in words.
pub(crate) fn summary(before: &SetState, after: &SetState) -> String {
    let mut parts = Vec::new();
    for binding in &after.bindings {
        parts.push(match before.binding(binding.id) {
            None => format!("{}: new, {}", name(binding), stage(binding)),
            Some(then) => changed(then, binding),
        });
    }
    for binding in &before.bindings {
        if after.binding(binding.id).is_none() {
            parts.push(format!(
                "{}: removed, was {}",
                name(binding),
                stage(binding)
            ));
        }
    }
    for document in &after.documents {
        parts.push(format!("document {} {}", document.name, document.version));
    }
    for document in &before.documents {
        if !after.documents.iter().any(|d| d.id == document.id) {
            parts.push(format!("document {}: removed", document.name));
        }
    }
    if let Some(settings) = after.settings {
        let approval = if settings.require_approval {
            "changes need a second admin"
        } else {
            "changes apply at once"
        };
        parts.push(format!(
            "settings: {approval}, counters split {}",
            settings.counter_split.as_str()
        ));
    }
    let more = parts.len().saturating_sub(NAMED);
    parts.truncate(NAMED);
    let mut text = parts.join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

fn name(binding: &SetBinding) -> String {
    format!("{} {}", binding.policy, binding.version)
}

fn stage(binding: &SetBinding) -> String {
    match (binding.stage, binding.canary_percent) {
        (Stage::Canary, Some(percent)) => format!("canary {percent} %"),
        (stage, _) => stage.as_str().to_owned(),
    }
}

fn changed(before: &SetBinding, after: &SetBinding) -> String {
    let mut parts = Vec::new();
    if before.version != after.version {
        parts.push(format!("version {} → {}", before.version, after.version));
    }
    let (then, now) = (stage(before), stage(after));
    if then != now {
        parts.push(format!("{then} → {now}"));
    }
    let fields = [
        (before.settings != after.settings, "settings"),
        (before.selector != after.selector, "selector"),
        (before.position != after.position, "position"),
        (before.guard != after.guard && then == now, "guard"),
        (
            before.replaces != after.replaces && then == now,
            "what it replaces",
        ),
    ];
    let named: Vec<_> = fields
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, n)| *n)
        .collect();
    if !named.is_empty() {
        parts.push(format!("other {}", named.join(", ")));
    }
    format!("{}: {}", name(after), parts.join(", "))
}
