//! Sending a browser to a provider, and taking it back.
//!
//! `start` and `link` are requests of our own pages (their `Origin` is checked), so nobody is sent
//! away by a foreign page. The way back is a plain navigation from the provider; it is believed
//! only with the state and in the browser that it was begun with.

use super::arrive;
use super::flows::{Aim, Flow};
use super::problem::Trouble;
use super::provider::Provider;
use crate::app::Call;
use crate::audit;
use crate::identity::{Secret, Via, cookie, hash};
use crate::people::arrival::set_cookie;
use crate::people::confirm::confirm;
use crate::people::enter;
use crate::preview::entry::{checked_path, encoded};
use crate::preview::see_other;
use crate::reply::{self, Reply};
use axum::extract::Query;
use axum::response::Response;
use http::Uri;
use protocol::account::{LinkOidc, OidcProblem as Problem, OidcRedirect, StartOidc};
use protocol::audit::verb;
use protocol::{ErrorCode, WireError};
use serde_json::json;
use std::collections::HashMap;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// Longest path to go on to that is kept meanwhile; for a longer one the start page has to do.
const NEXT_LENGTH_MAX: usize = 1024;
/// Longest parameter of an answer. Codes of large providers have about a thousand characters.
const PARAMETER_LENGTH_MAX: usize = 4096;
/// Parameters of an answer that are looked at; the others do not matter.
const PARAMETERS: [&str; 4] = ["state", "code", "iss", "error"];

/// Where people without an account, and with one, read what went wrong.
const SIGN_IN_PAGE: &str = "/sign-in";
const SETTINGS_PAGE: &str = "/settings/sign-in-methods";

/// Begins a sign-in with a provider: gives the address that the page goes to.
#[utoipa::path(post, path = "/api/v1/oidc/{provider}/start", params(("provider" = String, Path)),
    request_body = StartOidc, responses((status = 200, body = OidcRedirect),
    (status = 409, body = protocol::ErrorBody, description = "Asked for under another address."),
    (status = 410, body = protocol::ErrorBody), (status = 429, body = protocol::ErrorBody),
    (status = 503, body = protocol::ErrorBody, description = "The provider does not answer.")))]
pub(crate) async fn start(mut call: Call) -> Reply {
    let body: StartOidc = call.json().await?;
    let invitation = match &body.invitation {
        Some(secret) => {
            if let Err(refusal) = enter::take_try(&call) {
                return Ok(refusal.answer());
            }
            let invitation = hash(secret);
            let invited = call.app.database.invited(&invitation, now_ms()).await?;
            invited.ok_or_else(enter::expired)?;
            call.app.limit.give_back(call.client);
            Some(invitation)
        }
        None => None,
    };
    let next = checked_path(body.next.as_deref().unwrap_or("/"))?;
    let next = if next.len() <= NEXT_LENGTH_MAX { next } else { "/".to_owned() };
    begin(&call, Aim::Enter { next, invitation }).await
}

/// Begins joining an account at a provider to the one that is signed in. Whoever has a password
/// gives it once more, others must have signed in just now: a browser that somebody left open is
/// not enough to give a stranger a way in.
#[utoipa::path(post, path = "/api/v1/oidc/{provider}/link", params(("provider" = String, Path)),
    request_body = LinkOidc, responses((status = 200, body = OidcRedirect),
    (status = 403, body = protocol::ErrorBody, description = "The password is not right, or the \
     sign-in is not of just now."), (status = 409, body = protocol::ErrorBody),
    (status = 429, body = protocol::ErrorBody), (status = 503, body = protocol::ErrorBody)))]
pub(crate) async fn link(mut call: Call) -> Reply {
    let body: LinkOidc = call.json().await?;
    let caller = call.caller();
    if caller.via != Via::Cookie {
        return Err(WireError::new(ErrorCode::Forbidden, "this is done in a browser"));
    }
    let failed = call.audit_row(call.parameters.get("provider"), "failed");
    let failed = failed.with("reason", "password");
    if let Some(refusal) = confirm(&call, body.password.as_deref(), failed).await? {
        return Ok(refusal);
    }
    let aim = Aim::Link { principal: caller.principal.clone(), login: caller.login.clone() };
    begin(&call, aim).await
}

