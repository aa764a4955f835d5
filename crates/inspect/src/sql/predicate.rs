//! Whether a predicate picks rows. `WHERE 1 = 1` does not, nor does `id = id OR name = 'x'`; what
//! cannot be told is taken as not picking.
//!
//! This is no theorem prover: a predicate that happens to be true of every row (`id > 0`) cannot be
//! told from one that is not. It catches what depends on no row at all, and what is written to be
//! true of each.

use pg_query::protobuf::{
    AExpr, AExprKind, BoolExpr, BoolExprType, BoolTestType, BooleanTest, CaseExpr, NullTest,
    NullTestType,
};
use pg_query::{Node, NodeEnum};

use super::constant::Constant;
use super::scope::string;
use super::walker::Walker;

/// When a predicate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// For every row, or for every row without a NULL.
    Always,
    /// For none: it is false.
    Never,
    /// For none: it is NULL.
    Null,
    /// For all rows or for none: it looks at no row.
    Fixed,
    /// It depends on rows, and picks among those of these relations of the innermost level.
    Picks(u64),
}

/// How many pairs of arms of an OR are compared. An OR with more is taken as always true.
const MAX_PAIRS: usize = 1 << 16;

impl Truth {
    fn negated_if(self, negate: bool) -> Self {
        match self {
            Self::Always if negate => Self::Never,
            Self::Never if negate => Self::Always,
            other => other,
        }
    }

    const fn from_bool(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::Always,
            Some(false) => Self::Never,
            None => Self::Fixed,
        }
    }

    const fn from_mask(mask: u64) -> Self {
        if mask == 0 {
            Self::Fixed
        } else {
            Self::Picks(mask)
        }
    }

    fn all(arms: impl Iterator<Item = Self>) -> Self {
        let (mut mask, mut never, mut null, mut fixed) = (0, false, false, false);
        for arm in arms {
            match arm {
                Self::Always => {}
                Self::Never => never = true,
                Self::Null => null = true,
                Self::Fixed => fixed = true,
                Self::Picks(relations) => mask |= relations,
            }
        }
        match (never, null, mask) {
            (true, ..) => Self::Never,
            (_, true, _) => Self::Null,
            (_, _, 0) if fixed => Self::Fixed,
            (_, _, 0) => Self::Always,
            (_, _, mask) => Self::Picks(mask),
        }
    }

    fn any(arms: impl Iterator<Item = Self>) -> Self {
        let (mut mask, mut always, mut null, mut fixed) = (None, false, false, false);
        for arm in arms {
            match arm {
                Self::Always => always = true,
                Self::Never => {}
                Self::Null => null = true,
                Self::Fixed => fixed = true,
                Self::Picks(relations) => mask = Some(mask.unwrap_or(u64::MAX) & relations),
            }
        }
        match mask {
            _ if always => Self::Always,
            _ if fixed => Self::Fixed,
            Some(mask) => Self::from_mask(mask),
            None if null => Self::Null,
            None => Self::Never,
        }
    }
}

impl<'a> Walker<'a> {
    /// When `node`, or its negation, holds for the rows of the innermost level. The expression must
    /// have been walked already.
    pub(super) fn truth(&mut self, node: &'a Node, negate: bool) -> Truth {
        let Some(kind) = node.node.as_ref() else {
            return Truth::Fixed;
        };
        match kind {
            NodeEnum::BoolExpr(expr) => self.boolean(expr, negate),
            NodeEnum::AExpr(expr) => self.comparison(node, expr).negated_if(negate),
            NodeEnum::NullTest(test) => self.null_test(test).negated_if(negate),
            NodeEnum::BooleanTest(test) => self.boolean_test(test).negated_if(negate),
            NodeEnum::CaseExpr(case) => self.case(node, case).negated_if(negate),
            NodeEnum::CoalesceExpr(expr) => self.coalesce(&expr.args).negated_if(negate),
            NodeEnum::CurrentOfExpr(_) => Truth::Picks(u64::MAX),
            NodeEnum::AConst(_) | NodeEnum::TypeCast(_) => self.cast(node, kind).negated_if(negate),
            _ => Truth::from_mask(self.touched(node)),
        }
    }

