//! Whether the arms of a disjunction cover everything between them: `id = 1 OR id <> 1`.

use pg_query::protobuf::{AExpr, AExprKind, BoolExprType};
use pg_query::{Node, NodeEnum};

use super::scope::string;
use super::walker::Walker;

/// How many pairs of arms are compared. An OR with more is taken as always true.
const MAX_PAIRS: usize = 1 << 16;

impl<'a> Walker<'a> {
    /// Whether two arms of a disjunction cover everything between them.
    pub(super) fn some_complement(&mut self, arms: &'a [Node]) -> bool {
        let mut all = Vec::with_capacity(arms.len());
        flatten(arms, &mut all);
        // `id = 1 OR id = 2 …` alone cannot, and may be long.
        let others: Vec<&'a Node> = all.iter().copied().filter(|a| !is_equality(a)).collect();
        if others.len().saturating_mul(all.len()) > MAX_PAIRS {
            return true;
        }
        others.iter().any(|a| {
            all.iter()
                .any(|b| !std::ptr::eq(*a, *b) && self.complement(a, b))
        })
    }

    fn complement(&mut self, a: &'a Node, b: &'a Node) -> bool {
        let (Some(x), Some(y)) = (a.node.as_ref(), b.node.as_ref()) else {
            return false;
        };
        match (x, y) {
            (NodeEnum::NullTest(x), NodeEnum::NullTest(y)) => {
                x.nulltesttype != y.nulltesttype && self.same_boxed(&x.arg, &y.arg)
            }
            (NodeEnum::BooleanTest(x), NodeEnum::BooleanTest(y)) => {
                x.booltesttype != y.booltesttype && self.same_boxed(&x.arg, &y.arg)
            }
            (NodeEnum::AExpr(x), NodeEnum::AExpr(y)) => self.complement_operators(x, y),
            _ => self.negates(x, b) || self.negates(y, a),
        }
    }

    fn complement_operators(&mut self, x: &'a AExpr, y: &'a AExpr) -> bool {
        let (name_x, name_y) = (meaning(x), meaning(y));
        if !self.same_boxed(&x.lexpr, &y.lexpr) {
            return false;
        }
        if self.same_boxed(&x.rexpr, &y.rexpr) {
            return complementary(name_x, name_y) || complementary(name_y, name_x);
        }
        // Two half-lines of one column that meet: `id < 10 OR id > 5`; or `id <> 1 OR id <> 2`.
        let (Some(right_x), Some(right_y)) = (x.rexpr.as_deref(), y.rexpr.as_deref()) else {
            return false;
        };
        let (Some(a), Some(b)) = (self.constant(right_x), self.constant(right_y)) else {
            return false;
        };
        let order = a.compare(&b);
        match (name_x, name_y) {
            ("<>", "<>") => order.is_none_or(std::cmp::Ordering::is_ne),
            ("<" | "<=", ">" | ">=" | "<>") => order.is_none_or(std::cmp::Ordering::is_gt),
            (">" | ">=", "<" | "<=" | "<>") => order.is_none_or(std::cmp::Ordering::is_lt),
            ("<>", _) => self.complement_operators(y, x),
            _ => false,
        }
    }

    /// Whether `x` is `NOT y`.
    fn negates(&mut self, x: &NodeEnum, y: &Node) -> bool {
        match x {
            NodeEnum::BoolExpr(x) if x.boolop == BoolExprType::NotExpr as i32 => {
                matches!(x.args.as_slice(), [arg] if self.same(arg, y))
            }
            _ => false,
        }
    }
}

/// Adds the arms, and those of disjunctions among them.
fn flatten<'a>(arms: &'a [Node], all: &mut Vec<&'a Node>) {
    for arm in arms {
        match arm.node.as_ref() {
            Some(NodeEnum::BoolExpr(or)) if or.boolop == BoolExprType::OrExpr as i32 => {
                flatten(&or.args, all);
            }
            _ => all.push(arm),
        }
    }
}

/// The operator that a comparison comes down to.
fn meaning(expr: &AExpr) -> &str {
    match AExprKind::try_from(expr.kind) {
        Ok(AExprKind::AexprDistinct) => "<>",
        Ok(AExprKind::AexprNotDistinct) => "=",
        _ => expr.name.first().and_then(string).unwrap_or_default(),
    }
}

fn complementary(a: &str, b: &str) -> bool {
    matches!(
        (a, b),
        ("=", "<>")
            | ("<", ">=")
            | (">", "<=")
            | ("<=", ">=")
            | ("~~", "!~~")
            | ("~~*", "!~~*")
            | ("~", "!~")
            | ("~*", "!~*")
            | ("BETWEEN", "NOT BETWEEN")
            | ("BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC")
    )
}

fn is_equality(node: &Node) -> bool {
    matches!(node.node.as_ref(), Some(NodeEnum::AExpr(expr))
        if expr.kind == AExprKind::AexprOp as i32
            && expr.name.first().and_then(string) == Some("="))
}
