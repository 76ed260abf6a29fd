//! The gate: every address of a share leads here, and everybody is judged once.
//!
//! ```text
//!  address ──▶ share? ──▶ judge ──▶ Open ──▶ a browser: grant for the share's own origin,
//!                           │                           or a visit below a path
//!                           │                a program: the app itself, in an opaque origin
//!                           ├──▶ Password ──▶ its page; the right one is Open
//!                           └──▶ a page that says why not
//! ```
//!
//! What must not be told is not told: an address by name is the same for a share that does not exist
//! and for one that is for other people. Somebody who has a token was given it, and is told more.

use crate::app::{Call, read_body};
use crate::database::{FoundShare, ShareRow, append_audit, commit, count_view};
use crate::identity::origin::LABEL;
use crate::identity::{Caller, Via};
use crate::preview::entry::{checked_path, grant_link, query_of};
use crate::preview::page::Asked;
use crate::preview::seal::{Grantee, Pass};
use crate::preview::{foreign_page, see_other, serve_below};
use crate::reply::{self, Reply};
use crate::shares::page::{self, Leads, Refusal};
use crate::shares::{Visit, admit, has_expired};
use axum::extract::Query;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ORIGIN, REFERRER_POLICY, UPGRADE};
use http::{HeaderValue, Method, Uri};
use protocol::header::Role;
use protocol::id::{LoginId, ShareId};
use protocol::share::{self, ShareMode};
use protocol::{ErrorCode, PrincipalId, WireError};
use std::collections::HashMap;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// Above this in the path the shapes of S0 live.
const SHARED: &str = "/indexes/userspace/shared";

/// By what a share is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// Its token, or what stands for a visit below a path.
    Token(String),
    /// Its owner's user name, and its slug.
    Slug(String, String),
    /// Its id, by somebody who was sent from its origin.
    Id(ShareId),
}

/// An address that somebody came to.
#[derive(Clone, Debug)]
struct Door {
    way: Way,
    /// What stands before the app's paths, where they are in this address.
    prefix: Option<String>,
    /// Path and query in the app.
    path: String,
}

/// What the share says to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Open,
    /// The rest is for [`Refusal`].
    Refused(Refusal),
}

/// `/indexes/userspace/shared/{token}/preview[/{path}]` (S0.74, S0.75).
pub(crate) async fn by_token(call: Call) -> Reply {
    let token = parameter(&call, "token");
    let prefix = Some(format!("{SHARED}/{token}/preview"));
    Box::pin(serve(call, Way::Token(token), prefix)).await
}

/// `/indexes/userspace/shared/{owner}/{slug}[/{path}]` (S0.72, S0.73).
pub(crate) async fn by_slug(call: Call) -> Reply {
    let (owner, slug) = (parameter(&call, "owner"), parameter(&call, "slug"));
    let prefix = Some(format!("{SHARED}/{owner}/{slug}"));
    Box::pin(serve(call, Way::Slug(owner, slug), prefix)).await
}

/// `/s/{token}[/{path}]`: what people are given.
pub(crate) async fn by_short_token(call: Call) -> Reply {
    let token = parameter(&call, "token");
    Box::pin(serve(call, Way::Token(token), None)).await
}

/// `/{owner}/{slug}[/{path}]`: what people say aloud.
pub(crate) async fn by_short_slug(call: Call) -> Reply {
    let (owner, slug) = (parameter(&call, "owner"), parameter(&call, "slug"));
    Box::pin(serve(call, Way::Slug(owner, slug), None)).await
}

/// `/shared/enter?share=ID&path=P`: a browser that comes from the share's origin without a cookie.
pub(crate) async fn by_id(call: Call) -> Reply {
    let query = query_of(&call.head.uri);
    let share = query.get("share").and_then(|it| ShareId::from_body(it));
    let share = share.ok_or_else(|| reply::not_found("share"))?;
    let path = checked_path(query.get("path").map_or("/", String::as_str))?;
    open(call, Door { way: Way::Id(share), prefix: None, path }).await
}

