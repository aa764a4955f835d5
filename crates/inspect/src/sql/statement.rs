//! The walk over statements that are neither queries nor schema changes: sessions, transactions,
//! cursors, prepared statements, COPY, EXPLAIN, maintenance. Every kind of statement the grammar
//! knows has its arm here or in `ddl`; one it learns later is `unknown`.

use countersign_model::StatementClass;
use pg_query::protobuf::{
    CopyStmt, CreateTableAsStmt, DeclareCursorStmt, DefElem, ExplainStmt, IntoClause, ObjectType,
    ReindexStmt, TransactionStmtKind, VacuumStmt, VariableSetKind, VariableSetStmt, a_const,
};
use pg_query::{Node, NodeEnum};

use super::scope::{Item, Shape};
use super::walker::{Mode, Walker};

impl<'a> Walker<'a> {
    /// Walks one statement of the text.
    pub(super) fn statement(&mut self, node: &'a Node) {
        let Some(kind) = node.node.as_ref() else {
            return self.unknown();
        };
        match kind {
            NodeEnum::SelectStmt(_)
            | NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_) => {
                let shape = self.query(node, None);
                self.returns(shape);
            }
            other => {
                // Their literals are names, options and paths.
                self.literals_mattered = true;
                self.utility(other);
            }
        }
    }

    /// Records the rows that the statement gives the client.
    fn returns(&mut self, shape: Shape<'a>) {
        self.facts.unbounded_read = shape.rows_unbounded || shape.values_unbounded;
        let known = shape.items.iter().all(|i| matches!(i, Item::Column { .. }));
        if known {
            self.facts.outputs = shape
                .items
                .into_iter()
                .filter_map(|item| match item {
                    Item::Column { name, sources } => Some((name, sources)),
                    Item::Table(_) | Item::Opaque(_) => None,
                })
                .collect();
        }
    }

    fn utility(&mut self, statement: &'a NodeEnum) {
        use StatementClass::{Admin, Exec, Read, Session, Write};
        match statement {
            NodeEnum::TransactionStmt(s) => self.transaction(s.kind),
            NodeEnum::VariableSetStmt(set) => self.set(set),
            NodeEnum::VariableShowStmt(_) => self.plain("show", Read),
            NodeEnum::DiscardStmt(_) => {
                self.facts.setting("all");
                self.plain("discard", Session);
            }
            NodeEnum::ConstraintsSetStmt(_) => self.plain("set_constraints", Session),
            NodeEnum::ListenStmt(_) => self.plain("listen", Session),
            NodeEnum::UnlistenStmt(_) => self.plain("unlisten", Session),
            NodeEnum::NotifyStmt(_) => self.plain("notify", Write),
            NodeEnum::DeclareCursorStmt(s) => self.declare_cursor(s),
            NodeEnum::FetchStmt(s) => self.plain(if s.ismove { "move" } else { "fetch" }, Read),
            NodeEnum::ClosePortalStmt(_) => self.plain("close", Session),
            NodeEnum::PrepareStmt(s) => {
                self.facts.operation("prepare");
                match s.query.as_deref() {
                    Some(query) => {
                        let shape = self.query(query, None);
                        self.facts.unbounded_read = shape.rows_unbounded || shape.values_unbounded;
                    }
                    None => self.unknown(),
                }
            }
            NodeEnum::ExecuteStmt(s) => {
                self.plain("execute", Exec);
                self.discard(&s.params);
            }
            NodeEnum::DeallocateStmt(_) => self.plain("deallocate", Session),
            NodeEnum::CopyStmt(copy) => self.copy(copy),
            NodeEnum::ExplainStmt(explain) => self.explain(explain),
            NodeEnum::CreateTableAsStmt(s) => self.create_table_as(s),
            NodeEnum::DoStmt(_) => self.plain("do", Exec),
            NodeEnum::CallStmt(call) => {
                self.plain("call", Exec);
                if let Some(call) = &call.funccall {
                    self.discard(&call.args);
                    self.called(super::expression::joined(&call.funcname), Exec);
                }
            }
            NodeEnum::LoadStmt(_) => self.plain("load", Exec),
            NodeEnum::LockStmt(lock) => {
                self.plain("lock_table", Admin);
                self.writes_all(&lock.relations);
            }
            NodeEnum::VacuumStmt(vacuum) => self.vacuum(vacuum),
            NodeEnum::ClusterStmt(s) => {
                self.plain("cluster", Admin);
                self.writes_relation(s.relation.as_ref());
            }
            NodeEnum::ReindexStmt(reindex) => self.reindex(reindex),
            NodeEnum::CheckPointStmt(_) => self.plain("checkpoint", Admin),
            NodeEnum::RefreshMatViewStmt(s) => {
                self.plain("refresh", Write);
                self.writes_relation(s.relation.as_ref());
            }
            other => self.definition(other),
        }
    }

    /// Records an operation and its class.
    pub(super) fn plain(&mut self, operation: &'static str, class: StatementClass) {
        self.facts.operation(operation);
        self.facts.at_least(class);
    }

    fn transaction(&mut self, kind: i32) {
        let operation = match TransactionStmtKind::try_from(kind) {
            Ok(TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart) => {
                "begin"
            }
            Ok(TransactionStmtKind::TransStmtCommit) => "commit",
            Ok(TransactionStmtKind::TransStmtRollback) => "rollback",
            Ok(TransactionStmtKind::TransStmtSavepoint) => "savepoint",
            Ok(TransactionStmtKind::TransStmtRelease) => "release",
            Ok(TransactionStmtKind::TransStmtRollbackTo) => "rollback_to",
            Ok(TransactionStmtKind::TransStmtPrepare) => "prepare_transaction",
            Ok(TransactionStmtKind::TransStmtCommitPrepared) => "commit_prepared",
            Ok(TransactionStmtKind::TransStmtRollbackPrepared) => "rollback_prepared",
            _ => return self.unknown(),
        };
        self.plain(operation, StatementClass::Tx);
    }

    fn set(&mut self, set: &VariableSetStmt) {
        match VariableSetKind::try_from(set.kind) {
            Ok(
                VariableSetKind::VarSetValue
                | VariableSetKind::VarSetDefault
                | VariableSetKind::VarSetCurrent,
            ) => {
                self.plain("set", StatementClass::Session);
                self.facts.setting(&set.name);
            }
            Ok(VariableSetKind::VarSetMulti) => {
                self.plain("set", StatementClass::Session);
                for setting in transaction_settings(set) {
                    self.facts.setting(setting);
                }
            }
            Ok(VariableSetKind::VarReset) => {
                self.plain("reset", StatementClass::Session);
                self.facts.setting(&set.name);
            }
            Ok(VariableSetKind::VarResetAll) => {
                self.plain("reset", StatementClass::Session);
                self.facts.setting("all");
            }
            _ => self.unknown(),
        }
    }

    fn declare_cursor(&mut self, s: &'a DeclareCursorStmt) {
        self.facts.operation("declare");
        match s.query.as_deref() {
            Some(query) => {
                let shape = self.query(query, None);
                self.facts.unbounded_read = shape.rows_unbounded || shape.values_unbounded;
            }
            None => self.unknown(),
        }
    }

    fn copy(&mut self, copy: &'a CopyStmt) {
        let outside = copy.is_program || !copy.filename.is_empty();
        if outside {
            self.facts.at_least(StatementClass::Exec);
            let operation = if copy.is_program {
                "copy_program"
            } else {
                "copy_file"
            };
            self.facts.operation(operation);
        }
        self.discard_options(&copy.options);
        if copy.is_from {
            self.plain("copy_from", StatementClass::Write);
            self.writes_relation(copy.relation.as_ref());
            if let Some(range) = &copy.relation
                && super::dml::is_catalog(range)
            {
                self.facts.at_least(StatementClass::Admin);
            }
            self.filter(copy.where_clause.as_deref());
            return;
        }
        self.facts.operation("copy_to");
        if let Some(query) = copy.query.as_deref() {
            let shape = self.query(query, None);
            self.returns(shape);
        } else if let Some(range) = &copy.relation {
            let table = self.facts.table(range);
            self.facts.reads(table);
            self.copied_columns(table, &copy.attlist);
            self.facts.unbounded_read = true;
        } else {
            self.unknown();
        }
    }

    /// The columns that `COPY table TO` gives, one by one where it lists them.
    fn copied_columns(&mut self, table: super::facts::TableId, columns: &'a [Node]) {
        use super::facts::Source;
        if columns.is_empty() {
            self.facts.columns_read.push(Source::row(table));
        }
        for name in columns.iter().filter_map(super::scope::string) {
            let source = Source::new(table, name);
            self.facts.columns_read.push(source);
            self.facts.outputs.push((name, vec![source]));
        }
    }

    fn explain(&mut self, explain: &'a ExplainStmt) {
        self.facts.operation("explain");
        let Some(query) = explain.query.as_deref() else {
            return self.unknown();
        };
        if !analyzes(&explain.options) {
            self.mode = Mode::Plan;
        }
        match query.node.as_ref() {
            Some(NodeEnum::CreateTableAsStmt(s)) => self.create_table_as(s),
            Some(NodeEnum::DeclareCursorStmt(s)) => self.declare_cursor(s),
            Some(NodeEnum::ExecuteStmt(s)) => {
                self.plain("execute", StatementClass::Exec);
                self.discard(&s.params);
            }
            Some(NodeEnum::RefreshMatViewStmt(s)) => {
                self.facts.operation("refresh");
                self.effect(StatementClass::Write);
                if self.mode == Mode::Run {
                    self.writes_relation(s.relation.as_ref());
                }
            }
            _ => {
                self.query(query, None);
            }
        }
        // The plan comes back, not the rows.
        self.facts.unbounded_read = false;
    }

    fn create_table_as(&mut self, s: &'a CreateTableAsStmt) {
        if let Some(into) = s.into.as_deref() {
            self.create_from_query(into);
        }
        match s.query.as_deref() {
            Some(query) => match query.node.as_ref() {
                Some(NodeEnum::ExecuteStmt(execute)) => {
                    self.plain("execute", StatementClass::Exec);
                    self.discard(&execute.params);
                }
                _ => {
                    self.query(query, None);
                }
            },
            None => self.unknown(),
        }
        self.effect(StatementClass::Admin);
        if ObjectType::try_from(s.objtype) == Ok(ObjectType::ObjectMatview) {
            self.facts.operation("create_materialized_view");
        }
    }

    /// Records the table that SELECT INTO or CREATE TABLE AS makes.
    pub(super) fn create_from_query(&mut self, into: &'a IntoClause) {
        self.facts.operation("create_table");
        self.effect(StatementClass::Admin);
        if self.mode != Mode::Plan {
            self.writes_relation(into.rel.as_ref());
        }
    }

    fn vacuum(&mut self, vacuum: &'a VacuumStmt) {
        let operation = if vacuum.is_vacuumcmd {
            "vacuum"
        } else {
            "analyze"
        };
        self.plain(operation, StatementClass::Admin);
        for node in &vacuum.rels {
            match node.node.as_ref() {
                Some(NodeEnum::VacuumRelation(s)) => self.writes_relation(s.relation.as_ref()),
                _ => self.unknown(),
            }
        }
    }

    fn reindex(&mut self, reindex: &'a ReindexStmt) {
        use pg_query::protobuf::ReindexObjectType;
        self.plain("reindex", StatementClass::Admin);
        if reindex.kind == ReindexObjectType::ReindexObjectTable as i32 {
            self.writes_relation(reindex.relation.as_ref());
        }
    }

    /// Walks the values of options, which may hold expressions.
    pub(super) fn discard_options(&mut self, options: &'a [Node]) {
        for node in options {
            let Some(NodeEnum::DefElem(option)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            self.option_value(option);
        }
    }
}

