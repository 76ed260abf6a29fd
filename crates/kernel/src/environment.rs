//! What processes are given: variables by name, and credentials for Git.
//!
//! Values come from the gateway (`PUT /api/v1/environment`), live in memory only and are in force
//! for the next process. A process gets, later ones winning: what the kernel sets, what the
//! operator configured, what its own command needs, what the workspace has, and, when somebody
//! opened it for themselves, what that person has. A person's variables are never given to what
//! everybody shares, such as the dev server.
//!
//! Whatever was secret once is masked as long as this kernel lives, because it stays on screens and
//! in logs when it is replaced.

mod redact;

pub use redact::redacted;

use crate::config::Config;
use crate::context::By;
use protocol::environment::{
    GivenCredential, GivenEnvironment, GivenVariable, Use, check_name, check_value,
};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::{Needles, Secret};
use tokio::sync::watch;

/// Where programs are searched unless the host says otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Name of the user that programs run as, for prompts and `git`.
const USER: &str = "dev";

/// Shells in order of preference.
const SHELLS: [&str; 2] = ["/bin/bash", "/bin/sh"];

/// Secrets that are no longer in force and still masked.
const FORMER_MAX: usize = 500;
/// People whose variables are kept; more start things in one workspace in no kernel's life.
const PEOPLE_MAX: usize = 200;

/// What processes are given. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Environment {
    shared: Arc<Shared>,
}

struct Shared {
    /// The kernel's own variables and the operator's.
    system: Vec<(String, String)>,
    held: Mutex<Held>,
    secrets: watch::Sender<Needles>,
}

#[derive(Default)]
struct Held {
    /// By person; the empty name is the workspace's own.
    given: BTreeMap<String, Given>,
    former: VecDeque<Secret<String>>,
}

struct Given {
    revision: u64,
    variables: Vec<Variable>,
    credentials: Vec<Credential>,
}

struct Variable {
    name: String,
    value: Secret<String>,
    secret: bool,
    uses: Vec<Use>,
}

struct Credential {
    host: String,
    username: String,
    token: Secret<String>,
}

