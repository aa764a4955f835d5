//! What the rules come to.

use countersign_policy_sdk::{
    Charge, Column, Mask, MaskSelector, MaskStyle, Obligations, Review, Verdict,
};
use serde_json::{Map, Value};

/// What the rules said so far.
#[derive(Debug, Default)]
pub(crate) struct Said {
    deny: Vec<String>,
    review: Option<Review>,
    allow: bool,
    obligations: Obligations,
}

impl Said {
    pub(crate) fn denies(&self) -> bool {
        !self.deny.is_empty()
    }

    /// Takes the value of one rule; an undefined one says nothing.
    pub(crate) fn take(&mut self, rule: &str, value: &regorus::Value) -> Result<(), String> {
        if *value == regorus::Value::Undefined {
            return Ok(());
        }
        // Sets become arrays, sorted as Rego sorts them: the first reason is always the same one.
        let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
        match rule {
            "allow" => self.allow = truth(&value)?,
            "deny" => self.deny = reasons(value)?,
            "review" => self.review = review(value)?,
            "mask" => {
                self.obligations.masks = members(value)?
                    .into_iter()
                    .map(mask)
                    .collect::<Result<_, _>>()?
            }
            "limits" => self.limits(value)?,
            "charge" => {
                self.obligations.charges = members(value)?
                    .into_iter()
                    .map(charge)
                    .collect::<Result<_, _>>()?
            }
            _ => {
                self.obligations.tags = members(value)?
                    .into_iter()
                    .map(|tag| text(&tag, "a tag"))
                    .collect::<Result<_, _>>()?
            }
        }
        Ok(())
    }

    fn limits(&mut self, value: Value) -> Result<(), String> {
        let limits = Fields::of(value, &["rows", "bytes", "seconds"])?;
        let target = &mut self.obligations.limits;
        target.rows = limits.number("rows")?;
        target.bytes = limits.number("bytes")?;
        target.seconds = limits.number("seconds")?.map(seconds).transpose()?;
        Ok(())
    }

    /// The strictest side that a rule takes.
    pub(crate) fn verdict(self) -> Result<Verdict, String> {
        let obliges = self.obligations != Obligations::default();
        if !self.deny.is_empty() {
            return Ok(Verdict::Deny(self.deny.join("; ")));
        }
        if let Some(review) = self.review {
            if obliges {
                return Err(
                    "it holds the action and also has masks, limits, charges or tags, which would \
                     be lost: put them in a policy of their own"
                        .to_owned(),
                );
            }
            return Ok(review.into());
        }
        Ok(match (self.allow, obliges) {
            (true, true) => Verdict::AllowWith(self.obligations),
            (true, false) => Verdict::Allow,
            (false, true) => Verdict::Oblige(self.obligations),
            (false, false) => Verdict::Abstain,
        })
    }
}

fn truth(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("must be true or false, is {}", kind(value)))
}

/// Reasons: texts, objects with a `reason`, or the keys of an object whose values are true.
fn reasons(value: Value) -> Result<Vec<String>, String> {
    match value {
        Value::Bool(false) => Ok(Vec::new()),
        Value::Bool(true) => Ok(vec!["refused by the policy".to_owned()]),
        Value::String(reason) => Ok(vec![reason]),
        other => members(other)?.iter().map(reason).collect(),
    }
}

fn reason(value: &Value) -> Result<String, String> {
    match value.get("reason").or_else(|| value.get("msg")) {
        Some(reason) => text(reason, "a reason"),
        None => text(value, "a reason"),
    }
}

/// What a set holds.
fn members(value: Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(members) => Ok(members),
        // `deny[reason] := true`: an object as older modules make it.
        Value::Object(map) if map.values().all(Value::is_boolean) => Ok(map
            .into_iter()
            .filter(|(_, there)| *there == Value::Bool(true))
            .map(|(key, _)| Value::String(key))
            .collect()),
        other => Err(format!("must be a set, is {}", kind(&other))),
    }
}

/// All who ask for a review must be satisfied: reasons are joined, the largest quorum and the
/// shortest expiry count. Reviewers cannot be joined, since any one of a review's groups may decide.
fn review(value: Value) -> Result<Option<Review>, String> {
    let asked = match value {
        Value::Bool(_) | Value::String(_) => {
            reasons(value)?.into_iter().map(Value::String).collect()
        }
        other => members(other)?,
    };
    let mut joined: Option<Review> = None;
    for one in asked {
        let one = one_review(one)?;
        joined = Some(match joined {
            None => one,
            Some(other) => join(other, one)?,
        });
    }
    Ok(joined)
}

