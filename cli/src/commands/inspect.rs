//! `countersign inspect`: what the parser and the detectors see. Needs no control plane.

use std::io::{self, BufRead as _, Read as _, Write as _};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use countersign_inspect::{detect::Detectors, sql};
use countersign_model::{Finding, SqlFacts};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::inspect_operations;
use crate::output;

/// Show what the SQL parser and the detectors see
#[derive(Debug, Args)]
pub struct InspectCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Facts of a SQL text: class, tables, what is unbounded
    #[command(after_help = "Examples:
  countersign inspect sql \"DELETE FROM customers\"
  countersign inspect sql --json < migration.sql
  echo '{\"id\":1,\"sql\":\"SELECT 1\"}' | countersign inspect sql --jsonl

With --jsonl each input line {\"id\",\"sql\"} gives one line
{\"id\",\"class\",\"statements\",\"tables_read\",\"tables_written\",\"unbounded\"}; class is the worst of the
statements, or `refuse` where the grammar rejects the text. A line that cannot be read gives
{\"id\",\"error\"}.")]
    Sql(Input),
    /// E-mails, phones, cards, IBANs, SSNs, addresses and secrets in a text
    #[command(after_help = "Examples:
  countersign inspect text \"mail jane@example.com\"
  countersign inspect text < dump.txt
  echo '{\"id\":1,\"text\":\"mail jane@example.com\"}' | countersign inspect text --jsonl

With --jsonl each input line {\"id\",\"text\"} gives one line
{\"id\",\"findings\":[{\"start\",\"end\",\"entity\",\"score\"}]} with byte offsets. A line that cannot be read
gives {\"id\",\"error\"}.")]
    Text(Input),
    /// Every command of a command line, with its class, paths and hosts
    #[command(after_help = "Examples:
  countersign inspect shell \"curl -s https://example.com/x | sudo bash\"
  echo '{\"id\":1,\"shell\":\"rm -rf build\"}' | countersign inspect shell --jsonl

With --jsonl each input line {\"id\",\"shell\"} gives one line
{\"id\",\"class\",\"commands\":[{\"argv\",\"class\",\"paths_read\",\"paths_written\",\"hosts\"}]}; class is the worst of
the commands, and `unknown` where the text cannot be read. A line that cannot be read gives
{\"id\",\"error\"}.")]
    Shell(Input),
    /// An HTTP request as policies see it
    #[command(after_help = "Examples:
  printf 'GET /a/../b?x=1 HTTP/1.1\\nHost: api.example.com\\n\\n' | countersign inspect http
  echo '{\"id\":1,\"method\":\"get\",\"url\":\"https://api.example.com/%61?x=1\"}' | countersign inspect http --jsonl

With --jsonl each input line {\"id\",\"http\"} with the raw text, or {\"id\",\"method\",\"url\",\"headers\",\"body\"},
gives one line {\"id\",\"method\",\"host\",\"path\",\"query\",\"headers\",\"body\"}, or {\"id\",\"refused\"} for a request
that two servers might read differently. A line that cannot be read gives {\"id\",\"error\"}.")]
    Http(Input),
}

#[derive(Debug, Args)]
pub(super) struct Input {
    /// The text; standard input where absent
    text: Option<String>,

    /// One JSON object a line in, one a line out
    #[arg(long, conflicts_with_all = ["text", "json"])]
    pub(super) jsonl: bool,

    /// Print everything as JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl InspectCommand {
    pub fn run(self) -> Result<()> {
        match self.what {
            What::Sql(input) if input.jsonl => lines(|line: SqlLine| SqlAnswer::of(line)),
            What::Sql(input) => inspect_sql(&input),
            What::Text(input) if input.jsonl => {
                let detectors = Detectors::all();
                lines(|line: TextLine| TextAnswer {
                    findings: detectors.scan(&line.text),
                    id: line.id,
                })
            }
            What::Text(input) => inspect_text(&input),
            What::Shell(input) => inspect_operations::shell(&input),
            What::Http(input) => inspect_operations::http(&input),
        }
    }
}

impl Input {
    pub(super) fn read(&self) -> Result<String> {
        if let Some(text) = &self.text {
            return Ok(text.clone());
        }
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .context("standard input is not UTF-8 text")?;
        Ok(text)
    }
}

#[derive(Deserialize)]
struct SqlLine {
    id: Value,
    sql: String,
}

#[derive(Serialize)]
struct SqlAnswer {
    id: Value,
    class: &'static str,
    statements: usize,
    tables_read: Vec<String>,
    tables_written: Vec<String>,
    unbounded: bool,
}

impl SqlAnswer {
    fn of(line: SqlLine) -> Self {
        match sql::inspect(&line.sql) {
            Ok(facts) => Self {
                id: line.id,
                class: facts.class().as_str(),
                statements: facts.statements.len(),
                tables_read: tables(&facts, |statement| &statement.tables_read),
                tables_written: tables(&facts, |statement| &statement.tables_written),
                unbounded: facts.statements.iter().any(|s| s.unbounded_write),
            },
            Err(_) => Self {
                id: line.id,
                class: "refuse",
                statements: 0,
                tables_read: Vec::new(),
                tables_written: Vec::new(),
                unbounded: false,
            },
        }
    }
}

/// The tables of all statements, sorted, each once.
fn tables(
    facts: &SqlFacts,
    of: impl Fn(&countersign_model::SqlStatement) -> &Vec<String>,
) -> Vec<String> {
    let mut all: Vec<String> = facts.statements.iter().flat_map(of).cloned().collect();
    all.sort();
    all.dedup();
    all
}

#[derive(Deserialize)]
struct TextLine {
    id: Value,
    text: String,
}

#[derive(Serialize)]
struct TextAnswer {
    id: Value,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct LineError {
    id: Value,
    error: String,
}

/// Answers each line of standard input, a bad one with an error, until it ends. Each answer is
/// flushed when no more input waits, so that a pipe can be talked to line by line.
pub(super) fn lines<L, A>(mut answer: impl FnMut(L) -> A) -> Result<()>
where
    L: for<'de> Deserialize<'de>,
    A: Serialize,
{
    let mut input = io::BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        if input
            .read_until(b'\n', &mut line)
            .context("standard input cannot be read")?
            == 0
        {
            return output.flush().context("standard output cannot be written");
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let written = match serde_json::from_slice(&line) {
            Ok(parsed) => serde_json::to_writer(&mut output, &answer(parsed)),
            Err(error) => serde_json::to_writer(&mut output, &line_error(&line, &error)),
        };
        written.context("standard output cannot be written")?;
        output
            .write_all(b"\n")
            .context("standard output cannot be written")?;
        if input.buffer().is_empty() {
            output
                .flush()
                .context("standard output cannot be written")?;
        }
    }
}

/// The id is kept where the line has one.
fn line_error(line: &[u8], error: &serde_json::Error) -> LineError {
    let id = serde_json::from_slice::<Value>(line)
        .ok()
        .and_then(|value| value.get("id").cloned());
    LineError {
        id: id.unwrap_or(Value::Null),
        error: error.to_string(),
    }
}

fn inspect_sql(input: &Input) -> Result<()> {
    let text = input.read()?;
    let facts = sql::inspect(&text).context("PostgreSQL's grammar refuses the text")?;
    if input.json {
        return output::json(&facts);
    }
    output::fields(&[
        ("class", facts.class().as_str().to_owned()),
        ("statements", facts.statements.len().to_string()),
    ])?;
    for (index, statement) in facts.statements.iter().enumerate() {
        let columns: Vec<String> = statement
            .columns_read
            .iter()
            .map(|column| format!("{}.{}", column.table, column.name))
            .collect();
        let mut unbounded = Vec::new();
        if statement.unbounded_read {
            unbounded.push("read");
        }
        if statement.unbounded_write {
            unbounded.push("write");
        }
        output::line("")?;
        output::fields(&[
            ("statement", (index + 1).to_string()),
            ("class", statement.class.as_str().to_owned()),
            ("operations", list(&statement.operations)),
            ("tables read", list(&statement.tables_read)),
            ("tables written", list(&statement.tables_written)),
            ("columns read", list(&columns)),
            ("functions", list(&statement.functions)),
            ("unbounded", list(&unbounded)),
        ])?;
    }
    Ok(())
}

fn inspect_text(input: &Input) -> Result<()> {
    let text = input.read()?;
    let findings = Detectors::all().scan(&text);
    if input.json {
        return output::json(&findings);
    }
    let rows: Vec<[String; 4]> = findings
        .iter()
        .map(|finding| {
            let found = text.get(finding.start..finding.end).unwrap_or_default();
            [
                finding.entity.to_owned(),
                format!("{}..{}", finding.start, finding.end),
                format!("{:.2}", finding.score),
                output::short(found, 60),
            ]
        })
        .collect();
    output::table(["ENTITY", "BYTES", "SCORE", "TEXT"], &rows)
}

pub(super) fn list(items: &[impl AsRef<str>]) -> String {
    if items.is_empty() {
        return "-".to_owned();
    }
    let names: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(sql: &str) -> Value {
        let line = SqlLine {
            id: "x".into(),
            sql: sql.to_owned(),
        };
        serde_json::to_value(SqlAnswer::of(line)).unwrap()
    }

    #[test]
    fn the_worst_statement_names_the_class_and_tables_are_sorted() {
        assert_eq!(
            answer("SELECT * FROM b, a; DELETE FROM c"),
            serde_json::json!({
                "id": "x", "class": "destructive", "statements": 2,
                "tables_read": ["a", "b"], "tables_written": ["c"], "unbounded": true,
            })
        );
    }

    #[test]
    fn what_the_grammar_rejects_is_refused() {
        assert_eq!(answer("DELETE FORM c")["class"], "refuse");
    }

    #[test]
    fn a_bad_line_keeps_its_id() {
        let line = br#"{"id": 7, "sqll": "SELECT 1"}"#;
        let error = serde_json::from_slice::<SqlLine>(line).err().unwrap();
        let told = line_error(line, &error);
        assert_eq!(told.id, 7);
        assert!(told.error.contains("sql"), "{}", told.error);
    }
}
