//! Whose account it is that a provider vouches for: the one that its issuer and subject were joined
//! to, a new one for whoever may have one, or none.
//!
//! An address never leads to an account, verified or not: whoever runs a provider, or gets hold of
//! an address that was somebody else's, would get the account with it. Accounts are joined by their
//! person, signed in, in the settings.

use super::problem::Trouble;
use super::profile::Person;
use super::provider::Provider;
use super::settings::SignUp;
use crate::app::Call;
use crate::database::{
    AuditRow, IdentityRow, NewPrincipal, Write, add_identity, add_principal, append_audit, commit,
    find_invitation, identity_holder, set_identity_email,
};
use crate::identity::Via;
use crate::people::arrival::Arrival;
use crate::people::{enter as links, join};
use crate::preview::see_other;
use axum::response::Response;
use protocol::account::OidcProblem as Problem;
use protocol::audit::verb;
use protocol::id::LoginId;
use protocol::{PrincipalId, WorkspaceId};
use stdx::clock::now_ms;

/// Signs a person in, with a new account where there is none and one may be made. An invitation
/// that it brought is taken.
pub(super) async fn enter(
    call: &Call,
    provider: &Provider,
    person: &Person,
    (next, invitation): (&str, Option<&str>),
) -> Result<Response, Trouble> {
    let now = now_ms();
    let mut write = call.write().await?;
    let invited = match invitation {
        Some(hash) => {
            let found = find_invitation(&mut *write, hash, now).await?;
            let over = || Trouble::new(Problem::InvitationOver, "the invitation is over");
            Some(found.ok_or_else(over)?)
        }
        None => None,
    };
    let holder = identity_holder(&mut write, &person.issuer, &person.subject).await?;
    let is_known = holder.is_some();
    let principal = match holder {
        Some(holder) if holder.disabled => {
            let why = format!("the account {} is disabled", holder.principal);
            return Err(Trouble::new(Problem::Disabled, why));
        }
        Some(holder) => {
            let (issuer, subject) = (&person.issuer, &person.subject);
            set_identity_email(&mut write, issuer, subject, &person.email).await?;
            holder.principal
        }
        None if invited.is_some() || provider.settings.sign_up == SignUp::Anyone => {
            create(&mut write, call, person, now).await?
        }
        None => {
            let why = "nobody here has this identity, and there is no invitation";
            return Err(Trouble::new(Problem::NotInvited, why));
        }
    };
    let mut joined: Option<WorkspaceId> = None;
    // One to this Stead alone is for whoever has no account.
    if let Some(invited) = invited.as_ref().filter(|it| !is_known || it.workspace.is_some()) {
        join::take(&mut write, call, invited, &principal).await?;
        joined = invited.workspace.as_ref().map(|(id, _, _)| id.clone());
    }
    let arrival = Arrival::begin(&mut write, call, &principal, now).await?;
    let target = match &joined {
        Some(workspace) => format!("/w/{workspace}"),
        None => next.to_owned(),
    };
    let response = arrival.finish_with(call, write, |_, _| Ok(see_other(&target))).await?;
    if let Some(workspace) = &joined {
        call.app.identity.forget_workspace(workspace);
    }
    Ok(response)
}

/// Makes an account for a person without one.
async fn create(
    write: &mut Write,
    call: &Call,
    person: &Person,
    now_ms: u64,
) -> Result<PrincipalId, Trouble> {
    let id = PrincipalId::from_random(stdx::random::bits());
    let login_name = links::free_login_name(write, &person.handle).await?;
    let new = NewPrincipal {
        id: &id,
        name: &person.name,
        login_name: &login_name,
        email: Some(&person.email),
        password_hash: None,
        now_ms,
    };
    add_principal(write, new).await?;
    let of = |row: AuditRow| AuditRow { principal: Some(id.to_string()), ..row };
    let row = call.audit_as(const { verb("account.create") }, Some(id.as_str()), "ok");
    append_audit(write, of(row)).await?;
    let row = call.audit_as(const { verb("account.link") }, Some(&person.issuer), "ok");
    append_audit(write, of(row)).await?;
    add_identity(write, &id, &identity(person, now_ms)).await?;
    Ok(id)
}

/// Joins what the provider vouches for to the account of whoever is signed in: the one who began
/// it, in the sign-in in which it was begun.
pub(super) async fn link(
    call: &Call,
    person: &Person,
    (principal, login): (&PrincipalId, &LoginId),
) -> Result<(), Trouble> {
    let caller = call.app.identity.caller(&call.head.headers, &call.origin).await?;
    let caller = caller
        .filter(|it| it.via == Via::Cookie && &it.principal == principal && &it.login == login);
    let caller = caller.ok_or_else(|| {
        Trouble::new(Problem::SignedOut, "whoever began to join accounts is not signed in any more")
    })?;
    let mut write = call.write().await?;
    match identity_holder(&mut write, &person.issuer, &person.subject).await? {
        Some(holder) if &holder.principal == principal => return Ok(()),
        Some(holder) => {
            let why = format!("the identity signs in {}", holder.principal);
            return Err(Trouble::new(Problem::Taken, why));
        }
        None => {}
    }
    let row = AuditRow {
        principal: Some(principal.to_string()),
        operator: Some(caller.operator),
        login: Some(login.to_string()),
        ..call.audit_as(const { verb("account.link") }, Some(&person.issuer), "ok")
    };
    append_audit(&mut write, row).await?;
    add_identity(&mut write, principal, &identity(person, now_ms())).await?;
    Ok(commit(write).await?)
}

fn identity(person: &Person, now_ms: u64) -> IdentityRow {
    IdentityRow {
        issuer: person.issuer.clone(),
        subject: person.subject.clone(),
        email: Some(person.email.clone()),
        created_at_ms: now_ms,
    }
}
