//! Which languages there are, and where their servers are found.
//!
//! A server of the workspace's own comes first: in the nearest directory upwards of the file that has
//! one, which is then what the server looks at. Otherwise the `PATH` is searched, and the server looks
//! at the whole workspace.

use rustix::fs::{Mode, OFlags};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use stdx::WorkspacePath;

/// First version of TypeScript whose compiler speaks the protocol itself; it has no `tsserver`.
const TYPESCRIPT_WITH_SERVER: u32 = 7;

/// A description of a package is not longer.
const PACKAGE_BYTES_MAX: u64 = 1024 * 1024;

/// A language.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Ends of file names, and what the protocol calls files of that kind.
    kinds: &'static [(&'static str, &'static str)],
    programs: &'static [Program],
    /// Directories below a project that have programs of its own.
    bins: &'static [&'static str],
    pub(super) install: &'static str,
}

#[derive(Debug)]
struct Program {
    name: &'static str,
    args: &'static [&'static str],
    /// Only where the project's own TypeScript is one that speaks the protocol itself, or is not.
    native: Option<bool>,
}

const NODE_BINS: &[&str] = &["node_modules/.bin"];
const PYTHON_BINS: &[&str] = &[".venv/bin", "venv/bin", "node_modules/.bin"];

/// All of them.
pub(super) static KNOWN: &[Known] = &[
    Known {
        id: "typescript",
        name: "TypeScript",
        kinds: &[
            ("ts", "typescript"),
            ("mts", "typescript"),
            ("cts", "typescript"),
            ("tsx", "typescriptreact"),
            ("js", "javascript"),
            ("mjs", "javascript"),
            ("cjs", "javascript"),
            ("jsx", "javascriptreact"),
        ],
        programs: &[
            Program { name: "tsc", args: &["--lsp", "--stdio"], native: Some(true) },
            Program { name: "typescript-language-server", args: &["--stdio"], native: Some(false) },
            Program { name: "vtsls", args: &["--stdio"], native: Some(false) },
        ],
        bins: NODE_BINS,
        install: "npm install --save-dev typescript-language-server typescript@5",
    },
    Known {
        id: "python",
        name: "Python",
        kinds: &[("py", "python"), ("pyi", "python")],
        programs: &[
            Program { name: "pyright-langserver", args: &["--stdio"], native: None },
            Program { name: "basedpyright-langserver", args: &["--stdio"], native: None },
            Program { name: "pylsp", args: &[], native: None },
        ],
        bins: PYTHON_BINS,
        install: "python3 -m venv .venv && .venv/bin/pip install pyright",
    },
    Known {
        id: "rust",
        name: "Rust",
        kinds: &[("rs", "rust")],
        programs: &[Program { name: "rust-analyzer", args: &[], native: None }],
        bins: &[],
        install: "rustup component add rust-analyzer",
    },
    Known {
        id: "go",
        name: "Go",
        kinds: &[("go", "go")],
        programs: &[Program { name: "gopls", args: &[], native: None }],
        bins: &[],
        install: "go install golang.org/x/tools/gopls@latest",
    },
];

/// A server that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) program: PathBuf,
    pub(super) args: &'static [&'static str],
    /// Directories that come before all others in its `PATH`: a Python of the project is found there.
    pub(super) bins: Vec<PathBuf>,
}

