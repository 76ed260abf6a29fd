//! The file of one document, for its actor.

use crate::context::By;
use crate::endings::Endings;
use crate::files::{Files, Known, Replaced, Replacement, Sight, Writer};
use crate::http::error;
use document::document::{Save, SaveOutcome};
use document::format;
use document::handle::{Disk, Look, Saved, Work};
use document::limits::TEXT_BYTES_MAX;
use protocol::channel::AuthorKind;
use protocol::document::Contributor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use stdx::WorkspacePath;

/// A program that keeps a file open while saves are put back is waited for this long; then they are
/// written into it.
const PATIENCE: Duration = Duration::from_secs(2);
/// The index of Git changed this recently before or after a file: Git wrote the file.
const GIT_MS: u64 = 2_000;
/// Times of files are those of the last tick of the system's clock, at most so long ago.
const TICK_MS: u64 = 10;

/// The file of one document.
#[derive(Clone, Debug)]
pub(super) struct FileDisk {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    endings: Endings,
    id: String,
    /// Label of the file's encoding when it is not UTF-8 and only read.
    encoding: Option<String>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    path: WorkspacePath,
    /// What the file was when it was last read or written.
    known: Option<Known>,
    /// Since when a program is waited for.
    busy_since: Option<Instant>,
    /// Which one it is, as far as is known.
    writer: Option<Writer>,
    /// Since when saves were put back because somebody else writes.
    put_back_since: Option<Instant>,
    /// When Git wrote its index last, as far as is known.
    git_ms: Option<u64>,
}

impl FileDisk {
    /// A file for the first time, or since when its document waits for whoever writes it just now.
    pub(super) fn new(
        (files, endings): (&Files, &Endings),
        path: &WorkspacePath,
        (id, encoding): (&str, Option<String>),
        busy_since: Option<Instant>,
    ) -> Self {
        let git_ms = files.git_index_ms(path);
        let state = State {
            path: path.clone(),
            known: None,
            busy_since,
            writer: None,
            put_back_since: None,
            git_ms,
        };
        let (files, endings, id) = (files.clone(), endings.clone(), id.to_owned());
        let shared = Shared { files, endings, id, encoding, state: Mutex::new(state) };
        Self { shared: Arc::new(shared) }
    }

    /// Looks at the file. Blocking.
    pub(super) fn look_now(&self) -> Look {
        let (path, known, waited) = {
            let state = self.state();
            let waited = state.busy_since.map(|it| it.elapsed());
            let waited = waited.or(state.known.map(|_| Duration::ZERO));
            (state.path.clone(), state.known, waited)
        };
        let waited_ms = waited.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
        let sight = self.shared.files.sight(&path, known.as_ref(), TEXT_BYTES_MAX, waited_ms);
        let mut state = self.state();
        if !matches!(sight, Sight::Busy { .. }) {
            state.busy_since = None;
        }
        match sight {
            Sight::Busy { writer } => {
                state.busy_since.get_or_insert_with(Instant::now);
                state.writer = writer.or(state.writer.take());
                Look::Busy
            }
            Sight::Same => Look::Same,
            Sight::Missing => {
                // What it was tells a file that is being made anew from one that is done.
                state.known.iter_mut().for_each(Known::doubt);
                Look::Missing
            }
            Sight::TooLarge => Look::TooLarge,
            Sight::Unreadable(error) => {
                tracing::debug!("the file of a document cannot be read: {error}");
                Look::Unreadable
            }
            Sight::File { bytes, known, writer } => {
                state.writer = writer.or(state.writer.take());
                state.known = Some(known);
                let author = self.author(&mut state, known.modified_ms());
                let changed_ms = known.changed_ms();
                let began_ms = self.began_ms(&author, &state.path, changed_ms);
                let is_cut = self.shared.endings.may_have_cut(changed_ms);
                match self.converted(bytes) {
                    Some(bytes) => Look::File { bytes, author, changed_ms, began_ms, is_cut },
                    None => Look::Reencoded,
                }
            }
        }
    }

    /// A file of another encoding, as it would be in UTF-8. `None`: it is by now.
    fn converted(&self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let Some(label) = &self.shared.encoding else { return Some(bytes) };
        if format::decode(&bytes).is_ok() {
            return None;
        }
        Some(format::convert(&bytes, label).map_or(bytes, String::into_bytes))
    }

