//! The routes of files. Each handler reads its request, runs one operation on a blocking thread and
//! answers.

mod content;
mod headers;

use super::archive::{self, PIECES_MAX};
use super::error::FileError;
use super::{Files, Shared, list};
use crate::blocking::blocking;
use crate::documents::Documents;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Body, Path, Query};
use crate::stop::StopOnDrop;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use futures_util::stream;
use protocol::error::{ErrorBody, ErrorCode};
use protocol::file::{FileEntry, Listing, NameMatches, PathBody, RenameBody};
use serde::Deserialize;
use std::sync::Arc;
use stdx::WorkspacePath;
use tokio::sync::mpsc;
use utoipa::OpenApi;

/// Matches that are answered unless the request says how many.
const MATCHES_DEFAULT: usize = 50;
/// Matches that are answered at most.
const MATCHES_MAX: usize = 500;
/// Longest query, in bytes; nobody types more.
const QUERY_BYTES_MAX: usize = 200;

/// Where a file that is written goes.
#[derive(Clone)]
pub struct Writing {
    pub files: Files,
    /// What is open as a document is written through it.
    pub documents: Option<Documents>,
}

/// The routes `tree`, `files`, `fs`, `archive` and `search/names` below `/api/v1`. They expect a
/// [`Caller`] in the request and leave roles to the guard that put it there.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Files: FromRef<S>,
    Writing: FromRef<S>,
{
    let file = get(content::read_file).put(content::write_file).delete(delete_file);
    Router::new()
        .route("/api/v1/tree", get(list_directory))
        .route("/api/v1/files", any(no_path))
        .route("/api/v1/files/", any(no_path))
        .route("/api/v1/files/{*path}", file)
        .route("/api/v1/fs/mkdir", post(make_directory))
        .route("/api/v1/fs/rename", post(rename))
        .route("/api/v1/fs/copy", post(copy))
        .route("/api/v1/archive", get(download_archive))
        .route("/api/v1/search/names", get(search_names))
}

/// The part of the OpenAPI document that describes these routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        list_directory,
        content::read_file,
        content::write_file,
        delete_file,
        make_directory,
        rename,
        copy,
        download_archive,
        search_names
    ))]
    struct Described;
    Described::openapi()
}

/// Query of the routes that name a directory or file, empty for the workspace.
#[derive(Deserialize)]
struct PathQuery {
    #[serde(default)]
    path: String,
}

/// Query of a deletion.
#[derive(Deserialize)]
struct DeleteQuery {
    /// The caller means a file: a directory is refused.
    #[serde(default)]
    only_file: bool,
}

/// Lists one directory; an empty path is the workspace.
#[utoipa::path(
    get,
    path = "/api/v1/tree",
    tag = "files",
    params(("path" = Option<String>, Query, description = "Directory; empty for the workspace")),
    responses(
        (status = 200, body = Listing),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `not_found`, `conflict`"),
    )
)]
async fn list_directory(
    State(files): State<Files>,
    Query(query): Query<PathQuery>,
) -> ApiResult<Json<Listing>> {
    let path = WorkspacePath::parse_or_root(&query.path).map_err(FileError::from)?;
    Ok(Json(blocking(move || list::list(&files.shared.root, &path)).await?))
}

/// Deletes a file, or a directory with everything below.
#[utoipa::path(
    delete,
    path = "/api/v1/files/{path}",
    tag = "files",
    params(
        ("path" = String, Path, description = "Workspace-relative path"),
        ("only_file" = Option<bool>, Query, description = "Refuse a directory"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `not_found`, `forbidden`, `conflict`"),
    )
)]
async fn delete_file(
    State(files): State<Files>,
    caller: Caller,
    Path(path): Path<String>,
    Query(query): Query<DeleteQuery>,
) -> ApiResult<StatusCode> {
    let path = WorkspacePath::parse_for_write(&path).map_err(FileError::from)?;
    let remove = if query.only_file { Files::remove_file } else { Files::remove };
    blocking(move || remove(&files, &path, &caller.by())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a directory and those above it.
#[utoipa::path(
    post,
    path = "/api/v1/fs/mkdir",
    tag = "files",
    request_body = PathBody,
    responses(
        (status = 201, body = FileEntry),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `already_exists`"),
    )
)]
async fn make_directory(
    State(files): State<Files>,
    caller: Caller,
    Body(body): Body<PathBody>,
) -> ApiResult<(StatusCode, Json<FileEntry>)> {
    let path = WorkspacePath::parse_for_write(&body.path).map_err(FileError::from)?;
    let entry = blocking(move || files.make_directory(&path, &caller.by())).await?;
    Ok((StatusCode::CREATED, Json(entry)))
}

