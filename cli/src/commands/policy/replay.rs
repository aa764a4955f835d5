//! `countersign policy replay`: what a version or a setting would have changed.

use std::{
    fmt::Write as _,
    fs,
    io::{IsTerminal as _, Write as _},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    client::{Client, DecisionsDiffer},
    commands::{principal::seconds, resolve, shutdown},
    output::{self, cell},
};

/// How often the control plane is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Characters of an example's text.
const TEXT: usize = 96;

/// What to judge again.
#[derive(Debug, Args)]
pub struct Replay {
    /// The policy to judge otherwise; without it everything is judged with the same versions
    name: Option<String>,

    /// From when on: how long ago (`7d`, `36h`, `90m`), or a time (RFC 3339)
    #[arg(long, default_value = "1d", value_name = "AGO|TIME")]
    since: String,

    /// Up to when, likewise; now unless given
    #[arg(long, value_name = "AGO|TIME")]
    until: Option<String>,

    /// The version to judge with; the newest where no settings are given either
    #[arg(long, value_name = "N", requires = "name")]
    version: Option<u64>,

    /// The settings to judge with: JSON, a file that holds it, or @FILE
    #[arg(long, value_name = "JSON|FILE", requires = "name")]
    settings: Option<String>,

    /// Only sessions on this target
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// Only sessions of this principal
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,

    /// At most this many decisions
    #[arg(long)]
    limit: Option<u64>,

    /// End with exit code 3 when any decision differs
    #[arg(long)]
    fail_on_difference: bool,
}

impl Replay {
    /// Runs the replay to its end and prints what differs.
    pub async fn run(self, client: &Client, as_json: bool) -> Result<()> {
        let body = self.body(client).await?;
        let begun = client.post("replays", &body).await?;
        let id = resolve::id(&begun)?;
        let replay = wait(client, &id, !as_json).await?;
        if as_json {
            output::json(&replay)?;
        } else {
            show(&replay)?;
        }
        let number = |field: &str| replay.get(field).and_then(Value::as_u64).unwrap_or(0);
        if cell(&replay, "/state") == "failed" {
            bail!("the replay failed: {}", cell(&replay, "/error"));
        }
        let (differing, judged) = (number("differing"), number("judged"));
        if self.fail_on_difference && differing > 0 {
            return Err(DecisionsDiffer { differing, judged }.into());
        }
        Ok(())
    }

    async fn body(&self, client: &Client) -> Result<Value> {
        let mut body = Map::new();
        body.insert("since".to_owned(), moment(&self.since)?);
        if let Some(until) = &self.until {
            body.insert("until".to_owned(), moment(until)?);
        }
        for (field, name) in [("target", &self.target), ("principal", &self.principal)] {
            if let Some(name) = name {
                body.insert(field.to_owned(), json!(name));
            }
        }
        if let Some(limit) = self.limit {
            body.insert("limit".to_owned(), json!(limit));
        }
        if let Some(name) = &self.name {
            let candidate = self.candidate(client, name).await?;
            body.insert("candidate".to_owned(), candidate);
        }
        Ok(Value::Object(body))
    }

    async fn candidate(&self, client: &Client, name: &str) -> Result<Value> {
        let id = resolve::by_name(client, "policies", "policy", name).await?;
        let mut candidate = json!({ "policy_id": id });
        let settings = self.settings.as_deref().map(settings).transpose()?;
        if self.version.is_some() || settings.is_none() {
            let policy = client.get(&format!("policies/{id}")).await?;
            candidate["policy_version_id"] = json!(version_id(&policy, name, self.version)?);
        }
        if let Some(settings) = settings {
            candidate["settings"] = settings;
        }
        Ok(candidate)
    }
}

/// The version with this number, or the newest.
fn version_id(policy: &Value, name: &str, wanted: Option<u64>) -> Result<String> {
    let number = |version: &Value| version.get("version").and_then(Value::as_u64);
    let versions = policy.get("versions").and_then(Value::as_array);
    let found = versions
        .into_iter()
        .flatten()
        .filter(|version| wanted.is_none() || number(version) == wanted)
        .max_by_key(|version| number(version));
    match found {
        Some(version) => resolve::id(version),
        None => bail!("policy {name} has no such version"),
    }
}

/// A time, or how many seconds ago it was.
fn moment(text: &str) -> Result<Value> {
    if text.contains('T') {
        return Ok(json!(text));
    }
    let ago = seconds(text).map_err(anyhow::Error::msg);
    Ok(json!(ago.with_context(|| format!(
        "{text} is neither a span such as 7d nor an RFC 3339 time"
    ))?))
}

/// Settings as JSON, or from a file.
fn settings(text: &str) -> Result<Value> {
    let file = text.strip_prefix('@');
    let is_json = file.is_none() && text.trim_start().starts_with('{');
    if is_json {
        return serde_json::from_str(text).context("the settings are not JSON");
    }
    let file = Path::new(file.unwrap_or(text));
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{shown} cannot be read"))?;
    serde_json::from_str(&text).with_context(|| format!("{shown} is not JSON"))
}

