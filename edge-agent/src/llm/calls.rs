//! Tool calls in a model's answer: each is an action of its own.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use countersign_model::{ActionId, Operation, OutcomeStatus, StatementClass, ToolCallOperation};
use serde_json::Value;

use crate::{
    http::{
        Exchange,
        admit::{Pending, Stopped, admit},
    },
    pipeline::{Inspected, Outcome, Phase},
};

/// Bytes of the arguments that a line for people shows.
const SHOWN: usize = 200;

/// What became of a call.
pub(super) enum Judged {
    /// The client may have it.
    Released(ActionId),
    /// It may not; these words stand in the call's place, for the model's loop to read.
    Refused(Option<ActionId>, String),
}

/// Judges a call, and waits for people up to `wait`. Its intent is durable when it is released: what the
/// client makes of it happens elsewhere, so that its outcome is recorded with it.
pub(super) async fn judge(
    exchange: &mut Exchange,
    name: &str,
    arguments: Option<Value>,
    wait: Duration,
) -> Judged {
    let shared = Arc::clone(&exchange.shared);
    let session = &mut exchange.session;
    let Some(arguments) = arguments else {
        let problem = "the arguments are no JSON that everybody reads alike".to_owned();
        let refusal = session.unreadable(Phase::LlmToolCall, name, problem);
        return Judged::Refused(Some(refusal.action_id), refusal.reason);
    };
    let text = arguments.to_string();
    let shown = text
        .get(..text.floor_char_boundary(SHOWN))
        .unwrap_or_default();
    let line = format!("{name} {shown}");
    let operation = Operation::ToolCall(ToolCallOperation {
        server: session.target().name.clone(),
        tool: name.to_owned(),
        arguments: Arc::new(arguments),
        definition_changed: false,
    });
    let parts = vec![Bytes::from(name.to_owned()), Bytes::from(text)];
    // The call runs nothing here: what it does is judged where it runs, if that is behind an edge.
    let inspected = Inspected::request(&line, operation, StatementClass::Read, parts, 0);
    match admit(
        &shared.pendings,
        session,
        Phase::LlmToolCall,
        &inspected,
        wait,
    )
    .await
    {
        Ok(judged) => match session.record_intent(&judged).await {
            Ok(running) => {
                session.record_outcome(running, Outcome::new(OutcomeStatus::Completed));
                Judged::Released(judged.action_id())
            }
            Err(refusal) => Judged::Refused(Some(refusal.action_id), refusal.reason),
        },
        Err(Stopped::Refused(refusal)) => Judged::Refused(Some(refusal.action_id), refusal.reason),
        Err(Stopped::Pending(Pending { action, review, .. })) => Judged::Refused(
            Some(action),
            format!(
                "it waits for review {}: make the identical call again to pick it up",
                review.short()
            ),
        ),
    }
}