fn parameter(call: &Call, name: &str) -> String {
    call.parameters.get(name).unwrap_or_default().to_owned()
}

async fn serve(call: Call, way: Way, prefix: Option<String>) -> Reply {
    let rest = call.parameters.get("rest").unwrap_or_default();
    let path = match call.head.uri.query() {
        Some(query) => format!("/{rest}?{query}"),
        None => format!("/{rest}"),
    };
    let path = checked_path(&path)?;
    open(call, Door { way, prefix, path }).await
}

async fn open(call: Call, door: Door) -> Reply {
    let shares = &call.app.shares;
    if let (Way::Token(token), Some(prefix)) = (&door.way, &door.prefix)
        && let Some(visit) = shares.kept_visit(token)
    {
        return match admit(&call.app, &visit).await? {
            Some(_) => below(call, &visit, prefix).await,
            None => Ok(refuse(&call, &Refusal::NeedsLink)),
        };
    }
    if let Err(seconds) = shares.misses.check(call.client, Instant::now()) {
        return Ok(refuse(&call, &Refusal::TooMany(seconds)));
    }
    let caller = call.app.identity.caller(&call.head.headers, &call.origin).await?;
    let principal = caller.as_ref().map(|it| &it.principal);
    let database = &call.app.database;
    let found = match &door.way {
        Way::Token(token) => {
            database.share_by_hash(&crate::identity::hash(token), principal).await?
        }
        Way::Slug(owner, slug) => database.share_by_slug((owner, slug), principal).await?,
        Way::Id(id) => database.share(id, principal).await?,
    };
    // A token that is bound to other workspaces is nobody here.
    let caller = caller.filter(|it| match &found {
        Some(found) => it.bounded(&found.row.workspace, Role::Viewer).is_some(),
        None => true,
    });
    let name = match &caller {
        Some(caller) => database.principal(&caller.principal).await?.map(|it| it.name),
        None => None,
    };
    match judge(found.as_ref(), name, &door.way, now_ms()) {
        Verdict::Open => {
            let found = found.expect("only a share that was found is open");
            let_in(call, &door, found, caller).await
        }
        Verdict::Refused(Refusal::Password) if call.head.method == Method::POST => {
            let found = found.expect("only a share that was found has a password");
            try_password(call, &door, found).await
        }
        Verdict::Refused(refusal) => {
            // Counted, so that addresses are not tried in a row.
            let is_miss = matches!(refusal, Refusal::Nothing(_));
            if is_miss && let Err(seconds) = shares.misses.take(call.client, Instant::now()) {
                return Ok(refuse(&call, &Refusal::TooMany(seconds)));
            }
            Ok(refuse(&call, &refusal))
        }
    }
}

/// What the share says to somebody, who is signed in when there is a `name`.
fn judge(found: Option<&FoundShare>, name: Option<String>, way: &Way, now_ms: u64) -> Verdict {
    let is_told = !matches!(way, Way::Slug(..));
    let Some(FoundShare { row, is_chosen }) = found else {
        return Verdict::Refused(Refusal::Nothing(name));
    };
    let is_for_everyone = matches!(row.mode, ShareMode::Link | ShareMode::Password);
    let is_for_caller = match row.mode {
        ShareMode::Link | ShareMode::Password => true,
        ShareMode::SignedIn => name.is_some(),
        ShareMode::Chosen => *is_chosen && name.is_some(),
    };
    let refusal = if row.ended_at_ms.is_some() {
        if is_told { Refusal::Ended } else { Refusal::Nothing(name) }
    } else if has_expired(row, now_ms) {
        if is_told || is_for_caller { Refusal::Expired } else { Refusal::Nothing(name) }
    } else if row.mode == ShareMode::Password {
        Refusal::Password
    } else if is_for_caller {
        let is_unproven = matches!(way, Way::Id(_)) && is_for_everyone;
        let has_name = row.slug.is_some() && row.owner_name.is_some();
        if !is_unproven || has_name {
            return Verdict::Open;
        }
        Refusal::NeedsLink
    } else {
        match name {
            name if !is_told => Refusal::Nothing(name),
            Some(name) => Refusal::NotChosen(name),
            None => Refusal::SignIn,
        }
    };
    Verdict::Refused(refusal)
}