    /// Git, when it wrote its index at the same time; else a program or the agent that it works for,
    /// with its name when it was seen at it. Most have closed the file by then, and nothing tells who
    /// they were.
    fn author(&self, state: &mut State, modified_ms: u64) -> Contributor {
        let before = state.git_ms;
        state.git_ms = self.shared.files.git_index_ms(&state.path);
        let locked = self.shared.files.git_is_writing(&state.path);
        let wrote =
            state.git_ms.is_some_and(|it| Some(it) != before && it.abs_diff(modified_ms) < GIT_MS);
        let (kind, name) = match state.writer.take() {
            _ if wrote || locked => (AuthorKind::Git, None),
            Some(Writer { agent: Some(agent), .. }) => (AuthorKind::Agent, Some(agent)),
            writer => (AuthorKind::Process, writer.map(|it| it.name)),
        };
        Contributor { kind, name, ..Contributor::default() }
    }

    /// Since when Git was at it when it wrote a file that changed at `changed_ms`. When it began
    /// something else since, that is not known any more.
    fn began_ms(&self, author: &Contributor, path: &WorkspacePath, changed_ms: u64) -> Option<u64> {
        let is_git = author.kind == AuthorKind::Git;
        let began_ms = is_git.then(|| self.shared.files.git_began_ms(path)).flatten()?;
        (began_ms <= changed_ms).then_some(began_ms + TICK_MS)
    }

