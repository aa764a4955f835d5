//! The walk over expressions: which columns their values come from, which functions and operators
//! they call, and which statements hide in their subqueries.

use std::borrow::Cow;

use countersign_model::StatementClass;
use pg_query::protobuf::{
    AExpr, FuncCall, JsonAggConstructor, JsonBehavior, JsonFuncExpr, JsonOutput, JsonValueExpr,
    SubLink, SubLinkType, WindowDef,
};
use pg_query::{Node, NodeEnum};

use super::builtin;
use super::facts::Source;
use super::scope::string;
use super::walker::{Mode, Walker};

impl<'a> Walker<'a> {
    /// Walks each of `nodes`.
    pub(super) fn expressions(&mut self, nodes: &'a [Node]) {
        for node in nodes {
            self.expression(node);
        }
    }

    /// Walks `node` if there is one.
    pub(super) fn optional(&mut self, node: Option<&'a Node>) {
        if let Some(node) = node {
            self.expression(node);
        }
    }

    fn boxed(&mut self, node: &'a Option<Box<Node>>) {
        self.optional(node.as_deref());
    }

    /// Walks an expression: its sources go onto the stack of sources, its effects into the facts.
    /// Every kind of node that the raw grammar can put into an expression is handled by name; any
    /// other makes the statement unknown.
    pub(super) fn expression(&mut self, node: &'a Node) {
        let Some(node) = node.node.as_ref() else {
            return;
        };
        match node {
            NodeEnum::ColumnRef(column) => self.column_reference(column),
            NodeEnum::AConst(_)
            | NodeEnum::ParamRef(_)
            | NodeEnum::SetToDefault(_)
            | NodeEnum::SqlvalueFunction(_)
            | NodeEnum::CurrentOfExpr(_)
            | NodeEnum::AStar(_)
            | NodeEnum::String(_)
            | NodeEnum::Integer(_)
            | NodeEnum::Float(_)
            | NodeEnum::Boolean(_)
            | NodeEnum::BitString(_)
            | NodeEnum::MergeSupportFunc(_)
            | NodeEnum::TypeName(_) => {}
            NodeEnum::AExpr(expr) => self.operation(expr),
            NodeEnum::BoolExpr(expr) => self.expressions(&expr.args),
            NodeEnum::TypeCast(cast) => self.boxed(&cast.arg),
            NodeEnum::CollateClause(collate) => self.boxed(&collate.arg),
            NodeEnum::FuncCall(call) => self.function_call(call),
            NodeEnum::SubLink(sublink) => self.sublink(sublink),
            NodeEnum::NullTest(test) => self.boxed(&test.arg),
            NodeEnum::BooleanTest(test) => self.boxed(&test.arg),
            NodeEnum::CaseExpr(case) => {
                self.boxed(&case.arg);
                self.expressions(&case.args);
                self.boxed(&case.defresult);
            }
            NodeEnum::CaseWhen(when) => {
                self.boxed(&when.expr);
                self.boxed(&when.result);
            }
            NodeEnum::CoalesceExpr(expr) => self.expressions(&expr.args),
            NodeEnum::MinMaxExpr(expr) => self.expressions(&expr.args),
            NodeEnum::RowExpr(row) => self.expressions(&row.args),
            NodeEnum::AArrayExpr(array) => self.expressions(&array.elements),
            NodeEnum::AIndirection(indirection) => {
                self.boxed(&indirection.arg);
                self.expressions(&indirection.indirection);
            }
            NodeEnum::AIndices(indices) => {
                self.boxed(&indices.lidx);
                self.boxed(&indices.uidx);
            }
            NodeEnum::List(list) => self.expressions(&list.items),
            NodeEnum::NamedArgExpr(argument) => self.boxed(&argument.arg),
            NodeEnum::MultiAssignRef(assign) => self.boxed(&assign.source),
            NodeEnum::GroupingFunc(grouping) => self.expressions(&grouping.args),
            NodeEnum::GroupingSet(set) => self.expressions(&set.content),
            NodeEnum::ResTarget(target) => {
                self.expressions(&target.indirection);
                self.boxed(&target.val);
            }
            NodeEnum::SortBy(sort) => {
                self.boxed(&sort.node);
                self.operator(&sort.use_op);
            }
            NodeEnum::WindowDef(window) => self.window(window),
            NodeEnum::XmlExpr(xml) => {
                self.expressions(&xml.named_args);
                self.expressions(&xml.args);
            }
            NodeEnum::XmlSerialize(xml) => self.boxed(&xml.expr),
            other => self.json_expression(other),
        }
    }

