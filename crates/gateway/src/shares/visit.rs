//! The origin on which visitors of a share see the app.
//!
//! It is like that of a preview: everything belongs to the app but `/.stead/`, a grant is swapped
//! for a cookie of this origin, and every request is checked against the share behind the cookie.

use crate::app::App;
use crate::identity::origin::OwnOrigin;
use crate::preview::access::Guest;
use crate::preview::entry::{self, encoded};
use crate::preview::seal::{self, Pass};
use crate::preview::{Place, RESERVED, foreign_page, is_get, rules, see_other, upstream};
use crate::reply;
use crate::shares::{Visit, admit, page};
use axum::body::Body;
use axum::response::Response;
use http::header::{COOKIE, ORIGIN, UPGRADE};
use http::{HeaderMap, Request};
use protocol::id::ShareId;
use protocol::{ErrorCode, WireError, share};
use std::net::IpAddr;
use std::sync::Arc;

/// Cookies looked at in one request; apps may have set some of the same name.
const CANDIDATES_MAX: usize = 4;

/// Answers a request that came to a share's own origin.
pub(crate) async fn serve_origin(
    app: &Arc<App>,
    share: ShareId,
    origin: &OwnOrigin,
    client: IpAddr,
    request: Request<Body>,
) -> Response {
    let place = Place { app, label: share::label(&share), origin, client };
    let path = request.uri().path().strip_prefix(RESERVED);
    match path {
        Some("enter") => return entry::swap(&place, request.method(), request.uri()).await,
        Some("arrived") => return entry::arrived(&place, &request),
        Some("ready") | None => {}
        Some(_) => return reply::refuse(reply::not_found("page of Stead")),
    }
    match (visitor(&place, &share, request.headers()).await, path) {
        (Ok(Some((guest, _))), Some(_)) => upstream::ready(app, &guest, None).await,
        (Ok(Some(_)), None) if is_foreign(&place, request.headers()) => {
            reply::refuse(foreign_page())
        }
        (Ok(Some((guest, renewed))), None) => {
            place.exchange(&guest, (None, None), renewed, request).await
        }
        (Ok(None), _) => unauthenticated(&place, &share, &request),
        (Err(error), _) => reply::refuse(error),
    }
}

/// Whoever the cookie lets in, and the pass when its cookie should be sent again.
async fn visitor(
    place: &Place<'_>,
    share: &ShareId,
    headers: &HeaderMap,
) -> Result<Option<(Guest, Option<Pass>)>, WireError> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let sealed: Vec<seal::Sealed> = cookies
        .flat_map(seal::candidates)
        .filter_map(|it| place.app.previews.seal.open(&place.label, it))
        .take(CANDIDATES_MAX)
        .collect();
    for it in sealed {
        let Pass::Visitor { access, person } = &it.pass else { continue };
        let visit = Visit { share: share.clone(), access: *access, person: person.clone() };
        if let Some(guest) = admit(place.app, &visit).await? {
            return Ok(Some((guest, it.is_old.then_some(it.pass))));
        }
    }
    Ok(None)
}

/// Whether a page of another app uses this visitor's cookie. A socket must come from the app
/// itself, anything else not from another workspace's app.
fn is_foreign(place: &Place<'_>, headers: &HeaderMap) -> bool {
    let own = place.origin.text();
    headers.get_all(ORIGIN).iter().any(|it| {
        let Ok(origin) = it.to_str() else { return true };
        let is_own = origin.eq_ignore_ascii_case(&own);
        !is_own && (headers.contains_key(UPGRADE) || place.app.names.neighbour(origin).is_some())
    })
}

/// A request without a valid cookie: a tab is sent to the gate, anything else is refused.
fn unauthenticated(place: &Place<'_>, share: &ShareId, request: &Request<Body>) -> Response {
    let asked = place.asked(request);
    if !asked.is_navigation {
        let message = "open the app by its link first; access may have ended or been changed";
        return reply::refuse(WireError::new(ErrorCode::Unauthenticated, message));
    }
    if asked.is_framed || !is_get(request.method()) {
        return page::open_again(asked);
    }
    let gateway = rules::gateway(place.app, place.origin);
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    see_other(&format!("{gateway}/shared/enter?share={}&path={}", share.body(), encoded(path)))
}
