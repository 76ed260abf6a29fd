//! What opens a preview origin: single-use grants, and the sealed cookie they are swapped for.

use crate::database::{Database, DatabaseError};
use crate::identity::hash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use protocol::PrincipalId;
use protocol::id::LoginId;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// How long a grant may wait for the browser to follow its link.
const GRANT_LIFETIME: Duration = Duration::from_secs(60);
/// Grants waiting at once. A person has a handful; the oldest gives way.
const GRANTS_MAX: usize = 4096;
/// How long a cookie opens its origin. The login behind it is checked at every request.
const COOKIE_LIFETIME_MS: u64 = 12 * 60 * 60 * 1000;
/// The cookie for frames and tabs. Partitioned, so each page that frames the preview has its own.
pub(super) const COOKIE: &str = "__Host-stead-preview";
/// The cookie for tabs of browsers that keep no `Secure` cookie of a plain `http:` origin.
pub(super) const PLAIN_COOKIE: &str = "stead_preview";

/// Whom a grant or a cookie lets in. Checked against the database at every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// A member of the workspace, for as long as login and role last.
    Member { login: LoginId, principal: PrincipalId },
    /// A visitor of a share, for as long as it lets in what it let in at `access`; `person` where
    /// it asks for one.
    Visitor { access: u64, person: Option<(LoginId, PrincipalId)> },
}

/// What stands for nobody in a cookie.
const NOBODY: &str = "-";

impl Pass {
    /// What the seal is for, so that none of one kind opens the other.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Member { .. } => "preview cookie 1",
            Self::Visitor { .. } => "share cookie 1",
        }
    }

    /// Its parts in a cookie; none holds a dot.
    fn parts(&self) -> Vec<String> {
        match self {
            Self::Member { login, principal } => {
                vec![login.body().to_owned(), principal.body().to_owned()]
            }
            Self::Visitor { access, person } => {
                let (login, principal) = person
                    .as_ref()
                    .map_or((NOBODY, NOBODY), |(login, it)| (login.body(), it.body()));
                vec![access.to_string(), login.to_owned(), principal.to_owned()]
            }
        }
    }

    /// Reads [`Self::parts`].
    fn parse(parts: &[&str]) -> Option<Self> {
        let person = |login, principal| {
            Some((LoginId::from_body(login)?, PrincipalId::from_body(principal)?))
        };
        match *parts {
            [login, principal] => {
                let (login, principal) = person(login, principal)?;
                Some(Self::Member { login, principal })
            }
            [access, NOBODY, NOBODY] => {
                Some(Self::Visitor { access: access.parse().ok()?, person: None })
            }
            [access, login, principal] => Some(Self::Visitor {
                access: access.parse().ok()?,
                person: Some(person(login, principal)?),
            }),
            _ => None,
        }
    }
}

/// Whom a grant lets in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grantee {
    /// First label of the origin's host name.
    pub(crate) label: String,
    pub(crate) pass: Pass,
}

impl Grantee {
    /// As it is kept for another gateway.
    fn to_text(&self) -> String {
        format!("{}\n{}", self.label, self.pass.parts().join("."))
    }

    /// Reads [`Self::to_text`].
    fn parse(text: &str) -> Option<Self> {
        let (label, parts) = text.split_once('\n')?;
        let pass = Pass::parse(&parts.split('.').collect::<Vec<_>>())?;
        Some(Self { label: label.to_owned(), pass })
    }
}

/// Grants that were given out and not used. They do not outlive the process, except where several
/// gateways share a database: a browser may come back to another one.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    shared: Option<Database>,
    /// By SHA-256 of the grant, so that looking one up compares nothing secret.
    open: Mutex<HashMap<[u8; 32], (Grantee, Instant)>>,
}

impl Grants {
    pub(super) fn new(database: &Database) -> Self {
        Self { shared: database.is_shared().then(|| database.clone()), ..Self::default() }
    }

    /// A grant that is good once, within a minute.
    pub(crate) async fn issue(&self, grantee: Grantee) -> Result<String, DatabaseError> {
        let grant = URL_SAFE_NO_PAD.encode(stdx::random::bytes::<32>());
        match &self.shared {
            Some(database) => {
                let (text, now) = (grantee.to_text(), now_ms());
                let time = (now, now + u64::try_from(GRANT_LIFETIME.as_millis()).unwrap_or(0));
                Box::pin(database.add_preview_grant(&hash(&grant), &text, time)).await?;
            }
            None => self.keep(&grant, grantee),
        }
        Ok(grant)
    }

