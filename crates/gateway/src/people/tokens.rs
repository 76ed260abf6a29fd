//! Tokens for programs: made by a person, with no more than the person has.

use super::sign_ins::end_login;
use crate::app::{Call, checked_name};
use crate::database::{LoginDetails, NewLogin, Scope, add_login, append_audit, commit};
use crate::identity::{Secret, TOKEN, TOKEN_PREFIX};
use crate::reply::{self, Reply};
use http::StatusCode;
use protocol::account::{CreateToken, NewToken, TOKEN_LIFETIME_S_MAX, Token};
use protocol::id::LoginId;
use protocol::{ErrorCode, WireError};
use stdx::clock::now_ms;

/// Most tokens of one person.
const TOKENS_MAX: usize = 200;
/// Most workspaces in the bounds of one token.
const WORKSPACES_MAX: usize = 100;

/// The person's tokens, the newest first.
#[utoipa::path(get, path = "/api/v1/tokens", responses((status = 200, body = Vec<Token>)))]
pub(crate) async fn list(call: Call) -> Reply {
    Ok(reply::json(&tokens(&call).await?))
}

async fn tokens(call: &Call) -> Result<Vec<Token>, WireError> {
    let logins = call.app.database.logins_of(&call.caller().principal, now_ms()).await?;
    let mut tokens: Vec<Token> =
        logins.into_iter().filter(|it| it.login.operator == TOKEN).map(shown).collect();
    tokens.sort_by(|a, b| b.created_at_ms.cmp(&a.created_at_ms).then_with(|| a.id.cmp(&b.id)));
    Ok(tokens)
}

fn shown(details: LoginDetails) -> Token {
    let LoginDetails { login, name, created_at_ms, .. } = details;
    Token {
        id: login.id,
        name: name.unwrap_or_default(),
        read_only: login.scope.read_only,
        registry_only: login.scope.registry_only,
        workspaces: login.scope.workspaces.map(|it| it.to_vec()),
        created_at_ms,
        expires_at_ms: login.expires_at_ms,
        used_at_ms: Some(login.seen_at_ms).filter(|it| *it != 0),
    }
}

/// Makes a token. The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/tokens", request_body = CreateToken, responses(
    (status = 201, body = NewToken), (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let body: CreateToken = call.json().await?;
    let name = checked_name(&body.name)?;
    let refuse = |message: &str| Err(WireError::new(ErrorCode::InvalidRequest, message));
    if body.expires_in_s.is_some_and(|it| it == 0 || TOKEN_LIFETIME_S_MAX < it) {
        return refuse("a token lasts from one second to ten years, or has no end");
    }
    if body.registry_only {
        if body.workspaces.is_some() {
            return refuse("a token for the registry is for no workspace");
        }
        if !call.caller().administrator {
            let message = "the registry is for administrators of this Stead, and their tokens";
            return Err(WireError::new(ErrorCode::Forbidden, message));
        }
    }
    if let Some(workspaces) = &body.workspaces {
        if workspaces.is_empty() || WORKSPACES_MAX < workspaces.len() {
            return refuse("name 1 to 100 workspaces, or none for all of them");
        }
        for id in workspaces {
            if call.app.identity.role(id, call.caller()).await?.is_none() {
                return Err(reply::not_found("workspace"));
            }
        }
    }
    if TOKENS_MAX <= tokens(&call).await?.len() {
        let message = format!("one person has at most {TOKENS_MAX} tokens; revoke some");
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    let scope = Scope {
        read_only: body.read_only,
        registry_only: body.registry_only,
        workspaces: body.workspaces.map(Into::into),
    };
    let (id, secret) = (LoginId::from_random(stdx::random::bits()), Secret::draw(TOKEN_PREFIX));
    let now = now_ms();
    let expires_at_ms = body.expires_in_s.map(|it| now + it * 1000);
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    let login = NewLogin {
        id: &id,
        hash: &secret.hash,
        principal: &call.caller().principal,
        operator: TOKEN,
        device: None,
        address: None,
        name: Some(name),
        scope: &scope,
        now_ms: now,
        authenticated_at_ms: 0,
        seen_at_ms: 0,
        expires_at_ms,
    };
    add_login(&mut write, login).await?;
    commit(write).await?;
    let token = Token {
        id,
        name: name.to_owned(),
        read_only: scope.read_only,
        registry_only: scope.registry_only,
        workspaces: scope.workspaces.map(|it| it.to_vec()),
        created_at_ms: now,
        expires_at_ms,
        used_at_ms: None,
    };
    Ok(reply::json_with(StatusCode::CREATED, &NewToken { token, secret: secret.plain }))
}

/// Revokes a token; what it has open ends at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{login}", params(("login" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn revoke(call: Call) -> Reply {
    end_login(&call, "token").await
}
