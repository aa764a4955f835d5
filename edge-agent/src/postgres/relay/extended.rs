//! The extended protocol: Parse, Bind, Execute. A text is judged when it is prepared, again with
//! its values when it is bound, and checked once more when it is executed.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use countersign_model::Effect;

use super::{
    End, Relay,
    client::unknown,
    names::{Portal, Statement},
    parameters,
    queue::{Awaited, Execution},
    refusal::{Context, refusal_report, verdict_report},
};
use crate::{
    pipeline::{Judged, Phase},
    postgres::{
        backend::Report,
        frontend::{self, Bind, Object, Parse},
    },
};

impl Relay {
    /// Preparing runs nothing, and yet only what a policy would let run is prepared.
    pub(super) fn parse(&mut self, parse: &Parse<'_>) -> Result<(), End> {
        let inspected = match self.session.inspect(Phase::Parse, parse.text) {
            Ok(inspected) => inspected,
            Err(refusal) => {
                self.refuse(refusal_report(&refusal, parse.text));
                return Ok(());
            }
        };
        if !inspected.facts().statements.is_empty() {
            let none = self.session.no_parameters();
            let judged = match self.session.judge(Phase::Parse, &inspected, &none) {
                Ok(judged) => judged,
                Err(refusal) => {
                    self.refuse(refusal_report(&refusal, parse.text));
                    return Ok(());
                }
            };
            if !self.may_prepare(&judged) {
                return Ok(());
            }
        }
        if self.names.is_full() {
            self.refuse(too_many());
            return Ok(());
        }
        let statement = Statement::new(self.names.intern(parse.name), inspected, parse.types);
        self.send_parse(&statement, true);
        Ok(())
    }

    /// Refuses what is denied already; what needs a review is held when it is executed.
    fn may_prepare(&mut self, judged: &Judged) -> bool {
        if judged.effect() == Effect::Deny {
            let refusal = self.session.deny(judged);
            self.refuse(verdict_report(&refusal, judged));
            return false;
        }
        if let Some(report) = self.pinned_setting(judged) {
            self.refuse(report);
            return false;
        }
        true
    }

    fn send_parse(&mut self, statement: &Arc<Statement>, visible: bool) {
        frontend::write_parse(
            &mut self.server.output,
            &statement.name,
            statement.inspected.text(),
            &statement.types,
        );
        let previous = self.names.set_statement(Arc::clone(statement));
        self.push(Awaited::Parse {
            statement: Arc::clone(statement),
            previous,
            visible,
        });
    }

    /// Prepares a statement anew whose name SQL may have given to another one.
    fn prepare_again(&mut self, statement: &Arc<Statement>) {
        frontend::write_close(&mut self.server.output, Object::Statement, &statement.name);
        let previous = self.names.remove_statement(&statement.name);
        self.push(Awaited::CloseStatement {
            previous,
            visible: false,
        });
        self.send_parse(statement, false);
    }

    pub(super) fn bind(&mut self, bind: &Bind<'_>) -> Result<(), End> {
        let Some(statement) = self.names.statement(bind.statement) else {
            self.refuse(unknown(Object::Statement, bind.statement));
            return Ok(());
        };
        if self.names.is_full() {
            self.refuse(too_many());
            return Ok(());
        }
        let parameters = if bind.values.len() == 0 {
            self.session.no_parameters()
        } else {
            parameters::read(bind, &statement).map_err(|error| super::violation(&error))?
        };
        let mut masking = Arc::clone(&self.shared.no_masking);
        let mut judged = None;
        if !statement.is_empty() {
            let verdict = self
                .session
                .judge(Phase::Execute, &statement.inspected, &parameters);
            let verdict = match verdict {
                Ok(verdict) => verdict,
                Err(refusal) => {
                    self.refuse(refusal_report(&refusal, ""));
                    return Ok(());
                }
            };
            if verdict.effect() == Effect::Deny {
                let refusal = self.session.deny(&verdict);
                self.refuse(verdict_report(&refusal, &verdict));
                return Ok(());
            }
            masking = match self.enforceable(&verdict, Context::Extended) {
                Some(masking) => masking,
                None => return Ok(()),
            };
            judged = Some(verdict);
        }
        if statement.take_stale() {
            self.prepare_again(&statement);
        }
        let portal = Arc::new(Portal {
            name: self.names.intern(bind.portal),
            statement,
            parameters,
            judged: Mutex::new(judged),
            masking,
            described: AtomicBool::new(false),
            plan: Mutex::new(None),
            rows: AtomicU64::new(0),
            segment: self.segment + 1,
        });
        frontend::write_bind(&mut self.server.output, bind);
        let previous = self.names.set_portal(Arc::clone(&portal));
        self.push(Awaited::Bind { portal, previous });
        Ok(())
    }

    /// Runs a portal, once more where it has run before: each time is an action of its own.
    pub(super) async fn execute(&mut self, name: &str, max_rows: i32) -> Result<(), End> {
        let Some(portal) = self.names.portal(name) else {
            self.refuse(unknown(Object::Portal, name));
            return Ok(());
        };
        if portal.statement.is_empty() {
            frontend::write_execute(&mut self.server.output, name, max_rows);
            self.push(Awaited::EmptyExecute);
            return Ok(());
        }
        let judged = match portal.take_judged() {
            Some(judged) => judged,
            None => {
                let inspected = &portal.statement.inspected;
                let again = self
                    .session
                    .judge(Phase::Execute, inspected, &portal.parameters);
                match again {
                    Ok(judged) => judged,
                    Err(refusal) => {
                        self.refuse(refusal_report(&refusal, ""));
                        return Ok(());
                    }
                }
            }
        };
        let permitted = self
            .permit(judged, Some(&portal), Context::Extended)
            .await?;
        let Some(execution) = permitted else {
            return Ok(());
        };
        if !execution.masking.is_empty() && !portal.is_described_for(&execution.masking) {
            frontend::write_describe(&mut self.server.output, Object::Portal, name);
            self.push(Awaited::DescribePortal {
                portal: Arc::clone(&portal),
                masking: Some(Arc::clone(&execution.masking)),
                visible: false,
            });
        }
        let max_rows = capped(max_rows, &execution, &portal);
        frontend::write_execute(&mut self.server.output, name, max_rows);
        self.sent(&execution);
        self.push(Awaited::Execute(execution));
        Ok(())
    }
}

/// The rows to ask for: one more than may be delivered, so that the server stops by itself and the
/// edge sees that there would have been more.
fn capped(wanted: i32, execution: &Execution, portal: &Portal) -> i32 {
    let Some(limit) = execution.limits().rows else {
        return wanted;
    };
    let left = limit.saturating_sub(portal.rows.load(Ordering::Relaxed));
    let most = i32::try_from(left.saturating_add(1)).unwrap_or(i32::MAX);
    if wanted > 0 { wanted.min(most) } else { most }
}

fn too_many() -> Report {
    Report::error(
        "53400",
        "too many prepared statements or portals in this session",
    )
    .hint("Close those that are no longer needed.")
}
