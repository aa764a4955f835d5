//! Issuers of workload identities that are trusted: clusters, CI systems, SPIFFE trust domains,
//! clouds.

pub mod dto;

use axum::{extract::State, http::StatusCode};
use countersign_model::TrustedIssuerId;
use countersign_store::{NewTrustedIssuer, StoreError, TrustedIssuerChange, TrustedIssuerRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{CreateTrustedIssuer, IssuerRule, TrustedIssuer, UpdateTrustedIssuer};
use super::{Page, rules};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Admin},
    extract::{Json, Path},
    oauth,
    state::AppState,
};

const TAG: &str = "trusted issuers";

/// Rules that an issuer may have.
const MAX_RULES: usize = 200;

/// Claims that a rule may name.
const MAX_CLAIMS: usize = 16;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_trusted_issuers, create_trusted_issuer))
        .routes(routes!(update_trusted_issuer, delete_trusted_issuer))
}

impl From<TrustedIssuerRecord> for TrustedIssuer {
    fn from(record: TrustedIssuerRecord) -> Self {
        let rules = record.rules.into_iter();
        Self {
            id: record.id,
            name: record.name,
            issuer: record.issuer,
            jwks_uri: record.jwks_uri,
            audience: record.audience,
            rules: rules
                .map(|rule| IssuerRule {
                    claims: rule.claims,
                    principal: rule.principal,
                })
                .collect(),
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

/// Trusted issuers, by name.
#[utoipa::path(
    get,
    path = "/trusted-issuers",
    tag = TAG,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The issuers", body = Page<TrustedIssuer>)),
)]
pub async fn list_trusted_issuers(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
) -> Result<axum::Json<Page<TrustedIssuer>>, ApiError> {
    let records = state.store.trusted_issuers().await?;
    Ok(axum::Json(Page::whole(records).map(TrustedIssuer::from)))
}

/// Trusts an issuer.
#[utoipa::path(
    post,
    path = "/trusted-issuers",
    tag = TAG,
    request_body = CreateTrustedIssuer,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The issuer", body = TrustedIssuer)),
)]
pub async fn create_trusted_issuer(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Json(body): Json<CreateTrustedIssuer>,
) -> Result<(StatusCode, axum::Json<TrustedIssuer>), ApiError> {
    rules::name("/name", &body.name)?;
    issuer(&body.issuer)?;
    keys(body.jwks_uri.as_deref(), &body.issuer)?;
    rules::line("/audience", &body.audience)?;
    let new = NewTrustedIssuer {
        rules: checked(body.rules)?,
        name: body.name,
        issuer: body.issuer,
        jwks_uri: body.jwks_uri,
        audience: body.audience,
    };
    let record = state.store.create_trusted_issuer(new, state.now()).await;
    let record = record.map_err(not_kept)?;
    note(&state, "issuer.added", &caller, &record.name).await?;
    Ok((StatusCode::CREATED, axum::Json(record.into())))
}

/// Changes what an issuer is trusted for.
#[utoipa::path(
    patch,
    path = "/trusted-issuers/{id}",
    tag = TAG,
    params(("id" = TrustedIssuerId, Path, description = "Which")),
    request_body = UpdateTrustedIssuer,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The issuer", body = TrustedIssuer)),
)]
pub async fn update_trusted_issuer(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<TrustedIssuerId>,
    Json(body): Json<UpdateTrustedIssuer>,
) -> Result<axum::Json<TrustedIssuer>, ApiError> {
    if let Some(name) = &body.name {
        rules::name("/name", name)?;
    }
    if let Some(Some(uri)) = &body.jwks_uri {
        rules::web_address("/jwks_uri", uri)?;
    }
    if let Some(audience) = &body.audience {
        rules::line("/audience", audience)?;
    }
    let change = TrustedIssuerChange {
        name: body.name,
        jwks_uri: body.jwks_uri,
        audience: body.audience,
        rules: body.rules.map(checked).transpose()?,
    };
    let record = state
        .store
        .update_trusted_issuer(id, change, state.now())
        .await
        .map_err(not_kept)?;
    note(&state, "issuer.changed", &caller, &record.name).await?;
    Ok(axum::Json(record.into()))
}

/// Trusts an issuer no more. Credentials that its tokens were exchanged for end by themselves.
#[utoipa::path(
    delete,
    path = "/trusted-issuers/{id}",
    tag = TAG,
    params(("id" = TrustedIssuerId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Trusted no more")),
)]
pub async fn delete_trusted_issuer(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<TrustedIssuerId>,
) -> Result<StatusCode, ApiError> {
    state.store.remove_trusted_issuer(id, state.now()).await?;
    note(&state, "issuer.removed", &caller, &id.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_kept(error: StoreError) -> ApiError {
    match error {
        StoreError::Exists(_) => ApiError::conflict(
            "already_trusted",
            "This issuer is trusted for this audience already: add rules to it, or name another \
             audience.",
        ),
        error => error.into(),
    }
}

/// What a token names as `iss`: an address, or the name of a trust domain.
fn issuer(issuer: &str) -> Result<(), ApiError> {
    rules::line("/issuer", issuer)?;
    if issuer.contains(char::is_whitespace) {
        return Err(ApiError::invalid_field("/issuer", "must hold no blanks"));
    }
    Ok(())
}

/// Where the keys are; an issuer that is no address cannot say so itself.
fn keys(jwks_uri: Option<&str>, issuer: &str) -> Result<(), ApiError> {
    match jwks_uri {
        Some(uri) => rules::web_address("/jwks_uri", uri),
        None => rules::web_address("/issuer", issuer).map_err(|_| {
            ApiError::invalid_field("/jwks_uri", "must be given where the issuer is no address")
        }),
    }
}

fn checked(given: Vec<IssuerRule>) -> Result<Vec<countersign_store::IssuerRule>, ApiError> {
    if given.len() > MAX_RULES {
        return Err(ApiError::invalid_field("/rules", "must be at most 200"));
    }
    let check = |(at, rule): (usize, IssuerRule)| {
        let pointer = format!("/rules/{at}");
        rules::name(&format!("{pointer}/principal"), &rule.principal)?;
        let claims = format!("{pointer}/claims");
        rules::pairs(&claims, &rule.claims)?;
        let says_something = rule
            .claims
            .values()
            .any(|pattern| pattern.chars().any(|c| c != '*'));
        if !says_something || rule.claims.len() > MAX_CLAIMS {
            return Err(ApiError::invalid_field(
                &claims,
                "must be 1 to 16, and not all be patterns that fit anything",
            ));
        }
        Ok(countersign_store::IssuerRule {
            claims: rule.claims,
            principal: rule.principal,
        })
    };
    given.into_iter().enumerate().map(check).collect()
}

async fn note(
    state: &AppState,
    kind: &str,
    caller: &Caller<Admin>,
    name: &str,
) -> Result<(), ApiError> {
    let who = Some(caller.user.email.clone());
    oauth::audit(
        state,
        kind,
        who,
        Some(name.to_owned()),
        serde_json::json!({}),
    )
    .await
}
