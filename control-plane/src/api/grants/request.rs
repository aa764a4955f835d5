//! Asking for a grant, and taking one where nobody can be asked.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use countersign_model::{
    AccessOperation, Effect, GrantId, GrantOperation, GrantState, Target, Timestamp,
};
use countersign_store::{GrantJudgement, GrantTarget, NewGrant, NewGrantOutcome, TargetRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, announce,
    dto::{BreakGlass, CreateGrant, GrantView},
    judge::{self, Asked},
    party::{Holder, Party},
    view,
};
use crate::{
    api::{locks, rules, service::dto::LiveMessage},
    api_error::ApiError,
    auth::{Actor, Caller, access::Admin},
    extract::Json,
    state::AppState,
};

/// The longest time that a grant may have: a day.
pub const MAX_SECONDS: u32 = 86_400;

/// The longest time that an admin may take one for: an hour.
const MAX_GLASS_SECONDS: u32 = 3_600;

/// Targets that a grant may name.
const MAX_TARGETS: usize = 20;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_grant))
        .routes(routes!(break_glass))
}

/// Asks for a grant. The policies in force judge the request as operation `access`, once a target:
/// it is granted at once, refused, or waits for people. Where no policy takes a side a reviewer
/// decides.
#[utoipa::path(
    post,
    path = "/grants",
    tag = TAG,
    request_body = CreateGrant,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 201, description = "What came of it", body = GrantView)),
)]
pub async fn create_grant(
    State(state): State<AppState>,
    actor: Actor,
    Json(body): Json<CreateGrant>,
) -> Result<(StatusCode, axum::Json<GrantView>), ApiError> {
    let party = Party::from(actor);
    let now = state.now();
    let wanted = Wanted {
        operations: operations(body.operations)?,
        duration: duration(body.duration_seconds, MAX_SECONDS)?,
        targets: targets(&state, body.targets).await?,
        task: task(body.task)?,
        extends: body.extends,
    };
    let holder = party.holder(&state, body.principal.as_deref(), now).await?;
    locks::check(&state, &holder.principal, None).await?;
    state.access_requests.check(&holder.principal.id, now)?;
    if let Some(before) = wanted.extends {
        check_extension(&state, &holder, &wanted, before, now).await?;
    }
    let id = GrantId::new();
    let asked = Asked {
        id,
        principal: holder.principal.clone(),
        targets: wanted.targets.clone(),
        access: wanted.access(),
    };
    let judgement = judge::judge(&state, asked, now).await?;
    let outcome = outcome(&judgement);
    let new = wanted.request(id, holder, &party, Some(judgement), outcome);
    let record = state.store.request_grant(new, now).await?;
    announce(&state, &record);
    let view = view::view(record, &party, now);
    Ok((StatusCode::CREATED, axum::Json(view)))
}

/// Takes a grant without anybody's approval, for the admin's own person: with a reason, for an hour
/// at most. Everybody who looks at the dashboard is alarmed, and all that is done under it is marked.
#[utoipa::path(
    post,
    path = "/grants/break-glass",
    tag = TAG,
    request_body = BreakGlass,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The grant, in force", body = GrantView)),
)]
pub async fn break_glass(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Json(body): Json<BreakGlass>,
) -> Result<(StatusCode, axum::Json<GrantView>), ApiError> {
    rules::line("/reason", &body.reason)?;
    let party = Party::Person(caller.user);
    let now = state.now();
    let wanted = Wanted {
        operations: operations(body.operations)?,
        duration: duration(body.duration_seconds, MAX_GLASS_SECONDS)?,
        targets: targets(&state, body.targets).await?,
        task: task(body.task)?,
        extends: None,
    };
    let holder = party.holder(&state, None, now).await?;
    locks::check(&state, &holder.principal, None).await?;
    let outcome = NewGrantOutcome::BrokenGlass(body.reason);
    let new = wanted.request(GrantId::new(), holder, &party, None, outcome);
    let record = state.store.request_grant(new, now).await?;
    announce(&state, &record);
    let id = record.id.as_uuid();
    state.live.announce(LiveMessage::BreakGlass { id });
    tracing::warn!(grant.id = %record.id, "an admin broke the glass");
    let view = view::view(record, &party, now);
    Ok((StatusCode::CREATED, axum::Json(view)))
}

/// What somebody asks for, checked.
struct Wanted {
    targets: Vec<Target>,
    operations: Vec<GrantOperation>,
    task: String,
    duration: Duration,
    extends: Option<GrantId>,
}

