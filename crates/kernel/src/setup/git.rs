//! Cloning a repository with the `git` program, without a shell and without questions.

use super::{SetupContext, SetupError, running};
use crate::files::temporary_name;
use crate::git::{Lines, is_ref_name, with_amount};
use protocol::state::Setup;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use supervisor::process::{Child, Command, Signal, Stdio};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout, timeout_at};

/// A clone takes no longer; the largest public repositories need a terminal.
const CLONE: Duration = Duration::from_mins(30);
/// A remote that says nothing for this long is gone.
const SILENCE: Duration = Duration::from_mins(3);
/// Lines of Git's output that are kept for an error.
const LINES_MAX: usize = 12;
/// Longest URL, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Clones `url` into the empty workspace.
pub(super) async fn clone(
    url: &str,
    branch: Option<&str>,
    ctx: &SetupContext,
    progress: impl Fn(Setup),
) -> Result<(), SetupError> {
    let invalid = |reason: &str| SetupError::InvalidSource(reason.to_owned());
    check_url(url).map_err(invalid)?;
    if let Some(branch) = branch {
        check_branch(branch).map_err(invalid)?;
    }
    progress(running("Connecting to the repository", None));
    let hidden = Hidden { path: ctx.root.join(temporary_name()) };
    let command = command(url, branch, ctx, &hidden.path);
    let mut running = Running(ctx.processes.spawn(command).map_err(SetupError::NoGit)?);
    let output = follow(&mut running.0, url, &progress).await?;
    let exit = timeout(SILENCE, running.0.wait()).await;
    let exit = exit.map_err(|_| SetupError::TooSlow("Git did not end"))?;
    if exit.code != Some(0) {
        return Err(SetupError::Git(output.reason()));
    }
    let (root, from) = (ctx.root.clone(), hidden.path.clone());
    let moved = tokio::task::spawn_blocking(move || move_up(&from, &root)).await;
    moved.map_err(std::io::Error::other)??;
    drop(hidden);
    Ok(())
}

fn command(url: &str, branch: Option<&str>, ctx: &SetupContext, into: &Path) -> Command {
    let mut command = Command::new("git", ctx.root.clone());
    // Nothing but HTTP, whatever a redirect or a configuration says.
    let mut args: Vec<OsString> = [
        "-c",
        "protocol.allow=never",
        "-c",
        "protocol.http.allow=always",
        "-c",
        "protocol.https.allow=always",
        "clone",
        "--progress",
    ]
    .map(OsString::from)
    .to_vec();
    if let Some(branch) = branch {
        args.push(format!("--branch={branch}").into());
    }
    args.extend(["--".into(), url.into(), into.into()]);
    command.args = args;
    command.env.clone_from(&ctx.env);
    let own = [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_ASKPASS", ""),
        ("SSH_ASKPASS", ""),
        ("LC_ALL", "C.UTF-8"),
    ];
    command.env.retain(|it| own.iter().all(|own| it.0 != own.0));
    command.env.extend(own.map(|(name, value)| (name.into(), value.into())));
    let credentials = ctx.credentials.iter();
    command.env.extend(credentials.map(|(name, value)| (name.into(), value.into())));
    command.stderr = Stdio::Pipe;
    command
}

/// Reads what Git says until it closes its output.
async fn follow(
    child: &mut Child,
    url: &str,
    progress: &impl Fn(Setup),
) -> Result<Output, SetupError> {
    let mut output = Output { url: url.to_owned(), ..Output::default() };
    let Some(mut stderr) = child.take_stderr() else { return Ok(output) };
    let deadline = Instant::now() + CLONE;
    let mut buffer = vec![0; 4096];
    loop {
        let silent = Instant::now() + SILENCE;
        let read = timeout_at(deadline.min(silent), stderr.read(&mut buffer)).await;
        let Ok(read) = read else {
            return Err(SetupError::TooSlow(if deadline < silent {
                "it took longer than 30 minutes"
            } else {
                "the remote said nothing for 3 minutes"
            }));
        };
        match read? {
            0 => return Ok(output),
            count => {
                for news in output.feed(&buffer[..count]) {
                    progress(news);
                }
            }
        }
    }
}

/// The URL without the name and password that it may have.
pub(super) fn address(url: &str) -> String {
    Output { url: url.to_owned(), ..Output::default() }.without_credentials(url)
}

/// What Git said.
#[derive(Debug, Default)]
struct Output {
    url: String,
    lines: Lines,
    percent: Option<u8>,
}

impl Output {
    /// Takes more output; answers with what is new for a person.
    fn feed(&mut self, bytes: &[u8]) -> Vec<Setup> {
        let mut news = Vec::new();
        for line in self.lines.feed(bytes) {
            let Some((phase, percent)) = percent(&line) else {
                let line = self.without_credentials(&line);
                self.lines.keep(line, LINES_MAX);
                continue;
            };
            if self.percent.is_none_or(|it| it < percent) {
                self.percent = Some(percent);
                news.push(running(with_amount(phase, &line), Some(percent)));
            }
        }
        news
    }

    /// Why Git failed, in its words, with ours where they help.
    fn reason(&self) -> String {
        let said: Vec<&str> = self
            .lines
            .kept()
            .iter()
            .map(String::as_str)
            .filter(|it| !it.starts_with("Cloning into"))
            .collect();
        let text = said.join("; ");
        let hint = [
            ("could not read Username", "it is private or does not exist; add Git credentials for its host under Settings, Environment, or clone it in a terminal, where Git can ask for a password"),
            ("Authentication failed", "the name or password in the URL, or the Git credentials for this host, were not accepted"),
            ("Could not resolve host", "the host does not exist, or this workspace may not reach it"),
            ("No space left", "the disk is full"),
            ("not found in upstream", "the branch does not exist there"),
        ]
        .iter()
        .find(|it| text.contains(it.0));
        match (text.is_empty(), hint) {
            (true, _) => "Git ended without a word".to_owned(),
            (false, Some((_, hint))) => format!("{hint} (Git: {text})"),
            (false, None) => text,
        }
    }

