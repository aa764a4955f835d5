//! Prepared statements and portals, as the upstream knows them.
//!
//! A name is trusted only as far as the edge has seen what was prepared under it: what the edge
//! believes about a name is either what the server has, or the server has nothing under it. So a
//! change is put back when the server turns out to have skipped it, and where SQL may have changed
//! names behind the protocol's back (`PREPARE`, `DEALLOCATE`, a function's body), named statements are
//! prepared again before their next use.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use countersign_model::Parameter;

use crate::{
    pipeline::{Inspected, Judged},
    postgres::mask::{Masking, PlanCache, RowPlan},
};

/// Named statements, and named portals, that one session may have.
const MAX_NAMED: usize = 10_000;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A prepared statement. Immutable: its name may come to mean another one.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) name: Arc<str>,
    pub(super) inspected: Arc<Inspected>,
    /// Declared parameter types, four bytes each.
    pub(super) types: Box<[u8]>,
    /// Parameter types as the server described them.
    described: Mutex<Option<Arc<[u32]>>>,
    pub(super) plans: PlanCache,
    stale: AtomicBool,
}

impl Statement {
    pub(super) fn new(name: Arc<str>, inspected: Arc<Inspected>, types: &[u8]) -> Arc<Self> {
        Arc::new(Self {
            name,
            inspected,
            types: types.into(),
            described: Mutex::new(None),
            plans: PlanCache::default(),
            stale: AtomicBool::new(false),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inspected.facts().statements.is_empty()
    }

    /// Whether the name may mean something else at the server by now; asks once.
    pub(super) fn take_stale(&self) -> bool {
        self.stale.swap(false, Ordering::Relaxed)
    }

    pub(super) fn set_described(&self, types: Arc<[u32]>) {
        *lock(&self.described) = Some(types);
    }

    pub(super) fn parameter_type(&self, index: usize) -> u32 {
        let declared = self.types.chunks_exact(4).nth(index);
        let declared = declared.and_then(|oid| Some(u32::from_be_bytes(oid.try_into().ok()?)));
        match declared {
            Some(oid) if oid != 0 => oid,
            _ => lock(&self.described)
                .as_deref()
                .and_then(|types| types.get(index).copied())
                .unwrap_or(0),
        }
    }
}

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Portal {
    pub(super) name: Arc<str>,
    pub(super) statement: Arc<Statement>,
    pub(super) parameters: Arc<[Parameter]>,
    /// The verdict of the Bind, for the first Execute.
    pub(super) judged: Mutex<Option<Judged>>,
    /// The masks of that verdict.
    pub(super) masking: Arc<Masking>,
    /// Whether a description is under way or known.
    pub(super) described: AtomicBool,
    /// How its rows are masked, once described, and by which masks.
    pub(super) plan: Mutex<Option<(Arc<Masking>, Arc<RowPlan>)>>,
    /// Rows that it has returned so far.
    pub(super) rows: AtomicU64,
    /// Ends with the transaction that ends at or behind this many Syncs.
    pub(super) segment: u64,
}

impl Portal {
    /// A description is asked for: the masks that it has to be read for, where there are any.
    pub(super) fn expect_description(&self) -> Option<Arc<Masking>> {
        if self.masking.is_empty() {
            return None;
        }
        self.described.store(true, Ordering::Relaxed);
        Some(Arc::clone(&self.masking))
    }

    /// Whether its description will be known, read for these masks, when it has been executed.
    pub(super) fn is_described_for(&self, masking: &Arc<Masking>) -> bool {
        self.described.load(Ordering::Relaxed) && Arc::ptr_eq(&self.masking, masking)
    }

    pub(super) fn set_plan(&self, masking: Arc<Masking>, plan: Arc<RowPlan>) {
        *lock(&self.plan) = Some((masking, plan));
    }

    pub(super) fn take_judged(&self) -> Option<Judged> {
        lock(&self.judged).take()
    }

    /// The plan for these masks, where a description has been read for them.
    pub(super) fn plan_for(&self, masking: &Arc<Masking>) -> Option<Arc<RowPlan>> {
        let plan = lock(&self.plan);
        let (made_for, plan) = plan.as_ref()?;
        Arc::ptr_eq(made_for, masking).then(|| Arc::clone(plan))
    }
}

/// What each name means.
#[derive(Debug)]
pub(super) struct Names {
    unnamed: Arc<str>,
    statement: Option<Arc<Statement>>,
    statements: HashMap<Arc<str>, Arc<Statement>>,
    portal: Option<Arc<Portal>>,
    portals: HashMap<Arc<str>, Arc<Portal>>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            unnamed: Arc::from(""),
            statement: None,
            statements: HashMap::new(),
            portal: None,
            portals: HashMap::new(),
        }
    }
}

