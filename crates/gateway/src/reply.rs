//! Answers: JSON, and the one shape of a refusal.

use crate::web;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use protocol::{ErrorBody, ErrorCode, WireError};
use serde::Serialize;

/// What a handler gives back.
pub(crate) type Reply = Result<Response, WireError>;

/// `200` with a JSON body.
pub(crate) fn json(value: &impl Serialize) -> Response {
    json_with(StatusCode::OK, value)
}

/// Any status with a JSON body. Answers about a person are not for caches.
pub(crate) fn json_with(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("wire types have no maps with odd keys");
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, body).into_response()
}

/// `204`.
pub(crate) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Plain text.
pub(crate) fn text(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// A refusal as its status and body.
pub(crate) fn refuse(error: WireError) -> Response {
    let code = error.code;
    let status = StatusCode::from_u16(code.status()).expect("every error code has a valid status");
    let mut response = json_with(status, &ErrorBody { error });
    if matches!(code, ErrorCode::Unavailable | ErrorCode::Capacity) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    web::secure_data(response.headers_mut());
    response.extensions_mut().insert(code);
    response
}

/// A refusal that says after how many seconds to come back.
#[derive(Debug)]
pub(crate) struct Refusal {
    error: WireError,
    seconds: u64,
}

impl Refusal {
    pub(crate) const fn after(error: WireError, seconds: u64) -> Self {
        Self { error, seconds }
    }

    pub(crate) fn answer(self) -> Response {
        let mut response = refuse(self.error);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(self.seconds));
        response
    }
}

/// 405 with the methods that would do.
pub(crate) fn wrong_method(allow: &str) -> Response {
    let error = WireError::new(
        ErrorCode::MethodNotAllowed,
        format!("this path does not have that method; it has {allow}"),
    );
    let mut response = refuse(error);
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// Something that is not there, or that the caller may not know of.
pub(crate) fn not_found(what: &str) -> WireError {
    WireError::new(ErrorCode::NotFound, format!("there is no such {what}"))
}