/// Waits for the replay's end. Interrupted, it stops the replay.
async fn wait(client: &Client, id: &str, shows: bool) -> Result<Value> {
    let path = format!("replays/{id}");
    let stop = shutdown();
    tokio::pin!(stop);
    let shows = shows && std::io::stderr().is_terminal();
    loop {
        let replay = client.get(&path).await?;
        if cell(&replay, "/state") != "running" {
            progress(shows, "");
            return Ok(replay);
        }
        let part = replay
            .get("progress")
            .and_then(Value::as_f64)
            .unwrap_or(0.0);
        let judged = cell(&replay, "/judged");
        let rate = cell(&replay, "/per_second");
        progress(
            shows,
            &format!("{:3.0} %  {judged} decisions, {rate}/s", part * 100.0),
        );
        tokio::select! {
            () = tokio::time::sleep(ASK_EVERY) => {}
            () = &mut stop => {
                progress(shows, "");
                client.post(&format!("{path}/cancel"), &json!({})).await?;
                bail!("interrupted: the replay was stopped");
            }
        }
    }
}

/// The one line that shows how far it is; an empty one clears it.
fn progress(shows: bool, text: &str) {
    if shows {
        let mut err = std::io::stderr().lock();
        // A terminal that went away is no reason to stop.
        let _ = write!(err, "\r{text}\x1b[K");
        let _ = err.flush();
    }
}

fn show(replay: &Value) -> Result<()> {
    let what = match replay.get("policy").and_then(Value::as_str) {
        None => "the same versions and settings".to_owned(),
        Some(policy) => {
            let version = match cell(replay, "/version").as_str() {
                "-" => "the recorded versions".to_owned(),
                number => format!("version {number}"),
            };
            let other = replay.pointer("/candidate/settings");
            let settings = other.filter(|settings| !settings.is_null());
            match settings {
                Some(settings) => format!("{policy}, {version}, settings {settings}"),
                None => format!("{policy}, {version}, the recorded settings"),
            }
        }
    };
    output::fields(&[
        ("replay", cell(replay, "/id")),
        ("judged with", what),
        (
            "recorded",
            format!("{} to {}", cell(replay, "/since"), cell(replay, "/until")),
        ),
        (
            "decisions",
            format!(
                "{} judged ({}/s), {} differ{}",
                cell(replay, "/judged"),
                cell(replay, "/per_second"),
                cell(replay, "/differing"),
                skipped(replay),
            ),
        ),
    ])?;
    if cell(replay, "/state") == "cancelled" {
        output::line("stopped early: what follows is not all")?;
    }
    let simulated = replay.get("simulated").and_then(Value::as_u64).unwrap_or(0);
    if simulated > 0 {
        output::line(&format!(
            "{simulated} of the differing ones rest on counters or documents that were not asked \
             then and had to be simulated"
        ))?;
    }
    let groups = replay.get("groups").and_then(Value::as_array);
    for group in groups.into_iter().flatten() {
        output::line(&group_text(group))?;
    }
    Ok(())
}

fn skipped(replay: &Value) -> String {
    let reasons = replay.get("skipped_by_reason").and_then(Value::as_object);
    let reasons: Vec<String> = reasons
        .into_iter()
        .flatten()
        .map(|(reason, count)| format!("{count} {}", reason.replace('_', " ")))
        .collect();
    if reasons.is_empty() {
        return String::new();
    }
    format!(", skipped: {}", reasons.join(", "))
}

/// A group: what differs and how often, then its examples.
fn group_text(group: &Value) -> String {
    let policy = match cell(group, "/key/policy").as_str() {
        "-" => "decision".to_owned(),
        name => name.to_owned(),
    };
    let changes = cell(group, "/effect_changes");
    let mut text = format!(
        "\n{policy}: {} → {}  {} times, {changes} decided otherwise",
        cell(group, "/key/from").replace('_', " "),
        cell(group, "/key/to").replace('_', " "),
        cell(group, "/count"),
    );
    let reason = cell(group, "/key/reason");
    if reason != "-" {
        let _ = write!(text, "\n  {reason}");
    }
    let examples = group.get("examples").and_then(Value::as_array);
    for example in examples.into_iter().flatten() {
        let _ = write!(
            text,
            "\n    {}  {} → {}  {}",
            cell(example, "/action_id"),
            cell(example, "/before/effect"),
            cell(example, "/after/effect"),
            output::short(&cell(example, "/text"), TEXT),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_span_or_a_time() {
        assert_eq!(moment("7d").unwrap(), json!(604_800));
        assert_eq!(moment("90m").unwrap(), json!(5_400));
        let time = "2026-11-22T14:02:11Z";
        assert_eq!(moment(time).unwrap(), json!(time));
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn settings_come_from_the_line_or_a_file() {
        assert_eq!(settings("{\"row_cap\": 5}").unwrap()["row_cap"], 5);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        fs::write(&file, "{\"row_cap\": 7}").unwrap();
        let name = file.to_str().unwrap();
        assert_eq!(settings(name).unwrap()["row_cap"], 7);
        assert_eq!(settings(&format!("@{name}")).unwrap()["row_cap"], 7);
        assert!(settings("{row_cap: 5}").is_err());
        assert!(settings("no-such-file.json").is_err());
    }

    #[test]
    fn a_group_says_what_changed_how_often() {
        let group = json!({
            "key": {"policy": "bulk-read-guard", "from": "abstain", "to": "deny", "reason": "too many rows"},
            "count": 12,
            "effect_changes": 10,
            "examples": [{
                "action_id": "019a3c1e-7b5d-7f00-8000-0123456789ab",
                "text": "SELECT *\n FROM customers",
                "before": {"effect": "allow", "reasons": []},
                "after": {"effect": "deny", "reasons": ["too many rows"]},
            }],
        });
        let text = group_text(&group);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "",
                "bulk-read-guard: abstain → deny  12 times, 10 decided otherwise",
                "  too many rows",
                "    019a3c1e-7b5d-7f00-8000-0123456789ab  allow → deny  SELECT * FROM customers",
            ]
        );
    }
}