    fn json_expression(&mut self, node: &'a NodeEnum) {
        match node {
            NodeEnum::JsonFuncExpr(call) => self.json_function(call),
            NodeEnum::JsonValueExpr(value) => self.json_value(Some(value)),
            NodeEnum::JsonArgument(argument) => self.json_value(argument.val.as_deref()),
            NodeEnum::JsonKeyValue(pair) => {
                self.boxed(&pair.key);
                self.json_value(pair.value.as_deref());
            }
            NodeEnum::JsonParseExpr(json) => self.json_value(json.expr.as_deref()),
            NodeEnum::JsonScalarExpr(json) => self.boxed(&json.expr),
            NodeEnum::JsonSerializeExpr(json) => self.json_value(json.expr.as_deref()),
            NodeEnum::JsonIsPredicate(json) => self.boxed(&json.expr),
            NodeEnum::JsonObjectConstructor(json) => self.expressions(&json.exprs),
            NodeEnum::JsonArrayConstructor(json) => self.expressions(&json.exprs),
            NodeEnum::JsonArrayQueryConstructor(json) => {
                self.collecting_query(json.query.as_deref())
            }
            NodeEnum::JsonObjectAgg(aggregate) => {
                if let Some(pair) = &aggregate.arg {
                    self.boxed(&pair.key);
                    self.json_value(pair.value.as_deref());
                }
                self.json_aggregate(aggregate.constructor.as_deref());
            }
            NodeEnum::JsonArrayAgg(aggregate) => {
                self.json_value(aggregate.arg.as_deref());
                self.json_aggregate(aggregate.constructor.as_deref());
            }
            NodeEnum::JsonTablePathSpec(path) => self.boxed(&path.string),
            _ => self.unknown(),
        }
    }

    pub(super) fn json_value(&mut self, value: Option<&'a JsonValueExpr>) {
        if let Some(value) = value {
            self.boxed(&value.raw_expr);
            self.boxed(&value.formatted_expr);
        }
    }

    pub(super) fn json_behavior(&mut self, behavior: Option<&'a JsonBehavior>) {
        if let Some(behavior) = behavior {
            self.boxed(&behavior.expr);
        }
    }

    fn json_function(&mut self, call: &'a JsonFuncExpr) {
        let JsonFuncExpr {
            context_item,
            pathspec,
            passing,
            output,
            on_empty,
            on_error,
            ..
        } = call;
        // A RETURNING type is a name alone.
        let _: &Option<JsonOutput> = output;
        self.json_value(context_item.as_deref());
        self.boxed(pathspec);
        self.expressions(passing);
        self.json_behavior(on_empty.as_deref());
        self.json_behavior(on_error.as_deref());
    }

    fn json_aggregate(&mut self, aggregate: Option<&'a JsonAggConstructor>) {
        if let Some(aggregate) = aggregate {
            self.level.aggregate |= aggregate.over.is_none();
            self.level.collects = true;
            self.filter(aggregate.agg_filter.as_deref());
            self.filters(&aggregate.agg_order);
            if let Some(window) = &aggregate.over {
                self.window(window);
            }
        }
    }

    fn operation(&mut self, expr: &'a AExpr) {
        self.operator(&expr.name);
        self.boxed(&expr.lexpr);
        self.boxed(&expr.rexpr);
    }

