//! The walk over FROM: tables, subqueries, functions and joins become relations of the level.

use std::rc::Rc;

use countersign_model::StatementClass;
use pg_query::protobuf::{
    Alias, JoinExpr, JoinType, JsonTable, RangeFunction, RangeSubselect, RangeTableFunc,
    RangeTableSample,
};
use pg_query::{Node, NodeEnum};

use super::bounds::Restrictions;
use super::expression::joined;
use super::facts::Source;
use super::label::label;
use super::scope::{Bound, Columns, Item, Relation, Shape, bit, string};
use super::walker::Walker;

impl<'a> Walker<'a> {
    /// Adds the relations of a FROM item to the innermost level, and the predicates of its joins to
    /// `restrictions`.
    pub(super) fn join_item(&mut self, node: &'a Node, restrictions: &mut Restrictions) {
        match node.node.as_ref() {
            Some(NodeEnum::RangeVar(range)) => {
                let relation = self.named_relation(range);
                self.add_relation(relation);
            }
            Some(NodeEnum::RangeSubselect(sub)) => self.join_subselect(sub),
            Some(NodeEnum::RangeFunction(function)) => self.join_function(function),
            Some(NodeEnum::RangeTableFunc(table)) => self.join_xml_table(table),
            Some(NodeEnum::JsonTable(table)) => self.join_json_table(table),
            Some(NodeEnum::RangeTableSample(sample)) => self.join_sample(sample, restrictions),
            Some(NodeEnum::JoinExpr(join)) => self.join(join, restrictions),
            _ => self.unknown(),
        }
    }

    pub(super) fn add_relation(&mut self, relation: Relation<'a>) {
        if let Columns::Known(shape) = &relation.columns {
            self.level.carries_rows |= shape.values_unbounded;
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations.push(relation);
        }
    }

    fn relation_count(&self) -> usize {
        self.scopes.last().map_or(0, |scope| scope.relations.len())
    }

    fn join_subselect(&mut self, sub: &'a RangeSubselect) {
        self.hide_level(!sub.lateral);
        let shape = self.subquery(sub.subquery.as_deref()).unwrap_or_default();
        self.hide_level(false);
        let bound = if shape.rows_unbounded {
            Bound::Unbounded
        } else {
            Bound::Bounded
        };
        self.add_aliased(shape, sub.alias.as_ref(), "", bound);
    }

