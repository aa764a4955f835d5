//! What the commands print: tables and fields for people, JSON for programs.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::Value;

/// The one line that says why a command failed.
#[expect(clippy::print_stderr, reason = "the command's own error line")]
pub fn error_line(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    eprintln!("error: {}", causes.join(": ").replace('\n', " "));
}

/// One line on standard output. A reader that has gone away is no error.
pub fn line(text: &str) -> Result<()> {
    write(&format!("{text}\n"))
}

/// A value as indented JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("not representable as JSON")?;
    line(&text)
}

/// Columns under headings, as wide as their widest cell; the last is as long as it is.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<()> {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = render(&headings.map(str::to_owned), &widths);
    for row in rows {
        text.push_str(&render(row, &widths));
    }
    write(&text)
}

fn render<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let gap = width.saturating_sub(cell.chars().count());
        line.push_str(cell);
        line.push_str(&" ".repeat(gap + 2));
    }
    format!("{}\n", line.trim_end())
}

/// Names and values, one a line.
pub fn fields(pairs: &[(&str, String)]) -> Result<()> {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in pairs {
        let mut lines = value.lines();
        let first = lines.next().unwrap_or("");
        text.push_str(format!("{name:width$}  {first}").trim_end());
        text.push('\n');
        for more in lines {
            text.push_str(&format!("{:width$}  {more}\n", ""));
        }
    }
    write(&text)
}

/// At most `limit` characters of one line, so that a table stays a table.
pub fn short(text: &str, limit: usize) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= limit {
        return one_line;
    }
    let kept: String = one_line.chars().take(limit.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// What a pointer names, as JSON over several lines; `-` for nothing.
pub fn pretty(value: &Value, pointer: &str) -> Result<String> {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Ok("-".to_owned()),
        Some(found) => Ok(serde_json::to_string_pretty(found)?),
    }
}

/// What stands at a JSON pointer of an answer, for a table's cell; `-` for nothing.
pub fn cell(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => {
            let words: Vec<String> = items.iter().map(|item| cell(item, "")).collect();
            words.join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// A JSON object as `key=value` pairs.
pub fn pairs(value: Option<&Value>) -> String {
    let Some(object) = value.and_then(Value::as_object).filter(|o| !o.is_empty()) else {
        return "-".to_owned();
    };
    let words: Vec<String> = object
        .iter()
        .map(|(key, value)| format!("{key}={}", cell(value, "")))
        .collect();
    words.join(" ")
}

/// What was made: all of it as JSON, or its name and id.
pub fn made(kind: &str, value: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return json(value);
    }
    line(&format!(
        "{kind} {} ({})",
        cell(value, "/name"),
        cell(value, "/id")
    ))
}

/// A secret that is shown once: alone on standard output, so that a script can take it, and until
/// when it works on standard error.
#[expect(clippy::print_stderr, reason = "a remark beside the command's output")]
pub fn secret(value: &Value, pointer: &str, as_json: bool) -> Result<()> {
    if as_json {
        return json(value);
    }
    eprintln!("works until {}", cell(value, "/expires_at"));
    line(&cell(value, pointer))
}

/// A token by the names that OAuth has: alone on standard output, and how long it works on standard
/// error.
#[expect(clippy::print_stderr, reason = "a remark beside the command's output")]
pub fn token(answer: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return json(answer);
    }
    eprintln!("works for {} s", cell(answer, "/expires_in"));
    line(&cell(answer, "/access_token"))
}

/// What was removed.
pub fn removed(kind: &str, name: &str, as_json: bool) -> Result<()> {
    if as_json {
        return json(&serde_json::json!({ "removed": name }));
    }
    line(&format!("{kind} {name} removed"))
}

fn write(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result.context("standard output cannot be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_have_no_tail() {
        let row = ["é".to_owned(), "b".to_owned()];
        assert_eq!(render(&row, &[3, 4]), "é    b\n");
    }

    #[test]
    fn a_long_text_becomes_one_short_line() {
        assert_eq!(short("SELECT *\n  FROM t", 40), "SELECT * FROM t");
        assert_eq!(short("abcdef", 4), "abc…");
    }
}
