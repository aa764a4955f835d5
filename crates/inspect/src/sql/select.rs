//! The walk over queries: SELECT, VALUES, set operations and WITH.

use std::rc::Rc;

use countersign_model::StatementClass;
use pg_query::protobuf::{CommonTableExpr, LimitOption, SelectStmt, SetOperation, WithClause};
use pg_query::{Node, NodeEnum};

use super::bounds::Restrictions;
use super::facts::Source;
use super::predicate::{is_literal, is_null};
use super::scope::{Bound, Item, Relation, Scope, Shape, deduplicate, string};
use super::walker::{Cte, Level, Walker};

impl<'a> Walker<'a> {
    /// Walks a query in parentheses; `None`, and an unknown statement, when it is no query.
    pub(super) fn subquery(&mut self, node: Option<&'a Node>) -> Option<Shape<'a>> {
        match node.and_then(|node| node.node.as_ref()) {
            Some(NodeEnum::SelectStmt(select)) => Some(self.select(select, None)),
            None => None,
            Some(_) => {
                self.unknown();
                None
            }
        }
    }

    /// Walks a query of any kind: a SELECT, or a statement with RETURNING where one may stand.
    pub(super) fn query(&mut self, node: &'a Node, recursive: Option<usize>) -> Shape<'a> {
        match node.node.as_ref() {
            Some(NodeEnum::SelectStmt(select)) => self.select(select, recursive),
            Some(NodeEnum::InsertStmt(insert)) => self.insert(insert),
            Some(NodeEnum::UpdateStmt(update)) => self.update(update),
            Some(NodeEnum::DeleteStmt(delete)) => self.delete(delete),
            Some(NodeEnum::MergeStmt(merge)) => self.merge(merge),
            _ => {
                self.unknown();
                Shape::anything()
            }
        }
    }

    /// Walks a SELECT. `recursive` is the position of the CTE that it is the body of, when that CTE
    /// may refer to itself.
    pub(super) fn select(&mut self, s: &'a SelectStmt, recursive: Option<usize>) -> Shape<'a> {
        self.facts.operation("select");
        let exists = std::mem::take(&mut self.exists);
        let ctes = self.ctes.len();
        if let Some(with) = &s.with_clause {
            self.with(with);
        }
        let level = std::mem::replace(&mut self.level, Level::EMPTY);
        let shape = match SetOperation::try_from(s.op) {
            Ok(op @ (SetOperation::SetopUnion | SetOperation::SetopIntersect))
            | Ok(op @ SetOperation::SetopExcept) => self.set_operation(s, op, recursive, exists),
            _ if !s.values_lists.is_empty() => self.values(s),
            _ => self.plain_select(s, exists),
        };
        self.level = level;
        self.ctes.truncate(ctes);
        shape
    }

    /// Walks a WITH clause and leaves its CTEs in sight; the caller takes them away.
    pub(super) fn with(&mut self, with: &'a WithClause) {
        let first = self.ctes.len();
        if with.recursive {
            for node in &with.ctes {
                if let Some(NodeEnum::CommonTableExpr(cte)) = node.node.as_ref() {
                    self.ctes.push(Cte {
                        name: &cte.ctename,
                        renamed: &cte.aliascolnames,
                        shape: None,
                        uses: 0,
                    });
                }
            }
        }
        let mut position = first;
        for node in &with.ctes {
            let Some(NodeEnum::CommonTableExpr(cte)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            let shape = self.common_table(cte, with.recursive.then_some(position));
            let shape = Some(Rc::new(shape));
            if with.recursive {
                if let Some(known) = self.ctes.get_mut(position) {
                    known.shape = shape;
                }
            } else {
                self.ctes.push(Cte {
                    name: &cte.ctename,
                    renamed: &cte.aliascolnames,
                    shape,
                    uses: 0,
                });
            }
            position += 1;
        }
    }

    fn common_table(&mut self, cte: &'a CommonTableExpr, recursive: Option<usize>) -> Shape<'a> {
        let mut shape = match cte.ctequery.as_deref() {
            Some(query) => self.query(query, recursive),
            None => Shape::default(),
        };
        // CYCLE's marks are literals, and its columns are the query's own.
        if let Some(cycle) = &cte.cycle_clause {
            let mark = self.sources.len();
            self.optional(cycle.cycle_mark_value.as_deref());
            self.optional(cycle.cycle_mark_default.as_deref());
            self.sources.truncate(mark);
        }
        rename(&mut shape, &cte.aliascolnames);
        let added = [
            cte.search_clause.as_ref().map(|s| &s.search_seq_column),
            cte.cycle_clause.as_ref().map(|c| &c.cycle_mark_column),
            cte.cycle_clause.as_ref().map(|c| &c.cycle_path_column),
        ];
        let sources = shape.all_sources();
        for name in added.into_iter().flatten() {
            let sources = sources.clone();
            shape.items.push(Item::Column { name, sources });
        }
        shape
    }

    fn set_operation(
        &mut self,
        s: &'a SelectStmt,
        op: SetOperation,
        recursive: Option<usize>,
        exists: bool,
    ) -> Shape<'a> {
        self.exists = exists;
        let left = s.larg.as_deref().map(|s| self.select(s, None));
        let left = left.unwrap_or_default();
        let uses = self.begin_recursion(recursive, &left);
        self.exists = exists;
        let right = s.rarg.as_deref().map(|s| self.select(s, None));
        let right = right.unwrap_or_default();
        let used = uses != self.uses_of(recursive);

        if op != SetOperation::SetopUnion || !s.all {
            self.facts.columns_filtered.extend(left.all_sources());
            self.facts.columns_filtered.extend(right.all_sources());
        }
        let rows_unbounded = match op {
            SetOperation::SetopUnion => left.rows_unbounded || right.rows_unbounded,
            SetOperation::SetopIntersect => left.rows_unbounded && right.rows_unbounded,
            _ => left.rows_unbounded,
        };
        let mut shape = Shape {
            items: self.union_items(&left, &right, used),
            rows_unbounded,
            values_unbounded: left.values_unbounded || right.values_unbounded,
        };
        self.order(&s.sort_clause, &shape.items, false);
        self.limits(s);
        shape.rows_unbounded &= !limits_rows(s);
        if !s.locking_clause.is_empty() {
            // The server refuses it here.
            self.effect(StatementClass::Write);
        }
        shape
    }

    /// Makes what is known of a recursive CTE, its first arm, its meaning in the second.
    fn begin_recursion(&mut self, recursive: Option<usize>, left: &Shape<'a>) -> u32 {
        let Some(cte) = recursive.and_then(|position| self.ctes.get_mut(position)) else {
            return 0;
        };
        let sources = left.all_sources();
        let items = left.items.iter().map(|item| match item {
            // Each round may move values from column to column.
            Item::Column { name, .. } => Item::Column {
                name,
                sources: sources.clone(),
            },
            Item::Table(_) | Item::Opaque(_) => Item::Opaque(sources.clone()),
        });
        let mut shape = Shape {
            items: items.collect(),
            rows_unbounded: left.rows_unbounded,
            values_unbounded: left.values_unbounded,
        };
        rename(&mut shape, cte.renamed);
        cte.shape = Some(Rc::new(shape));
        cte.uses
    }

    fn uses_of(&self, recursive: Option<usize>) -> u32 {
        recursive
            .and_then(|position| self.ctes.get(position))
            .map_or(0, |cte| cte.uses)
    }

    /// The columns of a set operation: the left arm's names, both arms' sources.
    fn union_items(&mut self, left: &Shape<'a>, right: &Shape<'a>, mixed: bool) -> Vec<Item<'a>> {
        let mut columns = Vec::with_capacity(left.items.len());
        if !mixed && left.items.len() == right.items.len() {
            for pair in left.items.iter().zip(&right.items) {
                let (Item::Column { name, sources }, Item::Column { sources: more, .. }) = pair
                else {
                    break;
                };
                let mut sources = [sources.as_slice(), more.as_slice()].concat();
                deduplicate(&mut sources);
                columns.push(Item::Column { name, sources });
            }
            if columns.len() == left.items.len() {
                return columns;
            }
        }
        let mut all = left.all_sources();
        all.extend(right.all_sources());
        deduplicate(&mut all);
        self.spend(all.len().saturating_mul(left.items.len()));
        left.items
            .iter()
            .map(|item| match item {
                Item::Column { name, .. } => Item::Column {
                    name,
                    sources: all.clone(),
                },
                Item::Table(_) | Item::Opaque(_) => Item::Opaque(all.clone()),
            })
            .collect()
    }

    fn values(&mut self, s: &'a SelectStmt) -> Shape<'a> {
        self.scopes.push(Scope::default());
        let mut columns: Vec<Vec<Source<'a>>> = Vec::new();
        for row in &s.values_lists {
            let Some(NodeEnum::List(row)) = row.node.as_ref() else {
                self.unknown();
                continue;
            };
            for (position, value) in row.items.iter().enumerate() {
                let mark = self.sources.len();
                self.expression(value);
                if position >= columns.len() {
                    columns.push(Vec::new());
                }
                let taken = self.sources.drain(mark..);
                if let Some(column) = columns.get_mut(position) {
                    column.extend(taken);
                }
            }
        }
        let items: Vec<Item<'a>> = columns
            .into_iter()
            .enumerate()
            .map(|(position, mut sources)| {
                deduplicate(&mut sources);
                let name = VALUES_NAMES.get(position).copied().unwrap_or_default();
                Item::Column { name, sources }
            })
            .collect();
        self.order(&s.sort_clause, &items, false);
        self.limits(s);
        let values_unbounded = self.level.carries_rows;
        self.scopes.pop();
        Shape {
            items,
            rows_unbounded: false,
            values_unbounded,
        }
    }

    fn plain_select(&mut self, s: &'a SelectStmt, exists: bool) -> Shape<'a> {
        self.scopes.push(Scope::default());
        let mut restrictions = Restrictions::default();
        for node in &s.from_clause {
            self.join_item(node, &mut restrictions);
        }
        self.filter(s.where_clause.as_deref());
        if let Some(predicate) = s.where_clause.as_deref() {
            self.restrict(predicate, None, &mut restrictions);
        }
        self.named_windows(&s.window_clause);
        let items = if exists {
            let before: Vec<u64> = self.scopes.iter().map(|scope| scope.touched).collect();
            let items = self.targets(&s.target_list);
            self.retouch(&before);
            items
        } else {
            self.targets(&s.target_list)
        };
        self.filter(s.having_clause.as_deref());
        self.order(&s.group_clause, &items, true);
        self.distinct(&s.distinct_clause, &items);
        self.order(&s.sort_clause, &items, false);
        self.limits(s);
        self.locking(s);
        if let Some(into) = &s.into_clause {
            self.create_from_query(into);
        }

        let unbounded = self
            .scopes
            .last()
            .is_some_and(|scope| restrictions.leave_unbounded(&scope.relations));
        let one_row =
            s.group_clause.is_empty() && (self.level.aggregate || s.having_clause.is_some());
        if exists && one_row && s.having_clause.is_none() && s.limit_count.is_none() {
            // There is a row whatever the predicate says.
            self.untouched();
        }
        self.scopes.pop();
        Shape {
            items,
            rows_unbounded: unbounded && !one_row && !limits_rows(s),
            values_unbounded: self.level.carries_rows || (self.level.collects && unbounded),
        }
    }

    fn named_windows(&mut self, windows: &'a [Node]) {
        let mark = self.sources.len();
        self.expressions(windows);
        let sources = self.take_sources(mark);
        if let Some(scope) = self.scopes.last_mut() {
            scope.windows = sources;
        }
    }

    fn limits(&mut self, s: &'a SelectStmt) {
        self.filter(s.limit_offset.as_deref());
        self.filter(s.limit_count.as_deref());
    }
}

/// Puts an alias's column names on the first columns of a result.
pub(super) fn rename<'a>(shape: &mut Shape<'a>, names: &'a [Node]) {
    if names.is_empty() {
        return;
    }
    let mut relation = Relation::known(
        "",
        Rc::new(Shape {
            items: std::mem::take(&mut shape.items),
            ..Shape::default()
        }),
        Bound::Bounded,
    );
    relation.renamed = names;
    let whole = {
        let mut items = Vec::new();
        relation.items(&mut items);
        items
    };
    if whole.iter().all(|item| matches!(item, Item::Column { .. })) {
        shape.items = whole;
        return;
    }
    // Positions past something of unknown width are unknown: each new name may be any of it.
    let mut sources = Vec::new();
    relation.row(&mut sources);
    deduplicate(&mut sources);
    shape.items = names
        .iter()
        .filter_map(string)
        .map(|name| Item::Column {
            name,
            sources: sources.clone(),
        })
        .collect();
    shape.items.extend(whole);
}

/// Whether a LIMIT surely keeps the number of rows down: a number, not NULL, not a parameter that
/// may be NULL, and not WITH TIES, which gives as many rows as tie.
fn limits_rows(s: &SelectStmt) -> bool {
    s.limit_option != LimitOption::WithTies as i32
        && s.limit_count
            .as_deref()
            .is_some_and(|count| is_literal(count) && !is_null(count))
}

/// The names of the columns of VALUES.
const VALUES_NAMES: [&str; 32] = [
    "column1", "column2", "column3", "column4", "column5", "column6", "column7", "column8",
    "column9", "column10", "column11", "column12", "column13", "column14", "column15", "column16",
    "column17", "column18", "column19", "column20", "column21", "column22", "column23", "column24",
    "column25", "column26", "column27", "column28", "column29", "column30", "column31", "column32",
];
