//! The types of `policy-sdk/wit/policy.wit` as the engine passes them, and their way from and to the
//! model. Facts are converted once for all policies; a verdict is checked as it comes in.

use std::collections::BTreeMap;

use countersign_model as model;
use wasmtime::component::{ComponentType, Lift, Lower};

#[derive(Debug, Clone, Copy, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum PrincipalKind {
    #[component(name = "human")]
    Human,
    #[component(name = "agent")]
    Agent,
    #[component(name = "service")]
    Service,
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Principal {
    id: String,
    name: String,
    kind: PrincipalKind,
    groups: Vec<String>,
    claims: Vec<(String, String)>,
    #[component(name = "on-behalf-of")]
    on_behalf_of: Option<String>,
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(String, String)> {
    map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
}

impl From<&model::Principal> for Principal {
    fn from(principal: &model::Principal) -> Self {
        Self {
            id: principal.id.to_string(),
            name: principal.name.clone(),
            kind: match principal.kind {
                model::PrincipalKind::Human => PrincipalKind::Human,
                model::PrincipalKind::Agent => PrincipalKind::Agent,
                model::PrincipalKind::Service => PrincipalKind::Service,
            },
            groups: principal.groups.clone(),
            claims: pairs(&principal.claims),
            on_behalf_of: principal.on_behalf_of.clone(),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Target {
    id: String,
    name: String,
    kind: String,
    labels: Vec<(String, String)>,
}

impl From<&model::Target> for Target {
    fn from(target: &model::Target) -> Self {
        Self {
            id: target.id.to_string(),
            name: target.name.clone(),
            kind: target.kind.as_str().to_owned(),
            labels: pairs(&target.labels),
        }
    }
}

#[derive(Debug, Clone, Copy, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum StatementClass {
    #[component(name = "read")]
    Read,
    #[component(name = "tx")]
    Tx,
    #[component(name = "session")]
    Session,
    #[component(name = "write")]
    Write,
    #[component(name = "admin")]
    Admin,
    #[component(name = "destructive")]
    Destructive,
    #[component(name = "exec")]
    Exec,
    #[component(name = "unknown")]
    Unknown,
}

impl From<model::StatementClass> for StatementClass {
    fn from(class: model::StatementClass) -> Self {
        match class {
            model::StatementClass::Read => Self::Read,
            model::StatementClass::Tx => Self::Tx,
            model::StatementClass::Session => Self::Session,
            model::StatementClass::Write => Self::Write,
            model::StatementClass::Admin => Self::Admin,
            model::StatementClass::Destructive => Self::Destructive,
            model::StatementClass::Exec => Self::Exec,
            model::StatementClass::Unknown => Self::Unknown,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower, Lift)]
#[component(record)]
pub(crate) struct Column {
    table: String,
    name: String,
}

impl From<&model::Column> for Column {
    fn from(column: &model::Column) -> Self {
        Self {
            table: column.table.clone(),
            name: column.name.clone(),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct SqlStatement {
    class: StatementClass,
    operations: Vec<String>,
    #[component(name = "tables-read")]
    tables_read: Vec<String>,
    #[component(name = "tables-written")]
    tables_written: Vec<String>,
    #[component(name = "columns-read")]
    columns_read: Vec<Column>,
    #[component(name = "columns-filtered")]
    columns_filtered: Vec<Column>,
    functions: Vec<String>,
    #[component(name = "settings-changed")]
    settings_changed: Vec<String>,
    #[component(name = "unbounded-write")]
    unbounded_write: bool,
    #[component(name = "unbounded-read")]
    unbounded_read: bool,
}

impl From<&model::SqlStatement> for SqlStatement {
    fn from(statement: &model::SqlStatement) -> Self {
        let columns = |columns: &[model::Column]| columns.iter().map(Column::from).collect();
        Self {
            class: statement.class.into(),
            operations: statement.operations.clone(),
            tables_read: statement.tables_read.clone(),
            tables_written: statement.tables_written.clone(),
            columns_read: columns(&statement.columns_read),
            columns_filtered: columns(&statement.columns_filtered),
            functions: statement.functions.clone(),
            settings_changed: statement.settings_changed.clone(),
            unbounded_write: statement.unbounded_write,
            unbounded_read: statement.unbounded_read,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(variant)]
pub(crate) enum Parameter {
    #[component(name = "null")]
    Null,
    #[component(name = "text")]
    Text(String),
    #[component(name = "binary")]
    Binary(String),
}

impl From<&model::Parameter> for Parameter {
    fn from(parameter: &model::Parameter) -> Self {
        match parameter {
            model::Parameter::Null => Self::Null,
            model::Parameter::Text(text) => Self::Text(text.clone()),
            model::Parameter::Binary(hex) => Self::Binary(hex.clone()),
        }
    }
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "`Lift` makes them of the guest's number")]
pub(crate) enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
}

impl Level {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
        }
    }
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum MaskStyle {
    #[component(name = "partial")]
    Partial(u8),
    #[component(name = "pseudonym")]
    Pseudonym,
    #[component(name = "redact")]
    Redact,
    #[component(name = "null")]
    Null,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum MaskSelector {
    #[component(name = "entity")]
    Entity(String),
    #[component(name = "column")]
    Column(Column),
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Mask {
    selector: MaskSelector,
    style: MaskStyle,
}

impl From<Mask> for model::Mask {
    fn from(mask: Mask) -> Self {
        Self {
            selector: match mask.selector {
                MaskSelector::Entity(entity) => model::MaskSelector::Entity(entity),
                MaskSelector::Column(Column { table, name }) => {
                    model::MaskSelector::Column { table, name }
                }
            },
            style: match mask.style {
                MaskStyle::Partial(keep) => model::MaskStyle::Partial(keep),
                MaskStyle::Pseudonym => model::MaskStyle::Pseudonym,
                MaskStyle::Redact => model::MaskStyle::Redact,
                MaskStyle::Null => model::MaskStyle::Null,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Limits {
    rows: Option<u64>,
    bytes: Option<u64>,
    seconds: Option<u32>,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Charge {
    counter: String,
    #[component(name = "window-seconds")]
    window_seconds: u32,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Obligations {
    masks: Vec<Mask>,
    limits: Limits,
    charges: Vec<Charge>,
    tags: Vec<String>,
}

impl From<Obligations> for model::Obligations {
    fn from(obligations: Obligations) -> Self {
        let charge = |charge: Charge| model::Charge {
            counter: charge.counter,
            window_seconds: charge.window_seconds,
        };
        Self {
            masks: obligations.masks.into_iter().map(Into::into).collect(),
            limits: model::Limits {
                rows: obligations.limits.rows,
                bytes: obligations.limits.bytes,
                seconds: obligations.limits.seconds,
            },
            charges: obligations.charges.into_iter().map(charge).collect(),
            tags: obligations.tags,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Review {
    reason: String,
    reviewers: Vec<String>,
    quorum: u8,
    #[component(name = "expires-in")]
    expires_in: u32,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Verdict {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "oblige")]
    Oblige(Obligations),
    #[component(name = "allow")]
    Allow,
    #[component(name = "allow-with")]
    AllowWith(Obligations),
    #[component(name = "review")]
    Review(Review),
    #[component(name = "deny")]
    Deny(String),
}

impl From<Verdict> for model::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Abstain => Self::Abstain,
            Verdict::Oblige(with) => Self::Oblige(with.into()),
            Verdict::Allow => Self::Allow(model::Obligations::default()),
            Verdict::AllowWith(with) => Self::Allow(with.into()),
            Verdict::Review(review) => Self::Review(model::ReviewSpec {
                reason: review.reason,
                reviewers: review.reviewers,
                quorum: review.quorum,
                expires_in: review.expires_in,
            }),
            Verdict::Deny(reason) => Self::Deny(reason),
        }
    }
}
