//! What a guest may ask: the getters of its action, counters and the log. Each getter that can tell
//! two actions with equal facts apart leaves a mark, so that the engine knows whether the verdict
//! could have differed.

use std::sync::{Arc, OnceLock};

use countersign_model::{Action, Failure, HostCall, Operation, SqlFacts, SqlOperation};
use wasmtime::{
    StoreContextMut,
    component::{Linker, LinkerInstance, Resource, ResourceType},
};

use crate::{
    Counters,
    error::{Fault, truncate},
    limits::{Budget, Memory},
    wit,
};

const MAX_LINES: usize = 32;
const MAX_LINE: usize = 1024;
const MAX_COUNTS: usize = 64;
const MAX_COUNTER_KEY: usize = 256;

/// An action while it is judged, shared by the policies that judge it.
pub(crate) struct Judging {
    pub(crate) action: Action,
    pub(crate) counters: Arc<dyn Counters>,
    statements: OnceLock<Arc<[wit::SqlStatement]>>,
}

impl Judging {
    pub(crate) fn new(action: Action, counters: Arc<dyn Counters>) -> Self {
        Self {
            action,
            counters,
            statements: OnceLock::new(),
        }
    }

    fn sql(&self) -> Option<&SqlOperation> {
        match &self.action.operation {
            Operation::Sql(sql) => Some(sql),
            Operation::Http(_) | Operation::ToolCall(_) | Operation::Shell(_) => None,
        }
    }

    fn facts(&self) -> Option<&SqlFacts> {
        self.sql().map(|sql| &*sql.facts)
    }

    fn statements(&self) -> Option<Arc<[wit::SqlStatement]>> {
        let facts = self.facts()?;
        let convert = || facts.statements.iter().map(Into::into).collect();
        Some(Arc::clone(self.statements.get_or_init(convert)))
    }
}

/// What a store holds for its guest.
pub(crate) struct HostState {
    pub(crate) judging: Option<Arc<Judging>>,
    pub(crate) calls: Vec<HostCall>,
    /// Whether the guest asked for something that equal facts do not determine.
    pub(crate) may_differ: bool,
    /// Set where the host ended the call itself.
    pub(crate) fault: Option<Fault>,
    pub(crate) budget: Budget,
    pub(crate) memory: Memory,
    lines: usize,
    counts: usize,
}

impl HostState {
    pub(crate) fn new(budget: Budget, memory: Memory) -> Self {
        Self {
            judging: None,
            calls: Vec::new(),
            may_differ: false,
            fault: None,
            budget,
            memory,
            lines: 0,
            counts: 0,
        }
    }

    /// Begins to judge.
    pub(crate) fn begin(&mut self, judging: Arc<Judging>) {
        self.judging = Some(judging);
        self.calls.clear();
        self.may_differ = false;
        self.lines = 0;
        self.counts = 0;
    }

    /// The action that is being judged. A guest has no other, so that the handle need not be looked
    /// at; while it is being set up it has none.
    fn judging(&self) -> wasmtime::Result<&Judging> {
        match &self.judging {
            Some(judging) => Ok(judging),
            None => Err(wasmtime::Error::msg("nothing is being judged")),
        }
    }

    /// The same, for what equal facts do not determine.
    fn differing(&mut self) -> wasmtime::Result<&Judging> {
        self.may_differ = true;
        self.judging()
    }

    fn refuse(&mut self, detail: &str) -> wasmtime::Error {
        self.fault = Some(Fault::new(Failure::Size, detail));
        wasmtime::Error::msg(detail.to_owned())
    }

    fn log(&mut self, level: wit::Level, mut message: String) {
        if self.lines >= MAX_LINES {
            return;
        }
        self.lines += 1;
        truncate(&mut message, MAX_LINE);
        self.calls.push(HostCall::Log {
            level: level.as_str().to_owned(),
            message,
        });
    }

    fn count(&mut self, key: String, amount: u64, window_seconds: u32) -> wasmtime::Result<u64> {
        self.counts += 1;
        if self.counts > MAX_COUNTS {
            return Err(self.refuse("counted more than 64 times in one decision"));
        }
        if key.len() > MAX_COUNTER_KEY {
            return Err(self.refuse("a counter's key may have 256 bytes"));
        }
        let sum = self
            .differing()?
            .counters
            .count(&key, amount, window_seconds);
        self.calls.push(HostCall::Count {
            key,
            amount,
            window_seconds,
            sum,
        });
        Ok(sum)
    }
}