/// Somebody may see the app: a browser is sent to where it lives, a program gets it here.
async fn let_in(call: Call, door: &Door, found: FoundShare, caller: Option<Caller>) -> Reply {
    let asks_for_somebody = matches!(found.row.mode, ShareMode::SignedIn | ShareMode::Chosen);
    let via = caller.as_ref().map(|it| it.via);
    let person = caller.filter(|_| asks_for_somebody).map(|it| (it.login, it.principal));
    // A question for the head alone shows nobody anything: no view, and no grant.
    if call.head.method == Method::HEAD && (door.prefix.is_none() || is_page(&call)) {
        return Ok(reply::nothing());
    }
    if call.head.method == Method::GET && (door.prefix.is_none() || is_page(&call)) {
        return enter(call, door, &found.row, person).await;
    }
    // A cookie is sent for any page that asks; only what a program brings itself is taken here.
    let speaks_for_itself = !asks_for_somebody || via.is_some_and(|it| it != Via::Cookie);
    let Some(prefix) = door.prefix.as_deref().filter(|_| speaks_for_itself) else {
        return Ok(refuse(&call, &Refusal::NeedsBrowser));
    };
    let visit = Visit { share: found.row.id.clone(), access: found.row.access, person };
    let is_view = call.head.method != Method::HEAD;
    if is_view && call.app.shares.begins_visit(&visit.share, call.client) {
        note_view(&call, &found.row, visit.person.as_ref()).await;
    }
    below(call, &visit, prefix).await
}

/// Sends a browser to where the app lives.
async fn enter(
    call: Call,
    door: &Door,
    row: &ShareRow,
    person: Option<(LoginId, PrincipalId)>,
) -> Reply {
    let shares = &call.app.shares;
    if let Err(seconds) = shares.entries.take(call.client, Instant::now()) {
        return Ok(refuse(&call, &Refusal::TooMany(seconds)));
    }
    let Door { way, prefix, path } = door;
    if let Some(template) = call.preview_origin() {
        note_view(&call, row, person.as_ref()).await;
        let label = share::label(&row.id);
        let origin = template.replace(LABEL, &label);
        let pass = Pass::Visitor { access: row.access, person };
        let grant = call.app.previews.grants.issue(Grantee { label, pass }).await?;
        return Ok(see_other(&grant_link(&origin, &grant, path)));
    }
    let visit = Visit { share: row.id.clone(), access: row.access, person };
    // The address itself is enough where the share asks for nothing else.
    let base = match (way, row.mode) {
        (Way::Token(token), ShareMode::Link) => format!("{SHARED}/{token}/preview"),
        (Way::Slug(owner, slug), ShareMode::Link) => format!("{SHARED}/{owner}/{slug}"),
        _ => format!("{SHARED}/{}/preview", shares.keep_visit(visit.clone())),
    };
    let has_slash = call.head.uri.path().len() > base.len();
    match prefix {
        Some(prefix) if *prefix == base && has_slash => {
            if shares.begins_visit(&row.id, call.client) {
                note_view(&call, row, None).await;
            }
            below(call, &visit, prefix).await
        }
        _ => {
            if row.mode != ShareMode::Link {
                note_view(&call, row, visit.person.as_ref()).await;
            }
            Ok(see_other(&format!("{base}{path}")))
        }
    }
}

