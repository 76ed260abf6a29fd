//! The `RUNTIME_*` variables (S0.13, S0.24, S0.25, U0.4): where sessions run, and as what this
//! process serves them. Their names are given, so they are no options of ours.

use anyhow::{Context, bail};
use manager::Token;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the variables say.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    pub(crate) mode: ServiceMode,
    /// A manager elsewhere; `None` means that sessions run here.
    pub(crate) manager_url: Option<String>,
    /// How long that manager may take to be reached and to tell what it knows.
    pub(crate) manager_timeout: Duration,
    pub(crate) worker_urls: Vec<String>,
    /// Where clients reach this process.
    pub(crate) base_url: Option<String>,
    /// What this process is called in logs.
    pub(crate) name: Option<String>,
    /// Where the files of each workspace are shown under its name.
    pub(crate) workspace_root: Option<PathBuf>,
    /// Sessions at once; `None` where nothing was said.
    pub(crate) sessions_max: Option<usize>,
    pub(crate) lease: Duration,
    pub(crate) reconcile_interval: Duration,
    manager_token: Given,
    worker_token: Given,
}

/// As what `stead host` runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ServiceMode {
    #[default]
    Manager,
    Worker,
}

/// A secret in a variable, or in a file that a variable names.
#[derive(Clone, Debug)]
struct Given {
    variable: &'static str,
    value: Option<stdx::Secret<String>>,
    file: Option<PathBuf>,
}

impl Runtime {
    /// Reads the variables through `get`, which gives none that is empty.
    pub(crate) fn read(get: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let text =
            |name: &str| get(name).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        let mode = match text("RUNTIME_SERVICE_MODE").as_deref() {
            None | Some("manager") => ServiceMode::Manager,
            Some("worker") => ServiceMode::Worker,
            Some(other) => {
                bail!("`RUNTIME_SERVICE_MODE` is `{other}`; it must be `manager` or `worker`")
            }
        };
        let is_url = |it: &String| it.starts_with("http://") || it.starts_with("https://");
        let seconds =
            |name: &str, default| Duration::from_secs(number(&get, name).unwrap_or(default));
        let index = text("INDEX_DATA_PATH").map(|it| Path::new(&it).join("_userspace"));
        let urls = text("RUNTIME_WORKER_URLS").unwrap_or_default();
        let urls = urls.split(',').map(|it| it.trim().trim_end_matches('/').to_owned());
        let secret = |variable: &'static str, file: &str| Given {
            variable,
            value: text(variable).map(stdx::Secret::new),
            file: text(file).map(PathBuf::from),
        };
        Ok(Self {
            mode,
            manager_url: text("RUNTIME_MANAGER_URL").filter(is_url),
            manager_timeout: seconds("RUNTIME_MANAGER_TIMEOUT_SECONDS", 5),
            worker_urls: urls.filter(|it| !it.is_empty()).collect(),
            base_url: text("RUNTIME_WORKER_BASE_URL")
                .filter(is_url)
                .map(|it| it.trim_end_matches('/').to_owned()),
            name: text("RUNTIME_WORKER_NAME"),
            workspace_root: text("RUNTIME_WORKSPACE_ROOT").map(PathBuf::from).or(index),
            sessions_max: number(&get, "RUNTIME_MAX_SESSIONS").and_then(|it| it.try_into().ok()),
            lease: seconds("RUNTIME_LEASE_TTL_SECONDS", 3600),
            reconcile_interval: seconds("RUNTIME_RECONCILE_INTERVAL_SECONDS", 15),
            manager_token: secret("RUNTIME_MANAGER_AUTH_TOKEN", "RUNTIME_MANAGER_AUTH_TOKEN_FILE"),
            worker_token: secret("RUNTIME_WORKER_AUTH_TOKEN", "RUNTIME_WORKER_AUTH_TOKEN_FILE"),
        })
    }

    /// What a manager and its clients share. Without a good one nothing starts (S0.93).
    pub(crate) fn manager_token(&self) -> anyhow::Result<Token> {
        self.manager_token.read()
    }

    /// What a manager and its workers share.
    pub(crate) fn worker_token(&self) -> anyhow::Result<Token> {
        self.worker_token.read()
    }
}

