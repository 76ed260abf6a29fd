//! `GET`, `HEAD` and `PUT` of one file's content, streamed both ways.

use super::{Writing, headers};
use crate::blocking::blocking;
use crate::context::By;
use crate::documents::Documents;
use crate::files::Files;
use crate::files::error::FileError;
use crate::files::read::{self, Opened, Part};
use crate::files::write::{Precondition, Upload};
use crate::http::caller::Caller;
use crate::http::document_socket::contributor;
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Path, Query};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use document::limits::TEXT_BYTES_MAX;
use futures_util::StreamExt;
use protocol::error::{ErrorBody, ErrorCode};
use protocol::file::{UPLOAD_BYTES_MAX, Written};
use serde::Deserialize;
use std::io::{Seek, SeekFrom};
use std::ops::Range;
use std::time::Duration;
use stdx::WorkspacePath;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Received before a thread writes it, in bytes: larger means fewer hand-overs.
const BATCH_BYTES: usize = 256 * 1024;
/// Read from the disk at once while sending, in bytes.
const CHUNK_BYTES: usize = 128 * 1024;
/// A client that sends nothing for this long is gone.
const STALL: Duration = Duration::from_mins(1);

#[derive(Deserialize)]
pub(super) struct ReadQuery {
    download: Option<String>,
}

/// The content of a file, whole or one range. Nothing that is sent here runs in a browser.
#[utoipa::path(
    get,
    path = "/api/v1/files/{path}",
    tag = "files",
    params(
        ("path" = String, Path, description = "Workspace-relative path"),
        ("download" = Option<String>, Query, description = "Present: the browser saves it"),
        ("range" = Option<String>, Header, description = "One range of bytes"),
        ("if-none-match" = Option<String>, Header, description = "Known entity tags"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The client has it already"),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `not_found`, `conflict`, `range_not_satisfiable`"),
    )
)]
pub(super) async fn read_file(
    State(files): State<Files>,
    Path(path): Path<String>,
    Query(query): Query<ReadQuery>,
    request: HeaderMap,
) -> ApiResult<Response> {
    let path = WorkspacePath::parse(&path).map_err(FileError::from)?;
    let name = path.file_name().to_owned();
    let opened =
        blocking(move || read::open(&files.shared.root, &files.shared.etags, &path)).await?;
    let mut common = HeaderMap::new();
    headers::protect(&mut common, opened.content_type);
    let text = |it: &str| HeaderValue::from_str(it).expect("only printable ASCII is in it");
    common.insert(header::ETAG, text(&opened.etag));
    common.insert(header::LAST_MODIFIED, text(&headers::http_date(opened.modified)));
    common.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if query.download.is_some() {
        headers::attach(&mut common, &name);
    }
    if headers::has_already(&request, &opened.etag) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let size_bytes = opened.size_bytes;
    match wanted(&request, &opened) {
        Part::Whole => {
            common.insert(header::CONTENT_LENGTH, size_bytes.into());
            Ok((common, send(opened, 0..size_bytes).await?).into_response())
        }
        Part::Bytes(range) => {
            common.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
            let told = format!("bytes {}-{}/{size_bytes}", range.start, range.end - 1);
            common.insert(header::CONTENT_RANGE, text(&told));
            let body = send(opened, range).await?;
            Ok((StatusCode::PARTIAL_CONTENT, common, body).into_response())
        }
        Part::Outside => {
            let told = text(&format!("bytes */{size_bytes}"));
            let error = ApiError::from(FileError::Range { size_bytes });
            Ok(([(header::CONTENT_RANGE, told)], error).into_response())
        }
    }
}

/// The part of the file that the request asks for; the whole when the client's own part is of
/// another content (`If-Range`).
fn wanted(request: &HeaderMap, opened: &Opened) -> Part {
    let header = |name| request.get(name).and_then(|it: &HeaderValue| it.to_str().ok());
    match header(header::IF_RANGE) {
        Some(known) if known != opened.etag => Part::Whole,
        _ => read::part(header(header::RANGE), opened.size_bytes),
    }
}

