//! The workspace's settings: kept in the state directory, read by everything that asks.

use crate::store::Store;
use protocol::workspace::Settings;
use protocol::{ErrorCode, WireError};
use std::io;
use std::sync::Arc;
use tokio::sync::watch;

const RECORD: &str = "settings.json";
/// Longest command line that may be set, in bytes.
const COMMAND_BYTES_MAX: usize = 4096;
/// Names of each kind that may be set: every touched file is compared with each.
const NAMES_MAX: usize = 100;
/// Longest name of a file, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// The settings in force. Cheap to clone.
#[derive(Clone)]
pub struct SettingsCell {
    store: Store,
    publish: Arc<watch::Sender<Settings>>,
}

/// Why settings were not taken over; those in force stay.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the command is empty or longer than {COMMAND_BYTES_MAX} bytes")]
    Command,
    #[error("port 0 is no port")]
    Port,
    #[error(
        "a name to ignore has 1 to 255 bytes and no `/`, there are at most {NAMES_MAX} of a kind, \
         and `.git` stays ignored"
    )]
    Names,
    #[error("could not write the settings")]
    Io(#[from] io::Error),
}

impl From<SettingsError> for WireError {
    fn from(error: SettingsError) -> Self {
        match &error {
            SettingsError::Command | SettingsError::Port | SettingsError::Names => {
                Self::new(ErrorCode::InvalidRequest, format!("{error}; the settings are unchanged"))
            }
            SettingsError::Io(source) => crate::http::error::from_io("write the settings", source),
        }
    }
}

impl SettingsCell {
    /// Reads what was kept; defaults otherwise.
    pub fn open(store: &Store) -> io::Result<Self> {
        let settings = store.read(RECORD)?.unwrap_or_default();
        Ok(Self { store: store.clone(), publish: Arc::new(watch::Sender::new(settings)) })
    }

    pub fn get(&self) -> Settings {
        self.publish.borrow().clone()
    }

    /// The settings and their changes.
    pub fn subscribe(&self) -> watch::Receiver<Settings> {
        self.publish.subscribe()
    }

    /// Keeps the settings, then puts them in force.
    pub fn set(&self, settings: Settings) -> Result<(), SettingsError> {
        if let Some(command) = &settings.command
            && (command.trim().is_empty() || COMMAND_BYTES_MAX < command.len())
        {
            return Err(SettingsError::Command);
        }
        if settings.port == Some(0) {
            return Err(SettingsError::Port);
        }
        let is_name = |it: &String| {
            (1..=NAME_BYTES_MAX).contains(&it.len())
                && !it.contains('/')
                && !it.chars().any(char::is_control)
        };
        for names in [&settings.ignore_add, &settings.ignore_remove] {
            if NAMES_MAX < names.len() || !names.iter().all(is_name) {
                return Err(SettingsError::Names);
            }
        }
        if settings.ignore_remove.iter().any(|it| it == ".git") {
            return Err(SettingsError::Names);
        }
        self.store.write(RECORD, &settings)?;
        self.publish.send_replace(settings);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart_and_nonsense_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let cell = SettingsCell::open(&store).unwrap();
        let settings = Settings { command: Some("make".to_owned()), ..Settings::default() };
        cell.set(settings.clone()).unwrap();
        let empty = Settings { command: Some(" ".to_owned()), ..Settings::default() };
        assert!(matches!(cell.set(empty), Err(SettingsError::Command)));
        let zero = Settings { port: Some(0), ..Settings::default() };
        assert!(matches!(cell.set(zero), Err(SettingsError::Port)));
        let name =
            |name: &str| Settings { ignore_add: vec![name.to_owned()], ..Settings::default() };
        for wrong in ["", "a/b", "a\nb"] {
            assert!(matches!(cell.set(name(wrong)), Err(SettingsError::Names)), "{wrong:?}");
        }
        let git = Settings { ignore_remove: vec![".git".to_owned()], ..Settings::default() };
        assert!(matches!(cell.set(git), Err(SettingsError::Names)));
        assert_eq!(SettingsCell::open(&store).unwrap().get(), settings);
    }
}
