//! Shares: a workspace's app for people who are not its members.
//!
//! A share has an address by token and perhaps one by name. Whoever comes to an address is judged
//! once, at the gate ([`gate`]); then a browser gets a grant for the share's own origin
//! ([`visit`]), where each request is judged again by the share as it is then. Where no preview
//! domain leads to this gateway the app runs below a path, in an opaque origin.
//!
//! A visitor sees the port that the preview shows and nothing else, is nobody's principal, and
//! neither starts nor wakes anything: a machine that strangers could start is one that strangers
//! can keep busy.

pub(crate) mod gate;
mod guard;
pub(crate) mod manage;
mod page;
pub(crate) mod visit;

use crate::app::App;
use crate::database::{Database, FoundShare, ShareRow};
use crate::ends::Ends;
use crate::identity::{Memory, hash, hex};
use crate::limit::{Limit, network};
use crate::preview::access::Guest;
use crate::vault::{Vault, VaultError};
use hmac::{Hmac, KeyInit, Mac};
use protocol::header::Role;
use protocol::id::{LoginId, ShareId};
use protocol::share::ShareMode;
use protocol::{PrincipalId, WireError, WorkspaceId};
use sha2::Sha256;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// Name of the key that tokens are drawn from, in the table of keys.
const KEY: &str = "share links";
/// Characters of a token: 128 bits in hexadecimal digits.
const TOKEN_LENGTH: usize = 32;
/// Addresses that lead nowhere which one network may try: at once, and how often another one. A
/// person mistypes a name; a token cannot be guessed at any speed.
const MISSES: (u32, Duration) = (60, Duration::from_secs(5));
/// Visits that one network may begin: a class of two hundred opens a link at once.
const VISITS: (u32, Duration) = (240, Duration::from_secs(1));
/// Requests below a path by one network within this time are one visit: nothing tells its browsers
/// apart.
const VISIT_PAUSE: Duration = Duration::from_secs(30 * 60);
/// How long a visit below a path lasts.
const VISIT_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// Visits below a path, and networks that were seen there, at once.
const REMEMBERED_MAX: usize = 10_000;
/// The program in whose name kernels are asked on behalf of visitors.
const OPERATOR: &str = "share";

/// What all shares of a gateway have in common.
pub(crate) struct Shares {
    links: Hmac<Sha256>,
    found: Memory<(ShareId, Option<PrincipalId>), FoundShare>,
    guard: guard::Guard,
    misses: Limit,
    entries: Limit,
    /// Visits below a path, by the hash of what stands in the path.
    visits: Mutex<HashMap<String, (Visit, Instant)>>,
    /// When each network was last seen below a share's path.
    seen: Mutex<HashMap<(ShareId, IpAddr), Instant>>,
    ends: Ends<ShareId>,
}

/// Somebody who was let in at the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Visit {
    share: ShareId,
    /// The share's number of access at that time.
    access: u64,
    /// Who it was, where the share asks for somebody.
    person: Option<(LoginId, PrincipalId)>,
}

impl Shares {
    /// Reads the key of tokens.
    pub(crate) async fn open(database: &Database, vault: &Vault) -> Result<Self, VaultError> {
        let key = database.key(vault, KEY, now_ms()).await?;
        Ok(Self {
            links: Hmac::new_from_slice(&key).expect("any length of key will do"),
            found: Memory::default(),
            guard: guard::Guard::default(),
            misses: Limit::new(MISSES.0, MISSES.1),
            entries: Limit::new(VISITS.0, VISITS.1),
            visits: Mutex::default(),
            seen: Mutex::default(),
            ends: Ends::default(),
        })
    }

    /// The token of a share's link. Drawn from a key, so that an owner can be shown it again while
    /// the table of shares holds its hash only.
    fn token(&self, share: &ShareId, link: u64) -> String {
        let mut mac = self.links.clone();
        mac.update(b"share link 1\n");
        mac.update(share.as_str().as_bytes());
        mac.update(&link.to_be_bytes());
        hex(&mac.finalize().into_bytes()[..TOKEN_LENGTH / 2])
    }

