//! Asking for a grant.

use std::time::Duration;

use countersign_model::{
    GrantId, GrantOperation, GrantState, PrincipalId, ReviewSpec, Timestamp, UserId,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};

use super::{
    GrantJudgement, GrantRecord, GrantTarget,
    event::{self, Step},
    read,
};
use crate::{Store, StoreError, entity::grants::ActiveModel, text};

/// A grant that somebody asks for.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Its id, by which the policies knew it already.
    pub id: GrantId,
    /// Who is to hold it.
    pub principal_id: PrincipalId,
    /// The human for whom they are to act.
    pub on_behalf_of: Option<String>,
    /// Who asks: an e-mail address, or the principal's own name.
    pub requested_by: String,
    /// The person who asks, where a person does.
    pub requested_by_user: Option<UserId>,
    /// On what.
    pub targets: Vec<GrantTarget>,
    /// What for; sorted.
    pub operations: Vec<GrantOperation>,
    /// The task.
    pub task: String,
    /// How long.
    pub duration: Duration,
    /// The grant that it follows on.
    pub extends: Option<GrantId>,
    /// What the policies say; nothing where an admin breaks the glass.
    pub judgement: Option<GrantJudgement>,
    /// What comes of it at once.
    pub outcome: NewGrantOutcome,
}

/// What comes of a request at once.
#[derive(Debug, Clone)]
pub enum NewGrantOutcome {
    /// It is in force.
    Granted,
    /// An admin takes it, for this reason.
    BrokenGlass(String),
    /// People must decide.
    Review(ReviewSpec),
    /// It is refused, for this reason.
    Denied(String),
}

impl NewGrantOutcome {
    const fn state(&self) -> GrantState {
        match self {
            Self::Granted | Self::BrokenGlass(_) => GrantState::Active,
            Self::Review(_) => GrantState::Requested,
            Self::Denied(_) => GrantState::Denied,
        }
    }
}

impl Store {
    /// Keeps a request with what came of it. One that is in force at once is told to edges.
    ///
    /// # Errors
    /// `NotFound` when the principal was removed meanwhile.
    pub async fn request_grant(
        &self,
        new: NewGrant,
        now: Timestamp,
    ) -> Result<GrantRecord, StoreError> {
        let mut change = self.change().await?;
        crate::principals::find(change.db(), new.principal_id).await?;
        let id = new.id;
        let state = new.outcome.state();
        row(new, now)?.insert(change.db()).await?;
        if state == GrantState::Active {
            change.matters_to_edges().await?;
        }
        let record = read::one(change.db(), id).await?;
        told(change.db(), &record, now).await?;
        change.commit().await?;
        Ok(record)
    }
}

async fn told<C: ConnectionTrait>(
    connection: &C,
    record: &GrantRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let asked = Some(record.requested_by.as_str());
    if record.break_glass {
        return event::keep(connection, record, Step::BreakGlass, asked, now).await;
    }
    event::keep(connection, record, Step::Requested, asked, now).await?;
    if record.state != GrantState::Requested {
        event::keep(connection, record, Step::Came, None, now).await?;
    }
    Ok(())
}

fn row(new: NewGrant, now: Timestamp) -> Result<ActiveModel, StoreError> {
    let state = new.outcome.state();
    let in_force = state == GrantState::Active;
    let decided = state != GrantState::Requested;
    let denied = state == GrantState::Denied;
    let break_glass = matches!(new.outcome, NewGrantOutcome::BrokenGlass(_));
    let (spec, reason, denied_because) = match new.outcome {
        NewGrantOutcome::Granted => (None, String::new(), None),
        NewGrantOutcome::BrokenGlass(reason) => (None, reason, None),
        NewGrantOutcome::Review(spec) => (Some(spec), String::new(), None),
        NewGrantOutcome::Denied(reason) => (None, String::new(), Some(reason)),
    };
    let later = |wait: u32| now.after(Duration::from_secs(u64::from(wait))).as_millis();
    Ok(ActiveModel {
        id: Set(new.id.as_uuid()),
        state: Set(state.as_str().to_owned()),
        principal_id: Set(new.principal_id.as_uuid()),
        on_behalf_of: Set(new.on_behalf_of),
        requested_by: Set(new.requested_by),
        requested_by_user: Set(new.requested_by_user.map(|user| user.as_uuid())),
        targets: Set(text::to_json(&new.targets)?),
        operations: Set(text::to_json(&new.operations)?),
        task: Set(new.task),
        duration_seconds: Set(text::to_i64(new.duration.as_secs())),
        extends: Set(new.extends.map(|grant| grant.as_uuid())),
        break_glass: Set(break_glass),
        reason: Set(reason),
        decision: Set(text::to_json(&new.judgement)?),
        quorum: Set(spec
            .as_ref()
            .map_or(0, |spec| i32::from(spec.quorum.max(1)))),
        requested_at: Set(now.as_millis()),
        decide_until: Set(spec.map(|spec| later(spec.expires_in))),
        decided_at: Set(decided.then(|| now.as_millis())),
        expires_at: Set(in_force.then(|| now.after(new.duration).as_millis())),
        ended_at: Set(denied.then(|| now.as_millis())),
        ended_by: Set(None),
        end_reason: Set(denied_because),
        updated_at: Set(now.as_millis()),
    })
}
