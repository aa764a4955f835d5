//! Result columns: SELECT and RETURNING lists, and the clauses that may name their columns.

use pg_query::protobuf::{ResTarget, a_const};
use pg_query::{Node, NodeEnum};

use super::facts::Source;
use super::label::label;
use super::scope::{Item, Relation, Scope, string};
use super::walker::Walker;

impl<'a> Walker<'a> {
    /// Walks a SELECT or RETURNING list.
    pub(super) fn targets(&mut self, targets: &'a [Node]) -> Vec<Item<'a>> {
        let mut items = Vec::with_capacity(targets.len());
        for node in targets {
            match node.node.as_ref() {
                Some(NodeEnum::ResTarget(target)) => self.target(target, &mut items),
                _ => self.unknown(),
            }
        }
        items
    }

    fn target(&mut self, target: &'a ResTarget, items: &mut Vec<Item<'a>>) {
        let Some(value) = target.val.as_deref() else {
            return;
        };
        let mark = self.sources.len();
        self.expression(value);
        let sources = self.take_sources(mark);
        if let Some(NodeEnum::ColumnRef(column)) = value.node.as_ref()
            && let Some((NodeEnum::AStar(_), qualifier)) = column
                .fields
                .split_last()
                .and_then(|(last, rest)| Some((last.node.as_ref()?, rest)))
        {
            return self.star(qualifier, sources, items);
        }
        if let Some(NodeEnum::AIndirection(indirection)) = value.node.as_ref()
            && let Some(last) = indirection.indirection.last()
            && matches!(last.node, Some(NodeEnum::AStar(_)))
        {
            return items.push(Item::Opaque(sources));
        }
        let name = if target.name.is_empty() {
            label(value)
        } else {
            &target.name
        };
        items.push(Item::Column { name, sources });
    }

    /// Adds the columns that `*` or `table.*` stands for. `sources` are all they may hold.
    fn star(&mut self, table: &'a [Node], sources: Vec<Source<'a>>, items: &mut Vec<Item<'a>>) {
        let relations = self.starred(table);
        let width = relations.iter().map(Relation::width).sum();
        if relations.is_empty() || !self.spend(width) {
            return items.push(Item::Opaque(sources));
        }
        if table.is_empty()
            && let Some(scope) = self.scopes.last()
            && (scope.natural || !scope.merged.is_empty())
        {
            // Merged columns come first, and once: positions are lost.
            items.push(Item::Opaque(Vec::new()));
        }
        for relation in relations {
            relation.items(items);
        }
    }

    /// The relations whose columns `*` or `table.*` stands for.
    fn starred(&self, table: &'a [Node]) -> Vec<Relation<'a>> {
        let Some((name, before)) = table.split_last() else {
            let relations = self.scopes.last().into_iter().flat_map(Scope::in_sight);
            return relations
                .map(|(_, relation)| relation)
                .filter(|relation| relation.unqualified)
                .cloned()
                .collect();
        };
        let schema = before.last().and_then(string).unwrap_or_default();
        let found = self.find_relation(schema, string(name).unwrap_or_default());
        found
            .and_then(|(level, position)| self.scopes.get(level)?.relations.get(position))
            .cloned()
            .into_iter()
            .collect()
    }

    /// Walks ORDER BY, GROUP BY or DISTINCT ON, whose entries may be names or numbers of output
    /// columns. In GROUP BY an input column of that name goes before the output column.
    pub(super) fn order(&mut self, nodes: &'a [Node], items: &[Item<'a>], grouping: bool) {
        for node in nodes {
            let expr = match node.node.as_ref() {
                Some(NodeEnum::SortBy(sort)) => {
                    self.operator(&sort.use_op);
                    sort.node.as_deref()
                }
                Some(NodeEnum::GroupingSet(set)) => {
                    self.order(&set.content, items, grouping);
                    continue;
                }
                Some(NodeEnum::List(list)) => {
                    self.order(&list.items, items, grouping);
                    continue;
                }
                _ => Some(node),
            };
            match expr {
                Some(expr) if self.output_named(expr, items) && !grouping => {}
                expr => self.filter(expr),
            }
        }
    }

    /// Records the sources of the output column that an entry of ORDER BY names.
    fn output_named(&mut self, expr: &'a Node, items: &[Item<'a>]) -> bool {
        let found: Vec<&Item<'a>> = match expr.node.as_ref() {
            Some(NodeEnum::AConst(literal)) => {
                let Some(a_const::Val::Ival(number)) = literal.val.as_ref() else {
                    return false;
                };
                self.literals_mattered = true;
                let position = usize::try_from(number.ival)
                    .ok()
                    .and_then(|n| n.checked_sub(1));
                let known = items.iter().all(|item| matches!(item, Item::Column { .. }));
                match position.and_then(|position| items.get(position)) {
                    Some(item) if known => vec![item],
                    _ => items.iter().collect(),
                }
            }
            Some(NodeEnum::ColumnRef(column)) => match column.fields.as_slice() {
                [name] => {
                    let wanted = string(name);
                    let named = |item: &&Item<'a>| match item {
                        Item::Column { name, .. } => Some(*name) == wanted,
                        Item::Table(_) | Item::Opaque(_) => false,
                    };
                    items.iter().filter(named).collect()
                }
                _ => return false,
            },
            _ => return false,
        };
        let any = !found.is_empty();
        for item in found {
            let mut sources = Vec::new();
            item.sources(&mut sources);
            self.spend(sources.len());
            self.facts.columns_filtered.extend(sources);
        }
        any
    }

    pub(super) fn distinct(&mut self, clause: &'a [Node], items: &[Item<'a>]) {
        match clause {
            [] => {}
            [all] if all.node.is_none() => {
                for item in items {
                    item.sources(&mut self.facts.columns_filtered);
                }
            }
            on => self.order(on, items, false),
        }
    }
}
