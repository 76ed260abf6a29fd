//! Configuration: flags, environment and a TOML file, all under the same names, made into plain
//! values that have been checked. Nothing happens here.
//!
//! `--listen` is `STEAD_LISTEN` and `listen = …`. The first of flag, environment, file and default
//! that says something wins, as a whole: lists are not merged.

mod build;
mod file;
mod keys;
mod oidc;
mod runtime;
mod traces;
mod values;

pub(crate) use build::{Config, LogFormat, Provider};
pub(crate) use keys::{KEYS, Key};
pub(crate) use runtime::{Runtime, ServiceMode};

use crate::environment;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What was said about every option, and where.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Every key is there.
    pub(crate) values: BTreeMap<&'static str, Setting>,
}

/// The values of one option. More than one only where the key takes a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) values: Vec<String>,
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "${name}"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// Options given as flags, by name.
pub(crate) type Flags = BTreeMap<&'static str, Vec<String>>;

/// Puts flags, environment, file and defaults together.
pub(crate) fn load(flags: &Flags, file: Option<&Path>) -> anyhow::Result<Settings> {
    let data_dir = data_dir(flags);
    let file =
        file.map(Path::to_owned).or_else(|| environment::get("STEAD_CONFIG").map(Into::into));
    let from_file = match file {
        Some(path) => Some((file::read(&path)?, path)),
        None => read_first(&[data_dir.join("stead.toml"), "/etc/stead/stead.toml".into()])?,
    };
    let mut values = BTreeMap::new();
    for key in KEYS {
        let name = key.name;
        let variable = key.variable();
        let setting = if let Some(given) = flags.get(name) {
            Setting { values: given.clone(), origin: Origin::Flag }
        } else if let Some(text) = environment::get(&variable) {
            Setting { values: key.split(&text), origin: Origin::Environment(variable) }
        } else if let Some((path, given)) =
            from_file.as_ref().and_then(|(table, path)| Some((path, table.get(name)?)))
        {
            Setting { values: given.clone(), origin: Origin::File(path.clone()) }
        } else if name == "data-dir" {
            Setting { values: vec![text_of(&data_dir)?], origin: Origin::Default }
        } else {
            Setting { values: key.default(), origin: Origin::Default }
        };
        values.insert(name, setting);
    }
    Ok(Settings { values })
}

impl Settings {
    /// Every value of a key.
    pub(crate) fn list(&self, name: &str) -> &Setting {
        self.values.get(name).expect("every key has a setting")
    }

    /// The value of a key that takes one. `None`: nothing was said, and there is no default.
    pub(crate) fn one<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        Ok(self.all(name, parse)?.pop())
    }

    /// Every value of a key, read by `parse`; an error says which option was wrong, and where.
    pub(crate) fn all<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<T>> {
        let setting = self.list(name);
        let read = |value: &String| {
            parse(value).with_context(|| format!("`{name}` is `{value}` (from {})", setting.origin))
        };
        setting.values.iter().map(read).collect()
    }
}

/// Where data is kept; everything else may depend on it.
pub(crate) fn data_dir(flags: &Flags) -> PathBuf {
    let given = flags.get("data-dir").and_then(|it| it.last().cloned());
    if let Some(given) = given.or_else(|| environment::get("STEAD_DATA_DIR")) {
        return given.into();
    }
    if rustix::process::geteuid().is_root() {
        return "/var/lib/stead".into();
    }
    match (environment::get("XDG_DATA_HOME"), environment::home()) {
        (Some(data), _) => Path::new(&data).join("stead"),
        (None, Some(home)) => home.join(".local/share/stead"),
        (None, None) => "/var/lib/stead".into(),
    }
}

fn read_first(paths: &[PathBuf]) -> anyhow::Result<Option<(file::Table, PathBuf)>> {
    for path in paths {
        if path.exists() {
            return Ok(Some((file::read(path)?, path.clone())));
        }
    }
    Ok(None)
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => bail!("the data directory `{}` is not Unicode", path.display()),
    }
}

#[cfg(test)]
mod tests;
