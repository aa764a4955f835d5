//! Token exchange (RFC 8693): what somebody has, for a credential that targets accept.

use countersign_store::PrincipalRecord;
use serde_json::Value;

use super::{
    behalf::{self, ACCESS_TOKEN, Human, ID_TOKEN, JWT},
    error::TokenError,
    form::Form,
    issue::{self, Holder, Wanted},
    workload,
};
use crate::state::AppState;

/// Gives a credential for the tokens in the request.
pub async fn exchange(state: &AppState, form: &Form) -> Result<Value, TokenError> {
    let wanted = Wanted::read(state, form).await?;
    if form
        .one("requested_token_type")?
        .is_some_and(|kind| !matches!(kind, ACCESS_TOKEN | JWT))
    {
        return Err(TokenError::invalid_request(
            "requested_token_type must be an access_token or a jwt.",
        ));
    }
    let holder = holder(state, form).await?;
    let mut answer = issue::issue(state, holder, wanted).await?;
    if let Value::Object(answer) = &mut answer {
        answer.insert("issued_token_type".to_owned(), ACCESS_TOKEN.into());
    }
    Ok(answer)
}

/// Who will act, and for whom.
async fn holder(state: &AppState, form: &Form) -> Result<Holder, TokenError> {
    let token = form.need("subject_token")?;
    let actor = Actor::read(form)?;
    match form.need("subject_token_type")? {
        JWT | ID_TOKEN => {
            if !matches!(actor, Actor::None) {
                return Err(TokenError::invalid_request(
                    "A workload acts for itself: to act for a human, show the human's token as \
                     subject_token and the workload's as actor_token.",
                ));
            }
            let workload = workload::identify(state, token).await?;
            let subject = workload.subject.unwrap_or_default();
            Ok(Holder {
                principal: workload.principal,
                human: None,
                until: None,
                api_token: None,
                via: "workload",
                proof: format!("{} {subject}", workload.issuer),
            })
        }
        ACCESS_TOKEN => {
            let human = behalf::human(state, token).await?;
            on_behalf(state, human, actor).await
        }
        _ => Err(TokenError::invalid_request(
            "subject_token_type must be a jwt of a trusted issuer or an access_token of a person.",
        )),
    }
}

/// How the request names who will act for the subject.
enum Actor<'a> {
    /// The subject themselves.
    None,
    /// By a token of its own.
    Token(&'a str, &'a str),
    /// By its name: the human answers for it.
    Named(&'a str),
}

impl<'a> Actor<'a> {
    fn read(form: &'a Form) -> Result<Self, TokenError> {
        let token = form.one("actor_token")?;
        let kind = form.one("actor_token_type")?;
        match (token, kind, form.one("requested_actor")?) {
            (None, None, None) => Ok(Self::None),
            (Some(token), Some(kind), None) => Ok(Self::Token(token, kind)),
            (None, None, Some(name)) => Ok(Self::Named(name)),
            _ => Err(TokenError::invalid_request(
                "Give either actor_token with actor_token_type, or requested_actor.",
            )),
        }
    }
}

async fn on_behalf(state: &AppState, human: Human, actor: Actor<'_>) -> Result<Holder, TokenError> {
    let (until, api_token) = (human.until, Some(human.token));
    let proof = human.user.email.clone();
    let agent = match actor {
        Actor::None => {
            return Ok(Holder {
                principal: human.principal,
                human: None,
                until,
                api_token,
                via: "self",
                proof,
            });
        }
        Actor::Token(token, kind) => Some(behalf::actor(state, token, kind).await?),
        Actor::Named(name) => state.store.principal_named(name, state.now()).await?,
    };
    let Some(agent) = agent.filter(|agent| behalf::may_act_for(agent, &human)) else {
        return Err(not_theirs(state, &human.principal).await?);
    };
    Ok(Holder {
        principal: agent,
        human: Some(human.principal),
        until,
        api_token,
        via: "on_behalf_of",
        proof,
    })
}

/// The same answer whether there is no such agent or it is somebody else's.
async fn not_theirs(state: &AppState, human: &PrincipalRecord) -> Result<TokenError, TokenError> {
    issue::refused(state, Some(human), "not_their_agent").await?;
    Ok(TokenError::unauthorized_client(
        "There is no agent of that name that may act for this person.",
    ))
}
