//! The paths of S0.66–S0.69 (`/indexes/userspace/collab/…`): documents for clients that send whole
//! texts, and files that are made, renamed and deleted.

use super::{post, to_bytes};
use crate::app::{Call, read_body};
use crate::forward::to_kernel_path;
use crate::kernels::{Question, refused};
use crate::preview::entry::encoded;
use crate::reply::{self, Reply};
use axum::body::{Body, Bytes};
use http::header::{HOST, IF_NONE_MATCH};
use http::{Method, Request, StatusCode};
use protocol::collab::{CollabCreate, CollabDelete, CollabRename};
use protocol::file::RenameBody;
use protocol::{ErrorCode, WireError};
use serde_json::json;

/// What stands between a workspace and the path of a file.
const FILES: &str = "/files/";
/// Largest body of a request to make a file, in bytes: a text that somebody writes, not an upload.
const CREATE_BYTES_MAX: usize = 1024 * 1024;

/// A document in the messages of `protocol::collab` (S0.66).
pub(crate) async fn open(call: Call) -> Reply {
    let path = call.head.uri.path();
    let file = path.split_once(FILES).map_or("", |it| it.1);
    let path = format!("/api/v1/text-sync/{file}");
    to_kernel_path(call, &path).await
}

/// Makes a file; 409 when there is one (S0.67).
#[utoipa::path(post, path = "/indexes/userspace/collab/workspaces/{id}/files/create",
    operation_id = "collab_create_file", params(("id" = String, Path)), request_body = CollabCreate,
    responses((status = 200), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let body: CollabCreate = call.json_up_to(CREATE_BYTES_MAX).await?;
    let request = Request::put(file(&body.file_path))
        .header(HOST, "kernel")
        .header(IF_NONE_MATCH, "*")
        .body(Body::from(body.content))
        .map_err(|error| WireError::new(ErrorCode::InvalidPath, error.to_string()))?;
    let workspace = call.workspace().0;
    call.app.note_use(workspace);
    let origin = call.preview_origin();
    let asker = call.asker(origin.as_deref());
    let mut answer = call.app.kernels.forward(workspace, request, &asker).await?;
    let status = answer.status();
    let bytes = read_body(std::mem::take(answer.body_mut())).await?;
    if status == StatusCode::PRECONDITION_FAILED {
        let message = format!("`{}` exists already; nothing was changed", body.file_path);
        return Err(WireError::new(ErrorCode::AlreadyExists, message));
    }
    done(&call, status, &bytes, &body.file_path)
}

/// Renames a file: 404 without it, 409 when the target exists (S0.68).
#[utoipa::path(post, path = "/indexes/userspace/collab/workspaces/{id}/files/rename",
    operation_id = "collab_rename_file", params(("id" = String, Path)), request_body = CollabRename,
    responses((status = 200), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn rename(mut call: Call) -> Reply {
    let CollabRename { old_path, new_path } = call.json().await?;
    let rename = RenameBody { from: old_path, to: new_path.clone() };
    let (status, bytes) = post(&call, "/api/v1/fs/rename", to_bytes(&rename)).await?;
    done(&call, status, &bytes, &new_path)
}

/// Deletes a file: 404 without it, 409 when it is a directory (S0.69).
#[utoipa::path(post, path = "/indexes/userspace/collab/workspaces/{id}/files/delete",
    operation_id = "collab_delete_file", params(("id" = String, Path)), request_body = CollabDelete,
    responses((status = 200), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn delete(mut call: Call) -> Reply {
    let body: CollabDelete = call.json().await?;
    let path = format!("{}?only_file=true", file(&body.file_path));
    let question = Question { method: Method::DELETE, path: &path, body: None };
    let origin = call.preview_origin();
    let workspace = call.workspace().0;
    call.app.note_use(workspace);
    let asker = call.asker(origin.as_deref());
    let (status, bytes) = call.app.kernels.ask(workspace, question, &asker).await?;
    done(&call, status, &bytes, &body.file_path)
}

/// Path of a file at the kernel.
fn file(path: &str) -> String {
    format!("/api/v1/files/{}", encoded(path))
}

fn done(call: &Call, status: StatusCode, bytes: &Bytes, path: &str) -> Reply {
    if !status.is_success() {
        return Err(refused(bytes));
    }
    let id = call.workspace().0;
    Ok(reply::json(&json!({"workspace_id": id, "file_path": path, "success": true})))
}