/// The type behind the `action` resource; its values live in the store.
pub(crate) struct ActionHandle;

type Handle = Resource<ActionHandle>;
type Context<'a> = StoreContextMut<'a, HostState>;

/// Offers the policy world, and nothing else.
pub(crate) fn offer(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    let mut types = linker.instance("countersign:policy/types@0.1.0")?;
    types.resource(
        "action",
        ResourceType::host::<ActionHandle>(),
        |_, _| Ok(()),
    )?;
    offer_identity(&mut types)?;
    offer_sql(&mut types)?;
    let mut host = linker.instance("countersign:policy/host@0.1.0")?;
    host.func_wrap(
        "log",
        |mut cx: Context<'_>, (level, message): (wit::Level, String)| {
            cx.data_mut().log(level, message);
            Ok(())
        },
    )?;
    host.func_wrap(
        "count",
        |mut cx: Context<'_>, (key, amount, window): (String, u64, u32)| {
            Ok((cx.data_mut().count(key, amount, window)?,))
        },
    )
}

/// Which action, who and where.
fn offer_identity(types: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    types.func_wrap("[method]action.id", |mut cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data_mut().differing()?.action.id.to_string(),))
    })?;
    types.func_wrap("[method]action.at", |mut cx: Context<'_>, _: (Handle,)| {
        let at = cx.data_mut().differing()?.action.at.as_millis();
        Ok((u64::try_from(at).unwrap_or(0),))
    })?;
    types.func_wrap(
        "[method]action.session",
        |mut cx: Context<'_>, _: (Handle,)| {
            Ok((cx.data_mut().differing()?.action.session.to_string(),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal",
        |cx: Context<'_>, _: (Handle,)| {
            let principal = &*cx.data().judging()?.action.principal;
            Ok((wit::Principal::from(principal),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal-claim",
        |cx: Context<'_>, (_, name): (Handle, String)| {
            let principal = &cx.data().judging()?.action.principal;
            Ok((principal.claims.get(&name).cloned(),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal-in-group",
        |cx: Context<'_>, (_, name): (Handle, String)| {
            let principal = &cx.data().judging()?.action.principal;
            Ok((principal.groups.contains(&name),))
        },
    )?;
    types.func_wrap("[method]action.target", |cx: Context<'_>, _: (Handle,)| {
        let target = &*cx.data().judging()?.action.target;
        Ok((wit::Target::from(target),))
    })?;
    types.func_wrap(
        "[method]action.target-label",
        |cx: Context<'_>, (_, name): (Handle, String)| {
            let target = &cx.data().judging()?.action.target;
            Ok((target.labels.get(&name).cloned(),))
        },
    )
}

/// What is to be done.
fn offer_sql(types: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    types.func_wrap("[method]action.kind", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.action.operation.kind().to_owned(),))
    })?;
    types.func_wrap(
        "[method]action.sql-class",
        |cx: Context<'_>, _: (Handle,)| {
            let facts = cx.data().judging()?.facts();
            Ok((facts.map(|f| wit::StatementClass::from(f.class())),))
        },
    )?;
    types.func_wrap(
        "[method]action.sql-unbounded-read",
        |cx: Context<'_>, _: (Handle,)| {
            let facts = cx.data().judging()?.facts();
            Ok((facts.is_some_and(|f| f.statements.iter().any(|s| s.unbounded_read)),))
        },
    )?;
    types.func_wrap("[method]action.sql", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.statements(),))
    })?;
    types.func_wrap(
        "[method]action.text",
        |mut cx: Context<'_>, _: (Handle,)| {
            let text = cx
                .data_mut()
                .differing()?
                .sql()
                .map(|s| Arc::clone(&s.text));
            Ok((text,))
        },
    )?;
    types.func_wrap(
        "[method]action.parameters",
        |mut cx: Context<'_>, _: (Handle,)| {
            let judging = cx.data_mut().differing()?;
            let values: Vec<wit::Parameter> = judging
                .sql()
                .map(|sql| sql.parameters.iter().map(Into::into).collect())
                .unwrap_or_default();
            Ok((values,))
        },
    )
}