    /// Judges an operator by its name. One that is not built in calls a function that the text does
    /// not show.
    pub(super) fn operator(&mut self, name: &'a [Node]) {
        let known = match name {
            [] => true,
            [name] => string(name).is_some_and(is_operator_or_keyword),
            [schema, name] => {
                string(schema) == Some("pg_catalog")
                    && string(name).is_some_and(builtin::is_operator)
            }
            _ => false,
        };
        if !known {
            self.called(format!("operator({})", joined(name)), StatementClass::Exec);
        }
    }

    /// Walks a window: its partitions and order decide what its functions see, so they flow into
    /// the result.
    pub(super) fn window(&mut self, window: &'a WindowDef) {
        let mark = self.sources.len();
        if let Some(scope) = self.scopes.last()
            && !(window.name.is_empty() && window.refname.is_empty())
        {
            // Which of the named windows it is does not matter.
            self.sources.extend_from_slice(&scope.windows);
        }
        self.expressions(&window.partition_clause);
        self.expressions(&window.order_clause);
        self.boxed(&window.start_offset);
        self.boxed(&window.end_offset);
        self.spend(self.sources.len() - mark);
        if let Some(read) = self.sources.get(mark..)
            && !self.measuring
        {
            self.facts.columns_filtered.extend_from_slice(read);
        }
    }

    fn function_call(&mut self, call: &'a FuncCall) {
        let own = self.arguments(call);
        self.filter(call.agg_filter.as_deref());
        if let Some(window) = &call.over {
            self.window(window);
        }
        if self.measuring {
            return;
        }
        let name = match call.funcname.as_slice() {
            [name] => string(name),
            [schema, name] => match (string(schema), string(name)) {
                (Some("pg_catalog"), name) => name,
                (Some("information_schema"), Some(name)) if builtin::is_of_views(name) => {
                    return self.called(joined(&call.funcname), StatementClass::Read);
                }
                _ => None,
            },
            _ => None,
        };
        match name {
            Some(name) => {
                if own && builtin::is_aggregate(name) {
                    self.level.aggregate |= call.over.is_none();
                    self.level.collects |= builtin::is_collecting_aggregate(name);
                }
                self.catalog_function(name, &call.args);
            }
            None => self.called(joined(&call.funcname), StatementClass::Exec),
        }
    }

    /// Walks a call's arguments, and tells whether, were it an aggregate, it would be one over the
    /// rows of this level: not so if its columns are all those of outer levels.
    fn arguments(&mut self, call: &'a FuncCall) -> bool {
        let references = self.references;
        let before = self.untouched_level();
        self.expressions(&call.args);
        self.expressions(&call.agg_order);
        let none = self.references == references;
        self.scopes.last_mut().is_none_or(|scope| {
            let own = none || scope.touched != 0;
            scope.touched |= before;
            own
        })
    }

    /// Judges a call of a function that, if it is built in, is the one of that name.
    fn catalog_function(&mut self, name: &'a str, arguments: &'a [Node]) {
        let class = match name {
            "set_config" => {
                self.set_config(arguments);
                StatementClass::Session
            }
            "table_to_xml" | "table_to_xmlschema" | "table_to_xml_and_xmlschema" => {
                self.table_in_literal(arguments.first())
            }
            // With three arguments it substitutes; with two it runs its second as a query.
            "ts_rewrite" if arguments.len() == 3 => StatementClass::Read,
            _ => builtin::function_class(name).unwrap_or(StatementClass::Exec),
        };
        self.called(Cow::Borrowed(name), class);
    }

    fn set_config(&mut self, arguments: &'a [Node]) {
        if self.mode == Mode::Run {
            match arguments.first().and_then(|node| self.literal_text(node)) {
                Some(name) => self.facts.setting(name),
                None => self.facts.setting("all"),
            }
        }
    }