impl Given {
    fn read(&self) -> anyhow::Result<Token> {
        let text = match (&self.value, &self.file) {
            (Some(value), None) => value.clone(),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file).with_context(|| {
                    format!("the file of `{}`, `{}`, cannot be read", self.variable, file.display())
                })?;
                stdx::Secret::new(text)
            }
            (None, None) => stdx::Secret::default(),
            (Some(_), Some(_)) => {
                bail!("`{0}` and `{0}_FILE` are both set; one is enough", self.variable)
            }
        };
        Token::new(text.expose())
            .with_context(|| format!("`{0}` (or `{0}_FILE`) is no token", self.variable))
    }
}

/// A whole number above zero; anything else is as if nothing was said (U0.4).
fn number(get: impl Fn(&str) -> Option<String>, name: &str) -> Option<u64> {
    get(name)?.trim().parse().ok().filter(|it| 0 < *it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> anyhow::Result<Runtime> {
        let find = |name: &str| given.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        Runtime::read(find)
    }

    // covers: S0.11, S0.13
    #[test]
    fn only_a_url_of_http_leads_elsewhere() {
        let url = |text| read(&[("RUNTIME_MANAGER_URL", text)]).unwrap().manager_url;
        assert_eq!(url("http://runtime:8090").as_deref(), Some("http://runtime:8090"));
        assert_eq!(url("https://runtime").as_deref(), Some("https://runtime"));
        for text in ["", " ", "local", "runtime:8090", "ftp://a", "HTTP"] {
            assert_eq!(url(text), None, "{text:?}");
        }
        assert_eq!(read(&[]).unwrap().manager_url, None);
    }

    // covers: S0.24, S0.25
    #[test]
    fn the_mode_is_manager_unless_it_says_worker_and_nothing_else_is_one() {
        let mode = |text| read(&[("RUNTIME_SERVICE_MODE", text)]).map(|it| it.mode);
        assert_eq!(read(&[]).unwrap().mode, ServiceMode::Manager);
        assert_eq!(mode("manager").unwrap(), ServiceMode::Manager);
        assert_eq!(mode("worker").unwrap(), ServiceMode::Worker);
        for text in ["Worker", "both", "manager,worker", "0"] {
            assert!(mode(text).unwrap_err().to_string().contains("manager"), "{text}");
        }
    }

    #[test]
    fn a_number_that_is_none_is_the_default() {
        let of = |text| {
            let all = [
                ("RUNTIME_LEASE_TTL_SECONDS", text),
                ("RUNTIME_RECONCILE_INTERVAL_SECONDS", text),
                ("RUNTIME_MAX_SESSIONS", text),
                ("RUNTIME_MANAGER_TIMEOUT_SECONDS", text),
            ];
            let it = read(&all).unwrap();
            let seconds = [it.lease, it.reconcile_interval, it.manager_timeout];
            (seconds.map(|it| it.as_secs()), it.sessions_max)
        };
        assert_eq!(of("7"), ([7, 7, 7], Some(7)));
        for text in ["", "0", "-1", "many", "1.5"] {
            assert_eq!(of(text), ([3600, 15, 5], None), "{text:?}");
        }
    }

    // covers: S0.93, S0.94
    #[test]
    fn without_a_token_nothing_starts_and_roots_are_where_they_are_looked_for() {
        let error = |given: &[(&str, &str)]| {
            format!("{:#}", read(given).unwrap().manager_token().map(drop).unwrap_err())
        };
        assert!(error(&[]).contains("there is none"));
        assert!(error(&[("RUNTIME_MANAGER_AUTH_TOKEN", "changeme-changeme")]).contains("examples"));
        assert!(error(&[("RUNTIME_MANAGER_AUTH_TOKEN_FILE", "/nowhere")]).contains("/nowhere"));
        let root = |given: &[(&str, &str)]| read(given).unwrap().workspace_root;
        assert_eq!(root(&[]), None);
        assert_eq!(root(&[("INDEX_DATA_PATH", "/data")]), Some("/data/_userspace".into()));
        let both = [("INDEX_DATA_PATH", "/data"), ("RUNTIME_WORKSPACE_ROOT", "/w")];
        assert_eq!(root(&both), Some("/w".into()));
    }

    #[test]
    fn workers_are_a_list() {
        let urls = read(&[("RUNTIME_WORKER_URLS", " http://a:1/, http://b:2 ,,")]).unwrap();
        assert_eq!(urls.worker_urls, ["http://a:1", "http://b:2"]);
    }
}