    /// A line without the name and password that the URL may have.
    fn without_credentials(&self, line: &str) -> String {
        let rest = self.url.split_once("://").map_or("", |it| it.1);
        let authority = rest.split('/').next().unwrap_or_default();
        match authority.rsplit_once('@') {
            Some((credentials, _)) => line.replace(&format!("{credentials}@"), ""),
            None => line.to_owned(),
        }
    }
}

/// How far a line of progress says that the whole is, and what goes on.
fn percent(line: &str) -> Option<(&'static str, u8)> {
    let line = line.strip_prefix("remote: ").unwrap_or(line);
    let (phase, rest) = line.split_once(':')?;
    let percent: u32 = rest.trim_start().split_once('%')?.0.parse().ok()?;
    let (text, from, to) = match phase {
        "Counting objects" | "Compressing objects" | "Enumerating objects" => {
            ("The remote prepares", 0, 5)
        }
        "Receiving objects" => ("Receiving", 5, 85),
        "Resolving deltas" => ("Unpacking", 85, 95),
        "Updating files" => ("Writing files", 95, 99),
        _ => return None,
    };
    let whole = from + percent.min(100) * (to - from) / 100;
    Some((text, u8::try_from(whole).unwrap_or(99)))
}

/// Only what Git fetches over HTTP, and nothing that it could take for an option.
fn check_url(url: &str) -> Result<(), &'static str> {
    let lower = url.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let rest = rest.ok_or("the URL of a repository starts with `https://` or `http://`")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match () {
        () if URL_BYTES_MAX < url.len() => Err("the URL of the repository is too long"),
        () if url.chars().any(|it| it.is_control() || it.is_whitespace() || it == '\\') => {
            Err("the URL of the repository has a space, a backslash or a control character")
        }
        () if host.is_empty() || host.starts_with(['-', ':', '.']) => {
            Err("the URL of the repository names no host")
        }
        () => Ok(()),
    }
}

fn check_branch(branch: &str) -> Result<(), &'static str> {
    if is_ref_name(branch) { Ok(()) } else { Err("this is no name of a branch") }
}

/// Moves everything in `from` one directory up and removes `from`.
fn move_up(from: &Path, root: &Path) -> std::io::Result<()> {
    let mut git = None;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        // Last, so that a repository which is there is complete.
        if entry.file_name() == ".git" {
            git = Some(entry.path());
        } else {
            std::fs::rename(entry.path(), root.join(entry.file_name()))?;
        }
    }
    if let Some(git) = git {
        std::fs::rename(git, root.join(".git"))?;
    }
    std::fs::remove_dir(from)
}

/// A clone under way; dropped, it ends with everything it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.try_wait().is_none()
            && let Err(error) = self.0.signal_group(Signal::KILL)
        {
            tracing::warn!(%error, "an abandoned clone goes on");
        }
    }
}

/// The hidden directory of a clone; dropped, it is removed.
struct Hidden {
    path: PathBuf,
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let path = std::mem::take(&mut self.path);
        let remove = move || match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the remains of a clone stay under a hidden name");
            }
            _ => {}
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_urls_with_a_host_are_cloned() {
        for url in ["https://example.com/a/b.git", "http://127.0.0.1:80/x", "HTTPS://u:p@h/x"] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "ext::sh -c id",
            "file:///etc",
            "/etc",
            "git@host:x",
            "ssh://host/x",
            "--upload-pack=id",
            "https://",
            "https:///x",
            "https://-oProxyCommand=id/x",
            "https://host/a b",
            "https://host/\nx",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn branch_names_follow_the_rules_of_git() {
        for branch in ["main", "feature/x-1", "v1.0", "größe"] {
            assert_eq!(check_branch(branch), Ok(()), "{branch}");
        }
        for branch in ["", "-x", "a..b", "a b", "a.lock", "/a", "a/", "a//b", ".a", "@", "a@{1}"] {
            assert!(check_branch(branch).is_err(), "{branch}");
        }
    }

    #[test]
    fn progress_rises_and_is_told_once() {
        let mut output = Output::default();
        let mut told = Vec::new();
        for piece in [
            "Cloning into 'x'...\nremote: Counting objects:  50% (1/2)\r",
            "Receiving obj",
            "ects:  10% (1/10)\rReceiving objects:  10% (1/10), 1 MiB\rReceiving objects: 100% (1",
            "0/10), done.\nResolving deltas: 100% (2/2), done.\nUpdating files:  50% (1/2)\r",
        ] {
            told.extend(output.feed(piece.as_bytes()).into_iter().map(|it| it.percent.unwrap()));
        }
        assert_eq!(told, [2, 13, 85, 95, 97]);
    }

    #[test]
    fn errors_are_told_in_words_and_without_credentials() {
        let mut output = Output { url: "https://me:secret@host/x".to_owned(), ..Output::default() };
        output.feed(b"Cloning into 'x'...\nfatal: could not read Username for 'https://me:secret@host': terminal prompts disabled\n");
        let reason = output.reason();
        assert!(reason.starts_with("it is private or does not exist"), "{reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }
}