fn join(one: Review, other: Review) -> Result<Review, String> {
    let reviewers = match (one.reviewers.is_empty(), other.reviewers.is_empty()) {
        (_, true) => one.reviewers,
        (true, false) => other.reviewers,
        (false, false) if one.reviewers == other.reviewers => one.reviewers,
        (false, false) => {
            return Err(
                "two reviews with different reviewers: put one in a policy of its own".into(),
            );
        }
    };
    Ok(Review {
        reason: format!("{}; {}", one.reason, other.reason),
        reviewers,
        quorum: one.quorum.max(other.quorum),
        expires_in: one.expires_in.min(other.expires_in),
    })
}

fn one_review(value: Value) -> Result<Review, String> {
    if let Value::String(reason) = value {
        return Ok(Review::because(reason));
    }
    let fields = Fields::of(value, &["reason", "reviewers", "quorum", "expires_in"])?;
    let mut review = Review::because(fields.text("reason")?);
    if let Some(groups) = fields.get("reviewers") {
        review.reviewers = members(groups.clone())?
            .iter()
            .map(|group| text(group, "a group of reviewers"))
            .collect::<Result<_, _>>()?;
        review.reviewers.sort();
    }
    if let Some(quorum) = fields.number("quorum")? {
        review.quorum = u8::try_from(quorum)
            .ok()
            .filter(|people| *people > 0)
            .ok_or("`quorum` must be between 1 and 255")?;
    }
    if let Some(expiry) = fields.number("expires_in")? {
        review.expires_in = seconds(expiry)?;
    }
    Ok(review)
}

fn mask(value: Value) -> Result<Mask, String> {
    let fields = Fields::of(value, &["entity", "table", "column", "style"])?;
    let selector = match (fields.get("entity"), fields.get("column")) {
        (Some(entity), None) => MaskSelector::Entity(text(entity, "`entity`")?),
        (None, Some(column)) => MaskSelector::Column(Column {
            table: fields
                .get("table")
                .map_or(Ok("*".to_owned()), |t| text(t, "`table`"))?,
            name: text(column, "`column`")?,
        }),
        _ => return Err("a mask needs either `entity` or `column`".to_owned()),
    };
    let style = match fields.get("style") {
        None => MaskStyle::Redact,
        Some(style) => mask_style(style)?,
    };
    Ok(Mask { selector, style })
}

fn mask_style(style: &Value) -> Result<MaskStyle, String> {
    if let Some(keep) = style.get("partial") {
        let keep = keep.as_u64().and_then(|n| u8::try_from(n).ok());
        return Ok(MaskStyle::Partial(
            keep.ok_or("`partial` must be between 0 and 255")?,
        ));
    }
    match style.as_str() {
        Some("redact") => Ok(MaskStyle::Redact),
        Some("pseudonym") => Ok(MaskStyle::Pseudonym),
        Some("null") => Ok(MaskStyle::Null),
        _ => Err(
            "`style` must be \"redact\", \"pseudonym\", \"null\" or {\"partial\": n}".to_owned(),
        ),
    }
}

fn charge(value: Value) -> Result<Charge, String> {
    let fields = Fields::of(value, &["counter", "window_seconds"])?;
    let window = fields
        .number("window_seconds")?
        .ok_or("`window_seconds` is missing")?;
    Ok(Charge {
        counter: fields.text("counter")?,
        window_seconds: seconds(window)?,
    })
}

fn seconds(number: u64) -> Result<u32, String> {
    u32::try_from(number)
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| format!("{number} is no number of seconds"))
}

fn text(value: &Value, what: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("{what} must be a text, is {}", kind(other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array or a set",
        Value::Object(_) => "an object",
    }
}

/// An object that has no other fields: a misspelt one would be a rule that is not kept.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(value: Value, known: &[&str]) -> Result<Self, String> {
        let Value::Object(fields) = value else {
            return Err(format!("must be an object, is {}", kind(&value)));
        };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(format!(
                "has no field `{name}`; there are {}",
                known.join(", ")
            )),
            None => Ok(Self(fields)),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn text(&self, name: &str) -> Result<String, String> {
        let value = self
            .get(name)
            .ok_or_else(|| format!("`{name}` is missing"))?;
        text(value, &format!("`{name}`"))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let number = |value: &Value| {
            value
                .as_u64()
                .ok_or_else(|| format!("`{name}` must be a whole number, not negative"))
        };
        self.get(name).map(number).transpose()
    }
}