    fn keep(&self, grant: &str, grantee: Grantee) {
        let now = Instant::now();
        let mut open = self.lock();
        open.retain(|_, (_, until)| now < *until);
        if GRANTS_MAX <= open.len()
            && let Some(oldest) = open.iter().min_by_key(|(_, (_, until))| *until)
        {
            let oldest = *oldest.0;
            open.remove(&oldest);
        }
        open.insert(Sha256::digest(grant.as_bytes()).into(), (grantee, now + GRANT_LIFETIME));
    }

    /// Uses a grant up. `None` when it was used, has expired, or was never given for `label`; the
    /// grant is gone in each case.
    pub(crate) async fn redeem(
        &self,
        grant: &str,
        label: &str,
    ) -> Result<Option<Grantee>, DatabaseError> {
        let grantee = match &self.shared {
            Some(database) => {
                let kept = Box::pin(database.take_preview_grant(&hash(grant), now_ms())).await?;
                kept.as_deref().and_then(Grantee::parse)
            }
            None => self.take(grant),
        };
        Ok(grantee.filter(|it| it.label == label))
    }

    fn take(&self, grant: &str) -> Option<Grantee> {
        let hash: [u8; 32] = Sha256::digest(grant.as_bytes()).into();
        let (grantee, until) = self.lock().remove(&hash)?;
        (Instant::now() < until).then_some(grantee)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], (Grantee, Instant)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes and checks cookies. They hold no secret and outlive the process; the key is in the
/// database.
pub(crate) struct Seal {
    mac: Hmac<Sha256>,
}

/// What a cookie says, once its seal was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) pass: Pass,
    /// Less than half of its life is left.
    pub(crate) is_old: bool,
}

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { mac: Hmac::new_from_slice(key).expect("any length of key will do") }
    }

    /// `Set-Cookie` values that open the origin of `label` to the holder of `pass`.
    pub(crate) fn cookies(&self, label: &str, pass: &Pass, secure: bool) -> Vec<HeaderValue> {
        let value = self.value(label, pass, now_ms() + COOKIE_LIFETIME_MS);
        let age = COOKIE_LIFETIME_MS / 1000;
        let mut cookies = vec![format!(
            "{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=None; Partitioned"
        )];
        if !secure {
            cookies.push(format!(
                "{PLAIN_COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax"
            ));
        }
        cookies.iter().filter_map(|it| HeaderValue::from_str(it).ok()).collect()
    }

    fn value(&self, label: &str, pass: &Pass, until: u64) -> String {
        let parts = pass.parts().join(".");
        let mac = self.mac_of((label, pass.kind()), &parts, until).finalize();
        format!("{parts}.{until}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
    }

    /// Reads a cookie that was made for the origin of `label`.
    pub(crate) fn open(&self, label: &str, value: &str) -> Option<Sealed> {
        let (rest, mac) = value.rsplit_once('.')?;
        let (parts, until) = rest.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let until: u64 = until.parse().ok()?;
        let pass = Pass::parse(&parts.split('.').collect::<Vec<_>>())?;
        // Constant in time, and before anything is believed.
        self.mac_of((label, pass.kind()), parts, until).verify_slice(&mac).ok()?;
        let left = until.checked_sub(now_ms()).filter(|it| 0 < *it)?;
        Some(Sealed { pass, is_old: left < COOKIE_LIFETIME_MS / 2 })
    }

    /// `parts` are as in the cookie.
    fn mac_of(&self, (label, kind): (&str, &str), parts: &str, until: u64) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in [kind, label].into_iter().chain(parts.split('.')) {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        mac.update(&until.to_be_bytes());
        mac
    }
}

