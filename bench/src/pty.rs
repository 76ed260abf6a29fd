//! The peer of every terminal: a bare PTY, read and written by this program itself.

use anyhow::{Result, bail};
use std::ffi::OsString;
use std::future::Future;
use std::path::Path;
use std::time::Duration;
use stdx::TaskScope;
use supervisor::process::{Child, Command, Processes, Pty, Signal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

/// How long a program on the PTY may be silent when something is expected of it.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Bytes read at once; more than a PTY ever gives.
const CHUNK_BYTES: usize = 64 * 1024;

/// A program on a PTY; killed with its group when it goes.
pub(crate) struct BarePty {
    runtime: Runtime,
    scope: TaskScope,
    child: Child,
    pty: Pty,
    chunk: Vec<u8>,
}

impl BarePty {
    /// Starts a program with the environment that a kernel gives to a shell.
    pub(crate) fn start(program: &Path, arguments: &[OsString], home: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let scope = TaskScope::default();
        let mut command = Command::new(program, "/");
        command.args = arguments.to_vec();
        command.env = environment(home);
        let (child, pty) = {
            let _inside = runtime.enter();
            Processes::start(&scope)?.spawn_pty(command, 80, 24)?
        };
        Ok(Self { runtime, scope, child, pty, chunk: vec![0; CHUNK_BYTES] })
    }

    /// Runs a shell script.
    pub(crate) fn script(script: &str) -> Result<Self> {
        Self::start(Path::new("/bin/sh"), &["-c".into(), script.into()], Path::new("/"))
    }

    /// What comes next.
    pub(crate) fn read(&mut self) -> Result<&[u8]> {
        let read = self.pty.read(&mut self.chunk);
        let length = self.runtime.block_on(in_time(read))?;
        if length == 0 {
            bail!("the program on the PTY ended");
        }
        Ok(&self.chunk[..length])
    }

    /// Types.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.runtime.block_on(self.pty.write_all(bytes))?)
    }

    /// Reads until `text` came.
    pub(crate) fn read_until(&mut self, text: &str) -> Result<()> {
        let mut seen = Vec::new();
        while !seen.windows(text.len()).any(|it| it == text.as_bytes()) {
            seen.drain(..seen.len().saturating_sub(text.len()));
            seen.extend_from_slice(self.read()?);
        }
        Ok(())
    }
}

impl Drop for BarePty {
    fn drop(&mut self) {
        drop(self.child.signal_group(Signal::KILL));
        self.runtime.block_on(gone(&mut self.child));
        // The reaper would also take exits of programs that others wait for.
        self.scope.kill();
    }
}

async fn gone(child: &mut Child) {
    drop(tokio::time::timeout(SILENCE_MAX, child.wait()).await);
}

async fn in_time(read: impl Future<Output = std::io::Result<usize>>) -> Result<usize> {
    Ok(tokio::time::timeout(SILENCE_MAX, read).await??)
}

fn environment(home: &Path) -> Vec<(OsString, OsString)> {
    let home = home.as_os_str().to_owned();
    let own = [
        ("USER", "dev"),
        ("LOGNAME", "dev"),
        ("SHELL", "/bin/bash"),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
    ];
    let own = own.into_iter().map(|(name, value)| (name.into(), value.into()));
    own.chain([("HOME".into(), home)]).collect()
}
