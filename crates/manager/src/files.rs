//! Files of a session's workspace (S0.22): text as JSON, or bytes as they are.
//!
//! The kernel reads and writes; a path is judged there, by the one normaliser.

use crate::answer::{self, Reply};
use crate::kernels::{expect, refused, request};
use crate::service::Service;
use crate::sessions::Session;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use protocol::file::Written;
use protocol::manager::{DeletedLeasedFile, LeasedFile, WriteLeasedFile};
use protocol::{ErrorCode, WireError};

/// Largest file that is given as JSON, and largest JSON that is taken, in bytes. Larger ones go as
/// bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Reads a file: as JSON, or as it is for those who ask for bytes.
pub(crate) async fn read(
    service: &Service,
    session: &Session,
    path: &str,
    mut head: Parts,
) -> Reply {
    let wants_bytes = head.headers.get(ACCEPT).and_then(|it| it.to_str().ok());
    let at = at(path);
    if wants_bytes.is_some_and(|it| it.starts_with("application/octet-stream")) {
        head.uri = at.parse().map_err(|_| invalid_path())?;
        let request = Request::from_parts(head, Full::new(Bytes::new()));
        return service.kernels.forward(&session.workspace_id, request, &session.leased_by).await;
    }
    let request = request(Method::GET, &at, Bytes::new())?;
    let kernels = &service.kernels;
    let asked =
        kernels.ask_whole(&session.workspace_id, request, &session.leased_by, TEXT_BYTES_MAX);
    let (status, content) = asked.await?;
    if !status.is_success() {
        return Err(refused(&content));
    }
    let content = String::from_utf8(content.to_vec()).map_err(|_| {
        let message = "the file is no text; ask with `Accept: application/octet-stream`";
        WireError::new(ErrorCode::UnsupportedContent, message)
    })?;
    Ok(answer::json(&LeasedFile { path: stdx::percent::decode(path), content }))
}

/// Writes a file: what JSON has as `content`, or the body as it is.
pub(crate) async fn write(
    service: &Service,
    session: &Session,
    path: &str,
    request: Request<Incoming>,
) -> Reply {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    if !kind.is_some_and(|it| it.starts_with("application/json")) {
        let (mut head, body) = request.into_parts();
        head.uri = at(path).parse().map_err(|_| invalid_path())?;
        let request = Request::from_parts(head, body);
        return service.kernels.forward(&session.workspace_id, request, &session.leased_by).await;
    }
    let WriteLeasedFile { content } = json(request.into_body(), TEXT_BYTES_MAX).await?;
    let put = crate::kernels::request(Method::PUT, &at(path), Bytes::from(content.clone()))?;
    let kernels = &service.kernels;
    let asked = kernels.ask_whole(&session.workspace_id, put, &session.leased_by, TEXT_BYTES_MAX);
    let (status, body) = asked.await?;
    let _written: Written = expect(status, &body)?;
    Ok(answer::json(&LeasedFile { path: stdx::percent::decode(path), content }))
}

/// Deletes a file; never a directory.
pub(crate) async fn delete(service: &Service, session: &Session, path: &str) -> Reply {
    let at = format!("{}?only_file=true", at(path));
    let request = request(Method::DELETE, &at, Bytes::new())?;
    let kernels = &service.kernels;
    let asked =
        kernels.ask_whole(&session.workspace_id, request, &session.leased_by, TEXT_BYTES_MAX);
    let (status, body) = asked.await?;
    if !status.is_success() {
        return Err(refused(&body));
    }
    let path = stdx::percent::decode(path);
    Ok(answer::json(&DeletedLeasedFile { path, success: true }))
}

/// Reads a body as JSON.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(
    body: Incoming,
    most: usize,
) -> Result<T, WireError> {
    let invalid = |why: String| WireError::new(ErrorCode::InvalidRequest, why);
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let message = format!("the body is larger than {most} bytes");
            return Err(WireError::new(ErrorCode::TooLarge, message));
        }
        Err(_) => return Err(invalid("the body broke off".to_owned())),
    };
    serde_json::from_slice(&body)
        .map_err(|error| invalid(format!("the body is not as expected: {error}")))
}

/// Path of a file at the kernel; it stays encoded.
fn at(path: &str) -> String {
    format!("/api/v1/files/{path}")
}

fn invalid_path() -> WireError {
    WireError::new(ErrorCode::InvalidPath, "that is no path")
}
