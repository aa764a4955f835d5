//! What the host passes: who, where and what.

use std::{collections::BTreeMap, sync::Arc};

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
    pub(super) table: String,
    pub(super) name: String,
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

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct HttpRequest {
    method: String,
    host: String,
    path: String,
    route: Option<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl From<&model::HttpOperation> for HttpRequest {
    fn from(request: &model::HttpOperation) -> Self {
        Self {
            method: request.method.clone(),
            host: request.host.clone(),
            path: request.path.clone(),
            route: request.route.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ToolCall {
    server: String,
    tool: String,
    arguments: Arc<str>,
    #[component(name = "definition-changed")]
    definition_changed: bool,
}

impl ToolCall {
    /// The call with its arguments as text, which is made once for all policies.
    pub(crate) fn new(call: &model::ToolCallOperation, arguments: Arc<str>) -> Self {
        Self {
            server: call.server.clone(),
            tool: call.tool.clone(),
            arguments,
            definition_changed: call.definition_changed,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct LlmMessage {
    role: String,
    text: String,
}

impl From<&model::LlmMessage> for LlmMessage {
    fn from(message: &model::LlmMessage) -> Self {
        Self {
            role: message.role.clone(),
            text: message.text.clone(),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct LlmRequest {
    provider: String,
    api: String,
    model: Option<String>,
    streamed: bool,
    tools: Vec<String>,
    #[component(name = "max-output-tokens")]
    max_output_tokens: Option<u64>,
}

impl From<&model::LlmOperation> for LlmRequest {
    fn from(request: &model::LlmOperation) -> Self {
        Self {
            provider: request.provider.clone(),
            api: request.api.clone(),
            model: request.model.clone(),
            streamed: request.stream,
            tools: request.tools.clone(),
            max_output_tokens: request.max_output_tokens,
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct McpRequest {
    server: String,
    method: String,
    name: Option<String>,
}

impl From<&model::McpOperation> for McpRequest {
    fn from(request: &model::McpOperation) -> Self {
        Self {
            server: request.server.clone(),
            method: request.method.clone(),
            name: request.name.clone(),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ShellCommand {
    argv: Vec<String>,
    class: StatementClass,
    #[component(name = "paths-read")]
    paths_read: Vec<String>,
    #[component(name = "paths-written")]
    paths_written: Vec<String>,
    hosts: Vec<String>,
}

impl From<&model::ShellCommand> for ShellCommand {
    fn from(command: &model::ShellCommand) -> Self {
        Self {
            argv: command.argv.clone(),
            class: command.class.into(),
            paths_read: command.paths_read.clone(),
            paths_written: command.paths_written.clone(),
            hosts: command.hosts.clone(),
        }
    }
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Finding {
    pub(crate) entity: String,
    pub(crate) count: u32,
}