async fn begin(call: &Call, aim: Aim) -> Reply {
    let oidc = &call.app.oidc;
    let provider = provider(call)?;
    if call.origin.text() != oidc.home {
        let message = format!("open {} to sign in with a provider", oidc.home);
        let error = WireError::new(ErrorCode::Conflict, message);
        return Err(error.with_details(json!({ "address": oidc.home })));
    }
    let now = Instant::now();
    if let Err(seconds) = oidc.starts.take(call.client, now) {
        return Ok(enter::too_many(seconds).answer());
    }
    let metadata = provider.metadata().await.map_err(|trouble| {
        tracing::warn!(provider = provider.settings.id, why = trouble.why, "a provider is down");
        let label = &provider.settings.label;
        let message = format!("{label} does not answer as it should; try again in a moment");
        WireError::new(ErrorCode::Unavailable, message)
    })?;
    let name = cookie::on_the_way(&call.origin);
    let known =
        cookie::values(&call.head.headers, &name).find(|it| oidc.flows.knows(&hash(it), now));
    let browser = known.map_or_else(|| Secret::draw("").plain, str::to_owned);
    let (state, nonce) = (Secret::draw("").plain, Secret::draw("").plain);
    let flow = Flow {
        provider: provider.settings.id.clone(),
        browser: hash(&browser),
        nonce,
        verifier: stdx::Secret::new(Secret::draw("").plain),
        begun_ms: now_ms(),
        aim,
    };
    let redirect_uri = oidc.redirect_uri(provider);
    let url = provider.authorization_url(&metadata, &flow, &state, &redirect_uri);
    oidc.flows.begin(&state, flow, now);
    let mut response = reply::json(&OidcRedirect { url });
    set_cookie(&mut response, &cookie::set_on_the_way(&browser, &call.origin));
    Ok(response)
}

fn provider(call: &Call) -> Result<&Provider, WireError> {
    let id = call.parameters.get("provider").unwrap_or_default();
    call.app.oidc.provider(id).ok_or_else(|| reply::not_found("provider"))
}

/// Where a provider sends the browser back to: 303 to where the person wanted to go, or to a page
/// that says why not.
#[utoipa::path(get, path = "/oidc/{provider}/callback", params(("provider" = String, Path),
    ("state" = Option<String>, Query), ("code" = Option<String>, Query),
    ("iss" = Option<String>, Query), ("error" = Option<String>, Query)),
    responses((status = 303, description = "Signed in, or a page that says why not.")))]
pub(crate) async fn callback(call: Call) -> Reply {
    let provider = provider(&call)?;
    let name = cookie::on_the_way(&call.origin);
    let browsers: Vec<String> = cookie::values(&call.head.headers, &name).map(hash).collect();
    // State and cookie are not to be guessed, and ways are counted when they begin.
    let (flow, answered) = match take(&call, provider, &browsers) {
        Ok(taken) => taken,
        Err(trouble) => return Ok(missed(&call, provider, &trouble, &browsers).await),
    };
    match finish(&call, provider, &flow, answered).await {
        Ok(response) => Ok(response),
        Err(trouble) => {
            note(&call, provider, &trouble, Some(&flow.aim)).await;
            Ok(told(provider, trouble.problem, Some(&flow.aim)))
        }
    }
}

/// Answers what no sign-in waits for. Any page can make browsers ask for this, as an image of its
/// own: such a request has no cookie, costs nothing, and is not written down.
async fn missed(
    call: &Call,
    provider: &Provider,
    trouble: &Trouble,
    browsers: &[String],
) -> Response {
    if !browsers.is_empty() {
        if call.app.oidc.misses.take(call.client, Instant::now()).is_err() {
            return told(provider, Problem::TooMany, None);
        }
        note(call, provider, trouble, None).await;
    }
    told(provider, trouble.problem, None)
}

/// What the provider sent along.
struct Answered {
    code: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
}

/// Takes the way that this browser comes back on.
fn take(
    call: &Call,
    provider: &Provider,
    browsers: &[String],
) -> Result<(Flow, Answered), Trouble> {
    let over = |why: &str| Trouble::new(Problem::Stale, why);
    let mut parameters =
        parameters(&call.head.uri).ok_or_else(|| over("the answer is malformed"))?;
    let state = parameters.remove("state").ok_or_else(|| over("the answer has no state"))?;
    let id = &provider.settings.id;
    let flow = call.app.oidc.flows.take(&state, id, browsers, Instant::now());
    let flow = flow.ok_or_else(|| over("no sign-in of this browser waits for this answer"))?;
    let mut one = |name: &str| parameters.remove(name);
    Ok((flow, Answered { code: one("code"), issuer: one("iss"), error: one("error") }))
}