impl Wanted {
    fn access(&self) -> AccessOperation {
        AccessOperation {
            operations: self.operations.clone(),
            task: self.task.clone(),
            duration_seconds: self.duration.as_secs(),
            extends: self.extends,
        }
    }

    fn request(
        self,
        id: GrantId,
        holder: Holder,
        party: &Party,
        judgement: Option<GrantJudgement>,
        outcome: NewGrantOutcome,
    ) -> NewGrant {
        let target = |target: Target| GrantTarget {
            id: target.id,
            name: target.name,
            labels: target.labels,
        };
        NewGrant {
            id,
            principal_id: holder.principal.id,
            on_behalf_of: holder.on_behalf_of,
            requested_by: party.name().to_owned(),
            requested_by_user: party.person().map(|user| user.id),
            targets: self.targets.into_iter().map(target).collect(),
            operations: self.operations,
            task: self.task,
            duration: self.duration,
            extends: self.extends,
            judgement,
            outcome,
        }
    }
}

/// What comes of what the policies say.
fn outcome(judgement: &GrantJudgement) -> NewGrantOutcome {
    match (judgement.effect, &judgement.review) {
        (Effect::Allow, _) => NewGrantOutcome::Granted,
        (Effect::Review, Some(spec)) => NewGrantOutcome::Review(spec.clone()),
        // A grant cannot be masked, and a review that nobody specified cannot be held.
        (Effect::Mask | Effect::Review | Effect::Deny, _) => {
            NewGrantOutcome::Denied(judgement.reasons.join("; "))
        }
    }
}

fn operations(mut wanted: Vec<GrantOperation>) -> Result<Vec<GrantOperation>, ApiError> {
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Err(ApiError::invalid_field("/operations", "must name one"));
    }
    Ok(wanted)
}

fn duration(seconds: u32, most: u32) -> Result<Duration, ApiError> {
    if !(1..=most).contains(&seconds) {
        return Err(ApiError::invalid_field(
            "/duration_seconds",
            format!("must be from 1 to {most}"),
        ));
    }
    Ok(Duration::from_secs(u64::from(seconds)))
}

fn task(task: String) -> Result<String, ApiError> {
    rules::line("/task", &task)?;
    Ok(task.trim().to_owned())
}

async fn targets(state: &AppState, mut names: Vec<String>) -> Result<Vec<Target>, ApiError> {
    let wanted = names.clone();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() || names.len() > MAX_TARGETS {
        return Err(ApiError::invalid_field(
            "/targets",
            format!("must name 1 to {MAX_TARGETS}"),
        ));
    }
    let found: Vec<TargetRecord> = state.store.targets_by_name(names).await?;
    for (index, name) in wanted.iter().enumerate() {
        if !found.iter().any(|record| record.target.name == *name) {
            return Err(ApiError::invalid_field(
                &format!("/targets/{index}"),
                "there is no such target",
            ));
        }
    }
    Ok(found.into_iter().map(|record| record.target).collect())
}

/// An extension follows on a grant in force, of the same holder, and asks for nothing more.
async fn check_extension(
    state: &AppState,
    holder: &Holder,
    wanted: &Wanted,
    before: GrantId,
    now: Timestamp,
) -> Result<(), ApiError> {
    let refuse = |detail: &str| ApiError::invalid_field("/extends", detail);
    let grant = match state.store.grant(before).await {
        Ok(grant) if grant.holder.id == holder.principal.id => grant,
        Ok(_) | Err(countersign_store::StoreError::NotFound(_)) => {
            return Err(refuse("is no grant of this holder"));
        }
        Err(error) => return Err(error.into()),
    };
    if grant.on_behalf_of != holder.on_behalf_of {
        return Err(refuse("is a grant on behalf of somebody else"));
    }
    let over = grant.expires_at.is_none_or(|end| end <= now);
    if grant.state != GrantState::Active || over {
        return Err(ApiError::conflict(
            "not_active",
            "Only a grant in force can be extended. Ask for a new one.",
        ));
    }
    if grant.break_glass {
        return Err(refuse("was taken without approval and cannot be extended"));
    }
    let known = |target: &Target| grant.targets.iter().any(|t| t.id == target.id);
    let allowed = |operation: &GrantOperation| grant.operations.contains(operation);
    if !wanted.targets.iter().all(known) || !wanted.operations.iter().all(allowed) {
        return Err(refuse("allows less than is asked for now"));
    }
    Ok(())
}
