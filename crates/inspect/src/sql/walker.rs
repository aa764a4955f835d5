//! The state of the walk over one statement's parse tree, and the resolution of names in it.
//!
//! Recursion is bounded by the decoder, which refuses a tree deeper than 100 messages before a walk
//! begins. Work is bounded by a budget: a statement that exhausts it is `unknown`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use countersign_model::StatementClass;
use pg_query::protobuf::{ColumnRef, RangeVar};
use pg_query::{Node, NodeEnum};

use super::facts::{Facts, Source, TableId};
use super::scope::{Bound, Columns, Has, Relation, Scope, Shape, bit, deduplicate, string};

/// What happens to the part of the statement at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It runs.
    Run,
    /// It is planned alone: EXPLAIN without ANALYZE. Volatile built-ins do not run then, but the
    /// planner does call functions that say they are immutable.
    Plan,
    /// It is stored, to run at some other time: a rule, a view, a function's body.
    Stored,
}

/// A CTE in sight.
#[derive(Debug)]
pub(super) struct Cte<'a> {
    pub(super) name: &'a str,
    /// The names that WITH gives its first columns.
    pub(super) renamed: &'a [Node],
    /// Its result; `None` while nothing of it is known.
    pub(super) shape: Option<Rc<Shape<'a>>>,
    /// How often a relation meant it.
    pub(super) uses: u32,
}

/// What the expressions of one query level hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// An aggregate over the level's rows: without GROUP BY there is one row.
    pub(super) aggregate: bool,
    /// An aggregate whose value holds every row.
    pub(super) collects: bool,
    /// A value that holds rows without a bound on their number, whatever bounds the level's own.
    pub(super) carries_rows: bool,
}

impl Level {
    pub(super) const EMPTY: Self = Self {
        aggregate: false,
        collects: false,
        carries_rows: false,
    };
}

/// The walk over one statement.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) mode: Mode,
    /// Sources of the expression being walked: a stack, cut back by whoever takes them.
    pub(super) sources: Vec<Source<'a>>,
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) ctes: Vec<Cte<'a>>,
    /// The value of some literal was looked at, so that other literals may have other facts.
    pub(super) literals_mattered: bool,
    /// What the expressions of the query level at hand hold.
    pub(super) level: Level,
    /// The query about to be walked stands in EXISTS: its result columns do not matter.
    pub(super) exists: bool,
    /// Column references walked so far.
    pub(super) references: usize,
    /// The walk only asks which relations an expression depends on, for the second time: facts are
    /// not recorded again.
    pub(super) measuring: bool,
    /// What subqueries in expressions depend on, by subquery and level.
    correlations: HashMap<(usize, usize), u64>,
    budget: u32,
}

/// Steps of name resolution a statement may take. A large real statement takes some thousands.
const BUDGET: u32 = 1_000_000;

impl<'a> Walker<'a> {
    pub(super) fn new() -> Self {
        Self {
            facts: Facts::new(),
            mode: Mode::Run,
            sources: Vec::new(),
            scopes: Vec::new(),
            ctes: Vec::new(),
            literals_mattered: false,
            level: Level::EMPTY,
            exists: false,
            references: 0,
            measuring: false,
            correlations: HashMap::new(),
            budget: BUDGET,
        }
    }

    /// Raises the class for an effect that happens only when the statement runs.
    pub(super) fn effect(&mut self, class: StatementClass) {
        if self.mode == Mode::Run {
            self.facts.at_least(class);
        }
    }

    /// Records something that this module does not know: the worst is assumed.
    pub(super) fn unknown(&mut self) {
        self.facts.at_least(StatementClass::Unknown);
    }