/// The value of every cookie in `header` that may open a preview.
pub(crate) fn candidates(header: &str) -> impl Iterator<Item = &str> {
    header.split(';').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        matches!(name, COOKIE | PLAIN_COOKIE).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grantee() -> Grantee {
        let (login, principal) = (LoginId::from_random(1), PrincipalId::from_random(2));
        Grantee { label: "5173--abc".to_owned(), pass: Pass::Member { login, principal } }
    }

    #[test]
    fn whom_a_grant_lets_in_is_read_as_it_was_written() {
        let visitor = Pass::Visitor { access: 3, person: None };
        for it in [grantee(), Grantee { pass: visitor, ..grantee() }] {
            assert_eq!(Grantee::parse(&it.to_text()), Some(it));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_is_good_once_there_and_for_a_minute() {
        let grants = Grants::default();
        let grant = grants.issue(grantee()).await.unwrap();
        assert_eq!(grants.redeem(&grant, "5173--abc").await.unwrap(), Some(grantee()));
        assert_eq!(grants.redeem(&grant, "5173--abc").await.unwrap(), None);

        let elsewhere = grants.issue(grantee()).await.unwrap();
        assert_eq!(grants.redeem(&elsewhere, "5174--abc").await.unwrap(), None);

        let late = grants.issue(grantee()).await.unwrap();
        tokio::time::advance(GRANT_LIFETIME).await;
        assert_eq!(grants.redeem(&late, "5173--abc").await.unwrap(), None);
        assert_eq!(grants.redeem("", "5173--abc").await.unwrap(), None);
    }

    #[test]
    fn a_cookie_opens_its_own_origin_only_and_not_when_it_was_changed() {
        let seal = Seal::new(&[7; 32]);
        let Grantee { label, pass } = grantee();
        let until = now_ms() + COOKIE_LIFETIME_MS;
        let value = seal.value(&label, &pass, until);
        let sealed = Sealed { pass: pass.clone(), is_old: false };
        assert_eq!(seal.open(&label, &value), Some(sealed));
        assert_eq!(seal.open("5174--abc", &value), None);
        assert_eq!(Seal::new(&[8; 32]).open(&label, &value), None);
        let later = value.replace(&until.to_string(), &(until + 1).to_string());
        assert_eq!(seal.open(&label, &later), None);
        assert_eq!(seal.open(&label, &format!("{value}.x")), None);
        for broken in ["", ".", "...", "a.b.c.d", &value[1..], &value[..value.len() - 1]] {
            assert_eq!(seal.open(&label, broken), None, "{broken}");
        }
        let expired = seal.value(&label, &pass, now_ms());
        assert_eq!(seal.open(&label, &expired), None);
        let old = seal.value(&label, &pass, now_ms() + COOKIE_LIFETIME_MS / 3);
        assert!(seal.open(&label, &old).unwrap().is_old);
    }

    #[test]
    fn a_visitor_is_no_member_and_none_has_the_access_of_another_time() {
        let seal = Seal::new(&[7; 32]);
        let until = now_ms() + COOKIE_LIFETIME_MS;
        let person = Some((LoginId::from_random(1), PrincipalId::from_random(2)));
        for person in [None, person] {
            let pass = Pass::Visitor { access: 3, person };
            let value = seal.value("share-abc", &pass, until);
            assert_eq!(seal.open("share-abc", &value).map(|it| it.pass), Some(pass));
            assert_eq!(seal.open("share-abd", &value), None);
            assert_eq!(seal.open("share-abc", &value.replacen('3', "4", 1)), None);
            let fewer = value.split_once('.').unwrap().1;
            assert_eq!(seal.open("share-abc", fewer), None);
        }
    }

    #[test]
    fn only_a_plain_origin_gets_the_plain_cookie() {
        let seal = Seal::new(&[7; 32]);
        let Grantee { label, pass } = grantee();
        let names = |secure| -> Vec<String> {
            let cookies = seal.cookies(&label, &pass, secure);
            let name =
                |it: &HeaderValue| it.to_str().unwrap().split('=').next().unwrap().to_owned();
            cookies.iter().map(name).collect()
        };
        assert_eq!(names(true), [COOKIE]);
        assert_eq!(names(false), [COOKIE, PLAIN_COOKIE]);
    }

    #[test]
    fn a_damaged_cookie_opens_nothing() {
        let seal = Seal::new(&[7; 32]);
        let it = grantee();
        let good = seal.value(&it.label, &it.pass, now_ms() + COOKIE_LIFETIME_MS);
        assert!(seal.open(&it.label, &good).is_some());
        for seed in 0..5_000 {
            let bytes = stdx::noise::Noise::new(seed).damaged(&good);
            let text = String::from_utf8_lossy(&bytes);
            assert!(text == good || seal.open(&it.label, &text).is_none(), "{text}");
        }
    }
}
