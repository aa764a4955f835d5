//! Whether a predicate picks rows. `WHERE 1 = 1` does not, nor does `id = id OR name = 'x'`; what
//! cannot be told is taken as not picking.
//!
//! This is no theorem prover: a predicate that happens to be true of every row (`id > 0`) cannot be
//! told from one that is not. It catches what depends on no row at all, and what is written to be
//! true of each.

use pg_query::protobuf::{
    BoolExpr, BoolExprType, BoolTestType, BooleanTest, CaseExpr, NullTest, NullTestType,
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

impl Truth {
    pub(super) fn negated_if(self, negate: bool) -> Self {
        match self {
            Self::Always if negate => Self::Never,
            Self::Never if negate => Self::Always,
            other => other,
        }
    }

    pub(super) const fn from_bool(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::Always,
            Some(false) => Self::Never,
            None => Self::Fixed,
        }
    }

    pub(super) const fn from_mask(mask: u64) -> Self {
        if mask == 0 {
            Self::Fixed
        } else {
            Self::Picks(mask)
        }
    }

    pub(super) fn all(arms: impl Iterator<Item = Self>) -> Self {
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

    pub(super) fn any(arms: impl Iterator<Item = Self>) -> Self {
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
            NodeEnum::SubLink(sublink) => self.sublink_truth(node, sublink).negated_if(negate),
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
            let holds = match case.arg.as_deref() {
                Some(arg) => self.compare(arg, "=", condition),
                None => self.truth(condition, false),
            };
            match holds {
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
