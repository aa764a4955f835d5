//! Data documents that policies look things up in: uploaded, or fetched on a schedule.

pub mod content;
mod csv;
pub mod dto;

use axum::{
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_store::{DocumentPull, Edit, NewDocumentVersion, Proposed};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use self::{
    content::{ContentError, MAX_DOCUMENT},
    dto::{CreateDocument, Document, DocumentSummary, DocumentVersion},
};
use super::{
    Page,
    policy_changes::{self, dto::PendingChange},
    rules,
};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Author, Reader},
    },
    document_pull,
    extract::{Json, Path},
    state::AppState,
};

const TAG: &str = "documents";

/// Bytes that a document may have as it is uploaded: a text in JSON may need two for one.
const MAX_BODY: usize = 2 * MAX_DOCUMENT + 64 * 1024;

/// Versions that a document's page shows.
const VERSIONS: u64 = 50;

/// Seconds between two fetches, at least and at most.
const EVERY: std::ops::RangeInclusive<u32> = 30..=2_592_000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_documents))
        .routes(routes!(create_document).layer(DefaultBodyLimit::max(MAX_BODY)))
        .routes(routes!(get_document, delete_document))
        .routes(routes!(get_document_content))
}

/// Documents, by name; always all of them.
#[utoipa::path(
    get,
    path = "/documents",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Documents", body = Page<DocumentSummary>)),
)]
pub async fn list_documents(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
) -> Result<axum::Json<Page<DocumentSummary>>, ApiError> {
    let records = state.store.documents().await?;
    Ok(axum::Json(Page::whole(records).map(DocumentSummary::from)))
}

/// Brings a document, or a new version of the one of this name, and puts it in force. With `pull` and
/// no content it is fetched now, and again every so many seconds. Where approvals are required, this
/// answers 202 with the change that waits; what is fetched later from an approved address needs none.
#[utoipa::path(
    post,
    path = "/documents",
    tag = TAG,
    request_body = CreateDocument,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 201, description = "The document", body = DocumentSummary),
        (status = 202, description = "The change waits for another admin", body = PendingChange),
    ),
)]
pub async fn create_document(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Json(body): Json<CreateDocument>,
) -> Result<Response, ApiError> {
    rules::name("/name", &body.name)?;
    check_pull(body.pull.as_ref())?;
    state.uploads.check(&caller.user.id, state.now())?;
    let key_column = body.key_column.as_deref();
    let content = match (body.content, &body.pull) {
        (Some(value), _) => {
            content::uploaded(value, body.format, key_column).map_err(|e| refused(&e))?
        }
        (None, Some(pull)) => document_pull::fetch(
            &pull.url,
            body.format,
            key_column,
            state.pull_private_addresses,
        )
        .await
        .map_err(|error| ApiError::invalid("document_not_fetched", error.to_string()))?,
        (None, None) => {
            return Err(ApiError::invalid_field(
                "/content",
                "must be there, unless the document is fetched",
            ));
        }
    };
    let new = NewDocumentVersion {
        name: body.name.clone(),
        digest: countersign_policy_package::digest(&content.bytes),
        bytes: content.bytes,
        format: body.format,
        key_column: body.key_column,
        keys: content.keys,
        pull: body.pull,
        created_by: Some(caller.user.id),
    };
    let document = state.store.keep_document_version(new, state.now()).await?;
    let edit = Edit::PutDocument(document);
    match policy_changes::propose(&state, caller.user.id, edit, body.comment).await? {
        Proposed::Pending(record) => Ok(policy_changes::pending(record)),
        Proposed::Applied(_) | Proposed::Unchanged => {
            let record = state.store.document(&body.name).await?;
            let body = axum::Json(DocumentSummary::from(record));
            Ok((StatusCode::CREATED, body).into_response())
        }
    }
}

/// One document with its newest versions.
#[utoipa::path(
    get,
    path = "/documents/{name}",
    tag = TAG,
    params(("name" = String, Path, description = "Its name")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The document", body = Document)),
)]
pub async fn get_document(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(name): Path<String>,
) -> Result<axum::Json<Document>, ApiError> {
    let record = state.store.document(&name).await?;
    let versions = state.store.document_versions(record.id, VERSIONS).await?;
    Ok(axum::Json(Document {
        summary: record.into(),
        versions: versions.into_iter().map(DocumentVersion::from).collect(),
    }))
}

/// The document's version in force: one JSON object.
#[utoipa::path(
    get,
    path = "/documents/{name}/content",
    tag = TAG,
    params(("name" = String, Path, description = "Its name")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The document's content", body = serde_json::Value)),
)]
pub async fn get_document_content(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let record = state.store.document(&name).await?;
    let bytes = state.store.document_content(&record.current.digest).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes))
}

/// Removes a document. Where approvals are required, this answers 202 with the change that waits.
#[utoipa::path(
    delete,
    path = "/documents/{name}",
    tag = TAG,
    params(("name" = String, Path, description = "Its name")),
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 204, description = "Removed"),
        (status = 202, description = "The change waits for another admin", body = PendingChange),
    ),
)]
pub async fn delete_document(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let record = state.store.document(&name).await?;
    let edit = Edit::RemoveDocument(record.id);
    match policy_changes::propose(&state, caller.user.id, edit, String::new()).await? {
        Proposed::Pending(record) => Ok(policy_changes::pending(record)),
        Proposed::Applied(_) | Proposed::Unchanged => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Bytes that are named by their hash never change.
pub fn document_headers(digest: &str) -> [(header::HeaderName, String); 3] {
    [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::ETAG, format!("\"{digest}\"")),
        (
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
    ]
}

fn check_pull(pull: Option<&DocumentPull>) -> Result<(), ApiError> {
    let Some(pull) = pull else {
        return Ok(());
    };
    rules::web_address("/pull/url", &pull.url)?;
    if !EVERY.contains(&pull.every_seconds) {
        let (from, to) = (EVERY.start(), EVERY.end());
        return Err(ApiError::invalid_field(
            "/pull/every_seconds",
            format!("must be from {from} to {to}"),
        ));
    }
    Ok(())
}

fn refused(error: &ContentError) -> ApiError {
    ApiError::invalid_field("/content", error.to_string())
}
