//! The facts of an action as one JSON object.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{Facts, Wanted, moment, wit};

/// The facts that are wanted. What the action does not have is absent, never null.
///
/// # Errors
///
/// When the host's facts are not what they should be; the action must not run.
pub fn input(action: &dyn Facts, wanted: &Wanted) -> Result<Value, String> {
    let mut input = Map::new();
    let mut put = |name: &str, value: &mut dyn FnMut() -> Result<Option<Value>, String>| {
        if wanted.has(name)
            && let Some(value) = value()?
        {
            input.insert(name.to_owned(), value);
        }
        Ok::<_, String>(())
    };
    put("kind", &mut || Ok(Some(json!(action.kind()))))?;
    put("id", &mut || Ok(Some(json!(action.id()))))?;
    put("session", &mut || Ok(Some(json!(action.session()))))?;
    put("at", &mut || Ok(Some(json!(action.at()))))?;
    put("clock", &mut || Ok(Some(moment::clock(action.at()))))?;
    put("principal", &mut || {
        Ok(Some(principal(&action.principal())))
    })?;
    put("target", &mut || Ok(Some(target(&action.target()))))?;
    put("sql", &mut || Ok(action.sql().map(|s| sql(action, &s))))?;
    put("text", &mut || Ok(action.text().map(Value::String)))?;
    put("parameters", &mut || Ok(Some(parameters(action))))?;
    put("http", &mut || Ok(action.http().map(http)))?;
    put("tool_call", &mut || {
        action.tool_call().map(tool_call).transpose()
    })?;
    put("shell", &mut || Ok(action.shell().map(|s| shell(&s))))?;
    put("body", &mut || Ok(action.body().map(Value::String)))?;
    put("json", &mut || {
        Ok(action.body().and_then(|b| serde_json::from_str(&b).ok()))
    })?;
    put("findings", &mut || Ok(Some(findings(action))))?;
    Ok(Value::Object(input))
}

fn pairs(pairs: &[(String, String)]) -> Value {
    let entry = |(key, value): &(String, String)| (key.clone(), json!(value));
    Value::Object(pairs.iter().map(entry).collect())
}

/// Names that may be there more than once, each with all its values.
fn multimap(pairs: Vec<(String, String)>) -> Value {
    let mut map = Map::new();
    for (name, value) in pairs {
        let values = map.entry(name).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(Value::String(value));
        }
    }
    Value::Object(map)
}

fn principal(principal: &wit::Principal) -> Value {
    let kind = match principal.kind {
        wit::PrincipalKind::Human => "human",
        wit::PrincipalKind::Agent => "agent",
        wit::PrincipalKind::Service => "service",
    };
    let mut value = json!({
        "id": principal.id,
        "name": principal.name,
        "kind": kind,
        "groups": principal.groups,
        "claims": pairs(&principal.claims),
    });
    if let Some(human) = &principal.on_behalf_of {
        value["on_behalf_of"] = json!(human);
    }
    value
}

fn target(target: &wit::Target) -> Value {
    json!({
        "id": target.id,
        "name": target.name,
        "kind": target.kind,
        "labels": pairs(&target.labels),
    })
}

/// Each statement, and what they do together.
fn sql(action: &dyn Facts, statements: &[wit::SqlStatement]) -> Value {
    let all = |list: fn(&wit::SqlStatement) -> &Vec<String>| {
        statements.iter().flat_map(list).collect::<BTreeSet<_>>()
    };
    let class = action.sql_class().unwrap_or(wit::StatementClass::Unknown);
    json!({
        "class": class.as_str(),
        "operations": all(|s| &s.operations),
        "tables_read": all(|s| &s.tables_read),
        "tables_written": all(|s| &s.tables_written),
        "functions": all(|s| &s.functions),
        "settings_changed": all(|s| &s.settings_changed),
        "unbounded_read": statements.iter().any(|s| s.unbounded_read),
        "unbounded_write": statements.iter().any(|s| s.unbounded_write),
        "columns_read": columns(statements.iter().flat_map(|s| &s.columns_read)),
        "columns_filtered": columns(statements.iter().flat_map(|s| &s.columns_filtered)),
        "statements": statements.iter().map(statement).collect::<Vec<_>>(),
    })
}

fn statement(statement: &wit::SqlStatement) -> Value {
    json!({
        "class": statement.class.as_str(),
        "operations": statement.operations,
        "tables_read": statement.tables_read,
        "tables_written": statement.tables_written,
        "columns_read": columns(statement.columns_read.iter()),
        "columns_filtered": columns(statement.columns_filtered.iter()),
        "functions": statement.functions,
        "settings_changed": statement.settings_changed,
        "unbounded_read": statement.unbounded_read,
        "unbounded_write": statement.unbounded_write,
    })
}

fn columns<'a>(columns: impl Iterator<Item = &'a wit::Column>) -> Value {
    let distinct: BTreeSet<(&str, &str)> = columns
        .map(|column| (column.table.as_str(), column.name.as_str()))
        .collect();
    distinct
        .into_iter()
        .map(|(table, name)| json!({"table": table, "name": name}))
        .collect()
}

fn parameters(action: &dyn Facts) -> Value {
    let value = |parameter| match parameter {
        wit::Parameter::Null => json!({"kind": "null"}),
        wit::Parameter::Text(text) => json!({"kind": "text", "value": text}),
        wit::Parameter::Binary(hex) => json!({"kind": "binary", "value": hex}),
    };
    action.parameters().into_iter().map(value).collect()
}

fn http(request: wit::HttpRequest) -> Value {
    let mut value = json!({
        "method": request.method,
        "host": request.host,
        "path": request.path,
        "query": multimap(request.query),
        "headers": multimap(request.headers),
    });
    if let Some(route) = request.route {
        value["route"] = Value::String(route);
    }
    value
}

fn tool_call(call: wit::ToolCall) -> Result<Value, String> {
    let arguments: Value = serde_json::from_str(&call.arguments)
        .map_err(|error| format!("the arguments of the tool call are not JSON: {error}"))?;
    Ok(json!({
        "server": call.server,
        "tool": call.tool,
        "arguments": arguments,
        "definition_changed": call.definition_changed,
    }))
}

/// Each command, and what they do together.
fn shell(commands: &[wit::ShellCommand]) -> Value {
    let all = |list: fn(&wit::ShellCommand) -> &Vec<String>| {
        commands.iter().flat_map(list).collect::<BTreeSet<_>>()
    };
    let worst = commands.iter().max_by_key(|c| c.class as u8);
    let programs: BTreeSet<&String> = commands.iter().filter_map(|c| c.argv.first()).collect();
    let command = |command: &wit::ShellCommand| {
        json!({
            "argv": command.argv,
            "class": command.class.as_str(),
            "paths_read": command.paths_read,
            "paths_written": command.paths_written,
            "hosts": command.hosts,
        })
    };
    json!({
        "class": worst.map_or(wit::StatementClass::Unknown, |c| c.class).as_str(),
        "programs": programs,
        "paths_read": all(|c| &c.paths_read),
        "paths_written": all(|c| &c.paths_written),
        "hosts": all(|c| &c.hosts),
        "commands": commands.iter().map(command).collect::<Vec<_>>(),
    })
}

fn findings(action: &dyn Facts) -> Value {
    let entry = |finding: wit::Finding| (finding.entity, json!(finding.count));
    Value::Object(action.findings().into_iter().map(entry).collect())
}

#[cfg(test)]
mod tests;
