//! Who calls, and the one place where a role opens or closes a route.

use super::error::{ApiError, respond};
use super::routes::{Least, least};
use super::terminal_socket::VIEWERS_SEE_NONE;
use super::{App, pty_socket, socket};
use crate::config::Access;
use crate::context::By;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use protocol::header::{
    OPERATOR, PREVIEW_ORIGIN, PRINCIPAL, PRINCIPAL_NAME, REQUEST_ID, Role, decode_text,
};
use protocol::terminal::close;
use protocol::trace::{KERNEL_SPAN, KernelSpan, TRACEPARENT, TraceContext};
use protocol::{ErrorCode, WireError};
use stdx::clock::now_us;
use tokio::time::Instant;
use tracing::Instrument;

/// Longest attribution that is kept, in bytes: a name of 80 characters, each four encoded bytes.
const ATTRIBUTION_BYTES_MAX: usize = 80 * 4 * 3;

/// Who calls, as the trusted side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub principal: Option<String>,
    /// How the principal is called.
    pub name: Option<String>,
    pub role: Role,
    pub operator: Option<String>,
    pub request_id: Option<String>,
    /// Where previews live for this client, with `{label}` for the first label.
    pub preview_origin: Option<String>,
}

impl Caller {
    /// Reads the trusted headers.
    pub fn read(headers: &HeaderMap, access: &Access) -> Result<Self, WireError> {
        if let Access::Token(token) = access
            && !bearer(headers).is_some_and(|it| same(it.as_bytes(), token.as_bytes()))
        {
            let message = "a bearer token is needed, and this is not it";
            return Err(WireError::new(ErrorCode::Unauthenticated, message));
        }
        if matches!(access, Access::Open) && is_foreign(headers) {
            let message = "the request comes from a page of another origin";
            return Err(WireError::new(ErrorCode::ForeignOrigin, message));
        }
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            (value.len() <= ATTRIBUTION_BYTES_MAX).then(|| value.to_owned())
        };
        let role = match (access, headers.get(protocol::header::ROLE)) {
            (Access::Open, _) | (_, None) => Role::Owner,
            (_, Some(word)) => word.to_str().ok().and_then(Role::parse).ok_or_else(|| {
                WireError::new(ErrorCode::Forbidden, "the role in the request is none")
            })?,
        };
        Ok(Self {
            principal: text(PRINCIPAL),
            name: text(PRINCIPAL_NAME).as_deref().and_then(decode_text),
            role,
            operator: text(OPERATOR),
            request_id: text(REQUEST_ID),
            preview_origin: text(PREVIEW_ORIGIN),
        })
    }

    /// Whom events name.
    pub fn by(&self) -> By {
        By { principal: self.principal.clone(), operator: self.operator.clone() }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            ApiError::new(ErrorCode::Internal, "the request came past the guard; this is a defect")
        })
    }
}

/// Lets a request through when its caller has the least role of its route.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let for_anyone =
        path.as_deref().is_some_and(|it| least(request.method(), it) == Some(Least::Anyone));
    let caller = match Caller::read(request.headers(), &app.context.config.access) {
        Ok(caller) => caller,
        // Such a route has no use for who calls, so it may be nobody.
        Err(_) if for_anyone => return next.run(request).await,
        Err(error) => return refuse(error, path.as_deref(), request).await,
    };
    // Nothing matched: the fallback answers 404 or 405.
    if let Some(path) = path
        && let Err(error) = admit(&app, request.method(), &path, caller.role)
    {
        return refuse(error, Some(&path), request).await;
    }
    let id = caller.request_id.as_deref().unwrap_or_default();
    let span = tracing::info_span!("request", request.id = id);
    let trace = Traced::begin(&request);
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).instrument(span).await;
    if let Some(trace) = trace {
        trace.tell(&mut response);
    }
    response
}

/// A request whose trace somebody writes down: what was done here is told in the answer's head,
/// because a kernel reaches no collector.
struct Traced {
    name: String,
    start_us: u64,
    started: Instant,
}

impl Traced {
    fn begin(request: &Request) -> Option<Self> {
        let context = request.headers().get(TRACEPARENT)?.to_str().ok()?;
        if !TraceContext::parse(context)?.is_sampled {
            return None;
        }
        let path = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
        let name = format!("{} {path}", request.method());
        Some(Self { name, start_us: now_us(), started: Instant::now() })
    }

