//! From a verdict to an action that may be sent.

use std::{sync::Arc, time::Duration};

use countersign_model::{Effect, Limits, SqlStatement, StatementClass};
use tokio::time::Instant;

use super::{
    End, Relay,
    names::Portal,
    qualified::is_qualified,
    queue::Execution,
    refusal::{Context, verdict_report},
};
use crate::{
    pipeline::{Judged, code},
    postgres::{
        backend::Report,
        mask::{self, Filtering, Masking},
        settings,
    },
};

/// How often a verdict may go out of date between judging and recording.
const MAX_REFRESHES: usize = 4;

/// The code in the journal for a change of a pinned setting.
const PINNED_SETTING: &str = "pinned_setting";

impl Relay {
    /// Denies, holds, or makes the intent durable. `None` when the client has been answered and the
    /// action does not run.
    pub(super) async fn permit(
        &mut self,
        mut judged: Judged,
        portal: Option<&Arc<Portal>>,
        context: Context,
    ) -> Result<Option<Box<Execution>>, End> {
        for _ in 0..MAX_REFRESHES {
            judged = match self.session.refresh(judged) {
                Ok(judged) => judged,
                Err(refusal) => {
                    self.refuse_in(context, super::refusal::refusal_report(&refusal, ""));
                    return Ok(None);
                }
            };
            if judged.effect() == Effect::Deny {
                let refusal = self.session.deny(&judged);
                self.refuse_in(context, verdict_report(&refusal, &judged));
                return Ok(None);
            }
            if let Some(reason) = self.unknown_function(&judged).await {
                let refusal = self.session.refuse(&judged, code::NOT_ENFORCEABLE, reason);
                self.refuse_in(context, verdict_report(&refusal, &judged));
                return Ok(None);
            }
            let Some(mut masking) = self.enforceable(&judged, context) else {
                return Ok(None);
            };
            if judged.effect() == Effect::Review {
                judged = match self.hold(judged, context).await? {
                    Some(approved) => approved,
                    None => return Ok(None),
                };
                // What holds now need not be what held before the wait.
                masking = match self.enforceable(&judged, context) {
                    Some(masking) => masking,
                    None => return Ok(None),
                };
            }
            let filters = match self.session.begin_filters(&judged) {
                Ok(filters) => Filtering::new(filters),
                Err(refusal) => {
                    self.refuse_in(context, verdict_report(&refusal, &judged));
                    return Ok(None);
                }
            };
            match self.session.record_intent(&judged).await {
                Ok(running) => {
                    let portal = portal.cloned();
                    let execution = Execution::new(running, &judged, masking, filters, portal);
                    return Ok(Some(Box::new(execution)));
                }
                Err(refusal) if refusal.code == code::VERDICT_OUTDATED => {}
                Err(refusal) => {
                    self.refuse_in(context, verdict_report(&refusal, &judged));
                    return Ok(None);
                }
            }
        }
        let reason = "the policies changed faster than they could be asked".to_owned();
        let refusal = self.session.refuse(&judged, code::VERDICT_OUTDATED, reason);
        self.refuse_in(context, verdict_report(&refusal, &judged));
        Ok(None)
    }

    /// Why a function of the statement may not be the one it was judged as: a name without a schema
    /// was taken for the server's own function.
    async fn unknown_function(&self, judged: &Judged) -> Option<String> {
        let statements = &judged.inspected().facts().statements;
        if statements
            .iter()
            .all(|statement| statement.functions.is_empty())
        {
            return None;
        }
        let names = statements
            .iter()
            .flat_map(|statement| &statement.functions)
            .map(String::as_str)
            .filter(|name| !name.contains('.'));
        let text = judged.inspected().text();
        let qualified = |name: &str| is_qualified(text, name);
        match self.target.catalog.shadowed(names, qualified).await {
            Ok(None) => None,
            Ok(Some(name)) => Some(format!(
                "function \"{name}\" is not the server's alone here; write pg_catalog.{name}"
            )),
            Err(unavailable) => Some(unavailable.to_string()),
        }
    }

