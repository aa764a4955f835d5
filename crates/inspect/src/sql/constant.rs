//! Constants: what a literal is worth, and when two expressions are written the same.

use std::borrow::Cow;
use std::cmp::Ordering;

use pg_query::protobuf::{AConst, TypeName, a_const};
use pg_query::{Node, NodeEnum};

use super::scope::string;
use super::walker::Walker;

/// The value of a literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// A number with a fraction, or one beyond 32 bits.
    Number(f64),
    Text(Cow<'a, str>),
}

impl Constant<'_> {
    /// Compares as the server does; `None` for NULL and where this module cannot tell.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Text(b)) => Some(a.cmp(&parse_bool(b)?)),
            (Self::Text(a), Self::Bool(b)) => Some(parse_bool(a)?.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            // The order of texts is the collation's, their equality is not.
            (Self::Text(a), Self::Text(b)) => (a == b).then_some(Ordering::Equal),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => i32::try_from(*value).ok().map(f64::from),
            Self::Number(value) => Some(*value),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Bool(_) => None,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.number() == Some(0.0)
    }

    pub(super) fn is_one(&self) -> bool {
        self.number() == Some(1.0)
    }

    /// The value as a boolean, where the server takes it as one.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => parse_bool(text),
            Self::Int(value) => Some(*value != 0),
            Self::Null | Self::Number(_) => None,
        }
    }
}

/// A boolean as `boolin` reads it: a unique prefix of true, false, yes, no, on, off, or 1, 0.
fn parse_bool(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "" | "o" => None,
        "1" | "on" => Some(true),
        "0" => Some(false),
        text if "true".starts_with(text) || "yes".starts_with(text) => Some(true),
        text if "false".starts_with(text) || "no".starts_with(text) || "off".starts_with(text) => {
            Some(false)
        }
        _ => None,
    }
}

