//! What detection may see of a workspace: small files, names, times.

use super::{Plan, display};
use crate::files::{Last, Root, file_type, names, open_regular};
use rustix::fs::FileType;
use std::io::{self, Read};
use std::path::Path;
use stdx::WorkspacePath;

/// Manifests are smaller; the rest of a larger file is not looked at.
const TEXT_BYTES_MAX: u64 = 512 * 1024;
/// Names of one directory that are looked at.
const NAMES_MAX: usize = 5_000;
/// Where a server listens: reachable through the preview, and from nowhere else.
pub(super) const HOST: &str = "127.0.0.1";

/// A workspace, read beneath its root.
pub(super) struct View {
    root: Root,
}

impl View {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        Ok(Self { root: Root::open(root)? })
    }

    fn text(&self, path: &WorkspacePath) -> Option<String> {
        let (file, _) = open_regular(&self.root, path).ok()?;
        let mut bytes = Vec::new();
        file.take(TEXT_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Names of the directories in `directory`, sorted, without hidden and ignored ones.
    pub(super) fn directories(&self, directory: &WorkspacePath, limit: usize) -> Vec<String> {
        let Ok(open) = self.root.directory(directory) else { return Vec::new() };
        let ignored = self.root.ignored();
        let mut found: Vec<String> = names(&open, NAMES_MAX)
            .unwrap_or_default()
            .into_iter()
            .filter(|it| it.kind == FileType::Directory)
            .map(|it| it.text)
            .filter(|it| !it.starts_with('.') && !ignored.names(it))
            .collect();
        found.sort();
        found.truncate(limit);
        found
    }
}

/// One directory of a workspace that may hold a project.
pub(super) struct Project<'a> {
    pub(super) view: &'a View,
    pub(super) directory: WorkspacePath,
    /// The port that a person asked for.
    pub(super) port: Option<u16>,
}

impl<'a> Project<'a> {
    /// Another directory of the same workspace.
    pub(super) fn at(&self, directory: WorkspacePath) -> Project<'a> {
        Project { view: self.view, directory, port: self.port }
    }

    /// The text of a file.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.view.text(&self.directory.join(name).ok()?)
    }

    /// Whether there is a file or directory.
    pub(super) fn has(&self, name: &str) -> bool {
        self.kind(name).is_some()
    }

    /// Whether there is a regular file.
    pub(super) fn has_file(&self, name: &str) -> bool {
        self.kind(name) == Some(FileType::RegularFile)
    }

    fn kind(&self, name: &str) -> Option<FileType> {
        let path = self.directory.join(name).ok()?;
        self.view.root.stat(&path, Last::Follow).ok()?.map(|it| file_type(&it))
    }

    /// The first of `names` that is a regular file.
    pub(super) fn first_file<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|it| self.has_file(it))
    }

    /// When a file was last changed, in seconds since 1970.
    pub(super) fn modified(&self, name: &str) -> Option<i64> {
        let path = self.directory.join(name).ok()?;
        self.view.root.stat(&path, Last::Follow).ok()?.map(|it| it.st_mtime)
    }

    /// A plan that runs `command`, and tells it a port by `PORT` alone.
    pub(super) fn run(&self, framework: &str, default_port: u16, command: Vec<String>) -> Plan {
        let port = self.port.unwrap_or(default_port);
        Plan {
            framework: framework.to_owned(),
            install: None,
            display: display(&command),
            command,
            env: vec![("PORT".to_owned(), port.to_string()), ("HOST".to_owned(), HOST.to_owned())],
            port: self.port,
            working_directory: self.directory.clone(),
        }
    }

    /// A plan that gives a line of a person to the shell.
    pub(super) fn shell(&self, framework: &str, line: &str) -> Plan {
        let command = super::words(&["/bin/sh", "-c", line]);
        let mut plan = self.run(framework, 3000, command);
        line.clone_into(&mut plan.display);
        plan
    }
}

impl Plan {
    /// The server was told its port in a way that it obeys.
    pub(super) fn listens_on(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    pub(super) fn with_env(mut self, pairs: &[(&str, &str)]) -> Self {
        self.env
            .extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    pub(super) fn with_install(mut self, install: Option<Vec<String>>) -> Self {
        self.install = install;
        self
    }
}
