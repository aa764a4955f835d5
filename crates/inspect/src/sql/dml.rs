//! The walk over INSERT, UPDATE, DELETE and MERGE.

use std::rc::Rc;

use countersign_model::StatementClass;
use pg_query::protobuf::{
    CmdType, DeleteStmt, InsertStmt, MergeMatchKind, MergeStmt, MergeWhenClause, OnConflictAction,
    OnConflictClause, RangeVar, ReturningClause, UpdateStmt,
};
use pg_query::{Node, NodeEnum};

use super::bounds::Restrictions;
use super::facts::{Source, TableId};
use super::predicate::Truth;
use super::scope::{Bound, Columns, Item, Relation, Scope, Shape, bit};
use super::walker::{Mode, Walker};

/// The columns that a statement assigns, with what flows into each; RETURNING gives them back.
#[derive(Debug, Default)]
struct Assigned<'a> {
    columns: Vec<(&'a str, Vec<Source<'a>>)>,
    /// Sources of columns whose names the text does not tell.
    anywhere: Vec<Source<'a>>,
}

impl<'a> Walker<'a> {
    pub(super) fn insert(&mut self, s: &'a InsertStmt) -> Shape<'a> {
        self.facts.operation("insert");
        let ctes = self.ctes.len();
        if let Some(with) = &s.with_clause {
            self.with(with);
        }
        let target = self.write_target(s.relation.as_ref());
        for column in &s.cols {
            if let Some(NodeEnum::ResTarget(column)) = column.node.as_ref() {
                self.discard(&column.indirection);
            }
        }
        let rows = match s.select_stmt.as_deref() {
            Some(query) => self.subquery(Some(query)).unwrap_or_default(),
            None => Shape::default(),
        };
        let mut assigned = assigned_by_position(&s.cols, &rows);
        self.scopes.push(Scope::default());
        self.add_relation(target);
        if let Some(conflict) = s.on_conflict_clause.as_deref() {
            let excluded = Shape {
                items: vec![Item::Opaque(rows.all_sources())],
                ..Shape::default()
            };
            self.on_conflict(conflict, excluded, &mut assigned);
        }
        let mut shape = self.returning(s.returning_clause.as_ref(), assigned);
        shape.rows_unbounded = rows.rows_unbounded && !shape.items.is_empty();
        shape.values_unbounded |= rows.values_unbounded && !shape.items.is_empty();
        self.scopes.pop();
        self.ctes.truncate(ctes);
        shape
    }

    fn on_conflict(
        &mut self,
        conflict: &'a OnConflictClause,
        excluded: Shape<'a>,
        assigned: &mut Assigned<'a>,
    ) {
        if let Some(infer) = &conflict.infer {
            for node in &infer.index_elems {
                self.index_element(node);
            }
            self.filter(infer.where_clause.as_deref());
        }
        if conflict.action != OnConflictAction::OnconflictUpdate as i32 {
            return;
        }
        self.facts.operation("update");
        let mut relation = Relation::known("excluded", Rc::new(excluded), Bound::Bounded);
        relation.unqualified = false;
        self.add_relation(relation);
        self.assignments(&conflict.target_list, assigned);
        self.filter(conflict.where_clause.as_deref());
    }

    pub(super) fn update(&mut self, s: &'a UpdateStmt) -> Shape<'a> {
        self.facts.operation("update");
        let ctes = self.ctes.len();
        if let Some(with) = &s.with_clause {
            self.with(with);
        }
        let target = self.write_target(s.relation.as_ref());
        let bounded = self.changed_rows(target, &s.from_clause, s.where_clause.as_deref());
        let mut assigned = Assigned::default();
        self.assignments(&s.target_list, &mut assigned);
        let shape = self.changed(s.returning_clause.as_ref(), assigned, bounded);
        self.ctes.truncate(ctes);
        shape
    }

    pub(super) fn delete(&mut self, s: &'a DeleteStmt) -> Shape<'a> {
        self.facts.operation("delete");
        let ctes = self.ctes.len();
        if let Some(with) = &s.with_clause {
            self.with(with);
        }
        let target = self.write_target(s.relation.as_ref());
        let bounded = self.changed_rows(target, &s.using_clause, s.where_clause.as_deref());
        let shape = self.changed(s.returning_clause.as_ref(), Assigned::default(), bounded);
        self.ctes.truncate(ctes);
        shape
    }

    /// Opens the level of an UPDATE or DELETE; whether its predicate picks rows of the target.
    fn changed_rows(
        &mut self,
        target: Relation<'a>,
        others: &'a [Node],
        predicate: Option<&'a Node>,
    ) -> bool {
        self.scopes.push(Scope::default());
        self.add_relation(target);
        // The target is not in sight of the other relations' own clauses.
        if let Some(scope) = self.scopes.last_mut() {
            scope.first = 1;
        }
        let mut restrictions = Restrictions::default();
        for node in others {
            self.join_item(node, &mut restrictions);
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.first = 0;
        }
        self.filter(predicate);
        predicate.is_some_and(|predicate| self.picks_target(predicate))
    }

    /// Closes the level that `changed_rows` opened.
    fn changed(
        &mut self,
        returning: Option<&'a ReturningClause>,
        assigned: Assigned<'a>,
        bounded: bool,
    ) -> Shape<'a> {
        if !bounded {
            self.unbounded_write();
        }
        let mut shape = self.returning(returning, assigned);
        shape.rows_unbounded = !bounded && !shape.items.is_empty();
        self.scopes.pop();
        shape
    }

    fn unbounded_write(&mut self) {
        if self.mode == Mode::Run {
            self.facts.unbounded_write = true;
            self.facts.at_least(StatementClass::Destructive);
        }
    }

    /// Whether a predicate leaves rows of the target, the level's first relation, alone.
    fn picks_target(&mut self, predicate: &'a Node) -> bool {
        match self.truth(predicate, false) {
            Truth::Picks(relations) => relations & bit(0) != 0,
            Truth::Never | Truth::Null => true,
            Truth::Always | Truth::Fixed => false,
        }
    }

    pub(super) fn merge(&mut self, s: &'a MergeStmt) -> Shape<'a> {
        self.facts.operation("merge");
        let ctes = self.ctes.len();
        if let Some(with) = &s.with_clause {
            self.with(with);
        }
        let target = self.write_target(s.relation.as_ref());
        self.scopes.push(Scope::default());
        self.add_relation(target);
        if let Some(scope) = self.scopes.last_mut() {
            scope.first = 1;
        }
        let mut restrictions = Restrictions::default();
        match s.source_relation.as_deref() {
            Some(source) => self.join_item(source, &mut restrictions),
            None => self.unknown(),
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.first = 0;
        }
        self.filter(s.join_condition.as_deref());
        let on = match s.join_condition.as_deref() {
            Some(condition) => self.truth(condition, false),
            None => Truth::Always,
        };
        let mut assigned = Assigned::default();
        let mut bounded = true;
        for node in &s.merge_when_clauses {
            match node.node.as_ref() {
                Some(NodeEnum::MergeWhenClause(clause)) => {
                    bounded &= self.merge_clause(clause, on, &mut assigned);
                }
                _ => self.unknown(),
            }
        }
        let shape = self.changed(s.returning_clause.as_ref(), assigned, bounded);
        self.ctes.truncate(ctes);
        shape
    }

    /// Walks a WHEN clause; whether what it changes is bounded.
    fn merge_clause(
        &mut self,
        clause: &'a MergeWhenClause,
        on: Truth,
        assigned: &mut Assigned<'a>,
    ) -> bool {
        self.filter(clause.condition.as_deref());
        let picked = clause
            .condition
            .as_deref()
            .is_some_and(|condition| self.picks_target(condition));
        let mark = self.sources.len();
        self.expressions(&clause.values);
        let inserted = self.take_sources(mark);
        assigned.anywhere.extend(inserted);
        self.assignments(&clause.target_list, assigned);
        match CmdType::try_from(clause.command_type) {
            Ok(CmdType::CmdInsert) => {
                self.facts.operation("insert");
                return true;
            }
            Ok(CmdType::CmdNothing) => return true,
            Ok(CmdType::CmdUpdate) => self.facts.operation("update"),
            Ok(CmdType::CmdDelete) => self.facts.operation("delete"),
            _ => self.unknown(),
        }
        let by_source = clause.match_kind == MergeMatchKind::MergeWhenNotMatchedBySource as i32;
        let joined = match on {
            Truth::Picks(relations) => relations & bit(0) != 0,
            // Nothing matches: every row is one that no source row matches.
            Truth::Never | Truth::Null => !by_source,
            Truth::Always | Truth::Fixed => false,
        };
        picked || joined
    }

    /// The relation that a statement writes. CTEs do not hide it.
    fn write_target(&mut self, relation: Option<&'a RangeVar>) -> Relation<'a> {
        let Some(range) = relation else {
            self.unknown();
            return Relation::table(TableId::AMBIGUOUS, "");
        };
        let table = self.facts.table(range);
        if self.mode == Mode::Plan {
            self.facts.reads(table);
        } else {
            self.facts.writes(table);
        }
        self.effect(StatementClass::Write);
        if is_catalog(range) {
            // Rows of the catalogs are the schema.
            self.effect(StatementClass::Admin);
        }
        if range.relname == "pg_settings" && self.mode == Mode::Run {
            self.facts.setting("all");
        }
        let mut relation = Relation::table(table, &range.relname);
        relation.schema = &range.schemaname;
        if let Some(alias) = &range.alias {
            relation.name = &alias.aliasname;
            relation.schema = "";
        }
        relation
    }

    /// Walks the assignments of SET, or of MERGE's INSERT.
    fn assignments(&mut self, targets: &'a [Node], assigned: &mut Assigned<'a>) {
        for node in targets {
            let Some(NodeEnum::ResTarget(target)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            self.discard(&target.indirection);
            let mark = self.sources.len();
            self.optional(target.val.as_deref());
            let sources = self.take_sources(mark);
            if !sources.is_empty() {
                assigned.columns.push((&target.name, sources));
            }
        }
    }

    /// Walks RETURNING: the target's columns, with what the statement put into them.
    fn returning(
        &mut self,
        clause: Option<&'a ReturningClause>,
        assigned: Assigned<'a>,
    ) -> Shape<'a> {
        let Some(clause) = clause else {
            return Shape::default();
        };
        self.returned_relations(clause, assigned);
        let level = std::mem::replace(&mut self.level, super::walker::Level::EMPTY);
        let items = self.targets(&clause.exprs);
        let values_unbounded = self.level.carries_rows;
        self.level = level;
        Shape {
            items,
            rows_unbounded: false,
            values_unbounded,
        }
    }

    fn returned_relations(&mut self, clause: &'a ReturningClause, assigned: Assigned<'a>) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        let Some(target) = scope.relations.first_mut() else {
            return;
        };
        let Columns::Table(table) = target.columns else {
            return;
        };
        let mut items: Vec<Item<'a>> = Vec::new();
        for (name, mut sources) in assigned.columns {
            sources.push(Source::new(table, name));
            items.push(Item::Column { name, sources });
        }
        if !assigned.anywhere.is_empty() {
            items.push(Item::Opaque(assigned.anywhere));
        }
        items.push(Item::Table(table));
        let shape = Rc::new(Shape {
            items,
            ..Shape::default()
        });
        target.columns = Columns::Known(Rc::clone(&shape));
        // RETURNING old.x, new.x, or under names of the statement's own.
        let named = clause
            .options
            .iter()
            .filter_map(|node| match node.node.as_ref() {
                Some(NodeEnum::ReturningOption(option)) => Some(option.value.as_str()),
                _ => None,
            });
        for name in ["old", "new"].into_iter().chain(named) {
            let mut relation = Relation::known(name, Rc::clone(&shape), Bound::Bounded);
            relation.unqualified = false;
            scope.relations.push(relation);
        }
    }
}

/// What flows into each column of an INSERT with a column list; without one the text does not tell
/// which column is which.
fn assigned_by_position<'a>(columns: &'a [Node], rows: &Shape<'a>) -> Assigned<'a> {
    let mut assigned = Assigned::default();
    let known = rows.items.len() <= columns.len()
        && rows
            .items
            .iter()
            .all(|item| matches!(item, Item::Column { .. }));
    if known {
        for (column, item) in columns.iter().zip(&rows.items) {
            if let (Some(NodeEnum::ResTarget(column)), Item::Column { sources, .. }) =
                (column.node.as_ref(), item)
                && !sources.is_empty()
            {
                assigned.columns.push((&column.name, sources.clone()));
            }
        }
    } else {
        assigned.anywhere = rows.all_sources();
    }
    assigned
}

/// Whether a name is one of a system catalog: `pg_catalog` is searched first.
pub(super) fn is_catalog(range: &RangeVar) -> bool {
    range.relname.starts_with("pg_")
        && matches!(range.schemaname.as_str(), "" | "pg_catalog")
        && !matches!(range.relname.as_str(), "pg_settings")
}