impl<'a> Walker<'a> {
    /// The value of an expression that is a literal, perhaps under a cast or a sign.
    pub(super) fn constant(&mut self, node: &'a Node) -> Option<Constant<'a>> {
        match node.node.as_ref()? {
            NodeEnum::AConst(literal) => self.literal(literal),
            NodeEnum::TypeCast(cast) => {
                let value = self.constant(cast.arg.as_deref()?)?;
                convert(value, cast.type_name.as_ref()?)
            }
            NodeEnum::AExpr(expr) if expr.lexpr.is_none() => {
                let value = self.constant(expr.rexpr.as_deref()?)?;
                match (expr.name.first().and_then(string)?, value) {
                    ("+", value) => Some(value),
                    ("-", Constant::Int(value)) => Some(Constant::Int(-value)),
                    ("-", Constant::Number(value)) => Some(Constant::Number(-value)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn literal(&mut self, literal: &'a AConst) -> Option<Constant<'a>> {
        if literal.isnull {
            return Some(Constant::Null);
        }
        self.literals_mattered = true;
        match literal.val.as_ref()? {
            a_const::Val::Ival(int) => Some(Constant::Int(int.ival.into())),
            a_const::Val::Fval(float) => float.fval.parse().ok().map(Constant::Number),
            a_const::Val::Boolval(bool) => Some(Constant::Bool(bool.boolval)),
            a_const::Val::Sval(text) => Some(Constant::Text(Cow::Borrowed(&text.sval))),
            a_const::Val::Bsval(_) => None,
        }
    }

    /// The text of a string literal, perhaps under casts that keep it.
    pub(super) fn literal_text(&mut self, node: &'a Node) -> Option<&'a str> {
        match node.node.as_ref()? {
            NodeEnum::AConst(literal) => {
                self.literals_mattered = true;
                match literal.val.as_ref()? {
                    a_const::Val::Sval(text) => Some(&text.sval),
                    _ => None,
                }
            }
            NodeEnum::TypeCast(cast) => {
                let name = simple_type(cast.type_name.as_ref()?)?;
                if matches!(name, "text" | "regclass" | "varchar") {
                    self.literal_text(cast.arg.as_deref()?)
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// The name of a built-in type without modifiers.
fn simple_type(name: &TypeName) -> Option<&str> {
    if !name.array_bounds.is_empty() || !name.typmods.is_empty() || name.setof {
        return None;
    }
    match name.names.as_slice() {
        [name] => string(name),
        [schema, name] if string(schema) == Some("pg_catalog") => string(name),
        _ => None,
    }
}

fn convert<'a>(value: Constant<'a>, target: &TypeName) -> Option<Constant<'a>> {
    if value == Constant::Null {
        return Some(value);
    }
    match simple_type(target)? {
        "bool" => value.truth().map(Constant::Bool),
        "int2" | "int4" | "int8" => match value {
            Constant::Int(_) => Some(value),
            Constant::Bool(value) => Some(Constant::Int(value.into())),
            Constant::Text(text) => text.trim().parse().ok().map(Constant::Int),
            _ => None,
        },
        "numeric" | "float4" | "float8" => value.number().map(Constant::Number),
        "text" | "varchar" => match value {
            Constant::Text(_) => Some(value),
            Constant::Int(value) => Some(Constant::Text(value.to_string().into())),
            Constant::Bool(value) => Some(Constant::Text(value.to_string().into())),
            _ => None,
        },
        _ => None,
    }
}

/// Compares how expressions are written, places in the text aside. Qualified and unqualified
/// references to one column count as the same. Kinds that it does not know are never the same.
#[derive(Debug, Default)]
struct Likeness {
    /// Two literals were compared: others might compare otherwise.
    literals: bool,
}

impl Walker<'_> {
    /// Whether two expressions are written the same.
    pub(super) fn same(&mut self, a: &Node, b: &Node) -> bool {
        let mut likeness = Likeness::default();
        let same = likeness.same(a, b);
        self.literals_mattered |= likeness.literals;
        same
    }

    /// Whether both are there and written the same.
    pub(super) fn same_boxed(&mut self, a: &Option<Box<Node>>, b: &Option<Box<Node>>) -> bool {
        matches!((a, b), (Some(a), Some(b)) if self.same(a, b))
    }
}

impl Likeness {
    fn same(&mut self, a: &Node, b: &Node) -> bool {
        match (a.node.as_ref(), b.node.as_ref()) {
            (Some(a), Some(b)) => self.same_kind(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    fn same_boxed(&mut self, a: &Option<Box<Node>>, b: &Option<Box<Node>>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => self.same(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    fn same_all(&mut self, a: &[Node], b: &[Node]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(a, b))
    }

    fn same_kind(&mut self, a: &NodeEnum, b: &NodeEnum) -> bool {
        match (a, b) {
            (NodeEnum::ColumnRef(a), NodeEnum::ColumnRef(b)) => {
                let shared = a.fields.len().min(b.fields.len());
                let tail = |fields: &'_ [Node]| fields.len() - shared;
                let (a, b) = (&a.fields, &b.fields);
                let (a, b) = (a.get(tail(a)..), b.get(tail(b)..));
                self.same_all(a.unwrap_or_default(), b.unwrap_or_default())
            }
            (NodeEnum::AConst(a), NodeEnum::AConst(b)) => {
                self.literals = true;
                a.isnull == b.isnull && a.val == b.val
            }
            (NodeEnum::ParamRef(a), NodeEnum::ParamRef(b)) => a.number == b.number,
            (NodeEnum::AExpr(a), NodeEnum::AExpr(b)) => {
                a.kind == b.kind
                    && self.same_all(&a.name, &b.name)
                    && self.same_boxed(&a.lexpr, &b.lexpr)
                    && self.same_boxed(&a.rexpr, &b.rexpr)
            }
            (NodeEnum::BoolExpr(a), NodeEnum::BoolExpr(b)) => {
                a.boolop == b.boolop && self.same_all(&a.args, &b.args)
            }
            (NodeEnum::TypeCast(a), NodeEnum::TypeCast(b)) => {
                let names = |t: &Option<TypeName>| t.as_ref().map(|t| t.names.clone());
                let (type_a, type_b) = (names(&a.type_name), names(&b.type_name));
                self.same_boxed(&a.arg, &b.arg)
                    && self.same_all(&type_a.unwrap_or_default(), &type_b.unwrap_or_default())
            }
            (NodeEnum::FuncCall(a), NodeEnum::FuncCall(b)) => {
                self.same_all(&a.funcname, &b.funcname) && self.same_all(&a.args, &b.args)
            }
            (NodeEnum::NullTest(a), NodeEnum::NullTest(b)) => {
                a.nulltesttype == b.nulltesttype && self.same_boxed(&a.arg, &b.arg)
            }
            (NodeEnum::BooleanTest(a), NodeEnum::BooleanTest(b)) => {
                a.booltesttype == b.booltesttype && self.same_boxed(&a.arg, &b.arg)
            }
            (NodeEnum::CollateClause(a), NodeEnum::CollateClause(b)) => {
                self.same_boxed(&a.arg, &b.arg)
            }
            (NodeEnum::RowExpr(a), NodeEnum::RowExpr(b)) => self.same_all(&a.args, &b.args),
            (NodeEnum::CoalesceExpr(a), NodeEnum::CoalesceExpr(b)) => {
                self.same_all(&a.args, &b.args)
            }
            (NodeEnum::MinMaxExpr(a), NodeEnum::MinMaxExpr(b)) => {
                a.op == b.op && self.same_all(&a.args, &b.args)
            }
            (NodeEnum::AArrayExpr(a), NodeEnum::AArrayExpr(b)) => {
                self.same_all(&a.elements, &b.elements)
            }
            (NodeEnum::List(a), NodeEnum::List(b)) => self.same_all(&a.items, &b.items),
            (NodeEnum::String(a), NodeEnum::String(b)) => a.sval == b.sval,
            (NodeEnum::AStar(_), NodeEnum::AStar(_)) => true,
            _ => false,
        }
    }
}