/// Judges a password that was sent from the share's page.
async fn try_password(mut call: Call, door: &Door, found: FoundShare) -> Reply {
    let headers = &call.head.headers;
    let is_form = headers.get(CONTENT_TYPE).is_some_and(|it| {
        it.to_str().is_ok_and(|it| it.starts_with("application/x-www-form-urlencoded"))
    });
    // A page elsewhere could have its visitors guess for it.
    if headers.contains_key(ORIGIN) && !call.origin.is_named_by(headers) {
        return Err(foreign_page());
    }
    if !is_form || headers.contains_key(UPGRADE) {
        return Ok(refuse(&call, &Refusal::Password));
    }
    let (app, row, now) = (call.app.clone(), &found.row, Instant::now());
    if let Err(seconds) = app.shares.guard.take(&row.id, call.client, now) {
        let mut response = if is_page(&call) {
            wrong_password(&call, &page::pause(seconds))
        } else {
            refuse(&call, &Refusal::TooMany(seconds))
        };
        *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let body = read_body(call.take_body()).await?;
    let plain = form_value(&body, "password").unwrap_or_default();
    if plain.len() <= share::PASSWORD_LENGTH_MAX
        && app.passwords.matches(&plain, row.password_hash.as_deref()).await?
    {
        app.shares.guard.right(&row.id, call.client, now);
        return enter(call, door, row, None).await;
    }
    let mut refused = call.audit_row(Some(row.id.as_str()), "denied");
    refused.workspace = Some(row.workspace.to_string());
    "share.password".clone_into(&mut refused.verb);
    app.trail.append(refused);
    if is_page(&call) {
        return Ok(wrong_password(&call, "That is not the password of this share."));
    }
    Err(WireError::new(ErrorCode::Unauthenticated, "that is not the password of this share"))
}

fn wrong_password(call: &Call, what: &str) -> Response {
    with_leads(call, |leads| page::password(Some(what), leads))
}

/// A value of an urlencoded form.
fn form_value(body: &[u8], name: &str) -> Option<String> {
    let uri: Uri = format!("/?{}", std::str::from_utf8(body).ok()?.trim()).parse().ok()?;
    let Query(mut values) = Query::<HashMap<String, String>>::try_from_uri(&uri).ok()?;
    values.remove(name)
}

/// The app below a path, in an opaque origin.
async fn below(call: Call, visit: &Visit, prefix: &str) -> Reply {
    let Some(guest) = admit(&call.app, visit).await? else {
        return Ok(refuse(&call, &Refusal::NeedsLink));
    };
    let rest = call.parameters.get("rest").unwrap_or_default().to_owned();
    let mut response = serve_below(call, (&guest, None), prefix, &rest).await?;
    // The address holds what lets in.
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// Counts a visit and writes it down. What runs goes on when the database cannot take it.
async fn note_view(call: &Call, row: &ShareRow, person: Option<&(LoginId, PrincipalId)>) {
    let mut audit = call.audit_row(Some(row.id.as_str()), "ok");
    audit.workspace = Some(row.workspace.to_string());
    audit.principal = person.map(|(_, it)| it.to_string());
    let noting = async {
        let mut write = call.app.database.write().await?;
        append_audit(&mut write, audit).await?;
        count_view(&mut write, &row.id, now_ms()).await?;
        commit(write).await
    };
    if let Err(error) = noting.await {
        tracing::error!(%error, share.id = %row.id, "a visit to a share was not written down");
    }
}

fn is_page(call: &Call) -> bool {
    let asked = (&call.head.method, &call.head.headers);
    Asked::new(asked, (&call.app, &call.origin), "").is_navigation
}

fn refuse(call: &Call, refusal: &Refusal) -> Response {
    with_leads(call, |leads| refusal.answer(leads))
}

fn with_leads(call: &Call, answer: impl FnOnce(&Leads<'_>) -> Response) -> Response {
    let back = call.head.uri.path_and_query().map_or("/", |it| it.as_str());
    // After the form the browser is sent to the share's origin, whose label it does not know yet.
    let form_action = match call.preview_origin() {
        Some(template) => format!("'self' {}", template.replace(LABEL, "*")),
        None => "'self'".to_owned(),
    };
    answer(&Leads { is_page: is_page(call), back, form_action: &form_action })
}

#[cfg(test)]
mod tests;
