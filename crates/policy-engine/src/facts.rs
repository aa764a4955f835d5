//! A name for facts: equal facts have equal keys, and nobody can make two that share one.

use countersign_model::{
    AccessOperation, Column, HttpOperation, LlmMessage, LlmOperation, McpOperation, Operation,
    OutputColumn, ShellCommand, SqlFacts, SqlStatement, ToolCallOperation,
};
use sha2::{Digest, Sha256};

/// SHA-256 over everything a policy can learn from the facts of a SQL text.
///
/// Facts come from what clients send, so that the key of the verdict cache must not collide by
/// anybody's effort. Compute it once for a parsed text and keep it beside the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FactsKey([u8; 32]);

impl FactsKey {
    /// The key of these facts.
    #[must_use]
    pub fn of(facts: &SqlFacts) -> Self {
        let SqlFacts { statements } = facts;
        let mut writer = Writer(Vec::with_capacity(256));
        writer.list(statements, Writer::statement);
        Self(Sha256::digest(&writer.0).into())
    }

    /// The key of an operation: of its facts, and of all that policies can learn of one that is
    /// raw, such as an HTTP request.
    #[must_use]
    pub fn of_operation(operation: &Operation) -> Self {
        let mut writer = Writer(Vec::with_capacity(256));
        match operation {
            Operation::Sql(sql) => return Self::of(&sql.facts),
            Operation::Http(request) => writer.http(request),
            Operation::ToolCall(call) => writer.tool_call(call),
            Operation::Shell(shell) => writer.list(&shell.facts.commands, Writer::command),
            Operation::Access(access) => writer.access(access),
            Operation::Llm(request) => writer.llm(request),
            Operation::Mcp(request) => writer.mcp(request),
        }
        // A statement list begins with its length: no kind's name begins like one.
        Self(
            Sha256::new()
                .chain_update(operation.kind())
                .chain_update(&writer.0)
                .finalize()
                .into(),
        )
    }

    /// The key of what many requests to a model share: everything but the words, and what the detectors
    /// see in them.
    pub(crate) fn of_outline(request: &LlmOperation, findings: &[(String, u32)]) -> Self {
        let mut writer = Writer(Vec::with_capacity(256));
        writer.llm_outline(request);
        writer.list(findings, |writer, (entity, count)| {
            writer.text(entity);
            writer.0.extend_from_slice(&count.to_le_bytes());
        });
        // No kind of operation has this name.
        Self(
            Sha256::new()
                .chain_update("llm outline")
                .chain_update(&writer.0)
                .finalize()
                .into(),
        )
    }

    /// A part of the key that is as random as any.
    pub(crate) fn prefix(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

/// An injective encoding: every list and text is preceded by its length. The fields are taken apart
/// by name, so that a new one cannot be forgotten here.
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: usize) {
        self.0.extend_from_slice(&(number as u64).to_le_bytes());
    }

    fn http(&mut self, request: &HttpOperation) {
        let HttpOperation {
            method,
            host,
            path,
            route,
            query,
            headers,
            body,
        } = request;
        [method, host, path]
            .into_iter()
            .for_each(|text| self.text(text));
        self.option(route.as_deref());
        self.list(query, Self::pair);
        self.list(headers, Self::pair);
        self.option(body.as_deref());
    }

    fn tool_call(&mut self, call: &ToolCallOperation) {
        let ToolCallOperation {
            server,
            tool,
            arguments,
            definition_changed,
        } = call;
        self.text(server);
        self.text(tool);
        self.text(&arguments.to_string());
        self.0.push(u8::from(*definition_changed));
    }

    fn llm(&mut self, request: &LlmOperation) {
        self.llm_outline(request);
        let LlmOperation { messages, body, .. } = request;
        self.list(messages, |writer, LlmMessage { role, text }| {
            writer.text(role);
            writer.text(text);
        });
        self.option(body.as_deref());
    }

    /// All but the words.
    fn llm_outline(&mut self, request: &LlmOperation) {
        let LlmOperation {
            provider,
            api,
            model,
            stream,
            messages: _,
            tools,
            max_output_tokens,
            body: _,
        } = request;
        self.text(provider);
        self.text(api);
        self.option(model.as_deref());
        self.0.push(u8::from(*stream));
        self.list(tools, Self::text);
        self.option(max_output_tokens.map(|n| n.to_string()).as_deref());
    }