    fn tell(self, response: &mut Response) {
        let elapsed = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let span = KernelSpan {
            span: u64::from_le_bytes(stdx::random::bytes()).max(1),
            start_us: self.start_us,
            duration_us: elapsed,
            name: self.name,
        };
        if let Ok(value) = HeaderValue::from_str(&span.to_string()) {
            response.headers_mut().insert(KERNEL_SPAN, value);
        }
    }
}

fn admit(app: &App, method: &Method, path: &str, role: Role) -> Result<(), WireError> {
    let viewers_watch = app.context.settings.get().viewers_see_terminals;
    let needed = match least(method, path) {
        Some(Least::Anyone) => return Ok(()),
        Some(Least::Role(needed)) => needed,
        Some(Least::Watcher) if viewers_watch => Role::Viewer,
        Some(Least::Watcher) if role < Role::Editor => {
            return Err(WireError::new(ErrorCode::Forbidden, VIEWERS_SEE_NONE));
        }
        Some(Least::Watcher) => return Ok(()),
        // A route without a row does not exist, whatever the router has.
        None => {
            let message = format!("`{method}` is not a method of this path");
            return Err(WireError::new(ErrorCode::MethodNotAllowed, message));
        }
    };
    if needed <= role {
        return Ok(());
    }
    let message =
        format!("this needs the role `{}`; yours is `{}`", needed.as_str(), role.as_str());
    Err(WireError::new(ErrorCode::Forbidden, message))
}

/// A browser cannot see the status of a refused upgrade, so it is accepted and closed.
async fn refuse(error: WireError, path: Option<&str>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => {
            let stranger = error.code == ErrorCode::Unauthenticated;
            let code = if stranger { close::UNAUTHENTICATED } else { close::FORBIDDEN };
            if path == Some(pty_socket::PATH) {
                upgrade.on_upgrade(move |it| pty_socket::farewell(it, code, error.message, true))
            } else {
                upgrade.on_upgrade(move |it| socket::close(it, code, error.message))
            }
        }
        Err(_) => respond(error),
    }
}

/// Whether a page of another origin sent this: nothing else keeps it out of an open kernel.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return headers.contains_key(header::ORIGIN) };
    let authority = origin.split_once("://").map(|it| it.1);
    authority.is_none() || authority != text(header::HOST)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Compares in a time that depends on the lengths only.
fn same(one: &[u8], two: &[u8]) -> bool {
    let differing = one.iter().zip(two).fold(0, |sum, (one, two)| sum | (one ^ two));
    one.len() == two.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (header::HeaderName::from_static(name), HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn the_host_itself_is_the_owner_and_others_are_what_the_gateway_says() {
        let role = |pairs: &[_], access| Caller::read(&headers(pairs), &access).map(|it| it.role);
        assert_eq!(role(&[], Access::Trusted), Ok(Role::Owner));
        assert_eq!(role(&[("stead-role", "viewer")], Access::Trusted), Ok(Role::Viewer));
        assert!(role(&[("stead-role", "root")], Access::Trusted).is_err());
        assert_eq!(role(&[("stead-role", "viewer")], Access::Open), Ok(Role::Owner));
    }

    #[test]
    fn an_open_kernel_refuses_pages_of_other_origins() {
        let read = |pairs: &[_]| Caller::read(&headers(pairs), &Access::Open).map(|it| it.role);
        let host = ("host", "localhost:3002");
        assert_eq!(read(&[host, ("origin", "http://localhost:3002")]), Ok(Role::Owner));
        for origin in ["http://evil.example", "null", "http://localhost:3003"] {
            assert_eq!(
                read(&[host, ("origin", origin)]).unwrap_err().code,
                ErrorCode::ForeignOrigin
            );
        }
    }

    #[test]
    fn a_token_is_asked_for_where_one_is_set() {
        let read = |pairs: &[_]| Caller::read(&headers(pairs), &Access::Token("abc".to_owned()));
        assert_eq!(read(&[]).unwrap_err().code, ErrorCode::Unauthenticated);
        assert!(read(&[("authorization", "Bearer abd")]).is_err());
        assert!(read(&[("authorization", "Bearer abcd")]).is_err());
        assert_eq!(read(&[("authorization", "Bearer abc")]).unwrap().role, Role::Owner);
    }
}
