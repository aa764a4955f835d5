//! Typed views of operations.

use std::{cell::OnceCell, fmt};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    HttpRequest, PathPattern, ShellCommand, StatementClass, bindings::countersign::policy::types,
    host::Host,
};

/// A value of a data document that is not what the policy takes it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupError(String);

impl LookupError {
    pub(crate) fn new(document: &str, key: &str, error: &serde_json::Error) -> Self {
        Self(
            [
                document,
                " has a value at ",
                key,
                " that does not fit: ",
                &error.to_string(),
            ]
            .concat(),
        )
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LookupError {}

impl From<LookupError> for String {
    fn from(error: LookupError) -> Self {
        error.0
    }
}

impl HttpRequest {
    /// The first header of this name, in any case of letters. Credentials are never among them.
    ///
    /// ```
    /// let action = countersign_policy_sdk::testing::http("POST", "/orders")
    ///     .header("Content-Type", "application/json")
    ///     .build();
    /// let request = action.http().unwrap();
    /// assert_eq!(request.header("content-type"), Some("application/json"));
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    /// Whether it is on a route: a template, such as `/v1/orders/{id}`, is the route itself; everything
    /// else is a pattern of paths. A path of the client's that looks like a template is no more than a
    /// path.
    #[must_use]
    pub fn is_on(&self, pattern: &PathPattern) -> bool {
        self.route.as_deref() == Some(pattern.as_str()) || pattern.matches(&self.path)
    }

    /// The first query parameter of this name.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        query.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The parts of the path between slashes, without empty ones.
    ///
    /// ```
    /// let action = countersign_policy_sdk::testing::http("GET", "/customers/7/orders").build();
    /// let request = action.http().unwrap();
    /// assert_eq!(request.segments().collect::<Vec<_>>(), ["customers", "7", "orders"]);
    /// ```
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|part| !part.is_empty())
    }

    /// Whether the method is one that by HTTP's own rules changes nothing.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}

/// A tool call: MCP `tools/call`, or one inside an LLM's answer.
///
/// ```
/// use countersign_policy_sdk::testing::tool_call;
/// use serde_json::json;
///
/// let action = tool_call("mail", "send", json!({"to": ["a@example.com"]})).build();
/// let call = action.tool_call().unwrap();
/// assert_eq!((call.server(), call.tool()), ("mail", "send"));
/// assert_eq!(call.argument("/to/0"), Some(json!("a@example.com")));
/// assert_eq!(call.argument_as::<Vec<String>>("/to"), Ok(Some(vec!["a@example.com".to_owned()])));
/// assert!(call.argument_as::<u64>("/to").is_err());
/// ```
pub struct ToolCall<'a> {
    call: types::ToolCall,
    host: &'a Host<'a>,
    arguments: OnceCell<Value>,
}

impl<'a> ToolCall<'a> {
    pub(crate) fn new(call: types::ToolCall, host: &'a Host<'a>) -> Self {
        Self {
            call,
            host,
            arguments: OnceCell::new(),
        }
    }

    /// The MCP server, by the operator's name for it.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.call.server
    }

    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.call.tool
    }

    /// Whether the tool's definition differs from the pinned one.
    #[must_use]
    pub fn definition_changed(&self) -> bool {
        self.call.definition_changed
    }

    /// All arguments; parsed when first asked for.
    #[must_use]
    pub fn arguments(&self) -> &Value {
        self.arguments
            .get_or_init(|| serde_json::from_str(&self.call.arguments).unwrap_or_default())
    }

    /// One argument by JSON Pointer, such as `/to/0`. The host finds it.
    #[must_use]
    pub fn argument(&self, pointer: &str) -> Option<Value> {
        let text = self.host.json_pointer(pointer)?;
        serde_json::from_str(&text).ok()
    }

    /// The same, as a type of the policy's own.
    ///
    /// # Errors
    ///
    /// When the argument is there and is no `T`.
    pub fn argument_as<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, String> {
        let Some(text) = self.host.json_pointer(pointer) else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| ["argument ", pointer, ": ", &error.to_string()].concat())
    }
}

/// A command line: every simple command in it, those in pipes, substitutions and `sh -c` included.
///
/// ```
/// use countersign_policy_sdk::{StatementClass, testing::{command, shell}};
///
/// let action = shell("cat notes | sudo /bin/rm -r old", [
///     command(StatementClass::Read, ["cat", "notes"]),
///     command(StatementClass::Destructive, ["/bin/rm", "-r", "old"]).writes("old"),
/// ]).build();
/// let line = action.shell().unwrap();
/// assert_eq!(line.class(), StatementClass::Destructive);
/// assert!(line.runs("rm") && !line.runs("dd"));
/// assert_eq!(line.paths_written().collect::<Vec<_>>(), ["old"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shell {
    commands: Vec<ShellCommand>,
}

impl Shell {
    pub(crate) fn new(commands: Vec<ShellCommand>) -> Self {
        Self { commands }
    }

    /// The commands, in order.
    #[must_use]
    pub fn commands(&self) -> &[ShellCommand] {
        &self.commands
    }

    /// The worst class of them; `Unknown` where there is none.
    #[must_use]
    pub fn class(&self) -> StatementClass {
        let classes = self.commands.iter().map(|command| command.class);
        classes.max().unwrap_or(StatementClass::Unknown)
    }

    /// Whether one of them runs this program, by its name without folders.
    #[must_use]
    pub fn runs(&self, program: &str) -> bool {
        self.commands.iter().any(|c| c.program() == program)
    }

    /// Files and folders that one of them names to read.
    pub fn paths_read(&self) -> impl Iterator<Item = &str> {
        let commands = self.commands.iter();
        commands.flat_map(|c| c.paths_read.iter().map(String::as_str))
    }

    /// Files and folders that one of them names to change.
    pub fn paths_written(&self) -> impl Iterator<Item = &str> {
        let commands = self.commands.iter();
        commands.flat_map(|c| c.paths_written.iter().map(String::as_str))
    }

    /// Hosts that one of them names.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let commands = self.commands.iter();
        commands.flat_map(|c| c.hosts.iter().map(String::as_str))
    }
}

impl ShellCommand {
    /// The program's name without folders; empty where the text does not tell it.
    #[must_use]
    pub fn program(&self) -> &str {
        let path = self.argv.first().map_or("", String::as_str);
        path.rsplit('/').next().unwrap_or(path)
    }

    /// Whether one of its arguments is this word.
    #[must_use]
    pub fn has(&self, argument: &str) -> bool {
        self.argv.iter().skip(1).any(|word| word == argument)
    }
}