    fn mcp(&mut self, request: &McpOperation) {
        let McpOperation {
            server,
            method,
            name,
            params,
        } = request;
        self.text(server);
        self.text(method);
        self.option(name.as_deref());
        self.text(&params.to_string());
    }

    fn access(&mut self, access: &AccessOperation) {
        let AccessOperation {
            operations,
            task,
            duration_seconds,
            extends,
        } = access;
        self.list(operations, |writer, operation| {
            writer.0.push(*operation as u8);
        });
        self.text(task);
        self.0.extend_from_slice(&duration_seconds.to_le_bytes());
        self.option(extends.map(|grant| grant.to_string()).as_deref());
    }

    fn command(&mut self, command: &ShellCommand) {
        let ShellCommand {
            argv,
            class,
            paths_read,
            paths_written,
            hosts,
        } = command;
        self.0.push(*class as u8);
        for list in [argv, paths_read, paths_written, hosts] {
            self.list(list, Self::text);
        }
    }

    fn pair(&mut self, (name, value): &(String, String)) {
        self.text(name);
        self.text(value);
    }

    fn option(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        let text = text.unwrap_or_default();
        self.number(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: &String) {
        self.number(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], write: fn(&mut Self, &T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn column(&mut self, column: &Column) {
        let Column { table, name } = column;
        self.text(table);
        self.text(name);
    }

    fn output(&mut self, output: &OutputColumn) {
        let OutputColumn { name, sources } = output;
        self.text(name);
        self.list(sources, Self::column);
    }

    fn statement(&mut self, statement: &SqlStatement) {
        let SqlStatement {
            class,
            operations,
            tables_read,
            tables_written,
            columns_read,
            columns_filtered,
            functions,
            settings_changed,
            unbounded_write,
            unbounded_read,
            outputs,
        } = statement;
        self.0.extend_from_slice(&[
            *class as u8,
            u8::from(*unbounded_write),
            u8::from(*unbounded_read),
        ]);
        self.list(operations, Self::text);
        self.list(tables_read, Self::text);
        self.list(tables_written, Self::text);
        self.list(columns_read, Self::column);
        self.list(columns_filtered, Self::column);
        self.list(functions, Self::text);
        self.list(settings_changed, Self::text);
        self.list(outputs, Self::output);
    }
}

#[cfg(test)]
mod tests {
    use countersign_model::StatementClass;

    use super::*;

    fn statement() -> SqlStatement {
        SqlStatement {
            class: StatementClass::Read,
            operations: vec!["select".to_owned()],
            tables_read: vec!["ab".to_owned(), "c".to_owned()],
            tables_written: Vec::new(),
            columns_read: Vec::new(),
            columns_filtered: Vec::new(),
            functions: Vec::new(),
            settings_changed: Vec::new(),
            unbounded_write: false,
            unbounded_read: false,
            outputs: Vec::new(),
        }
    }

    fn key(statements: &[SqlStatement]) -> FactsKey {
        FactsKey::of(&SqlFacts {
            statements: statements.to_vec(),
        })
    }

    #[test]
    fn only_equal_facts_share_a_key() {
        let column = || Column {
            table: "t".to_owned(),
            name: "c".to_owned(),
        };
        let changes: [fn(&mut SqlStatement, Column); 12] = [
            |s, _| s.class = StatementClass::Write,
            |s, _| s.operations.push("insert".to_owned()),
            |s, _| s.tables_read = vec!["a".to_owned(), "bc".to_owned()],
            |s, _| s.tables_read = vec!["abc".to_owned()],
            |s, _| s.tables_written.push("ab".to_owned()),
            |s, c| s.columns_read.push(c),
            |s, c| s.columns_filtered.push(c),
            |s, _| s.functions.push("f".to_owned()),
            |s, _| s.settings_changed.push("role".to_owned()),
            |s, _| s.unbounded_write = true,
            |s, _| s.unbounded_read = true,
            |s, c| {
                s.outputs.push(OutputColumn {
                    name: "o".to_owned(),
                    sources: vec![c],
                });
            },
        ];
        let mut keys = vec![
            key(&[]),
            key(&[statement()]),
            key(&[statement(), statement()]),
        ];
        for change in changes {
            let mut changed = statement();
            change(&mut changed, column());
            keys.push(key(&[changed]));
        }
        assert_eq!(key(&[statement()]), key(&[statement()]));
        let count = keys.len();
        keys.sort_by_key(|k| k.0);
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