impl Environment {
    /// Nothing but what the kernel and the operator set.
    pub fn new(config: &Config) -> Self {
        let home = config.home.to_string_lossy();
        let own = [
            ("HOME", &*home),
            ("USER", USER),
            ("LOGNAME", USER),
            ("SHELL", shell()),
            ("PATH", PATH),
            ("LANG", "C.UTF-8"),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("STEAD_WORKSPACE", config.workspace_id.as_str()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let system = own.into_iter().chain(config.env.iter().cloned()).collect();
        let shared = Shared { system, held: Mutex::default(), secrets: watch::Sender::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Takes over what the gateway gives, unless it is older than what is there. Names and values
    /// that no process could be given are left out.
    pub fn give(&self, given: GivenEnvironment) {
        let mut held = self.held();
        let owner = given.person.as_ref().map(ToString::to_string).unwrap_or_default();
        let known = held.given.get(&owner).map(|it| it.revision);
        let is_full = known.is_none() && PEOPLE_MAX <= held.given.len();
        if known.is_some_and(|it| given.revision < it) || is_full {
            return;
        }
        let before = held.given.insert(owner, Given::from(given));
        for secret in before.into_iter().flat_map(Given::into_secrets) {
            held.former.push_back(secret);
        }
        let former = held.former.len();
        held.former.drain(..former.saturating_sub(FORMER_MAX));
        self.shared.secrets.send_replace(held.needles());
    }

    /// The complete environment of a process that `by` starts. `more` is what its command needs.
    pub fn of(&self, what: Use, by: &By, more: &[(String, String)]) -> Vec<(OsString, OsString)> {
        let held = self.held();
        let person = match what {
            Use::Terminals | Use::Agents => by.principal.as_deref(),
            Use::DevServer | Use::Setup => None,
        };
        let mut all: Vec<(OsString, OsString)> = Vec::new();
        let mut set = |name: &str, value: &str| match all.iter_mut().find(|it| it.0 == name) {
            Some(known) => known.1 = value.into(),
            None => all.push((name.into(), value.into())),
        };
        for (name, value) in self.shared.system.iter().chain(more) {
            set(name, value);
        }
        for owner in [Some(""), person].into_iter().flatten() {
            let variables = held.given.get(owner).map_or(&[][..], |it| &it.variables);
            for variable in variables.iter().filter(|it| it.uses.contains(&what)) {
                set(&variable.name, variable.value.expose());
            }
        }
        all
    }

    /// What `by` has set for themselves under a name; nothing where it is empty.
    pub fn own(&self, by: &By, name: &str) -> Option<String> {
        let held = self.held();
        let given = held.given.get(by.principal.as_deref().filter(|it| !it.is_empty())?)?;
        let variable = given.variables.iter().find(|it| it.name == name)?;
        Some(variable.value.expose().clone()).filter(|it| !it.trim().is_empty())
    }

    /// Variables that make Git use the credentials of the workspace and of `by`, whose own win, for
    /// `https` and for this machine. Nothing is written anywhere, and what else is configured for
    /// these hosts, such as a helper that would store the token, is left out.
    pub fn git_credentials(&self, by: &By) -> Vec<(String, String)> {
        let held = self.held();
        let mut hosts: BTreeMap<&str, &Credential> = BTreeMap::new();
        for owner in [Some(""), by.principal.as_deref()].into_iter().flatten() {
            let credentials = held.given.get(owner).map_or(&[][..], |it| &it.credentials);
            hosts.extend(credentials.iter().map(|it| (it.host.as_str(), it)));
        }
        let mut settings = Vec::new();
        let mut variables = Vec::new();
        for (index, (host, credential)) in hosts.into_iter().enumerate() {
            let (name, token) =
                (format!("STEAD_GIT_USERNAME_{index}"), format!("STEAD_GIT_TOKEN_{index}"));
            // Git asks with `get`; `store` and `erase` are for those who keep something.
            let helper = format!(
                "!f() {{ test \"$1\" = get && \
                 printf 'username=%s\\npassword=%s\\n' \"${name}\" \"${token}\"; }}; f"
            );
            let schemes: &[&str] = if is_here(host) { &["https", "http"] } else { &["https"] };
            for scheme in schemes {
                let key = format!("credential.{scheme}://{host}.helper");
                settings.extend([(key.clone(), String::new()), (key, helper.clone())]);
            }
            variables.push((name, credential.username.clone()));
            variables.push((token, credential.token.expose().clone()));
        }
        if settings.is_empty() {
            return Vec::new();
        }
        variables.push(("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string()));
        for (index, (key, value)) in settings.into_iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{index}"), key));
            variables.push((format!("GIT_CONFIG_VALUE_{index}"), value));
        }
        variables
    }

    /// What is masked, and its changes.
    pub fn secrets(&self) -> watch::Receiver<Needles> {
        self.shared.secrets.subscribe()
    }

    /// A text with its secrets masked.
    pub fn redact(&self, text: &str) -> String {
        self.shared.secrets.borrow().redact(text).into_owned()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.shared.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn needles(&self) -> Needles {
        let given = self.given.values().flat_map(Given::secrets);
        Needles::of(given.chain(self.former.iter().map(|it| it.expose().as_str())))
    }
}

impl From<GivenEnvironment> for Given {
    fn from(given: GivenEnvironment) -> Self {
        let is_good = |it: &GivenVariable| {
            check_name(&it.name).is_ok() && check_value(&it.name, &it.value).is_ok()
        };
        let variables = given.variables.into_iter().filter(is_good).map(Variable::from).collect();
        let credentials = given.credentials.into_iter().map(Credential::from).collect();
        Self { revision: given.revision, variables, credentials }
    }
}

impl Given {
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let values = self.variables.iter().filter(|it| it.secret).map(|it| &it.value);
        values.chain(self.credentials.iter().map(|it| &it.token)).map(|it| it.expose().as_str())
    }

    fn into_secrets(self) -> impl Iterator<Item = Secret<String>> {
        let values = self.variables.into_iter().filter(|it| it.secret).map(|it| it.value);
        values.chain(self.credentials.into_iter().map(|it| it.token))
    }
}

impl From<GivenVariable> for Variable {
    fn from(it: GivenVariable) -> Self {
        Self { name: it.name, value: Secret::new(it.value), secret: it.secret, uses: it.uses }
    }
}

impl From<GivenCredential> for Credential {
    fn from(it: GivenCredential) -> Self {
        Self { host: it.host, username: it.username, token: Secret::new(it.token) }
    }
}

/// Whether nobody can listen in on the way to this host.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |it| it.0);
    name == "localhost" || name.starts_with("127.")
}

/// The login shell.
pub fn shell() -> &'static str {
    SHELLS.into_iter().find(|it| std::path::Path::new(it).exists()).unwrap_or(SHELLS[1])
}

#[cfg(test)]
mod tests;