    /// Takes `steps` from the budget; false, and an unknown statement, when it is used up.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.budget = self.budget.saturating_sub(steps.saturating_add(1));
        if self.budget == 0 {
            self.unknown();
        }
        self.budget > 0
    }

    /// The sources gathered since `mark`, taken off the stack.
    pub(super) fn take_sources(&mut self, mark: usize) -> Vec<Source<'a>> {
        let mut sources = self.sources.split_off(mark);
        deduplicate(&mut sources);
        sources
    }

    /// Marks the sources gathered since `mark` as deciding which rows come, and drops them.
    pub(super) fn drop_filtered(&mut self, mark: usize) {
        self.spend(self.sources.len() - mark);
        let filtered = self.sources.drain(mark..);
        if !self.measuring {
            self.facts.columns_filtered.extend(filtered);
        }
    }

    /// Walks an expression that decides which rows come.
    pub(super) fn filter(&mut self, node: Option<&'a Node>) {
        if let Some(node) = node {
            self.filters(std::slice::from_ref(node));
        }
    }

    /// Walks expressions that decide which rows come.
    pub(super) fn filters(&mut self, nodes: &'a [Node]) {
        let mark = self.sources.len();
        let level = self.level;
        self.expressions(nodes);
        self.level = level;
        self.drop_filtered(mark);
    }

    /// Walks expressions whose values stay inside the statement.
    pub(super) fn discard(&mut self, nodes: &'a [Node]) {
        let mark = self.sources.len();
        self.expressions(nodes);
        self.sources.truncate(mark);
    }

    /// The CTE that an unqualified relation name means.
    pub(super) fn cte(&mut self, relation: &RangeVar) -> Option<Rc<Shape<'a>>> {
        if !relation.schemaname.is_empty() || !self.spend(self.ctes.len()) {
            return None;
        }
        let mut ctes = self.ctes.iter_mut().rev();
        let cte = ctes.find(|cte| cte.name == relation.relname)?;
        cte.uses += 1;
        Some(
            cte.shape
                .clone()
                .unwrap_or_else(|| Rc::new(Shape::anything())),
        )
    }

    /// Makes a relation of a name in FROM, reading the table when it is one.
    pub(super) fn named_relation(&mut self, range: &'a RangeVar) -> Relation<'a> {
        let mut relation = match self.cte(range) {
            Some(shape) => {
                let bound = if shape.rows_unbounded {
                    Bound::Unbounded
                } else {
                    Bound::Bounded
                };
                Relation::known(&range.relname, shape, bound)
            }
            None => {
                let table = self.facts.table(range);
                self.facts.reads(table);
                let mut relation = Relation::table(table, &range.relname);
                relation.schema = &range.schemaname;
                relation
            }
        };
        if let Some(alias) = &range.alias {
            relation.name = &alias.aliasname;
            relation.schema = "";
            relation.renamed = &alias.colnames;
        }
        relation
    }

    /// Walks a column reference: adds its sources and records that they are read.
    pub(super) fn column_reference(&mut self, column: &'a ColumnRef) {
        self.references += 1;
        let mark = self.sources.len();
        if self.measuring {
            // The table a row is stored in is the same for every row, partitions aside.
            if column.fields.last().and_then(string) != Some("tableoid") {
                self.resolve(column);
            }
            return;
        }
        self.resolve(column);
        self.record_read(mark);
    }

    /// Records the sources gathered since `mark` as columns read.
    pub(super) fn record_read(&mut self, mark: usize) {
        self.spend(self.sources.len() - mark);
        if let Some(read) = self.sources.get(mark..)
            && !self.measuring
        {
            self.facts.columns_read.extend_from_slice(read);
        }
    }

    /// The relations of the innermost level that an expression depends on, as bits by position.
    pub(super) fn touched(&mut self, node: &'a Node) -> u64 {
        self.touch(node).0
    }

    /// As `touched`, and whether a whole row is among what it depends on. The expression must have
    /// been walked already.
    pub(super) fn touch(&mut self, node: &'a Node) -> (u64, bool) {
        let mark = self.sources.len();
        let (level, measuring) = (self.level, self.measuring);
        let before = self.untouched_level();
        self.measuring = true;
        self.expression(node);
        self.measuring = measuring;
        self.level = level;
        let row = self.sources.drain(mark..).any(|source| source.name == "*");
        let touched = self.scopes.last_mut().map_or(0, |scope| {
            let touched = scope.touched;
            scope.touched |= before;
            touched
        });
        (touched, row)
    }

    fn resolve(&mut self, column: &'a ColumnRef) {
        let relations: usize = self.scopes.iter().map(|s| s.relations.len()).sum();
        if !self.spend(relations) {
            self.sources.push(Source::ANYTHING);
            return;
        }
        let star = matches!(
            column.fields.last().and_then(|n| n.node.as_ref()),
            Some(NodeEnum::AStar(_))
        );
        match column.fields.as_slice() {
            [] => self.unknown(),
            [_] if star => self.every_row(),
            [name] => self.unqualified(string(name).unwrap_or("*")),
            [.., schema, table, name] => {
                let schema = string(schema).unwrap_or_default();
                let table = string(table).unwrap_or_default();
                self.qualified(schema, table, name);
            }
            [table, name] => self.qualified("", string(table).unwrap_or_default(), name),
        }
    }

    /// Adds the rows of every relation of the innermost level: a bare `*`.
    fn every_row(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            for (position, relation) in scope.relations.iter().enumerate() {
                if relation.visible && relation.unqualified {
                    relation.row(&mut self.sources);
                    scope.touched |= bit(position);
                }
            }
        }
    }

    /// The level and position of the relation that a qualified reference means.
    pub(super) fn find_relation(&self, schema: &str, table: &str) -> Option<(usize, usize)> {
        self.scopes.iter().enumerate().rev().find_map(|(level, s)| {
            if s.hidden {
                return None;
            }
            s.in_sight()
                .find(|(_, r)| r.name == table && (schema.is_empty() || r.schema == schema))
                .map(|(position, _)| (level, position))
        })
    }

    fn qualified(&mut self, schema: &'a str, table: &'a str, name: &'a Node) {
        let found = self.find_relation(schema, table);
        let relation = found.and_then(|(level, position)| {
            let scope = self.scopes.get_mut(level)?;
            scope.touched |= bit(position);
            scope.relations.get(position)
        });
        let Some(relation) = relation else {
            // The server will refuse it, or the level is one that this walk does not see.
            let name = string(name).unwrap_or("*");
            let id = if table.is_empty() || schema.is_empty() {
                self.facts.table_parts(&[table])
            } else {
                self.facts.table_parts(&[schema, table])
            };
            self.sources.push(Source::new(id, name));
            return;
        };
        match string(name) {
            Some(name) => {
                // No such column: a function of the row, written as a column of it.
                if relation.column(name, &mut self.sources) == Has::No {
                    relation.row(&mut self.sources);
                }
            }
            None => relation.row(&mut self.sources),
        }
    }

    /// Adds what an unqualified name may mean: the column of the innermost level that has one, or
    /// a relation's whole row.
    fn unqualified(&mut self, name: &'a str) {
        let mark = self.sources.len();
        let mut candidates = 0;
        let mut certain = false;
        for scope in self.scopes.iter_mut().rev().filter(|s| !s.hidden) {
            let before = self.sources.len();
            let found = scope.unqualified_column(name, &mut self.sources);
            let merged = scope.natural || scope.merged.contains(&name);
            candidates += if merged {
                1.min(found.perhaps)
            } else {
                found.perhaps
            };
            if found.certain {
                if !merged {
                    // Else the reference were ambiguous, and refused.
                    self.sources.truncate(before);
                    candidates -= found.perhaps;
                }
                self.sources.extend(found.sure);
            }
            if before == mark || found.certain {
                scope.touched |= found.touched;
            }
            certain = found.certain;
            if certain || (merged && found.perhaps > 0) {
                break;
            }
        }
        if !certain {
            self.whole_row_named(name, mark);
        }
        if candidates > 1 {
            self.sources_without_table(name, mark);
        } else if self.sources.len() == mark && !certain {
            self.sources.push(Source::new(TableId::AMBIGUOUS, name));
        }
    }

    /// Adds the row of the relation `name`, which a name means that is no column.
    fn whole_row_named(&mut self, name: &str, mark: usize) {
        let Some((level, position)) = self.find_relation("", name) else {
            return;
        };
        let Some(scope) = self.scopes.get_mut(level) else {
            return;
        };
        scope.touched |= bit(position);
        if let Some(relation) = scope.relations.get(position) {
            let columns = self.sources.len();
            relation.row(&mut self.sources);
            if let Columns::Table(table) = relation.columns {
                // The row covers a column of that name.
                let column = |s: &Source<'_>| s.table == table && s.name == name;
                let found = self.sources.get(mark..columns).unwrap_or_default();
                if let Some(at) = found.iter().position(column) {
                    self.sources.swap_remove(mark + at);
                }
            }
        }
    }

    /// Puts one source without a table in place of the column `name` of several tables.
    fn sources_without_table(&mut self, name: &'a str, mark: usize) {
        let found = self.sources.split_off(mark);
        let mut tables = found.iter().filter(|s| s.name == name).map(|s| s.table);
        let first = tables.next();
        if tables.all(|table| Some(table) == first) {
            self.sources.extend(found);
        } else {
            self.sources.push(Source::new(TableId::AMBIGUOUS, name));
            self.sources
                .extend(found.into_iter().filter(|s| s.name != name));
        }
    }

    /// Remembers what the subquery of a sublink touched of each level outside it.
    pub(super) fn correlate(&mut self, sublink: *const (), before: &[u64]) {
        for (level, scope) in self.scopes.iter_mut().enumerate() {
            if scope.touched != 0 {
                self.correlations
                    .insert((sublink.addr(), level), scope.touched);
            }
            scope.touched |= before.get(level).copied().unwrap_or(0);
        }
    }

    /// Takes away what is touched so far, for `correlate` to put back.
    pub(super) fn untouched(&mut self) -> Vec<u64> {
        self.scopes
            .iter_mut()
            .map(|scope| std::mem::take(&mut scope.touched))
            .collect()
    }

    /// As `untouched`, of the innermost level.
    pub(super) fn untouched_level(&mut self) -> u64 {
        let scope = self.scopes.last_mut();
        scope.map_or(0, |scope| std::mem::take(&mut scope.touched))
    }

    /// Puts back what `untouched` took away, as if nothing had been touched since.
    pub(super) fn retouch(&mut self, before: &[u64]) {
        for (scope, touched) in self.scopes.iter_mut().zip(before) {
            scope.touched = *touched;
        }
    }

    /// The relations of the innermost level that a sublink's subquery depends on.
    pub(super) fn correlation(&self, sublink: *const ()) -> u64 {
        let level = self.scopes.len().wrapping_sub(1);
        let touched = self.correlations.get(&(sublink.addr(), level));
        touched.copied().unwrap_or(0)
    }

    /// Records a function or operator of this name.
    pub(super) fn called(&mut self, name: impl Into<Cow<'a, str>>, class: StatementClass) {
        if self.measuring {
            return;
        }
        self.facts.function(name.into());
        if class >= StatementClass::Exec || self.mode == Mode::Run {
            self.facts.at_least(class);
        }
    }
}
