//! Answers: JSON, and the one shape of a refusal.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use protocol::{ErrorBody, ErrorCode, WireError};
use serde::Serialize;

/// Any body.
pub(crate) type Body = UnsyncBoxBody<Bytes, BodyError>;

/// A body that broke off.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BodyError(String);

/// What is forwarded, with errors that have a type of their own.
pub(crate) fn forwarded(body: proxy::Body) -> Body {
    body.map_err(|error| BodyError(error.to_string())).boxed_unsync()
}

/// What a handler gives back.
pub(crate) type Reply = Result<Response<Body>, WireError>;

/// A body that is there as a whole.
pub(crate) fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Any status with JSON.
pub(crate) fn json_with(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    let text = serde_json::to_vec(value).expect("wire types have no maps with odd keys");
    let mut response = Response::new(body(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `200` with JSON.
pub(crate) fn json(value: &impl Serialize) -> Response<Body> {
    json_with(StatusCode::OK, value)
}

/// A refusal.
pub(crate) fn refuse(error: WireError) -> Response<Body> {
    let code = error.code;
    let status = StatusCode::from_u16(code.status()).expect("every error code has a valid status");
    let mut response = json_with(status, &ErrorBody { error });
    if matches!(code, ErrorCode::Unavailable | ErrorCode::Capacity) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if code == ErrorCode::Unauthenticated {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// 405 with the methods that would do.
pub(crate) fn wrong_method(allow: &str) -> Response<Body> {
    let message = format!("this path does not have that method; it has {allow}");
    let mut response = refuse(WireError::new(ErrorCode::MethodNotAllowed, message));
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// Something that is not there.
pub(crate) fn not_found(what: &str) -> WireError {
    WireError::new(ErrorCode::NotFound, format!("there is no such {what}"))
}
