//! `countersign inspect shell` and `http`: what policies see of command lines and requests.

use anyhow::{Context as _, Result};
use countersign_inspect::{http, shell};
use countersign_model::{HttpOperation, ShellCommand, ShellFacts, StatementClass};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::inspect::{Input, lines, list};
use crate::output;

#[derive(Deserialize)]
struct ShellLine {
    id: Value,
    shell: String,
}

#[derive(Serialize)]
struct ShellAnswer {
    id: Value,
    class: &'static str,
    commands: Vec<ShellCommand>,
}

/// Tells the commands of a line.
pub fn shell(input: &Input) -> Result<()> {
    if input.jsonl {
        return lines(|line: ShellLine| {
            let facts = shell::inspect(&line.shell);
            ShellAnswer {
                id: line.id,
                class: facts.class().as_str(),
                commands: facts.commands,
            }
        });
    }
    let facts = shell::inspect(&input.read()?);
    if input.json {
        return output::json(&facts);
    }
    print(&facts)
}

fn print(facts: &ShellFacts) -> Result<()> {
    output::fields(&[
        ("class", facts.class().as_str().to_owned()),
        ("commands", facts.commands.len().to_string()),
    ])?;
    output::line("")?;
    let rows: Vec<[String; 5]> = facts
        .commands
        .iter()
        .map(|command| {
            let unreadable = command.argv.is_empty() && command.class == StatementClass::Unknown;
            let text = if unreadable {
                "(cannot be read)".to_owned()
            } else {
                command.argv.join(" ")
            };
            [
                command.class.as_str().to_owned(),
                output::short(&text, 70),
                list(&command.paths_read),
                list(&command.paths_written),
                list(&command.hosts),
            ]
        })
        .collect();
    output::table(["CLASS", "COMMAND", "READS", "WRITES", "HOSTS"], &rows)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum HttpLine {
    Raw {
        id: Value,
        http: String,
    },
    Parts {
        id: Value,
        method: String,
        url: String,
        #[serde(default)]
        headers: Headers,
        #[serde(default)]
        body: Option<String>,
    },
}

/// As a list of pairs, or as an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Headers {
    Pairs(Vec<(String, String)>),
    Object(std::collections::BTreeMap<String, String>),
}

impl Default for Headers {
    fn default() -> Self {
        Self::Pairs(Vec::new())
    }
}

impl Headers {
    fn into_pairs(self) -> Vec<(String, String)> {
        match self {
            Self::Pairs(pairs) => pairs,
            Self::Object(map) => map.into_iter().collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum HttpAnswer {
    Seen {
        id: Value,
        #[serde(flatten)]
        request: HttpOperation,
    },
    Refused {
        id: Value,
        refused: String,
    },
}

impl HttpAnswer {
    fn of(line: HttpLine) -> Self {
        let (id, request) = match line {
            HttpLine::Raw { id, http: text } => (id, http::parse(&text)),
            HttpLine::Parts {
                id,
                method,
                url,
                headers,
                body,
            } => {
                let body = body.map(Into::into);
                (id, http::request(&method, &url, headers.into_pairs(), body))
            }
        };
        match request {
            Ok(request) => Self::Seen { id, request },
            Err(error) => Self::Refused {
                id,
                refused: error.to_string(),
            },
        }
    }
}

/// Tells a request.
pub fn http(input: &Input) -> Result<()> {
    if input.jsonl {
        return lines(HttpAnswer::of);
    }
    let request = http::parse(&input.read()?).context("the request is refused")?;
    if input.json {
        return output::json(&request);
    }
    let pairs = |pairs: &[(String, String)]| {
        let words: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        list(&words)
    };
    output::fields(&[
        ("method", request.method.clone()),
        ("host", request.host.clone()),
        ("path", request.path.clone()),
        ("query", pairs(&request.query)),
        ("headers", pairs(&request.headers)),
        (
            "body",
            output::short(request.body.as_deref().unwrap_or("-"), 100),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_either_form_is_answered() {
        let answer = |line: &str| {
            let line = serde_json::from_str(line).expect("a line");
            serde_json::to_value(HttpAnswer::of(line)).expect("an answer")
        };
        let parts = answer(
            r#"{"id": 1, "method": "get", "url": "https://A.example/x/../%61?q=1", "headers": {"Cookie": "c", "Accept": "*/*"}}"#,
        );
        assert_eq!(parts["path"], "/a");
        assert_eq!(parts["host"], "a.example");
        assert_eq!(parts["headers"], serde_json::json!([["accept", "*/*"]]));
        let raw = answer(r#"{"id": 2, "http": "GET /a%2fb HTTP/1.1\n\n"}"#);
        assert_eq!(raw["id"], 2);
        assert!(raw["refused"].is_string(), "{raw}");
    }
}
