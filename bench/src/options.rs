//! What the command line says.

use anyhow::{Result, bail};
use std::path::PathBuf;

/// The arguments of a run.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// One benchmark; without it, all.
    pub(crate) name: Option<String>,
    /// Where `ttyd` is, when it is in none of the system's directories.
    pub(crate) ttyd: Option<PathBuf>,
    /// Where the peers in JavaScript are installed.
    pub(crate) peers: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments after the program's name.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match (argument.as_str(), arguments.size_hint().0) {
                ("--ttyd", 1..) => options.ttyd = arguments.next().map(PathBuf::from),
                ("--peers", 1..) => options.peers = arguments.next().map(PathBuf::from),
                (name, _) if !name.starts_with('-') && options.name.is_none() => {
                    options.name = Some(argument);
                }
                _ => bail!(
                    "`{argument}` means nothing here: bench [NAME] [--ttyd PATH] [--peers DIRECTORY]"
                ),
            }
        }
        Ok(options)
    }
}