impl Names {
    /// A shared form of a name; the usual empty one costs nothing.
    pub(super) fn intern(&self, name: &str) -> Arc<str> {
        if name.is_empty() {
            return Arc::clone(&self.unnamed);
        }
        match self.statements.get_key_value(name) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(name),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.statements.len() >= MAX_NAMED || self.portals.len() >= MAX_NAMED
    }

    pub(super) fn statement(&self, name: &str) -> Option<Arc<Statement>> {
        if name.is_empty() {
            self.statement.clone()
        } else {
            self.statements.get(name).cloned()
        }
    }

    pub(super) fn portal(&self, name: &str) -> Option<Arc<Portal>> {
        if name.is_empty() {
            self.portal.clone()
        } else {
            self.portals.get(name).cloned()
        }
    }

    /// Gives a name a meaning; answers the one before.
    pub(super) fn set_statement(&mut self, statement: Arc<Statement>) -> Option<Arc<Statement>> {
        if statement.name.is_empty() {
            self.statement.replace(statement)
        } else {
            let name = Arc::clone(&statement.name);
            self.statements.insert(name, statement)
        }
    }

    pub(super) fn set_portal(&mut self, portal: Arc<Portal>) -> Option<Arc<Portal>> {
        if portal.name.is_empty() {
            self.portal.replace(portal)
        } else {
            self.portals.insert(Arc::clone(&portal.name), portal)
        }
    }

    pub(super) fn remove_statement(&mut self, name: &str) -> Option<Arc<Statement>> {
        if name.is_empty() {
            self.statement.take()
        } else {
            self.statements.remove(name)
        }
    }

    pub(super) fn remove_portal(&mut self, name: &str) -> Option<Arc<Portal>> {
        if name.is_empty() {
            self.portal.take()
        } else {
            self.portals.remove(name)
        }
    }

    /// The server skipped what gave `statement` its name: the name means what it meant before.
    pub(super) fn undo_statement(
        &mut self,
        statement: &Statement,
        previous: Option<Arc<Statement>>,
    ) {
        match previous {
            Some(previous) => drop(self.set_statement(previous)),
            None => drop(self.remove_statement(&statement.name)),
        }
    }

    pub(super) fn undo_portal(&mut self, portal: &Portal, previous: Option<Arc<Portal>>) {
        match previous {
            Some(previous) => drop(self.set_portal(previous)),
            None => drop(self.remove_portal(&portal.name)),
        }
    }

    /// A transaction ended behind `segment` Syncs, and with it the portals made in it.
    pub(super) fn end_portals(&mut self, segment: u64) {
        if self.portal.as_ref().is_some_and(|p| p.segment <= segment) {
            self.portal = None;
        }
        if !self.portals.is_empty() {
            self.portals.retain(|_, portal| portal.segment > segment);
        }
    }

    /// SQL may have given names another meaning.
    pub(super) fn distrust_statements(&self) {
        for statement in self.statements.values() {
            statement.stale.store(true, Ordering::Relaxed);
        }
    }

    /// SQL may have opened or closed cursors, which share their names with portals.
    pub(super) fn forget_portals(&mut self) {
        self.portals.clear();
    }
}