async fn send(opened: Opened, range: Range<u64>) -> Result<Body, FileError> {
    let mut file = opened.file;
    let start = range.start;
    let file = blocking(move || {
        file.seek(SeekFrom::Start(start))
            .map_err(|error| FileError::io(&WorkspacePath::root(), error))?;
        Ok::<_, FileError>(file)
    });
    let file = tokio::fs::File::from_std(file.await?);
    let part = file.take(range.end - range.start);
    Ok(Body::from_stream(ReaderStream::with_capacity(part, CHUNK_BYTES)))
}

/// Writes a file whole and makes the directories above it. Where the file is open as a document, what
/// people typed meanwhile is merged with it; the answer tells what is in the file then.
#[utoipa::path(
    put,
    path = "/api/v1/files/{path}",
    tag = "files",
    params(
        ("path" = String, Path, description = "Workspace-relative path"),
        ("if-match" = Option<String>, Header, description = "Write only over this content"),
        ("if-none-match" = Option<String>, Header, description = "`*`: write only a new file"),
    ),
    request_body(content_type = "application/octet-stream", content = Vec<u8>),
    responses(
        (status = 200, body = Written),
        (status = 201, body = Written),
        (status = 412, body = ErrorBody, description = "`precondition_failed`, with the current `etag` in `details`"),
        (status = 413, body = ErrorBody, description = "`too_large`"),
        (status = 507, body = ErrorBody, description = "`storage_full`; the old content is intact"),
        (status = "4XX", body = ErrorBody, description = "`invalid_path`, `conflict`, `forbidden`"),
    )
)]
pub(super) async fn write_file(
    State(Writing { files, documents }): State<Writing>,
    caller: Caller,
    Path(path): Path<String>,
    request: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    let path = WorkspacePath::parse_for_write(&path).map_err(FileError::from)?;
    let precondition = headers::precondition(&request).ok_or_else(|| {
        let message = "a write takes `If-Match` with tags, or `If-None-Match: *`, not both";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })?;
    let announced =
        request.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    if announced.is_some_and(|it: u64| UPLOAD_BYTES_MAX < it) {
        return Err(FileError::TooLarge { limit_bytes: UPLOAD_BYTES_MAX }.into());
    }
    let upload = receive(files, path.clone(), (precondition.clone(), caller.by()), body).await?;
    let written = put_in_place(documents, upload, (&path, &precondition), &caller).await?;
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    let etag = HeaderValue::from_str(&written.etag).expect("a tag is printable ASCII");
    Ok((status, [(header::ETAG, etag)], Json(written)).into_response())
}

async fn receive(
    files: Files,
    path: WorkspacePath,
    (precondition, by): (Precondition, By),
    body: Body,
) -> Result<Upload, FileError> {
    let mut upload = blocking(move || Upload::begin(&files, &path, precondition, &by)).await?;
    let mut pieces = body.into_data_stream();
    let mut batch: Vec<Bytes> = Vec::new();
    let mut batch_bytes = 0;
    loop {
        match tokio::time::timeout(STALL, pieces.next()).await {
            Ok(Some(Ok(piece))) => {
                batch_bytes += piece.len();
                batch.push(piece);
            }
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => return Err(FileError::BrokenOff),
        }
        if BATCH_BYTES <= batch_bytes {
            let full = std::mem::take(&mut batch);
            batch_bytes = 0;
            upload = blocking(move || push(upload, &full)).await?;
        }
    }
    blocking(move || push(upload, &batch)).await
}

/// The last step: through the document where one is open, whose people may be typing in it.
async fn put_in_place(
    documents: Option<Documents>,
    upload: Upload,
    (path, precondition): (&WorkspacePath, &Precondition),
    caller: &Caller,
) -> Result<Written, FileError> {
    let open = match &documents {
        Some(documents) => documents.get(path).await,
        None => None,
    };
    let (Some(documents), Some(_)) = (documents, open) else {
        return blocking(move || upload.commit()).await;
    };
    let (upload, content) = blocking(move || {
        let content = upload.content(TEXT_BYTES_MAX)?;
        Ok::<_, FileError>((upload, content))
    })
    .await?;
    if let Some(content) = content
        && let Some(etag) =
            documents.put(path, precondition, &content, &contributor(caller)).await?
    {
        return blocking(move || upload.done_elsewhere(etag)).await;
    }
    blocking(move || upload.commit()).await
}

fn push(mut upload: Upload, batch: &[Bytes]) -> Result<Upload, FileError> {
    for piece in batch {
        upload.push(piece)?;
    }
    Ok(upload)
}
