//! `/api/v1/workspaces/{id}/shares`: what owners do with shares, and editors see of them.
//!
//! A share lets people in who are not members, so making and changing one is giving access, which
//! is for owners. Editors see the list: they work on what is shown and may hand a link on. Viewers
//! do not.

use crate::app::{App, Call};
use crate::database::{
    ShareRow, Write, add_share, append_audit, commit, count_shares, end_share, set_share,
    set_share_people, slug_holder,
};
use crate::identity::hash;
use crate::policy::is_reserved;
use crate::reply::{self, Reply};
use crate::shares::{has_expired, make_felt};
use http::StatusCode;
use protocol::id::ShareId;
use protocol::share::{
    CreateShare, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, PEOPLE_MAX, SLUG_LENGTH_MAX, Share,
    ShareMode, SharePerson, SlugCheck, UpdateShare, is_slug,
};
use protocol::{ErrorCode, PrincipalId, WireError};
use stdx::clock::now_ms;

/// Shares of one workspace at once; a list that people still read.
const SHARES_MAX: u64 = 100;

/// The workspace's shares, the newest first. Ended ones are gone.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/shares", operation_id = "list_shares",
    params(("id" = String, Path)), responses((status = 200, body = Vec<Share>)))]
pub(crate) async fn list(call: Call) -> Reply {
    let workspace = call.workspace().0;
    let rows = call.app.database.shares_of(workspace).await?;
    let people = call.app.database.share_people(workspace).await?;
    let shown = rows.into_iter().map(|row| {
        let named = people.iter().filter(|(share, _)| share == row.id.as_str());
        let named = named.map(|(_, it)| it.clone()).collect();
        shown(&call, row, named)
    });
    Ok(reply::json(&shown.collect::<Vec<_>>()))
}

/// Makes a share. Without more it has a link that lets in whoever has it.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/shares", operation_id = "create_share",
    params(("id" = String, Path)), request_body = CreateShare, responses(
    (status = 201, body = Share), (status = 400, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "The slug is taken.")))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let body: CreateShare = call.json().await?;
    let app = call.app.clone();
    check_parts(body.mode, body.password.is_some(), body.mode == ShareMode::Chosen, &body.people)?;
    let password_hash = match body.password {
        Some(plain) => Some(hashed(&app, plain).await?),
        None => None,
    };
    let people = find_people(&app, &body.people).await?;
    let slug = match body.slug.filter(|it| !it.is_empty()) {
        Some(slug) => Some(checked_slug(&call, slug).await?),
        None => None,
    };
    let (id, link) = (ShareId::from_random(stdx::random::bits()), 1);
    let row = ShareRow {
        hash: hash(&app.shares.token(&id, link)),
        id,
        workspace: call.workspace().0.clone(),
        owner: call.caller().principal.clone(),
        owner_name: app.database.login_name(&call.caller().principal).await?,
        link,
        access: 1,
        mode: body.mode,
        password_hash,
        slug,
        created_at_ms: now_ms(),
        expires_at_ms: checked_expiry(body.expires_at_ms)?,
        ended_at_ms: None,
        views: 0,
        viewed_at_ms: None,
    };
    let mut write = call.write().await?;
    if SHARES_MAX <= count_shares(&mut write, &row.workspace).await? {
        let message = format!("a workspace has at most {SHARES_MAX} shares; end one first");
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    check_free(&mut write, &row).await?;
    append_audit(&mut write, call.audit_row(Some(row.id.as_str()), "ok")).await?;
    add_share(&mut write, &row).await?;
    set_share_people(&mut write, &row.id, &ids(&people)).await?;
    commit(write).await?;
    Ok(reply::json_with(StatusCode::CREATED, &shown(&call, row, people)))
}

