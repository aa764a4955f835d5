//! The action a policy judges.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    AccessRequest, Finding, Grant, HttpRequest, Level, LlmMessage, LlmRequest, LookupError,
    McpRequest, Parameter, Principal, Shell, SqlStatement, StatementClass, Target, ToolCall,
    host::Host,
};

/// One command, who sent it and where to.
///
/// Each getter asks the host, and costs what it returns. In a native test the host is what a
/// [`testing::ActionBuilder`](crate::testing::ActionBuilder) made.
pub struct Action<'a> {
    host: Host<'a>,
}

impl<'a> Action<'a> {
    #[doc(hidden)]
    #[must_use]
    pub fn new(host: Host<'a>) -> Self {
        Self { host }
    }

    /// What kind of operation it is, such as `sql`.
    #[must_use]
    pub fn kind(&self) -> String {
        self.host.kind()
    }

    /// Names the action in every record of it. A verdict that used it is not reused.
    #[must_use]
    pub fn id(&self) -> String {
        self.host.id()
    }

    /// When the edge had read it, in milliseconds since the Unix epoch: the only clock. A verdict
    /// that used it is not reused.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.host.at()
    }

    /// The session it came in. A verdict that used it is not reused.
    #[must_use]
    pub fn session(&self) -> String {
        self.host.session()
    }

    /// Who acts.
    #[must_use]
    pub fn principal(&self) -> Principal {
        self.host.principal()
    }

    /// One claim of the principal, such as `env`.
    #[must_use]
    pub fn principal_claim(&self, name: &str) -> Option<String> {
        self.host.principal_claim(name)
    }

    /// Whether the principal belongs to a group.
    #[must_use]
    pub fn principal_in_group(&self, name: &str) -> bool {
        self.host.principal_in_group(name)
    }

    /// Who answers for an agent or a service: a person's e-mail address, or `group:NAME`.
    #[must_use]
    pub fn principal_owner(&self) -> Option<String> {
        self.host.principal_owner()
    }

    /// Under which grant it runs, where it is under one. A verdict that used it is not reused.
    ///
    /// ```
    /// use countersign_policy_sdk::{Action, Review, StatementClass, Verdict};
    /// use countersign_policy_sdk::testing::{sql, statement};
    ///
    /// // Whoever broke the glass has no reviewer behind them: what they change is held.
    /// fn judge(action: &Action) -> Verdict {
    ///     match action.grant() {
    ///         Some(grant) if grant.break_glass => Review::because(grant.task).into(),
    ///         _ => Verdict::Abstain,
    ///     }
    /// }
    ///
    /// let update = || sql([statement(StatementClass::Write).writes("orders")]);
    /// assert_eq!(judge(&update().grant("refund order 1042").build()), Verdict::Abstain);
    /// let alarm = update().grant("stop the leak").break_glass().build();
    /// assert!(matches!(judge(&alarm), Verdict::Review(_)));
    /// ```
    #[must_use]
    pub fn grant(&self) -> Option<Grant> {
        self.host.grant()
    }

    /// On what.
    #[must_use]
    pub fn target(&self) -> Target {
        self.host.target()
    }

    /// One label of the target, such as `env`.
    #[must_use]
    pub fn target_label(&self, name: &str) -> Option<String> {
        self.host.target_label(name)
    }

    /// The worst class of its statements, in the order of [`StatementClass`]; `None` where the action
    /// is not SQL. Of `BEGIN; SELECT 1` it is `Tx`: what holds for a milder class must be seen from
    /// [`Action::sql`].
    #[must_use]
    pub fn sql_class(&self) -> Option<StatementClass> {
        self.host.sql_class()
    }

    /// Whether one of its statements reads rows of a table without a predicate, a LIMIT or an
    /// aggregate over all of them.
    #[must_use]
    pub fn sql_unbounded_read(&self) -> bool {
        self.host.sql_unbounded_read()
    }

    /// What the parser knows of each statement, in order; empty where the action is not SQL.
    #[must_use]
    pub fn sql(&self) -> Vec<SqlStatement> {
        self.host.sql().unwrap_or_default()
    }

    /// The text as the client sent it. A verdict that used it is not reused.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.host.text()
    }

    /// Bound values, in order. A verdict that used them is not reused.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.host.parameters()
    }

    /// The HTTP request, where the action is one; its body is [`Action::body`].
    #[must_use]
    pub fn http(&self) -> Option<HttpRequest> {
        self.host.http()
    }

    /// The tool call, where the action is one.
    #[must_use]
    pub fn tool_call(&self) -> Option<ToolCall<'_>> {
        let call = self.host.tool_call()?;
        Some(ToolCall::new(call, &self.host))
    }

    /// The command line, where the action is one.
    #[must_use]
    pub fn shell(&self) -> Option<Shell> {
        self.host.shell().map(Shell::new)
    }

    /// The request for a grant, where the action is one.
    #[must_use]
    pub fn access(&self) -> Option<AccessRequest> {
        self.host.access()
    }

    /// The request to a model, where the action is one; its words are [`Action::llm_messages`], its body is
    /// [`Action::body`].
    #[must_use]
    pub fn llm(&self) -> Option<LlmRequest> {
        self.host.llm()
    }

    /// What is sent to a model, in order. A verdict that used it is not reused; one that used
    /// [`Action::llm`] and [`Action::findings`] alone is.
    #[must_use]
    pub fn llm_messages(&self) -> Vec<LlmMessage> {
        self.host.llm_messages()
    }

    /// The request to an MCP server, where the action is one and no tool call. Its parameters are
    /// read by [`Action::json_pointer`].
    #[must_use]
    pub fn mcp(&self) -> Option<McpRequest> {
        self.host.mcp()
    }

    /// The body of an HTTP request or of a request to a model, where it is text. A verdict that used it is not reused.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        self.host.body()
    }

    /// A value inside that body, the arguments of a tool call or the parameters of a request to an MCP
    /// server, by JSON Pointer such as `/customer/email`; the empty pointer is the whole. The host finds it, so that the rest
    /// is never copied. `None` too where there is no JSON.
    #[must_use]
    pub fn json_pointer(&self, pointer: &str) -> Option<Value> {
        let text = self.host.json_pointer(pointer)?;
        serde_json::from_str(&text).ok()
    }

    /// What the detectors see in what the client sends, of these entities or, with none, of all.
    #[must_use]
    pub fn findings(&self, entities: &[&str]) -> Vec<Finding> {
        let entities: Vec<String> = entities.iter().map(|e| (*e).to_owned()).collect();
        self.host.findings(&entities)
    }

    /// Looks a key up in a data document of the bundle. Name the document under `documents` in
    /// [`policy!`](crate::policy).
    ///
    /// # Errors
    ///
    /// When the value is there and is no `T`: with `?` in a judge that returns a `Result`, a refusal.
    pub fn lookup<T: DeserializeOwned>(
        &self,
        document: &str,
        key: &str,
    ) -> Result<Option<T>, LookupError> {
        let Some(text) = self.host.lookup(document, key) else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| LookupError::new(document, key, &error))
    }

    /// Adds to a sliding-window counter that the whole edge shares, and returns the sum after it;
    /// with an `amount` of 0 it only reads. A verdict that used it is not reused.
    #[must_use]
    pub fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        self.host.count(key, amount, window_seconds)
    }

    /// Adds a line to the record of the decision.
    pub fn log(&self, level: Level, message: &str) {
        self.host.log(level, message);
    }
}