    fn save_now(&self, save: Save) -> Saved {
        let (path, known, kept_open) = {
            let state = self.state();
            let kept_open = state.put_back_since.is_some_and(|it| PATIENCE <= it.elapsed());
            (state.path.clone(), state.known, kept_open)
        };
        let replacement = Replacement {
            bytes: save.bytes,
            expected: save.expected,
            known,
            kept_open,
            id: self.shared.id.clone(),
            by: By::kernel(),
        };
        let replaced = self.shared.files.replace(&path, replacement);
        let mut state = self.state();
        match replaced {
            Replaced::Done(known) => {
                state.known = Some(known);
                state.put_back_since = None;
                Saved::Done(SaveOutcome::Written)
            }
            Replaced::Changed => {
                // It is to be read, whatever its time says; and what it was tells whether somebody is
                // in the middle of writing it.
                state.known.iter_mut().for_each(Known::doubt);
                state.put_back_since.get_or_insert_with(Instant::now);
                Saved::Done(SaveOutcome::Changed)
            }
            Replaced::Missing => Saved::Done(SaveOutcome::Missing),
            Replaced::Failed(failure) => {
                let wire = protocol::WireError::from(failure);
                tracing::debug!("the file of a document cannot be written: {wire}");
                if wire.code == protocol::ErrorCode::StorageFull {
                    return Saved::Full;
                }
                Saved::Done(SaveOutcome::Failed)
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for FileDisk {
    fn look(&self) -> Work<Look> {
        let disk = self.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || disk.look_now()).await.unwrap_or_else(|failure| {
                error::internal("look at a file", &failure);
                Look::Unreadable
            })
        })
    }

    fn save(&self, save: Save) -> Work<Saved> {
        let disk = self.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || disk.save_now(save)).await.unwrap_or_else(
                |failure| {
                    error::internal("write a file", &failure);
                    Saved::Done(SaveOutcome::Failed)
                },
            )
        })
    }

    fn moved(&mut self, path: &str) {
        if let Ok(path) = WorkspacePath::parse(path) {
            self.state().path = path;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::time::SystemTime;
    use supervisor::process::{Command, Processes};

    fn shown(disk: &FileDisk) -> String {
        match disk.look_now() {
            Look::File { bytes, .. } => String::from_utf8(bytes).unwrap(),
            other @ (Look::Same
            | Look::Busy
            | Look::Missing
            | Look::TooLarge
            | Look::Unreadable
            | Look::Reencoded) => format!("{other:?}"),
        }
    }

    /// A file of `text`, and who looks at it as its document does.
    fn disk_of(directory: &std::path::Path, text: &str) -> (std::path::PathBuf, FileDisk) {
        let path = directory.join("f");
        fs::write(&path, text).unwrap();
        let files = Files::open(directory, None, |_| {}).unwrap();
        let parts = (&files, &Endings::default());
        (path, FileDisk::new(parts, &WorkspacePath::parse("f").unwrap(), ("doc", None), None))
    }

    /// The lock of the index, which becomes the index, tells when Git began.
    // covers: S2.14
    #[test]
    fn git_is_known_with_the_moment_in_which_it_began() {
        let directory = tempfile::tempdir().unwrap();
        let git = directory.path().join(".git");
        fs::create_dir(&git).unwrap();
        fs::write(git.join("index"), "").unwrap();
        let (path, disk) = disk_of(directory.path(), "old\n");
        let made_ms = |name| {
            // Some file systems do not know.
            let made = fs::metadata(git.join(name)).unwrap().created().ok()?;
            let since = made.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            Some(u64::try_from(since.as_millis()).unwrap() + TICK_MS)
        };
        let seen = || {
            let Look::File { author, began_ms, .. } = disk.look_now() else { panic!("no file") };
            (author.kind, began_ms)
        };
        assert_eq!(seen(), (AuthorKind::Process, None));
        fs::write(git.join("index.lock"), "").unwrap();
        fs::write(&path, "of git\n").unwrap();
        assert_eq!(seen(), (AuthorKind::Git, made_ms("index.lock")));
        fs::write(&path, "and more\n").unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let locked = fs::OpenOptions::new().write(true).open(git.join("index.lock")).unwrap();
        locked.set_modified(modified + Duration::from_secs(1)).unwrap();
        fs::rename(git.join("index.lock"), git.join("index")).unwrap();
        assert_eq!(seen(), (AuthorKind::Git, made_ms("index")));
    }

    /// Nobody sees that a program outside of the sandbox has the file open.
    // covers: S2.14
    #[test]
    fn a_file_that_was_just_emptied_is_read_when_it_is_filled() {
        let directory = tempfile::tempdir().unwrap();
        let (path, disk) = disk_of(directory.path(), "old\n");
        assert_eq!(shown(&disk), "old\n");
        let mut file = fs::File::create(&path).unwrap();
        // However slow this test is.
        let later = Duration::from_millis(stdx::clock::now_ms() + 600_000);
        file.set_modified(SystemTime::UNIX_EPOCH + later).unwrap();
        assert_eq!(shown(&disk), "Busy");
        file.write_all(b"new\n").unwrap();
        assert_eq!(shown(&disk), "new\n");
    }

    // covers: S2.14
    #[test]
    fn a_file_that_is_emptied_again_is_waited_for_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        let file = fs::File::create(&path).unwrap();
        let later = Duration::from_millis(stdx::clock::now_ms() + 600_000);
        file.set_modified(SystemTime::UNIX_EPOCH + later).unwrap();
        let files = Files::open(directory.path(), None, |_| {}).unwrap();
        let look_after = |waited| {
            let parts = (&files, &Endings::default());
            let since = Instant::now().checked_sub(waited);
            let path = WorkspacePath::parse("f").unwrap();
            shown(&FileDisk::new(parts, &path, ("doc", None), since))
        };
        assert_eq!(look_after(Duration::from_secs(20)), "Busy");
        assert_eq!(look_after(Duration::from_secs(120)), "");
    }

    // covers: S2.14
    #[test]
    fn a_file_that_was_written_and_given_its_old_time_back_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let (path, disk) = disk_of(directory.path(), "old\n");
        // A file that changed in this moment is read again in any case.
        while shown(&disk) != "Same" {
            std::thread::yield_now();
        }
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"new\n", 0).unwrap();
        file.set_modified(modified).unwrap();
        assert_eq!(shown(&disk), "new\n");
    }

    /// As Git does: it takes the file away, makes it anew, and only then fills it.
    // covers: S2.14
    #[tokio::test]
    async fn a_file_that_is_made_anew_is_read_when_it_is_done() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let (_, disk) = disk_of(directory.path(), "old\n");
        let look = || shown(&disk);
        assert_eq!(look(), "old\n");
        fs::remove_file(path("f")).unwrap();
        assert_eq!(look(), "Missing");
        let scope = stdx::TaskScope::default();
        let processes = Processes::start(&scope).unwrap();
        let mut command = Command::new("/bin/sh", directory.path());
        let script = "mkfifo opened go && exec 3>f && : >opened && read line <go; echo new >&3";
        command.args = vec!["-c".into(), script.into()];
        command.env = vec![("PATH".into(), "/usr/bin:/bin".into())];
        let mut program = processes.spawn(command).unwrap();
        while !path("go").exists() {
            tokio::task::yield_now().await;
        }
        // Opening a pipe waits for the other end.
        let opened = path("opened");
        tokio::task::spawn_blocking(move || fs::read(opened)).await.unwrap().unwrap();
        assert_eq!(look(), "Busy");
        let go = path("go");
        tokio::task::spawn_blocking(move || fs::write(go, "\n")).await.unwrap().unwrap();
        assert_eq!(program.wait().await.code, Some(0));
        assert_eq!(look(), "new\n");
    }
}
