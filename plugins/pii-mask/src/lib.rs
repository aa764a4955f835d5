//! Masks personal data and secrets in whatever a statement returns.
//!
//! The masks hold for every statement, since a write returns rows too (RETURNING) and so does COPY.
//! For the classes in `allow`, reads above all, the policy also says that they may run, so that it
//! suffices alone where data may be read but not seen; for the others it takes no side.
//!
//! Of HTTP requests, tool calls and requests to MCP servers it masks the entities, and members of JSON by
//! their paths; of requests to models the entities. Columns are a matter of SQL alone. Of a request to a
//! model the prompt is masked too: with the style `pseudonym` reversibly, with the others for good (see
//! `prompt-guard`).
//!
//! A mask hides a value where it is returned. A predicate can still tell it: `WHERE ssn = '…'` answers
//! by returning a row or none. Equality on an e-mail address is how people look a customer up, so
//! that by default predicates are let be; `predicates` holds or refuses them for the columns that
//! deserve it.

mod path;

use countersign_policy_sdk::{
    Action, Column, HttpRequest, MaskStyle, Obligations, PathPattern, Review, StatementClass,
    TablePattern, Verdict, policy,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use path::MemberPath;

/// What to mask, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What the detectors find in values, and how it looks instead.
    pub entities: Vec<EntityRule>,
    /// Columns by their origin, and how their values look instead: what no detector can know, such
    /// as names.
    pub columns: Vec<ColumnRule>,
    /// Members of the JSON that HTTP APIs and MCP servers answer with, by their paths, and how their
    /// values look instead.
    pub members: Vec<MemberRule>,
    /// Characters that the style `partial` keeps at the end of a value.
    #[schemars(range(max = 32))]
    pub keep_last: u8,
    /// Classes of statement that may run, with the masks, as far as this policy is concerned.
    pub allow: Vec<StatementClass>,
    /// Columns that may not decide which rows are returned.
    pub predicates: Vec<PredicateRule>,
    /// Groups whose members may release what is held; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Seconds until a held statement expires undecided.
    #[schemars(range(min = 1, max = 86_400))]
    pub expires_in_seconds: u32,
}

/// An entity and its style.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityRule {
    /// The entity's name as the detectors have it, such as `EMAIL_ADDRESS`.
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9_]*$"))]
    pub entity: String,
    /// How it looks instead.
    pub style: Style,
}

/// A column and its style.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnRule {
    /// The table, with or without its schema; `*` for any.
    #[schemars(length(min = 1))]
    pub table: String,
    /// The column.
    #[schemars(length(min = 1))]
    pub column: String,
    /// How its values look instead.
    pub style: Style,
}

/// Members of JSON and their style.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRule {
    /// Where the member is: `$.customer.email`, `$.items[*].card`, or `$..ssn` for wherever it is.
    pub path: MemberPath,
    /// How its value looks instead; of an object or an array, each value in it.
    pub style: Style,
    /// Routes of HTTP requests whose answers it is masked in, such as `/v1/orders/{id}`; empty for
    /// every answer, and those of tools and MCP servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<PathPattern>,
}

/// How a masked value looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Only its last characters: `************1111`.
    Partial,
    /// A word that is the same for equal values: `EMAIL_ADDRESS_7F3K2M9QXA`.
    Pseudonym,
    /// The entity's name: `[EMAIL_ADDRESS]`.
    Redact,
    /// Nothing at all.
    Null,
}

/// A column whose value a predicate may not tell.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredicateRule {
    /// The table, such as `customers`; `*` for any.
    pub table: TablePattern,
    /// The column.
    #[schemars(length(min = 1))]
    pub column: String,
    /// What to do with a statement whose predicate, join, grouping or order uses it.
    pub action: PredicateAction,
}

/// What to do with a telling predicate.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PredicateAction {
    /// Held for review.
    Review,
    /// Refused.
    Deny,
}