    /// The masks of a verdict, or `None` and a refusal where the edge could not do as it says.
    pub(super) fn enforceable(
        &mut self,
        judged: &Judged,
        context: Context,
    ) -> Option<Arc<Masking>> {
        if let Some(report) = self.pinned_setting(judged) {
            self.refuse_in(context, report);
            return None;
        }
        if names_rows_for_later(judged) {
            let reason = "the policies cap or filter what this statement may return, and the edge \
                          cannot do so for the rows of a cursor or of PREPARE: run the query \
                          itself"
                .to_owned();
            let refusal = self.session.refuse(judged, code::NOT_ENFORCEABLE, reason);
            self.refuse_in(context, verdict_report(&refusal, judged));
            return None;
        }
        let masks = &judged.decision().obligations.masks;
        let filtered = judged.is_filtered();
        if masks.is_empty() && !filtered {
            return Some(Arc::clone(&self.shared.no_masking));
        }
        let unmaskable = match mask::check_copy(judged.inspected()) {
            Ok(()) if self.latest_masking.is_of(masks, filtered) => {
                return Some(Arc::clone(&self.latest_masking));
            }
            Ok(()) => match self.shared.maskings.get(masks, filtered) {
                Ok(masking) => {
                    self.latest_masking = Arc::clone(&masking);
                    return Some(masking);
                }
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        let refusal = self
            .session
            .refuse(judged, code::NOT_ENFORCEABLE, unmaskable);
        self.refuse_in(context, verdict_report(&refusal, judged));
        None
    }

    /// Refuses a change of a setting that the edge relies on.
    pub(super) fn pinned_setting(&mut self, judged: &Judged) -> Option<Report> {
        let inspected = judged.inspected();
        let name = inspected
            .facts()
            .statements
            .iter()
            .find_map(pinned_by)?
            .to_owned();
        if name == "client_encoding" && settings::keeps_encoding(inspected.text()) {
            return None;
        }
        let reason = format!("setting \"{name}\" is fixed for sessions through Countersign");
        let refusal = self.session.refuse(judged, PINNED_SETTING, reason);
        Some(
            Report::error("42501", refusal.reason.clone())
                .detail(format!(
                    "action {} ({})",
                    refusal.action_id,
                    refusal.action_id.short()
                ))
                .hint("Name schemas in the statement itself instead of changing the session."),
        )
    }

    /// An action is on its way: what that means for those behind it.
    pub(super) fn sent(&mut self, execution: &Execution) {
        let inspected = &execution.inspected;
        self.changes |= inspected.has_side_effects();
        let limits = *execution.limits();
        if limits != Limits::default() {
            // Nothing behind it may take effect before it is known whether it is stopped.
            self.barrier = true;
        }
        if let Some(seconds) = limits.seconds {
            self.deadline = Some(Instant::now() + Duration::from_secs(u64::from(seconds)));
        }
        self.distrust_names(execution);
    }

    /// Statements that may give names another meaning behind the protocol's back.
    fn distrust_names(&mut self, execution: &Execution) {
        let facts = execution.inspected.facts();
        let does = |names: &[&str]| {
            facts.statements.iter().any(|statement| {
                statement
                    .operations
                    .iter()
                    .any(|operation| names.contains(&operation.as_str()))
            })
        };
        if execution.inspected.class() >= StatementClass::Exec
            || does(&["prepare", "deallocate", "discard", "execute", "do", "call"])
        {
            self.names.distrust_statements();
        }
        if does(&[
            "declare",
            "declare_cursor",
            "close",
            "close_cursor",
            "discard",
        ]) {
            self.names.forget_portals();
        }
    }
}

/// The pinned setting that a statement changes, or may change.
fn pinned_by(statement: &SqlStatement) -> Option<&str> {
    // Resetting everything goes back to the pinned values; a computed name may be any name.
    let computed = statement
        .functions
        .iter()
        .any(|name| name.ends_with("set_config"));
    statement
        .settings_changed
        .iter()
        .map(String::as_str)
        .find(|name| settings::is_pinned(name) || (*name == "all" && computed))
}

/// Whether a capped or filtered query would get a name by which later statements have its rows: those say
/// nothing of the tables they read, and no policy caps or filters them.
fn names_rows_for_later(judged: &Judged) -> bool {
    let obligations = &judged.decision().obligations;
    let capped = obligations.limits.rows.is_some()
        || obligations.limits.bytes.is_some()
        || !obligations.charges.is_empty()
        || judged.is_filtered();
    let names = |operation: &String| matches!(operation.as_str(), "declare" | "prepare");
    capped
        && judged
            .inspected()
            .facts()
            .statements
            .iter()
            .any(|statement| statement.operations.iter().any(names))
}
