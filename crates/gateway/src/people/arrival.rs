//! Signing a browser in, however its person proved who it is.

use super::{device, enter};
use crate::app::Call;
use crate::database::{
    DatabaseError, NewLogin, Scope, Write, add_login, append_audit, commit, remove_login,
};
use crate::identity::{BROWSER, Caller, LOGIN_LIFETIME_MS, Secret, Via, cookie};
use crate::reply::{self, Reply};
use axum::response::Response;
use http::HeaderValue;
use http::header::SET_COOKIE;
use protocol::PrincipalId;
use protocol::audit::verb;
use protocol::id::LoginId;
use stdx::clock::now_ms;

/// A browser on its way in.
pub(crate) struct Arrival {
    principal: PrincipalId,
    secret: Secret,
    /// What the browser was signed in by until now.
    replaced: Option<Caller>,
}

impl Arrival {
    /// Makes a login in `write`: always a new one, whatever the browser brought. The one it brought
    /// ends, so that a browser has one. `authenticated_at_ms` is when the person proved who it is.
    pub(crate) async fn begin(
        write: &mut Write,
        call: &Call,
        principal: &PrincipalId,
        authenticated_at_ms: u64,
    ) -> Result<Self, DatabaseError> {
        let brought = call.app.identity.caller(&call.head.headers, &call.origin).await;
        let replaced = brought.ok().flatten().filter(|it| it.via == Via::Cookie);
        if let Some(old) = &replaced {
            remove_login(write, &old.login, &old.principal).await?;
        }
        let (id, secret) = (LoginId::from_random(stdx::random::bits()), Secret::draw(""));
        let (now, device) = (now_ms(), device::user_agent(&call.head.headers));
        let address = call.client.to_string();
        let login = NewLogin {
            id: &id,
            hash: &secret.hash,
            principal,
            operator: BROWSER,
            device: device.as_deref(),
            address: Some(&address),
            name: None,
            scope: &Scope::default(),
            now_ms: now,
            authenticated_at_ms,
            seen_at_ms: now,
            expires_at_ms: Some(now + LOGIN_LIFETIME_MS),
        };
        add_login(write, login).await?;
        let mut row = call.audit_as(const { verb("login.create") }, Some(id.as_str()), "ok");
        row.principal = Some(principal.to_string());
        row.operator = Some(BROWSER.to_owned());
        append_audit(write, row).await?;
        Ok(Self { principal: principal.clone(), secret, replaced })
    }

    /// Commits, and tells the browser who it is now.
    pub(super) async fn finish(self, call: &Call, write: Write) -> Reply {
        self.finish_with(call, write, |call, me| Ok(reply::json(&enter::me_of(call, me)))).await
    }

    /// Commits, and answers with `respond` and the cookies.
    pub(crate) async fn finish_with(
        self,
        call: &Call,
        write: Write,
        respond: impl FnOnce(&Call, crate::database::Principal) -> Reply,
    ) -> Reply {
        commit(write).await?;
        if let Some(old) = &self.replaced {
            call.app.identity.forget_login(&old.login);
            call.app.live.end_login(&old.login);
        }
        let principal = call.app.database.principal(&self.principal).await?;
        let principal = principal.ok_or_else(|| reply::not_found("account"))?;
        let mut response = respond(call, principal)?;
        set_cookie(&mut response, &cookie::set_session(&self.secret.plain, &call.origin));
        let device = call.app.people.devices.value(&self.principal);
        set_cookie(&mut response, &cookie::set_device(&device, &call.origin));
        Ok(response)
    }
}

pub(crate) fn set_cookie(response: &mut Response, cookie: &str) {
    let value = HeaderValue::from_str(cookie).expect("our cookies are made of plain characters");
    response.headers_mut().append(SET_COOKIE, value);
}
