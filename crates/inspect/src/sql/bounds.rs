//! Whether a query's rows are bounded: which relations of a level its predicates pick from, and
//! which they leave whole.

use pg_query::protobuf::BoolExprType;
use pg_query::{Node, NodeEnum};

use super::predicate::Truth;
use super::scope::{Bound, Relation, bit};
use super::walker::Walker;

/// What the predicates of one query level do to its relations.
#[derive(Debug, Default)]
pub(super) struct Restrictions {
    /// Some predicate is never true: no row comes.
    never: bool,
    /// Per predicate, the relations it compares, and those among all that it may take rows from.
    picks: Vec<(u64, u64)>,
}

impl Restrictions {
    /// Records a predicate that compares the relations `compared` with each other.
    pub(super) fn link(&mut self, compared: u64, restricted: u64) {
        self.picks.push((compared, restricted));
    }

    /// Whether some table is left without a bound. A predicate on one relation bounds it; one that
    /// compares several bounds the others as soon as one is bounded: `a.id = b.id AND a.id = 5`.
    pub(super) fn leave_unbounded(&self, relations: &[Relation<'_>]) -> bool {
        if self.never {
            return false;
        }
        let of = |wanted: &dyn Fn(&Relation<'_>) -> bool| {
            relations
                .iter()
                .enumerate()
                .filter(|(_, relation)| wanted(relation))
                .fold(0, |mask, (position, _)| mask | bit(position))
        };
        let tables = of(&|r| r.bound == Bound::Unbounded);
        let mut bounded = of(&|r| r.bound == Bound::Bounded) & !tables;
        loop {
            let before = bounded;
            for &(compared, restricted) in &self.picks {
                if compared.count_ones() == 1 || compared & bounded != 0 {
                    bounded |= compared & restricted;
                }
            }
            for (position, relation) in relations.iter().enumerate() {
                if bounded & bit(position) != 0 {
                    bounded |= relation.covers;
                }
            }
            if relations.len() > 63 {
                // The last bit stands for several: one bounded does not bound the others.
                bounded &= !bit(63);
            }
            if bounded == before {
                return tables & !bounded != 0;
            }
        }
    }
}

impl<'a> Walker<'a> {
    /// Records the predicates of a clause, whose arms may take rows from `restricted`; of all, where
    /// there are none, as in WHERE. The clause must have been walked already.
    pub(super) fn restrict(
        &mut self,
        predicate: &'a Node,
        restricted: Option<u64>,
        restrictions: &mut Restrictions,
    ) {
        if let Some(NodeEnum::BoolExpr(expr)) = predicate.node.as_ref()
            && expr.boolop == BoolExprType::AndExpr as i32
        {
            for arm in &expr.args {
                self.restrict(arm, restricted, restrictions);
            }
            return;
        }
        match self.truth(predicate, false) {
            Truth::Always | Truth::Fixed => {}
            // In an outer join's ON the other side's rows still come.
            Truth::Never | Truth::Null => restrictions.never |= restricted.is_none(),
            Truth::Picks(compared) => {
                restrictions.link(compared, restricted.unwrap_or(u64::MAX));
            }
        }
    }
}