    /// Reads the table whose name is a literal, as `table_to_xml` does.
    fn table_in_literal(&mut self, argument: Option<&'a Node>) -> StatementClass {
        let name = argument.and_then(|node| self.literal_text(node));
        let Some(parts) = name.and_then(parse_identifiers) else {
            return StatementClass::Exec;
        };
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let table = self.facts.table_parts(&parts);
        self.facts.reads(table);
        let row = Source::row(table);
        self.facts.columns_read.push(row);
        self.sources.push(row);
        self.level.carries_rows = true;
        StatementClass::Read
    }

    fn sublink(&mut self, sublink: &'a SubLink) {
        let SubLink {
            testexpr,
            oper_name,
            subselect,
            sub_link_type,
            ..
        } = sublink;
        self.boxed(testexpr);
        self.operator(oper_name);
        let identity = std::ptr::from_ref(sublink).cast();
        if self.measuring {
            let touched = self.correlation(identity);
            if let Some(scope) = self.scopes.last_mut() {
                scope.touched |= touched;
            }
            return;
        }
        let before = self.untouched();
        let mark = self.sources.len();
        self.exists = *sub_link_type == SubLinkType::ExistsSublink as i32;
        if *sub_link_type == SubLinkType::ArraySublink as i32 {
            self.collecting_query(subselect.as_deref());
        } else {
            self.value_query(subselect.as_deref());
        }
        if *sub_link_type == SubLinkType::ExistsSublink as i32 {
            // Only whether there is a row comes out.
            self.sources.truncate(mark);
        }
        self.correlate(identity, &before);
    }

    /// Walks a subquery that gives one value or is compared with.
    fn value_query(&mut self, query: Option<&'a Node>) {
        if let Some(shape) = self.subquery(query) {
            self.level.carries_rows |= shape.values_unbounded;
            self.sources.extend(shape.all_sources());
        }
    }

    /// Walks a subquery all of whose rows become one value.
    fn collecting_query(&mut self, query: Option<&'a Node>) {
        if self.measuring {
            return;
        }
        if let Some(shape) = self.subquery(query) {
            self.level.carries_rows |= shape.values_unbounded || shape.rows_unbounded;
            self.sources.extend(shape.all_sources());
        }
    }
}

/// Names that the grammar gives to expressions which are no operators of their own: `x IN (…)` is
/// `=`, `LIKE` is `~~`, BETWEEN stays a word.
fn is_operator_or_keyword(name: &str) -> bool {
    builtin::is_operator(name)
        || matches!(
            name,
            "BETWEEN" | "NOT BETWEEN" | "BETWEEN SYMMETRIC" | "NOT BETWEEN SYMMETRIC"
        )
}

/// A qualified name with dots.
pub(super) fn joined(names: &[Node]) -> String {
    let parts: Vec<&str> = names.iter().filter_map(string).collect();
    parts.join(".")
}

/// The parts of a qualified name in a text, folded as `regclass` folds them; `None` when it is not
/// one, such as an OID.
fn parse_identifiers(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim_matches(is_space);
    loop {
        let (part, after) = parse_identifier(rest)?;
        parts.push(part);
        let after = after.trim_start_matches(is_space);
        match after.strip_prefix('.') {
            Some(more) => rest = more.trim_start_matches(is_space),
            None if after.is_empty() && parts.len() <= 3 => return Some(parts),
            None => return None,
        }
    }
}

fn parse_identifier(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut rest = quoted;
        loop {
            let end = rest.find('"')?;
            name.push_str(rest.get(..end)?);
            rest = rest.get(end + 1..)?;
            match rest.strip_prefix('"') {
                Some(more) => {
                    name.push('"');
                    rest = more;
                }
                None if name.is_empty() => return None,
                None => return Some((name, rest)),
            }
        }
    }
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let part = |c: char| start(c) || c.is_ascii_digit() || c == '$';
    if !text.starts_with(start) {
        return None;
    }
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Some((name.to_ascii_lowercase(), rest))
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}
