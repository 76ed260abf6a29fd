//! Stack traces in logs, as far as the logs can be read from here (S0.82).

use super::report::{Look, Trouble};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Most that is read of what a log got meanwhile; the checklist writes a few kilobytes.
const READ_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What the runtime of our language, and the languages that people run, write about a crash of
/// the server. The last one is ours.
const TRACES: [&str; 4] =
    ["panicked at", "stack backtrace:", "Traceback (most recent call last)", "a handler panicked"];

/// Logs, and how long each was when the checklist began.
#[derive(Debug, Default)]
pub(super) struct Logs(Vec<(PathBuf, u64)>);

impl Logs {
    /// Notes where these logs end. One that is not there yet begins at nothing.
    pub(super) fn mark(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let length = |path: &Path| path.metadata().map_or(0, |it| it.len());
        Self(paths.into_iter().map(|path| (path.clone(), length(&path))).collect())
    }

    /// Another log, from its beginning.
    pub(super) fn add(&mut self, path: PathBuf) {
        self.0.push((path, 0));
    }

    /// Looks at what was written since.
    pub(super) fn look(&self) -> Look {
        let mut bytes = 0;
        for (path, start) in &self.0 {
            let text = since(path, *start).map_err(|error| {
                let why = format!("{} cannot be read: {error}", path.display());
                Trouble::new(why, "run this as somebody who may read the server's log")
            })?;
            bytes += text.len();
            if let Some(line) = text.lines().find(|line| TRACES.iter().any(|it| line.contains(it)))
            {
                let short: String = line.trim().chars().take(200).collect();
                let why = format!("{}: {short}", path.display());
                return Err(Trouble::new(why, "report it, with the lines around it"));
            }
        }
        let names: Vec<_> = self.0.iter().map(|it| it.0.display().to_string()).collect();
        Ok(format!("none in the {bytes} bytes that {} got meanwhile", names.join(", ")))
    }
}

/// What stands in a file behind `start`; all of it when the file has become shorter, because then
/// it was begun anew.
fn since(path: &Path, start: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    if start <= file.metadata()?.len() {
        file.seek(SeekFrom::Start(start))?;
    }
    let mut bytes = Vec::new();
    file.take(READ_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    // covers: S0.82
    #[test]
    fn only_what_was_written_meanwhile_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "thread 'main' panicked at old.rs:1\n").unwrap();
        let logs = Logs::mark([path.clone()]);
        assert!(logs.look().is_ok());
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        writeln!(file, "INFO all is well").unwrap();
        assert!(logs.look().is_ok());
        writeln!(file, "thread 'tokio' panicked at new.rs:7").unwrap();
        assert!(format!("{:?}", logs.look().unwrap_err()).contains("new.rs:7"));
        std::fs::write(&path, "stack backtrace:\n").unwrap();
        assert!(logs.look().is_err(), "a log that was begun anew is read from its beginning");
        assert!(Logs::mark([directory.path().join("none")]).look().is_err());
    }
}