/// The parameters that matter; none may be there twice, so that nobody else reads another one.
fn parameters(uri: &Uri) -> Option<HashMap<&'static str, String>> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let mut found = HashMap::new();
    for (name, value) in pairs {
        let Some(name) = PARAMETERS.into_iter().find(|it| *it == name) else { continue };
        if PARAMETER_LENGTH_MAX < value.len() || found.insert(name, value).is_some() {
            return None;
        }
    }
    Some(found)
}

async fn finish(
    call: &Call,
    provider: &Provider,
    flow: &Flow,
    answered: Answered,
) -> Result<Response, Trouble> {
    let metadata = provider.metadata().await?;
    // Whoever answers is the one who was asked (RFC 9207); each provider has a redirect address of
    // its own besides.
    match &answered.issuer {
        Some(issuer) if *issuer != provider.settings.issuer => {
            return Err(Trouble::untrusted("the answer is from another issuer (iss)"));
        }
        None if metadata.names_issuer => {
            return Err(Trouble::untrusted("the answer does not say which issuer it is from"));
        }
        Some(_) | None => {}
    }
    if let Some(error) = answered.error {
        let problem = match error.as_str() {
            "access_denied" => Problem::Cancelled,
            "temporarily_unavailable" | "server_error" => Problem::ProviderDown,
            _ => Problem::ProviderRefused,
        };
        let error = super::discovery::shortened(&error);
        return Err(Trouble::new(problem, format!("the provider answered `{error}`")));
    }
    let code = answered.code.filter(|it| !it.is_empty());
    let code = code.ok_or_else(|| Trouble::untrusted("the answer has no code"))?;
    let redirect_uri = call.app.oidc.redirect_uri(provider);
    let person = provider.redeem(flow, &code, &redirect_uri).await?;
    match &flow.aim {
        Aim::Enter { next, invitation } => {
            arrive::enter(call, provider, &person, (next, invitation.as_deref())).await
        }
        Aim::Link { principal, login } => {
            arrive::link(call, &person, (principal, login)).await?;
            let id = &provider.settings.id;
            Ok(see_other(&format!("{SETTINGS_PAGE}?linked={id}")))
        }
    }
}

/// Leads to a page that says what went wrong, by a word that it knows. Whoever then signs in another
/// way gets to where it wanted to go.
fn told(provider: &Provider, problem: Problem, aim: Option<&Aim>) -> Response {
    let (page, next) = match aim {
        Some(Aim::Link { .. }) => (SETTINGS_PAGE, "/"),
        Some(Aim::Enter { next, .. }) => (SIGN_IN_PAGE, next.as_str()),
        None => (SIGN_IN_PAGE, "/"),
    };
    let (id, problem) = (encoded(&provider.settings.id), problem.as_str());
    let next = if next == "/" { String::new() } else { format!("&next={}", encoded(next)) };
    see_other(&format!("{page}?problem={problem}&provider={id}{next}"))
}

/// Writes a failure down, for administrators and for whoever keeps the server.
async fn note(call: &Call, provider: &Provider, trouble: &Trouble, aim: Option<&Aim>) {
    let (id, problem, why) = (&provider.settings.id, trouble.problem.as_str(), &trouble.why);
    tracing::info!(provider = id, problem, why, "nobody was signed in by a provider");
    let mut row = call.audit_row(Some(id), "failed").with("reason", problem);
    if let Some(Aim::Link { principal, login }) = aim {
        const { verb("account.link") }.clone_into(&mut row.verb);
        row.principal = Some(principal.to_string());
        row.login = Some(login.to_string());
    }
    if audit::append(&call.app.database, row).await.is_err() {
        tracing::error!(provider = id, "a failed sign-in could not be written down");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_each_thing_once() {
        let parameters = |query: &str| parameters(&format!("/?{query}").parse().unwrap());
        let found = parameters("state=a%20b&code=c&session_state=x&session_state=y").unwrap();
        assert_eq!((found["state"].as_str(), found["code"].as_str()), ("a b", "c"));
        assert!(parameters("state=a&code=b&code=c").is_none());
        assert!(parameters("state=a&state=a").is_none());
        assert!(parameters(&format!("code={}", "x".repeat(5000))).is_none());
        assert!(parameters("").unwrap().is_empty());
    }
}