impl Default for Settings {
    fn default() -> Self {
        use Style::{Partial, Redact};
        let rules = [
            ("EMAIL_ADDRESS", Redact),
            ("PHONE_NUMBER", Redact),
            ("CREDIT_CARD", Partial),
            ("IBAN_CODE", Partial),
            ("US_SSN", Redact),
            ("PRIVATE_KEY", Redact),
            ("AWS_ACCESS_KEY_ID", Redact),
            ("AWS_SECRET_KEY", Redact),
            ("GITHUB_TOKEN", Redact),
            ("JWT", Redact),
        ];
        Self {
            entities: rules
                .into_iter()
                .map(|(entity, style)| EntityRule {
                    entity: entity.to_owned(),
                    style,
                })
                .collect(),
            columns: Vec::new(),
            members: Vec::new(),
            keep_last: 4,
            allow: vec![
                StatementClass::Read,
                StatementClass::Tx,
                StatementClass::Session,
            ],
            predicates: Vec::new(),
            reviewers: Vec::new(),
            expires_in_seconds: 900,
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["sql", "http", "tool_call", "llm", "mcp"],
    cases: include_str!("../cases.json"),
}

/// Judges one action.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let Some(class) = action.sql_class() else {
        return settings.judge_other(action);
    };
    if let Some(stopped) = settings.stop_by_predicate(action) {
        return stopped;
    }
    let obligations = settings.obligations();
    // The worst class first: it settles most refusals without a look at the statements. Each
    // statement's own then: in `BEGIN; SELECT …` the worst is the transaction's.
    let allowed = |class| settings.allow.contains(&class);
    if allowed(class) && action.sql().iter().all(|s| allowed(s.class)) {
        Verdict::AllowWith(obligations)
    } else {
        Verdict::Oblige(obligations)
    }
}

impl Settings {
    /// Of anything but SQL: what is masked is masked wherever it may run, and only a safe HTTP request
    /// is a read by its own kind.
    fn judge_other(&self, action: &Action) -> Verdict {
        let kind = action.kind();
        if !matches!(kind.as_str(), "http" | "tool_call" | "llm" | "mcp") {
            return Verdict::Abstain;
        }
        let request = action.http();
        let obligations = match kind.as_str() {
            // What models say is no document of theirs.
            "llm" => self.entity_masks(),
            _ => self.member_masks(self.entity_masks(), request.as_ref()),
        };
        let is_read = request.is_some_and(|request| request.is_safe());
        if is_read && self.allow.contains(&StatementClass::Read) {
            Verdict::AllowWith(obligations)
        } else {
            Verdict::Oblige(obligations)
        }
    }

    fn entity_masks(&self) -> Obligations {
        let mut obligations = Obligations::new();
        for rule in &self.entities {
            obligations = obligations.mask_entity(rule.entity.as_str(), self.style(rule.style));
        }
        obligations
    }

    /// What a tool or an MCP server answers has its document in the result's `structuredContent`, or as
    /// a text of its own.
    fn member_masks(&self, mut with: Obligations, request: Option<&HttpRequest>) -> Obligations {
        for rule in self.members.iter().filter(|rule| rule.covers(request)) {
            let style = self.style(rule.style);
            let inner = match request {
                Some(_) => None,
                None => rule.path.objects_in("structuredContent"),
            };
            for objects in [Some(rule.path.objects().to_owned()), inner] {
                let Some(objects) = objects else { continue };
                with = with.mask_column(objects, rule.path.name(), style);
            }
        }
        with
    }

    fn obligations(&self) -> Obligations {
        let mut obligations = self.entity_masks();
        for rule in &self.columns {
            let style = self.style(rule.style);
            obligations = obligations.mask_column(rule.table.as_str(), rule.column.as_str(), style);
        }
        obligations
    }

    fn style(&self, style: Style) -> MaskStyle {
        match style {
            Style::Partial => MaskStyle::Partial(self.keep_last),
            Style::Pseudonym => MaskStyle::Pseudonym,
            Style::Redact => MaskStyle::Redact,
            Style::Null => MaskStyle::Null,
        }
    }

    /// The strictest rule that a predicate breaks.
    fn stop_by_predicate(&self, action: &Action) -> Option<Verdict> {
        if self.predicates.is_empty() {
            return None;
        }
        let statements = action.sql();
        let filtered = || statements.iter().flat_map(|s| &s.columns_filtered);
        let rule = self
            .predicates
            .iter()
            .filter(|rule| filtered().any(|column| rule.covers(column)))
            .max_by_key(|rule| rule.action)?;
        let reason = ["a predicate on ", &rule.column, " can tell masked values"].concat();
        Some(match rule.action {
            PredicateAction::Deny => Verdict::Deny(reason),
            PredicateAction::Review => Review::because(reason)
                .by(self.reviewers.iter().cloned())
                .expires_in(self.expires_in_seconds)
                .into(),
        })
    }
}

impl MemberRule {
    /// Whether the answer to this request, or where there is none that of a tool, is masked.
    fn covers(&self, request: Option<&HttpRequest>) -> bool {
        self.routes.is_empty()
            || request.is_some_and(|request| self.routes.iter().any(|it| request.is_on(it)))
    }
}

impl PredicateRule {
    /// A whole row that is compared or ordered by is every column of it.
    fn covers(&self, column: &Column) -> bool {
        (column.name == "*" || column.name.eq_ignore_ascii_case(&self.column))
            && self.table.matches(&column.table)
    }
}

#[cfg(test)]
mod tests;