/// The settings behind `SET TRANSACTION …` and `SET SESSION CHARACTERISTICS AS TRANSACTION …`.
fn transaction_settings(set: &VariableSetStmt) -> Vec<&'static str> {
    let session = set.name == "SESSION CHARACTERISTICS";
    set.args
        .iter()
        .filter_map(|node| match node.node.as_ref() {
            Some(NodeEnum::DefElem(option)) => Some(option.defname.as_str()),
            _ => None,
        })
        .map(|name| match (name, session) {
            ("transaction_read_only", true) => "default_transaction_read_only",
            ("transaction_isolation", true) => "default_transaction_isolation",
            ("transaction_deferrable", true) => "default_transaction_deferrable",
            ("transaction_read_only", false) => "transaction_read_only",
            ("transaction_isolation", false) => "transaction_isolation",
            ("transaction_deferrable", false) => "transaction_deferrable",
            _ => "transaction_snapshot",
        })
        .collect()
}

/// Whether EXPLAIN runs the statement. The last of several ANALYZE options counts, and what the
/// server would not take as false counts as true.
fn analyzes(options: &[Node]) -> bool {
    let last = options
        .iter()
        .rev()
        .find_map(|node| match node.node.as_ref() {
            Some(NodeEnum::DefElem(option)) if option.defname == "analyze" => Some(option),
            _ => None,
        });
    last.is_some_and(|option| !is_false(option))
}

/// Whether the server reads an option's value as false.
fn is_false(option: &DefElem) -> bool {
    let text = match option.arg.as_deref().and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::Integer(value)) => return value.ival == 0,
        Some(NodeEnum::Boolean(value)) => return !value.boolval,
        Some(NodeEnum::String(value)) => value.sval.as_str(),
        Some(NodeEnum::AConst(value)) => match value.val.as_ref() {
            Some(a_const::Val::Ival(value)) => return value.ival == 0,
            Some(a_const::Val::Boolval(value)) => return !value.boolval,
            Some(a_const::Val::Sval(value)) => value.sval.as_str(),
            _ => return false,
        },
        _ => return false,
    };
    text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("off")
}