    fn cast(&mut self, node: &'a Node, kind: &'a NodeEnum) -> Truth {
        match (self.constant(node), kind) {
            (Some(Constant::Null), _) => Truth::Null,
            (Some(value), _) => Truth::from_bool(value.truth()),
            (None, NodeEnum::TypeCast(cast)) => match cast.arg.as_deref() {
                Some(arg) => self.truth(arg, false),
                None => Truth::Fixed,
            },
            (None, _) => Truth::Fixed,
        }
    }

    fn boolean(&mut self, expr: &'a BoolExpr, negate: bool) -> Truth {
        let conjunction = match BoolExprType::try_from(expr.boolop) {
            Ok(BoolExprType::AndExpr) => !negate,
            Ok(BoolExprType::OrExpr) => negate,
            Ok(BoolExprType::NotExpr) => {
                return match expr.args.first() {
                    Some(arg) => self.truth(arg, !negate),
                    None => Truth::Fixed,
                };
            }
            _ => return Truth::Fixed,
        };
        let arms: Vec<Truth> = expr.args.iter().map(|a| self.truth(a, negate)).collect();
        if conjunction {
            Truth::all(arms.into_iter())
        } else if self.some_complement(&expr.args) {
            Truth::Always
        } else {
            Truth::any(arms.into_iter())
        }
    }