impl Known {
    pub(super) fn of(id: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|it| it.id == id)
    }

    /// The language of a file.
    pub(super) fn of_file(path: &WorkspacePath) -> Option<&'static Self> {
        KNOWN.iter().find(|it| it.kind_of(path).is_some())
    }

    /// What the protocol calls a file of this kind.
    pub(super) fn kind_of(&self, path: &WorkspacePath) -> Option<&'static str> {
        let (stem, end) = path.file_name().rsplit_once('.')?;
        let kind = self.kinds.iter().find(|it| it.0.eq_ignore_ascii_case(end))?;
        (!stem.is_empty()).then_some(kind.1)
    }

    /// The directory that a server for this file looks at: the nearest one with a server of its own,
    /// otherwise the workspace. Blocking.
    pub(super) fn root_of(&self, workspace: &Path, path: &WorkspacePath) -> WorkspacePath {
        let mut directory = path.parent();
        while !directory.is_root() {
            if self.own(workspace, &directory).is_some() {
                return directory;
            }
            directory = directory.parent();
        }
        directory
    }

    /// The server for `root`. Blocking.
    pub(super) fn find(
        &self,
        workspace: &Path,
        root: &WorkspacePath,
        env: &[(OsString, OsString)],
    ) -> Option<Found> {
        self.own(workspace, root).or_else(|| {
            let path = &env.iter().find(|it| it.0 == "PATH")?.1;
            let directories: Vec<PathBuf> = std::env::split_paths(path).collect();
            let bins = self.bins_of(workspace, root);
            let wanted = self.programs.iter().filter(|it| it.native != Some(true));
            wanted.into_iter().find_map(|it| {
                let program = directories.iter().map(|at| at.join(it.name)).find(|at| runs(at))?;
                Some(Found { program, args: it.args, bins: bins.clone() })
            })
        })
    }

    /// A server that belongs to the project in `root`.
    fn own(&self, workspace: &Path, root: &WorkspacePath) -> Option<Found> {
        let bins = self.bins_of(workspace, root);
        let directory = workspace.join(root.as_path());
        self.programs.iter().find_map(|it| {
            let program = bins.iter().map(|at| at.join(it.name)).find(|at| runs(at))?;
            let fits = it.native.is_none_or(|wanted| wanted == is_native(&directory));
            fits.then(|| Found { program, args: it.args, bins: bins.clone() })
        })
    }

    fn bins_of(&self, workspace: &Path, root: &WorkspacePath) -> Vec<PathBuf> {
        let directory = workspace.join(root.as_path());
        self.bins.iter().map(|it| directory.join(it)).filter(|it| it.is_dir()).collect()
    }
}

/// Whether this is a program.
fn runs(path: &Path) -> bool {
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// Whether the project's own TypeScript speaks the protocol itself.
fn is_native(directory: &Path) -> bool {
    let text = read_regular(&directory.join("node_modules/typescript/package.json"));
    let package: Option<serde_json::Value> =
        text.ok().and_then(|it| serde_json::from_slice(&it).ok());
    let version = package.as_ref().and_then(|it| it["version"].as_str()).unwrap_or_default();
    let major = version.split('.').next().and_then(|it| it.parse::<u32>().ok());
    major.is_some_and(|it| TYPESCRIPT_WITH_SERVER <= it)
}

/// Reads a small file of a workspace, which may as well be a pipe or a device.
fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(PACKAGE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(text: &str) -> WorkspacePath {
        WorkspacePath::parse(text).unwrap()
    }

    #[test]
    fn the_nearest_project_with_a_server_of_its_own_is_what_it_looks_at() {
        let workspace = tempfile::tempdir().unwrap();
        let at = workspace.path();
        let known = Known::of_file(&path("web/src/a.tsx")).unwrap();
        assert_eq!(known.id, "typescript");
        assert_eq!(known.root_of(at, &path("web/src/a.tsx")), WorkspacePath::root());
        program(&at.join("web/node_modules/.bin/typescript-language-server"));
        assert_eq!(known.root_of(at, &path("web/src/a.tsx")), path("web"));
        assert_eq!(known.root_of(at, &path("server/a.ts")), WorkspacePath::root());
        let found = known.find(at, &path("web"), &[]).unwrap();
        assert!(found.program.ends_with("web/node_modules/.bin/typescript-language-server"));
        assert_eq!(known.find(at, &WorkspacePath::root(), &[]), None);
        program(&at.join("bin/typescript-language-server"));
        let env = [("PATH".into(), at.join("bin").into())];
        let found = known.find(at, &WorkspacePath::root(), &env).unwrap();
        assert!(found.program.ends_with("bin/typescript-language-server"));
    }

    #[test]
    fn a_typescript_that_speaks_the_protocol_itself_needs_nothing_else() {
        let workspace = tempfile::tempdir().unwrap();
        let at = workspace.path();
        let known = Known::of("typescript").unwrap();
        let package = at.join("node_modules/typescript/package.json");
        program(&at.join("node_modules/.bin/tsc"));
        program(&package);
        std::fs::write(&package, r#"{"version": "5.9.3"}"#).unwrap();
        assert_eq!(known.find(at, &WorkspacePath::root(), &[]), None);
        std::fs::write(&package, r#"{"version": "7.0.2"}"#).unwrap();
        let found = known.find(at, &WorkspacePath::root(), &[]).unwrap();
        assert!(found.program.ends_with("node_modules/.bin/tsc"));
    }

    #[test]
    fn other_files_have_no_language_here() {
        for name in ["a.txt", "ts", ".ts", "a.ts.bak"] {
            assert!(Known::of_file(&path(name)).is_none(), "{name}");
        }
    }
}
