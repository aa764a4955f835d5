//! Row locks: FOR UPDATE and its kin write to the tables they lock.

use countersign_model::StatementClass;
use pg_query::protobuf::{LockingClause, SelectStmt};
use pg_query::{Node, NodeEnum};

use super::walker::{Mode, Walker};

impl<'a> Walker<'a> {
    pub(super) fn locking(&mut self, s: &'a SelectStmt) {
        for node in &s.locking_clause {
            let Some(NodeEnum::LockingClause(lock)) = node.node.as_ref() else {
                self.unknown();
                continue;
            };
            if self.mode == Mode::Run {
                self.facts.operation("lock_rows");
                self.facts.at_least(StatementClass::Write);
                self.lock_rows(lock, s);
            }
        }
    }

    fn lock_rows(&mut self, lock: &'a LockingClause, s: &'a SelectStmt) {
        let mut hidden = Vec::new();
        if lock.locked_rels.is_empty() {
            for item in &s.from_clause {
                self.lock_item(item, None, &mut hidden);
            }
        }
        for node in &lock.locked_rels {
            if let Some(NodeEnum::RangeVar(name)) = node.node.as_ref() {
                for item in &s.from_clause {
                    self.lock_item(item, Some(&name.relname), &mut hidden);
                }
            }
        }
    }

    /// Marks the tables of a FROM item as written by a row lock, those of its subqueries too.
    fn lock_item(&mut self, item: &'a Node, only: Option<&str>, hidden: &mut Vec<&'a str>) {
        match item.node.as_ref() {
            Some(NodeEnum::RangeVar(range)) => {
                let alias = range
                    .alias
                    .as_ref()
                    .map_or(&range.relname, |a| &a.aliasname);
                let wanted = only.is_none_or(|name| name == alias);
                let inner = range.schemaname.is_empty() && hidden.contains(&range.relname.as_str());
                if wanted && !inner && self.cte(range).is_none() {
                    let table = self.facts.table(range);
                    self.facts.writes(table);
                }
            }
            Some(NodeEnum::RangeTableSample(sample)) => {
                if let Some(relation) = sample.relation.as_deref() {
                    self.lock_item(relation, only, hidden);
                }
            }
            Some(NodeEnum::JoinExpr(join)) => {
                for side in [&join.larg, &join.rarg].into_iter().flatten() {
                    self.lock_item(side, only, hidden);
                }
            }
            Some(NodeEnum::RangeSubselect(sub)) => {
                let alias = sub.alias.as_ref().map(|a| a.aliasname.as_str());
                if (only.is_none() || alias == only)
                    && let Some(NodeEnum::SelectStmt(select)) =
                        sub.subquery.as_deref().and_then(|n| n.node.as_ref())
                {
                    self.lock_query(select, hidden);
                }
            }
            _ => {}
        }
    }

    fn lock_query(&mut self, select: &'a SelectStmt, hidden: &mut Vec<&'a str>) {
        let before = hidden.len();
        for node in select.with_clause.iter().flat_map(|with| &with.ctes) {
            if let Some(NodeEnum::CommonTableExpr(cte)) = node.node.as_ref() {
                hidden.push(&cte.ctename);
            }
        }
        for item in &select.from_clause {
            self.lock_item(item, None, hidden);
        }
        for arm in [&select.larg, &select.rarg].into_iter().flatten() {
            self.lock_query(arm, hidden);
        }
        hidden.truncate(before);
    }
}