    /// Whether two arms of a disjunction cover everything between them.
    fn some_complement(&mut self, arms: &'a [Node]) -> bool {
        // `id = 1 OR id = 2 …` alone cannot, and may be long.
        let others: Vec<&Node> = arms.iter().filter(|arm| !is_equality(arm)).collect();
        if others.is_empty() {
            return false;
        }
        if others.len().saturating_mul(arms.len()) > MAX_PAIRS {
            return true;
        }
        others.iter().any(|a| {
            arms.iter()
                .any(|b| !std::ptr::eq(*a, b) && self.complement(a, b))
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
        let name = |e: &'a AExpr| e.name.first().and_then(string).unwrap_or_default();
        let (name_x, name_y) = (name(x), name(y));
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

    fn comparison(&mut self, node: &'a Node, expr: &'a AExpr) -> Truth {
        let name = expr.name.last().and_then(string).unwrap_or_default();
        let (Some(left), Some(right)) = (expr.lexpr.as_deref(), expr.rexpr.as_deref()) else {
            return Truth::from_mask(self.touched(node));
        };
        match AExprKind::try_from(expr.kind) {
            Ok(AExprKind::AexprOp) => self.compare(left, name, right),
            Ok(AExprKind::AexprNotDistinct) => self.equality(left, right, true),
            Ok(AExprKind::AexprDistinct) => self.equality(left, right, false),
            Ok(AExprKind::AexprIn) => self.in_list(left, right, name == "<>"),
            Ok(AExprKind::AexprLike | AExprKind::AexprIlike | AExprKind::AexprSimilar) => {
                self.like(left, right, name.starts_with('!'))
            }
            Ok(AExprKind::AexprBetween | AExprKind::AexprBetweenSym) => self.between(left, right),
            Ok(AExprKind::AexprNotBetween | AExprKind::AexprNotBetweenSym) => {
                self.between(left, right).negated_if(true)
            }
            Ok(AExprKind::AexprOpAny) => self.quantified(left, right, name, true),
            Ok(AExprKind::AexprOpAll) => self.quantified(left, right, name, false),
            _ => Truth::from_mask(self.touched(node)),
        }
    }

    fn compare(&mut self, left: &'a Node, name: &str, right: &'a Node) -> Truth {
        if is_literal(left) || is_literal(right) {
            let literals = is_literal(left) && is_literal(right);
            if is_null(left) || is_null(right) {
                return Truth::Null;
            }
            if literals {
                return self.compare_constants(left, name, right);
            }
        }
        if matches!(name, "~" | "~*" | "!~" | "!~*") {
            let everything = matches!(
                self.literal_text(right),
                Some("" | ".*" | "^" | "$" | "^.*" | ".*$" | "^.*$" | ".?" | "|")
            );
            if everything {
                return Truth::Always.negated_if(name.starts_with('!'));
            }
        }
        let mask = self.row_mask(left) | self.row_mask(right);
        if mask == 0 {
            return Truth::Fixed;
        }
        let undone = name == "=" && (self.undoes(left, right) || self.undoes(right, left));
        if undone || self.same(left, right) {
            return match name {
                "=" | "<=" | ">=" => Truth::Always,
                "<>" | "<" | ">" => Truth::Never,
                _ => Truth::Picks(mask),
            };
        }
        Truth::Picks(mask)
    }

    fn compare_constants(&mut self, left: &'a Node, name: &str, right: &'a Node) -> Truth {
        let (Some(a), Some(b)) = (self.constant(left), self.constant(right)) else {
            return Truth::Fixed;
        };
        let Some(order) = a.compare(&b) else {
            let texts = matches!((&a, &b), (Constant::Text(_), Constant::Text(_)));
            return match name {
                "=" if texts => Truth::Never,
                "<>" if texts => Truth::Always,
                _ => Truth::Fixed,
            };
        };
        Truth::from_bool(match name {
            "=" => Some(order.is_eq()),
            "<>" => Some(order.is_ne()),
            "<" => Some(order.is_lt()),
            "<=" => Some(order.is_le()),
            ">" => Some(order.is_gt()),
            ">=" => Some(order.is_ge()),
            _ => None,
        })
    }

    /// `IS NOT DISTINCT FROM`, or its opposite: equality that knows NULL.
    fn equality(&mut self, left: &'a Node, right: &'a Node, equal: bool) -> Truth {
        let truth = match (is_null(left), is_null(right)) {
            (true, true) => Truth::Always,
            (false, false) => self.compare(left, "=", right),
            (true, false) if is_literal(right) => Truth::Never,
            (false, true) if is_literal(left) => Truth::Never,
            _ => Truth::from_mask(self.row_mask(left) | self.row_mask(right)),
        };
        truth.negated_if(!equal)
    }

    fn in_list(&mut self, left: &'a Node, right: &'a Node, negated: bool) -> Truth {
        let Some(NodeEnum::List(list)) = right.node.as_ref() else {
            return Truth::from_mask(self.row_mask(left) | self.row_mask(right));
        };
        let mask = self.row_mask(left);
        let name = if negated { "<>" } else { "=" };
        let plain = mask != 0 && !matches!(left.node, Some(NodeEnum::RowExpr(_)));
        let mut arms = Vec::with_capacity(list.items.len());
        for item in &list.items {
            if plain && is_literal(item) && !is_null(item) {
                arms.push(Truth::Picks(mask));
            } else {
                arms.push(self.compare(left, name, item));
            }
        }
        if negated {
            Truth::all(arms.into_iter())
        } else {
            Truth::any(arms.into_iter())
        }
    }

    fn like(&mut self, left: &'a Node, right: &'a Node, negated: bool) -> Truth {
        let pattern = match right.node.as_ref() {
            // SIMILAR TO, and LIKE with ESCAPE.
            Some(NodeEnum::FuncCall(call)) => call.args.first(),
            _ => Some(right),
        };
        if is_null(right) || is_null(left) {
            return Truth::Null;
        }
        let text = pattern.and_then(|pattern| self.literal_text(pattern));
        if text.is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b == b'%')) {
            return Truth::Always.negated_if(negated);
        }
        match self.row_mask(left) | self.row_mask(right) {
            0 => Truth::Fixed,
            _ if self.same(left, right) => Truth::Always.negated_if(negated),
            mask => Truth::Picks(mask),
        }
    }

    fn between(&mut self, left: &'a Node, right: &'a Node) -> Truth {
        match right.node.as_ref() {
            Some(NodeEnum::List(list)) => match list.items.as_slice() {
                [low, high] => {
                    let arms = [
                        self.compare(left, ">=", low),
                        self.compare(left, "<=", high),
                    ];
                    Truth::all(arms.into_iter())
                }
                _ => Truth::Fixed,
            },
            _ => Truth::Fixed,
        }
    }

    /// `x op ANY (array)` and `x op ALL (array)`.
    fn quantified(&mut self, left: &'a Node, right: &'a Node, name: &str, any: bool) -> Truth {
        if let Some(NodeEnum::AArrayExpr(array)) = right.node.as_ref() {
            let arms: Vec<Truth> = array
                .elements
                .iter()
                .map(|element| self.compare(left, name, element))
                .collect();
            return if any {
                Truth::any(arms.into_iter())
            } else {
                Truth::all(arms.into_iter())
            };
        }
        if is_null(right) {
            return Truth::Null;
        }
        let empty = is_literal(right)
            && match self.constant_under_casts(right) {
                Some(text) => text.bytes().all(|b| matches!(b, b'{' | b'}' | b' ')),
                None => false,
            };
        if empty {
            return if any { Truth::Never } else { Truth::Always };
        }
        Truth::from_mask(self.row_mask(left) | self.row_mask(right))
    }

    fn constant_under_casts(&mut self, node: &'a Node) -> Option<&'a str> {
        match node.node.as_ref()? {
            NodeEnum::TypeCast(cast) => self.constant_under_casts(cast.arg.as_deref()?),
            _ => self.literal_text(node),
        }
    }

    fn null_test(&mut self, test: &'a NullTest) -> Truth {
        let Some(arg) = test.arg.as_deref() else {
            return Truth::Fixed;
        };
        let not_null = test.nulltesttype == NullTestType::IsNotNull as i32;
        let truth = if is_null(arg) {
            Truth::Never
        } else if is_literal(arg) || never_null(arg) {
            Truth::Always
        } else {
            let (mask, row) = self.touch(arg);
            // A whole row under a function, or a comparison: NULL hardly ever.
            let plain = matches!(arg.node, Some(NodeEnum::ColumnRef(_)));
            if not_null && mask != 0 && ((row && !plain) || is_comparison(arg)) {
                return Truth::Always;
            }
            return Truth::from_mask(mask);
        };
        truth.negated_if(!not_null)
    }

    fn boolean_test(&mut self, test: &'a BooleanTest) -> Truth {
        let inner = match test.arg.as_deref() {
            Some(arg) => self.truth(arg, false),
            None => Truth::Fixed,
        };
        let of = |always: bool, never: bool, null: bool| match inner {
            Truth::Always => Truth::from_bool(Some(always)),
            Truth::Never => Truth::from_bool(Some(never)),
            Truth::Null => Truth::from_bool(Some(null)),
            other => other,
        };
        match BoolTestType::try_from(test.booltesttype) {
            Ok(BoolTestType::IsTrue) => of(true, false, false),
            Ok(BoolTestType::IsNotTrue) => of(false, true, true),
            Ok(BoolTestType::IsFalse) => of(false, true, false),
            Ok(BoolTestType::IsNotFalse) => of(true, false, true),
            Ok(BoolTestType::IsUnknown) => of(false, false, true),
            Ok(BoolTestType::IsNotUnknown) => match inner {
                Truth::Picks(_) => Truth::Always,
                _ => of(true, true, false),
            },
            _ => Truth::Fixed,
        }
    }

    fn case(&mut self, node: &'a Node, case: &'a CaseExpr) -> Truth {
        if case.arg.is_some() {
            return Truth::from_mask(self.touched(node));
        }
        let mut results = Vec::new();
        let mut decided = false;
        for when in &case.args {
            let Some(NodeEnum::CaseWhen(when)) = when.node.as_ref() else {
                continue;
            };
            let (Some(condition), Some(result)) = (when.expr.as_deref(), when.result.as_deref())
            else {
                continue;
            };
            match self.truth(condition, false) {
                Truth::Never | Truth::Null => {}
                Truth::Always => {
                    results.push(self.truth(result, false));
                    decided = true;
                    break;
                }
                Truth::Fixed | Truth::Picks(_) => results.push(self.truth(result, false)),
            }
        }
        if !decided {
            results.push(match case.defresult.as_deref() {
                Some(result) => self.truth(result, false),
                None => Truth::Null,
            });
        }
        match results.as_slice() {
            [single] => *single,
            all if all.iter().all(|t| *t == Truth::Always) => Truth::Always,
            all if all.iter().all(|t| matches!(t, Truth::Never | Truth::Null)) => Truth::Never,
            _ => Truth::from_mask(self.touched(node)),
        }
    }

    fn coalesce(&mut self, args: &'a [Node]) -> Truth {
        let mut mask = 0;
        for arg in args {
            match self.truth(arg, false) {
                Truth::Null => {}
                Truth::Picks(relations) => mask |= relations,
                decided if mask == 0 => return decided,
                _ => break,
            }
        }
        Truth::from_mask(mask)
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

    /// Whether `expr` gives back the column `column` by arithmetic with literals alone: `id + 0`,
    /// `name || ''`. Which literals is not looked at: `id = id + 1` serves no one.
    fn undoes(&mut self, column: &Node, expr: &Node) -> bool {
        let mut seen = false;
        matches!(column.node, Some(NodeEnum::ColumnRef(_)))
            && matches!(expr.node, Some(NodeEnum::AExpr(_)))
            && self.made_of(column, expr, &mut seen)
            && seen
    }

    fn made_of(&mut self, column: &Node, node: &Node, seen: &mut bool) -> bool {
        match node.node.as_ref() {
            Some(NodeEnum::AExpr(e)) if e.kind == AExprKind::AexprOp as i32 => [&e.lexpr, &e.rexpr]
                .into_iter()
                .flatten()
                .all(|side| self.made_of(column, side, seen)),
            _ if is_literal(node) => true,
            _ => {
                let equal = self.same(column, node);
                *seen |= equal;
                equal
            }
        }
    }

    /// The relations of the innermost level that an operand's value depends on: none for `id * 0`.
    fn row_mask(&mut self, node: &'a Node) -> u64 {
        let Some(NodeEnum::AExpr(expr)) = node.node.as_ref() else {
            return self.touched(node);
        };
        let (Some(left), Some(right)) = (expr.lexpr.as_deref(), expr.rexpr.as_deref()) else {
            return self.touched(node);
        };
        let zero = |c: &Constant<'_>| c.is_zero();
        let absorbed = match expr.name.last().and_then(string) {
            Some("*" | "&") => {
                self.constant(left).is_some_and(|c| zero(&c))
                    || self.constant(right).is_some_and(|c| zero(&c))
            }
            Some("^") => self.constant(right).is_some_and(|c| zero(&c)),
            Some("%") => self.constant(right).is_some_and(|c| c.is_one()) || self.same(left, right),
            Some("-" | "/" | "#") => self.same(left, right),
            _ => false,
        };
        if absorbed {
            0
        } else {
            self.row_mask(left) | self.row_mask(right)
        }
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

fn is_comparison(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::AExpr(expr)) => matches!(
            expr.name.first().and_then(string),
            Some("=" | "<>" | "<" | ">" | "<=" | ">=" | "~~" | "!~~" | "~~*" | "~" | "BETWEEN")
        ),
        Some(NodeEnum::BoolExpr(_) | NodeEnum::NullTest(_) | NodeEnum::BooleanTest(_)) => true,
        _ => false,
    }
}

/// Whether it is a literal, perhaps under casts or a sign.
pub(super) fn is_literal(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::AConst(_)) => true,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_literal),
        Some(NodeEnum::AExpr(e)) if e.lexpr.is_none() => e.rexpr.as_deref().is_some_and(is_literal),
        _ => false,
    }
}

/// Whether it is NULL, perhaps under casts.
pub(super) fn is_null(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::AConst(literal)) => literal.isnull,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_null),
        _ => false,
    }
}

/// System columns, and COALESCE with a literal, are never NULL.
fn never_null(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::ColumnRef(column)) => matches!(
            column.fields.last().and_then(string),
            Some("ctid" | "xmin" | "xmax" | "cmin" | "cmax" | "tableoid")
        ),
        Some(NodeEnum::CoalesceExpr(coalesce)) => coalesce
            .args
            .iter()
            .any(|arg| (is_literal(arg) && !is_null(arg)) || never_null(arg)),
        _ => false,
    }
}