/// Moves a file or directory. The target must not exist; directories above it are made.
#[utoipa::path(
    post,
    path = "/api/v1/fs/rename",
    tag = "files",
    request_body = RenameBody,
    responses(
        (status = 200, body = FileEntry),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `not_found`, `already_exists`, `invalid_request`"),
    )
)]
async fn rename(
    State(files): State<Files>,
    caller: Caller,
    Body(body): Body<RenameBody>,
) -> ApiResult<Json<FileEntry>> {
    let (from, to) = ends(&body)?;
    Ok(Json(blocking(move || files.rename(&from, &to, &caller.by())).await?))
}

/// Copies a file, or a directory with everything below. The target must not exist.
#[utoipa::path(
    post,
    path = "/api/v1/fs/copy",
    tag = "files",
    request_body = RenameBody,
    responses(
        (status = 201, body = FileEntry),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `not_found`, `already_exists`, `too_large`"),
        (status = 507, body = ErrorBody, description = "`storage_full`"),
    )
)]
async fn copy(
    State(files): State<Files>,
    caller: Caller,
    Body(body): Body<RenameBody>,
) -> ApiResult<(StatusCode, Json<FileEntry>)> {
    let (from, to) = ends(&body)?;
    let entry = blocking(move || files.copy(&from, &to, &caller.by())).await?;
    Ok((StatusCode::CREATED, Json(entry)))
}

fn ends(body: &RenameBody) -> Result<(WorkspacePath, WorkspacePath), FileError> {
    let from = WorkspacePath::parse_for_write(&body.from)?;
    let to = WorkspacePath::parse_for_write(&body.to)?;
    Ok((from, to))
}

/// A directory or file as `.tar.gz`, made while it is sent.
#[utoipa::path(
    get,
    path = "/api/v1/archive",
    tag = "files",
    params(("path" = Option<String>, Query, description = "Empty for the workspace")),
    responses(
        (status = 200, content_type = "application/gzip", body = Vec<u8>),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `not_found`"),
    )
)]
async fn download_archive(
    State(files): State<Files>,
    Query(query): Query<PathQuery>,
) -> ApiResult<Response> {
    let path = WorkspacePath::parse_or_root(&query.path).map_err(FileError::from)?;
    let (probe, probed) = (files.clone(), path.clone());
    let found = blocking(move || probe.shared.root.stat(&probed, super::Last::Follow)).await?;
    if found.is_none() {
        return Err(FileError::NotFound(path).into());
    }
    let permit = Arc::clone(&files.shared.archives).acquire_owned().await;
    let permit = permit.map_err(|_| ApiError::new(ErrorCode::Unavailable, "shutting down"))?;
    let (pieces, received) = mpsc::channel(PIECES_MAX);
    let name = format!("{}.tar.gz", archive::top_name(&path));
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        archive::write(&files.shared.root, &path, pieces, runtime);
        drop(permit);
    });
    let body = stream::unfold(received, |mut received| async move {
        received.recv().await.map(|piece| (piece, received))
    });
    let mut response = axum::body::Body::from_stream(body).into_response();
    headers::protect(response.headers_mut(), "application/gzip");
    headers::attach(response.headers_mut(), &name);
    Ok(response)
}

/// Query of the search by name.
#[derive(Deserialize)]
struct NamesQuery {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

/// Files whose path has the letters of the query in order, best first. Ignore rules hold.
#[utoipa::path(
    get,
    path = "/api/v1/search/names",
    tag = "files",
    params(
        ("q" = String, Query, description = "A few letters of the path, in order"),
        ("limit" = Option<usize>, Query, description = "At most 500; 50 when absent"),
    ),
    responses((status = 200, body = NameMatches), (status = "4XX", body = ErrorBody))
)]
async fn search_names(
    State(files): State<Files>,
    Query(query): Query<NamesQuery>,
) -> ApiResult<Json<NameMatches>> {
    if QUERY_BYTES_MAX < query.q.len() {
        let message = format!("the query is longer than {QUERY_BYTES_MAX} bytes");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let limit = query.limit.unwrap_or(MATCHES_DEFAULT).clamp(1, MATCHES_MAX);
    let guard = StopOnDrop::default();
    let stop = guard.0.clone();
    let work = move || {
        let Shared { names, root, .. } = &*files.shared;
        Ok::<_, FileError>(names.search(root, (&query.q, limit), &stop))
    };
    let matches = blocking(work).await?;
    drop(guard);
    Ok(Json(matches))
}

/// `files` without a path.
async fn no_path() -> ApiError {
    FileError::InvalidPath(stdx::workspace_path::InvalidPath::Empty).into()
}
