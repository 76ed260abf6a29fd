//! Requests that go on to a workspace's kernel as they are.

use crate::app::Call;
use crate::identity::{BEARER_PROTOCOL_PREFIX, Via, offered_protocols};
use crate::reply::Reply;
use http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderValue, StatusCode, Uri};
use protocol::{ErrorCode, WireError};

/// The sub-protocol that is chosen for programs which offer it beside their token.
pub(crate) const OWN_PROTOCOL: &str = "stead";

/// Forwards a request under the path that its row names.
pub(crate) async fn to_kernel(call: Call) -> Reply {
    let path = format!("/api/v1{}", call.parameters.kernel_path);
    let path = match call.head.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    to_kernel_path(call, &path).await
}

/// Forwards a request under another path and query.
pub(crate) async fn to_kernel_path(mut call: Call, path: &str) -> Reply {
    call.head.uri = path
        .parse::<Uri>()
        .map_err(|error| WireError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    if call.row.method != "WS" {
        // A plain route stays one, whatever its client would rather speak.
        call.head.headers.remove(UPGRADE);
    }
    let chosen = take_bearer_protocol(&mut call);
    let request = call.take_request();
    let workspace = call.workspace().0.clone();
    call.app.note_use(&workspace);
    let preview_origin = call.preview_origin();
    let asker = call.asker(preview_origin.as_deref());
    let mut response = call.app.kernels.forward(&workspace, request, &asker).await?;
    if let Some(chosen) = chosen
        && response.status() == StatusCode::SWITCHING_PROTOCOLS
        && !response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL)
    {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, chosen);
    }
    Ok(response)
}

/// Removes the token from the offered sub-protocols; gives the one to answer with, because clients
/// give up when none of theirs is chosen.
fn take_bearer_protocol(call: &mut Call) -> Option<HeaderValue> {
    if call.caller().via != Via::BearerProtocol {
        return None;
    }
    let offered: Vec<String> = offered_protocols(&call.head.headers).map(str::to_owned).collect();
    let headers = &mut call.head.headers;
    headers.remove(SEC_WEBSOCKET_PROTOCOL);
    let is_token = |it: &&String| it.starts_with(BEARER_PROTOCOL_PREFIX);
    for protocol in offered.iter().filter(|it| !is_token(it) && *it != OWN_PROTOCOL) {
        if let Ok(value) = HeaderValue::from_str(protocol) {
            headers.append(SEC_WEBSOCKET_PROTOCOL, value);
        }
    }
    let chosen =
        offered.iter().find(|it| *it == OWN_PROTOCOL).or_else(|| offered.iter().find(is_token));
    chosen.and_then(|it| HeaderValue::from_str(it).ok())
}
