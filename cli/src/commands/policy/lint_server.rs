//! What a policy's bindings at the control plane cover: selectors that match nothing never act.

use anyhow::Result;
use serde_json::Value;

use super::lint::Problem;
use crate::{client::Client, output::cell};

/// Gaps of this policy's bindings.
pub async fn problems(client: &Client, policy: &str) -> Result<Vec<Problem>> {
    let bindings = client.list("bindings", &[], usize::MAX).await?;
    let principals = client.list("principals", &[], usize::MAX).await?;
    let targets = client.list("targets", &[], usize::MAX).await?;
    let ours = bindings
        .iter()
        .filter(|binding| cell(binding, "/policy") == policy);
    Ok(ours
        .flat_map(|binding| of_binding(binding, &principals, &targets))
        .collect())
}

fn of_binding(binding: &Value, principals: &[Value], targets: &[Value]) -> Vec<Problem> {
    let id = cell(binding, "/id");
    let mut problems = Vec::new();
    let mut unmatched = |what: &str, wanted: String| {
        problems.push(Problem::error(
            "selector_matches_nothing",
            format!("binding {id}: no {what} {wanted}"),
        ));
    };
    for (pointer, things, what) in [
        (
            "/selector/principals/names",
            principals,
            "principal is called",
        ),
        ("/selector/targets/names", targets, "target is called"),
    ] {
        for name in words(binding, pointer) {
            if !things.iter().any(|thing| cell(thing, "/name") == name) {
                unmatched(what, name);
            }
        }
    }
    for (pointer, things, what) in [
        (
            "/selector/principals/kinds",
            principals,
            "principal is of the kind",
        ),
        ("/selector/targets/kinds", targets, "target is of the kind"),
    ] {
        for kind in words(binding, pointer) {
            if !things.iter().any(|thing| cell(thing, "/kind") == kind) {
                unmatched(what, kind);
            }
        }
    }
    for group in words(binding, "/selector/principals/groups") {
        if !principals
            .iter()
            .any(|p| words(p, "/groups").contains(&group))
        {
            unmatched("principal is in the group", group);
        }
    }
    let labels = binding
        .pointer("/selector/targets/labels")
        .and_then(Value::as_object);
    for (key, wanted) in labels.into_iter().flatten() {
        let matches = |target: &Value| {
            let value = target.get("labels").and_then(|labels| labels.get(key));
            value.is_some_and(|value| wanted == "*" || value == wanted)
        };
        if !targets.iter().any(matches) {
            unmatched(
                "target has the label",
                format!("{key}={}", cell(wanted, "")),
            );
        }
    }
    problems
}

fn words(value: &Value, pointer: &str) -> Vec<String> {
    let items = value.pointer(pointer).and_then(Value::as_array);
    let words = items.into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_one_is_called_is_told() {
        let principals = [json!({"name": "ada", "kind": "human", "groups": ["dba"]})];
        let targets =
            [json!({"name": "shop", "kind": "postgres", "labels": {"env": "production"}})];
        let binding = |selector: Value| json!({"id": "b", "selector": selector});
        let cases = [
            (json!({}), 0),
            (
                json!({"principals": {"names": ["ada"], "groups": ["dba"], "kinds": ["human"]}}),
                0,
            ),
            (
                json!({"principals": {"names": ["bob"], "groups": ["ops"], "kinds": ["agent"]}}),
                3,
            ),
            (
                json!({"targets": {"names": ["shop"], "labels": {"env": "*"}}}),
                0,
            ),
            (
                json!({"targets": {"names": ["shup"], "labels": {"env": "staging"}}}),
                2,
            ),
            (json!({"targets": {"labels": {"tier": "*"}}}), 1),
        ];
        for (selector, expected) in cases {
            let found = of_binding(&binding(selector.clone()), &principals, &targets);
            assert_eq!(found.len(), expected, "{selector}: {found:?}");
        }
    }
}
