//! When a comparison holds: of constants it is computed, of a column with itself it is always true.

use pg_query::protobuf::{AExpr, AExprKind, SelectStmt, SubLink, SubLinkType, a_const};
use pg_query::{Node, NodeEnum};

use super::constant::Constant;
use super::predicate::{Truth, is_literal, is_null};
use super::scope::string;
use super::walker::Walker;

impl<'a> Walker<'a> {
    pub(super) fn comparison(&mut self, node: &'a Node, expr: &'a AExpr) -> Truth {
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

    pub(super) fn compare(&mut self, left: &'a Node, name: &str, right: &'a Node) -> Truth {
        if is_literal(left) || is_literal(right) {
            let literals = is_literal(left) && is_literal(right);
            if is_null(left) || is_null(right) {
                return Truth::Null;
            }
            if literals {
                return self.compare_constants(left, name, right);
            }
            if let "=" | "<>" = name
                && let Some(truth) = self.compare_boolean(left, right)
            {
                return truth.negated_if(name == "<>");
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
        if undone || self.same(peel(left), peel(right)) {
            return match name {
                "=" | "<=" | ">=" => Truth::Always,
                "<>" | "<" | ">" => Truth::Never,
                _ => Truth::Picks(mask),
            };
        }
        Truth::Picks(mask)
    }

    /// `predicate = true`, either way round; `None` when no side is a boolean literal.
    fn compare_boolean(&mut self, left: &'a Node, right: &'a Node) -> Option<Truth> {
        let (literal, other) = if is_literal(left) {
            (left, right)
        } else {
            (right, left)
        };
        match literal.node.as_ref()? {
            NodeEnum::AConst(_) if is_boolean(literal) => {}
            NodeEnum::TypeCast(_) => {}
            _ => return None,
        }
        match self.constant(literal)? {
            Constant::Bool(value) => Some(self.truth(other, !value)),
            _ => None,
        }
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

    /// `x op ANY (SELECT …)`, `x op ALL (SELECT …)`, `EXISTS (SELECT …)` and the like.
    pub(super) fn sublink_truth(&mut self, node: &'a Node, sublink: &'a SubLink) -> Truth {
        let mask = self.touched(node);
        let select = match sublink.subselect.as_deref().and_then(|n| n.node.as_ref()) {
            Some(NodeEnum::SelectStmt(select)) => select,
            _ => return Truth::from_mask(mask),
        };
        let Ok(kind) = SubLinkType::try_from(sublink.sub_link_type) else {
            return Truth::Fixed;
        };
        match (kind, sublink.testexpr.as_deref()) {
            (SubLinkType::AnySublink, Some(test)) if sublink.oper_name.is_empty() => {
                // The rows are written out: `id IN (SELECT id)`, `id IN (VALUES (id), (3))`.
                let itself = written_rows(select).any(|value| self.same(peel(test), peel(value)));
                if itself && mask != 0 {
                    return Truth::Always;
                }
            }
            (SubLinkType::ExprSublink, _) => {
                if let Some(value) = single_value(select) {
                    return self.truth(value, false);
                }
            }
            _ => {}
        }
        Truth::from_mask(mask)
    }
}

fn is_boolean(node: &Node) -> bool {
    matches!(node.node.as_ref(), Some(NodeEnum::AConst(literal))
        if matches!(literal.val, Some(a_const::Val::Boolval(_))))
}

/// The expression under casts, collations and subqueries that read nothing, all of which give a
/// value back as it is, or nearly so.
fn peel(node: &Node) -> &Node {
    let inner = match node.node.as_ref() {
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref(),
        Some(NodeEnum::CollateClause(collate)) => collate.arg.as_deref(),
        Some(NodeEnum::SubLink(sublink))
            if sublink.sub_link_type == SubLinkType::ExprSublink as i32 =>
        {
            match sublink.subselect.as_deref().and_then(|n| n.node.as_ref()) {
                Some(NodeEnum::SelectStmt(select)) => single_value(select),
                _ => None,
            }
        }
        _ => None,
    };
    inner.map_or(node, peel)
}

/// The value of a subquery that reads no table and gives one row of one column.
fn single_value(select: &SelectStmt) -> Option<&Node> {
    let plain = select.from_clause.is_empty()
        && select.where_clause.is_none()
        && select.having_clause.is_none()
        && select.limit_count.is_none()
        && select.limit_offset.is_none()
        && select.larg.is_none();
    match select.target_list.as_slice() {
        [target] if plain => match target.node.as_ref()? {
            NodeEnum::ResTarget(target) => target.val.as_deref(),
            _ => None,
        },
        _ => None,
    }
}

/// The values of a subquery of one column whose rows are written out.
fn written_rows(select: &SelectStmt) -> impl Iterator<Item = &Node> {
    let rows = select
        .values_lists
        .iter()
        .filter_map(|row| match row.node.as_ref() {
            Some(NodeEnum::List(row)) if row.items.len() == 1 => row.items.first(),
            _ => None,
        });
    single_value(select).into_iter().chain(rows)
}