    fn hide_level(&mut self, hidden: bool) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.hidden = hidden;
        }
    }

    fn add_aliased(
        &mut self,
        shape: Shape<'a>,
        alias: Option<&'a Alias>,
        name: &'a str,
        bound: Bound,
    ) {
        let mut relation = Relation::known(name, Rc::new(shape), bound);
        if let Some(alias) = alias {
            relation.name = &alias.aliasname;
            relation.renamed = &alias.colnames;
        }
        self.add_relation(relation);
    }

    fn join_function(&mut self, from: &'a RangeFunction) {
        let mut shape = Shape::default();
        let mut name = "";
        let mut listed = true;
        let mut constant = true;
        for node in &from.functions {
            // Each is a list of the call and, in ROWS FROM, its column definitions.
            let Some(NodeEnum::List(parts)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            let Some((call, rest)) = parts.items.split_first() else {
                continue;
            };
            let mark = self.sources.len();
            self.expression(call);
            let sources = self.take_sources(mark);
            constant &= sources.is_empty();
            listed &= lists_its_argument(call);
            // How many rows come depends on the arguments.
            self.facts.columns_filtered.extend_from_slice(&sources);
            name = label(call);
            let definitions = match rest.first().and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::List(list)) if !list.items.is_empty() => &list.items,
                _ => &from.coldeflist,
            };
            if definitions.is_empty() {
                let alias = from.alias.as_ref().map(|alias| alias.aliasname.as_str());
                let single = !from.is_rowsfrom && gives_one_column(call);
                shape.items.push(if single {
                    let name = alias.unwrap_or(name);
                    Item::Column { name, sources }
                } else {
                    Item::Opaque(sources)
                });
            } else {
                self.defined_columns(definitions, &sources, &mut shape.items);
            }
        }
        if from.ordinality {
            shape.items.push(Item::Column {
                name: "ordinality",
                sources: Vec::new(),
            });
        }
        let bound = if listed && constant {
            Bound::Bounded
        } else {
            Bound::Generated
        };
        self.add_aliased(shape, from.alias.as_ref(), name, bound);
    }

    fn defined_columns(
        &mut self,
        definitions: &'a [Node],
        sources: &[Source<'a>],
        items: &mut Vec<Item<'a>>,
    ) {
        for node in definitions {
            if let Some(NodeEnum::ColumnDef(column)) = node.node.as_ref() {
                items.push(Item::Column {
                    name: &column.colname,
                    sources: sources.to_vec(),
                });
            }
        }
    }

    fn join_xml_table(&mut self, table: &'a RangeTableFunc) {
        let mark = self.sources.len();
        self.optional(table.docexpr.as_deref());
        self.optional(table.rowexpr.as_deref());
        self.expressions(&table.namespaces);
        let mut names = Vec::with_capacity(table.columns.len());
        for node in &table.columns {
            let Some(NodeEnum::RangeTableFuncCol(column)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            self.optional(column.colexpr.as_deref());
            self.optional(column.coldefexpr.as_deref());
            names.push(column.colname.as_str());
        }
        let sources = self.take_sources(mark);
        self.add_generated(names, sources, table.alias.as_ref(), "xmltable");
    }

    fn join_json_table(&mut self, table: &'a JsonTable) {
        let mark = self.sources.len();
        self.json_value(table.context_item.as_deref());
        if let Some(path) = &table.pathspec {
            self.optional(path.string.as_deref());
        }
        self.expressions(&table.passing);
        self.json_behavior(table.on_error.as_deref());
        let mut names = Vec::new();
        self.json_columns(&table.columns, &mut names);
        let sources = self.take_sources(mark);
        self.add_generated(names, sources, table.alias.as_ref(), "json_table");
    }

    fn json_columns(&mut self, columns: &'a [Node], names: &mut Vec<&'a str>) {
        for node in columns {
            let Some(NodeEnum::JsonTableColumn(column)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            if let Some(path) = &column.pathspec {
                self.optional(path.string.as_deref());
            }
            self.json_behavior(column.on_empty.as_deref());
            self.json_behavior(column.on_error.as_deref());
            if column.columns.is_empty() {
                names.push(&column.name);
            }
            self.json_columns(&column.columns, names);
        }
    }

    fn add_generated(
        &mut self,
        names: Vec<&'a str>,
        sources: Vec<Source<'a>>,
        alias: Option<&'a Alias>,
        name: &'a str,
    ) {
        self.facts.columns_filtered.extend_from_slice(&sources);
        self.spend(names.len().saturating_mul(sources.len()));
        let items = names.into_iter().map(|name| Item::Column {
            name,
            sources: sources.clone(),
        });
        let shape = Shape {
            items: items.collect(),
            ..Shape::default()
        };
        self.add_aliased(shape, alias, name, Bound::Generated);
    }

    fn join_sample(&mut self, sample: &'a RangeTableSample, restrictions: &mut Restrictions) {
        if let Some(relation) = sample.relation.as_deref() {
            self.join_item(relation, restrictions);
        }
        let method = match sample.method.as_slice() {
            [name] => string(name),
            [schema, name] if string(schema) == Some("pg_catalog") => string(name),
            _ => None,
        };
        if !matches!(method, Some("bernoulli" | "system")) {
            self.called(joined(&sample.method), StatementClass::Exec);
        }
        self.filters(&sample.args);
        self.filter(sample.repeatable.as_deref());
    }

    fn join(&mut self, join: &'a JoinExpr, restrictions: &mut Restrictions) {
        let (Some(larg), Some(rarg)) = (join.larg.as_deref(), join.rarg.as_deref()) else {
            return self.unknown();
        };
        let first = self.relation_count();
        self.join_item(larg, restrictions);
        let middle = self.relation_count();
        self.join_item(rarg, restrictions);
        let end = self.relation_count();
        let (left, right) = (bits(first, middle), bits(middle, end));
        let restricted = match JoinType::try_from(join.jointype) {
            Ok(JoinType::JoinInner) => left | right,
            Ok(JoinType::JoinLeft) => right,
            Ok(JoinType::JoinRight) => left,
            _ => 0,
        };
        if let Some(quals) = join.quals.as_deref() {
            let outer = self.first_in_sight(first);
            self.filter(Some(quals));
            self.restrict(quals, Some(restricted), restrictions);
            self.first_in_sight(outer);
        }
        if join.is_natural {
            self.merge_by_name(None, first);
            restrictions.link(left | right, restricted);
        } else if !join.using_clause.is_empty() {
            for name in join.using_clause.iter().filter_map(string) {
                self.merge_by_name(Some(name), first);
            }
            restrictions.link(left | right, restricted);
        }
        self.join_aliases(join, first, end);
    }

    /// Lets references see the relations from `first` on, and returns what it was before.
    fn first_in_sight(&mut self, first: usize) -> usize {
        self.scopes
            .last_mut()
            .map_or(0, |scope| std::mem::replace(&mut scope.first, first))
    }

    /// Records that a join merges the columns of this name, or columns of any name: it reads them
    /// on both of its sides.
    fn merge_by_name(&mut self, name: Option<&'a str>, first: usize) {
        let mark = self.sources.len();
        if let Some(scope) = self.scopes.last_mut() {
            for relation in scope.relations.iter().skip(first) {
                match name {
                    Some(name) => {
                        relation.column(name, &mut self.sources);
                    }
                    None => relation.row(&mut self.sources),
                }
            }
            match name {
                Some(name) => scope.merged.push(name),
                None => scope.natural = true,
            }
        }
        self.record_read(mark);
        self.drop_filtered(mark);
    }

    fn join_aliases(&mut self, join: &'a JoinExpr, first: usize, end: usize) {
        let covers = bits(first, end);
        if let Some(alias) = &join.join_using_alias {
            let mut items = Vec::new();
            for name in join.using_clause.iter().filter_map(string) {
                let mut sources = Vec::new();
                for relation in self.joined_relations(first, end) {
                    relation.column(name, &mut sources);
                }
                items.push(Item::Column { name, sources });
            }
            self.add_join_alias(items, alias, covers, false);
        }
        if let Some(alias) = &join.alias {
            let mut items = Vec::new();
            if join.is_natural || !join.using_clause.is_empty() {
                items.push(Item::Opaque(Vec::new()));
            }
            for relation in self.joined_relations(first, end) {
                relation.items(&mut items);
            }
            if let Some(scope) = self.scopes.last_mut() {
                for relation in scope.relations.iter_mut().skip(first) {
                    relation.visible = false;
                }
            }
            self.add_join_alias(items, alias, covers, true);
        }
    }

    fn joined_relations(&self, first: usize, end: usize) -> &[Relation<'a>] {
        self.scopes
            .last()
            .and_then(|scope| scope.relations.get(first..end))
            .unwrap_or_default()
    }

    fn add_join_alias(
        &mut self,
        items: Vec<Item<'a>>,
        alias: &'a Alias,
        covers: u64,
        unqualified: bool,
    ) {
        self.spend(items.len());
        let shape = Shape {
            items,
            ..Shape::default()
        };
        let mut relation = Relation::known(&alias.aliasname, Rc::new(shape), Bound::Generated);
        relation.renamed = &alias.colnames;
        relation.covers = covers;
        relation.unqualified = unqualified;
        self.add_relation(relation);
    }
}

/// The bits of the relations from `first` to before `end`.
fn bits(first: usize, end: usize) -> u64 {
    (first..end).fold(0, |mask, position| mask | bit(position))
}

/// The name of a call of a built-in function.
fn catalog_name(call: &Node) -> Option<&str> {
    let Some(NodeEnum::FuncCall(call)) = call.node.as_ref() else {
        return None;
    };
    match call.funcname.as_slice() {
        [name] => string(name),
        [schema, name] if string(schema) == Some("pg_catalog") => string(name),
        _ => None,
    }
}

/// Whether a function gives rows of one column, named as the function's alias.
fn gives_one_column(call: &Node) -> bool {
    matches!(
        catalog_name(call),
        Some(
            "generate_series"
                | "generate_subscripts"
                | "json_array_elements_text"
                | "json_object_keys"
                | "jsonb_array_elements_text"
                | "jsonb_object_keys"
                | "regexp_matches"
                | "regexp_split_to_table"
                | "string_to_table"
        )
    )
}

/// Whether a function gives one row for each element written in its argument.
fn lists_its_argument(call: &Node) -> bool {
    matches!(
        catalog_name(call),
        Some(
            "unnest"
                | "json_array_elements"
                | "json_array_elements_text"
                | "jsonb_array_elements"
                | "jsonb_array_elements_text"
                | "regexp_split_to_table"
                | "string_to_table"
        )
    )
}