/// Changes a share. What narrows who is let in is felt at once: everybody comes in again.
#[utoipa::path(patch, path = "/api/v1/workspaces/{id}/shares/{share}", operation_id = "update_share",
    params(("id" = String, Path), ("share" = String, Path)), request_body = UpdateShare, responses(
    (status = 200, body = Share), (status = 400, body = protocol::ErrorBody),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn update(mut call: Call) -> Reply {
    let body: UpdateShare = call.json().await?;
    let app = call.app.clone();
    let id = named(&call)?;
    let password_hash = match body.password.clone() {
        Some(plain) => Some(hashed(&app, plain).await?),
        None => None,
    };
    let named_people = match &body.people {
        Some(people) => Some(find_people(&app, people).await?),
        None => None,
    };
    let slug = match body.slug.clone().filter(|it| !it.is_empty()) {
        Some(slug) => Some(checked_slug(&call, slug).await?),
        None => None,
    };
    // From here to the end nobody else changes the share.
    let mut write = call.write().await?;
    let before = current(&call, &id).await?;
    let mut row = changed(&call, (&before, &body), password_hash, slug)?;
    row.owner_name = app.database.login_name(&row.owner).await?;
    let people_before = app.database.share_people(&row.workspace).await?;
    let people = match named_people {
        Some(people) => people,
        None if row.mode == ShareMode::Chosen => people_before
            .into_iter()
            .filter(|(share, _)| share == id.as_str())
            .map(|(_, it)| it)
            .collect(),
        None => Vec::new(),
    };
    if row.mode == ShareMode::Chosen && people.is_empty() {
        return Err(invalid("name at least one person who may see the app"));
    }
    check_free(&mut write, &row).await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    if !set_share(&mut write, &row).await? {
        return Err(reply::not_found("share"));
    }
    set_share_people(&mut write, &id, &ids(&people)).await?;
    commit(write).await?;
    make_felt(&app, &id, row.expires_at_ms, row.access != before.access);
    Ok(reply::json(&shown(&call, row, people)))
}

/// Ends a share for good: its addresses lead nowhere, and every visit ends.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/shares/{share}", operation_id = "end_share",
    params(("id" = String, Path), ("share" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn end(call: Call) -> Reply {
    let id = named(&call)?;
    let mut write = call.write().await?;
    current(&call, &id).await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    if !end_share(&mut write, &id, now_ms()).await? {
        return Err(reply::not_found("share"));
    }
    commit(write).await?;
    make_felt(&call.app, &id, None, true);
    Ok(reply::nothing())
}

/// Whether a slug can be had, for whoever types it.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/shares/slugs/{word}", operation_id = "check_slug",
    params(("id" = String, Path), ("word" = String, Path)),
    responses((status = 200, body = SlugCheck)))]
pub(crate) async fn check_slug(call: Call) -> Reply {
    let slug = call.parameters.get("word").unwrap_or_default().to_owned();
    let owner = call.caller().principal.clone();
    let name = call.app.database.login_name(&owner).await?;
    let reason = match checked_slug(&call, slug.clone()).await {
        Err(error) => Some(error.message),
        Ok(slug) => {
            let is_taken = call.app.database.slug_is_taken(&owner, &slug).await?;
            is_taken.then(|| taken(&slug).message)
        }
    };
    let url = name.map(|name| slug_url(&call, &name, &slug));
    Ok(reply::json(&SlugCheck { available: reason.is_none(), url, reason }))
}

fn named(call: &Call) -> Result<ShareId, WireError> {
    let id = call.parameters.get("share").and_then(ShareId::parse);
    id.ok_or_else(|| reply::not_found("share"))
}

/// The share of the call's workspace, if it was not ended.
async fn current(call: &Call, id: &ShareId) -> Result<ShareRow, WireError> {
    let found = call.app.database.share(id, None).await?.map(|it| it.row);
    let found = found.filter(|it| &it.workspace == call.workspace().0 && it.ended_at_ms.is_none());
    found.ok_or_else(|| reply::not_found("share"))
}

/// The share as the change leaves it.
fn changed(
    call: &Call,
    (before, body): (&ShareRow, &UpdateShare),
    password_hash: Option<String>,
    slug: Option<String>,
) -> Result<ShareRow, WireError> {
    let mut row = before.clone();
    row.mode = body.mode.unwrap_or(before.mode);
    let has_password = password_hash.is_some() || before.password_hash.is_some();
    let people = body.people.as_deref().unwrap_or_default();
    check_parts(row.mode, has_password, body.people.is_some(), people)?;
    if password_hash.is_some() && row.mode != ShareMode::Password {
        return Err(invalid("a password belongs to a share with a password"));
    }
    row.password_hash = match row.mode {
        ShareMode::Password => password_hash.clone().or(row.password_hash),
        ShareMode::Link | ShareMode::SignedIn | ShareMode::Chosen => None,
    };
    if body.slug.is_some() {
        row.slug = slug;
        // An address by name stands under the name of whoever chose it.
        row.owner = call.caller().principal.clone();
    }
    match body.expires_at_ms {
        Some(0) => row.expires_at_ms = None,
        Some(end) => row.expires_at_ms = checked_expiry(Some(end))?,
        None => {}
    }
    if body.new_link {
        row.link += 1;
        row.hash = hash(&call.app.shares.token(&row.id, row.link));
    }
    let narrows = row.mode != before.mode
        || password_hash.is_some()
        || body.people.is_some()
        || body.new_link;
    if narrows {
        row.access += 1;
    }
    Ok(row)
}

/// Refuses what does not go together.
fn check_parts(
    mode: ShareMode,
    has_password: bool,
    names_people: bool,
    people: &[String],
) -> Result<(), WireError> {
    match mode {
        ShareMode::Password if !has_password => Err(invalid("choose a password for the share")),
        ShareMode::Chosen if names_people && people.is_empty() => {
            Err(invalid("name at least one person who may see the app"))
        }
        ShareMode::Link | ShareMode::Password | ShareMode::SignedIn if !people.is_empty() => {
            Err(invalid("people are named for a share for chosen people"))
        }
        ShareMode::Link | ShareMode::Password | ShareMode::SignedIn | ShareMode::Chosen => Ok(()),
    }
}

async fn hashed(app: &App, plain: String) -> Result<String, WireError> {
    if plain.chars().count() < PASSWORD_LENGTH_MIN || PASSWORD_LENGTH_MAX < plain.len() {
        let message = format!("a password has {PASSWORD_LENGTH_MIN} characters at least");
        return Err(invalid(&message));
    }
    app.passwords.hash(&plain).await
}

/// The people with these user names, each once.
async fn find_people(app: &App, names: &[String]) -> Result<Vec<SharePerson>, WireError> {
    if PEOPLE_MAX < names.len() {
        return Err(invalid(&format!("a share names at most {PEOPLE_MAX} people")));
    }
    let mut people: Vec<SharePerson> = Vec::with_capacity(names.len());
    for name in names {
        let name = name.trim().to_lowercase();
        let Some(person) = app.database.person_named(&name).await? else {
            return Err(invalid(&format!("nobody here has the user name `{name}`")));
        };
        if !people.iter().any(|it| it.id == person.id) {
            people.push(person);
        }
    }
    people.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    Ok(people)
}

/// A slug that its owner may have, if nobody has it.
async fn checked_slug(call: &Call, slug: String) -> Result<String, WireError> {
    if !is_slug(&slug) {
        return Err(invalid(&format!(
            "an address by name has 1 to {SLUG_LENGTH_MAX} lower-case letters and digits, with \
             single hyphens between them"
        )));
    }
    if is_reserved(&slug) {
        return Err(invalid(&format!(
            "`{slug}` is a word of Stead's own addresses; choose another"
        )));
    }
    if call.app.database.login_name(&call.caller().principal).await?.is_none() {
        let message = "an address by name stands under your user name, and you have none yet; \
                       choose one in your profile";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    Ok(slug)
}

async fn check_free(write: &mut Write, row: &ShareRow) -> Result<(), WireError> {
    let Some(slug) = &row.slug else { return Ok(()) };
    let holder = slug_holder(write, &row.owner, slug).await?;
    if holder.is_some_and(|it| it != row.id.as_str()) { Err(taken(slug)) } else { Ok(()) }
}

fn taken(slug: &str) -> WireError {
    let message = format!("you have another share called `{slug}`; choose another word");
    WireError::new(ErrorCode::AlreadyExists, message)
}

fn checked_expiry(end: Option<u64>) -> Result<Option<u64>, WireError> {
    match end {
        Some(end) if end <= now_ms() => Err(invalid("a share expires in the future")),
        end => Ok(end),
    }
}

fn invalid(message: &str) -> WireError {
    WireError::new(ErrorCode::InvalidRequest, message)
}

fn ids(people: &[SharePerson]) -> Vec<PrincipalId> {
    people.iter().map(|it| it.id.clone()).collect()
}

fn shown(call: &Call, row: ShareRow, people: Vec<SharePerson>) -> Share {
    let home = call.app.names.home(&call.origin);
    let slug_url = match (&row.owner_name, &row.slug) {
        (Some(owner), Some(slug)) => Some(slug_url(call, owner, slug)),
        _ => None,
    };
    Share {
        url: format!("{home}/s/{}", call.app.shares.token(&row.id, row.link)),
        slug_url,
        expired: has_expired(&row, now_ms()),
        id: row.id,
        mode: row.mode,
        slug: row.slug,
        owner: row.owner_name,
        people,
        created_at_ms: row.created_at_ms,
        expires_at_ms: row.expires_at_ms,
        views: row.views,
        viewed_at_ms: row.viewed_at_ms,
    }
}

/// The address by name: the short one, unless the name is a word of ours.
fn slug_url(call: &Call, owner: &str, slug: &str) -> String {
    let home = call.app.names.home(&call.origin);
    if is_reserved(owner) {
        return format!("{home}/indexes/userspace/shared/{owner}/{slug}");
    }
    format!("{home}/{owner}/{slug}")
}