    /// Forgets what was remembered of a workspace's shares.
    pub(crate) fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.found.forget(|_, found| &found.row.workspace == workspace);
    }

    /// Forgets what was remembered of a share.
    pub(crate) fn forget(&self, share: &ShareId) {
        self.found.forget(|(it, _), _| it == share);
    }

    /// Forgets what was remembered of every share.
    pub(crate) fn forget_everything(&self) {
        self.found.forget(|_, _| true);
    }

    /// Keeps a visit; gives what stands for it in a path.
    fn keep_visit(&self, visit: Visit) -> String {
        let secret = hex(&stdx::random::bytes::<32>());
        let now = Instant::now();
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        if REMEMBERED_MAX <= visits.len() {
            visits.retain(|_, (_, until)| now < *until);
        }
        if REMEMBERED_MAX <= visits.len()
            && let Some(oldest) = visits.iter().min_by_key(|(_, (_, until))| *until)
        {
            let oldest = oldest.0.clone();
            visits.remove(&oldest);
        }
        visits.insert(hash(&secret), (visit, now + VISIT_LIFETIME));
        secret
    }

    /// The visit that stands in a path.
    fn kept_visit(&self, secret: &str) -> Option<Visit> {
        let visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        let (visit, until) = visits.get(&hash(secret))?;
        (Instant::now() < *until).then(|| visit.clone())
    }

    /// Whether a request below a path begins a visit.
    fn begins_visit(&self, share: &ShareId, address: IpAddr) -> bool {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if REMEMBERED_MAX <= seen.len() {
            seen.retain(|_, at| at.elapsed() < VISIT_PAUSE);
            if REMEMBERED_MAX <= seen.len() {
                seen.clear();
            }
        }
        let last = seen.insert((share.clone(), network(address)), now);
        last.is_none_or(|at| VISIT_PAUSE <= now.duration_since(at))
    }
}

/// Lets a visitor on to the app if the share still is as it was when it let the visitor in.
async fn admit(app: &App, visit: &Visit) -> Result<Option<Guest>, WireError> {
    let Visit { share, access, person } = visit;
    let principal = person.as_ref().map(|(_, it)| it);
    // Whatever is ended while this looks is seen on the next round.
    loop {
        let epoch = app.live.epoch();
        let key = (share.clone(), principal.cloned());
        let found = app.shares.found.get(key, app.database.share(share, principal)).await?;
        let Some(found) = found.filter(|it| lets_in(it, *access, person.is_some())) else {
            return Ok(None);
        };
        if let Some((login, _)) = person
            && !app.identity.lasts(login).await?
        {
            return Ok(None);
        }
        let row = found.row;
        let login = person.as_ref().map(|(login, _)| login);
        let Some(cancel) = app.live.visit_since(epoch, (share, login), &row.workspace) else {
            continue;
        };
        app.shares.ends.set(share, row.expires_at_ms);
        return Ok(Some(Guest {
            workspace: row.workspace,
            principal: row.owner,
            name: String::new(),
            operator: OPERATOR.to_owned(),
            role: Role::Viewer,
            cancel,
        }));
    }
}

/// Whether somebody who came in at `access` may stay.
fn lets_in(found: &FoundShare, access: u64, somebody: bool) -> bool {
    let row = &found.row;
    let is_open = row.ended_at_ms.is_none() && !has_expired(row, now_ms()) && row.access == access;
    is_open
        && match row.mode {
            ShareMode::Link | ShareMode::Password => true,
            ShareMode::SignedIn => somebody,
            ShareMode::Chosen => found.is_chosen,
        }
}

fn has_expired(row: &ShareRow, now_ms: u64) -> bool {
    row.expires_at_ms.is_some_and(|end| end <= now_ms)
}

/// Makes a change of a share felt: what was remembered goes, and with `out` every visit ends.
fn make_felt(app: &App, share: &ShareId, expires_at_ms: Option<u64>, out: bool) {
    app.shares.forget(share);
    app.shares.ends.change(share, expires_at_ms);
    if out {
        app.live.end_share(share);
    }
}

/// Ends what flows to visitors of shares that expire.
pub(crate) async fn watch_expiry(app: Arc<App>) {
    while let Some(over) = app.shares.ends.over(&app.scope).await {
        for share in over {
            app.live.end_share(&share);
        }
    }
}
