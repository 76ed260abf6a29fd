//! The process of a language server: bytes in, messages out.

use super::frame::{Frames, MESSAGE_BYTES_MAX, encode};
use super::known::Found;
use crate::context::Context;
use crate::environment::Environment;
use protocol::environment::Use;
use protocol::state::Exit;
use serde_json::Value;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::{TaskScope, WorkspacePath};
use supervisor::process::{Child, ChildOutput, Command, Processes, Signal, SpawnError, Stdio};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// Messages that wait for the server to read them; one that reads none at all hangs.
const INPUT_CAPACITY: usize = 1024;
/// Nobody is listened to while more than this waits for the server to read it.
const INPUT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Messages of the server that wait for the actor; the server waits itself beyond that.
const OUTPUT_CAPACITY: usize = 64;
/// Read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// What it said last on its standard error, for whoever wants to know why it ended.
const SAID_LINES_MAX: usize = 8;
const SAID_BYTES_MAX: usize = 400;
/// A server that takes no byte for this long hangs.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Less urgent than what people type and look at.
const NICE: i32 = 5;

/// A language server that was started. Dropped, it ends with everything it started.
pub(super) struct Server {
    child: Child,
    input: Input,
    output: mpsc::Receiver<Result<Value, String>>,
    said: Arc<Mutex<VecDeque<String>>>,
    environment: Environment,
}

/// What a server did.
pub(super) enum Happened {
    Message(Value),
    Ended(String),
}

impl Server {
    pub(super) fn start(
        found: &Found,
        root: &WorkspacePath,
        (context, processes): (&Context, &Processes),
        scope: &TaskScope,
    ) -> Result<Self, SpawnError> {
        let directory = context.config.root.join(root.as_path());
        let mut command = Command::new(&found.program, directory);
        command.args = found.args.iter().map(OsString::from).collect();
        command.env = environment_of(context, &found.bins);
        (command.stdin, command.stdout, command.stderr) = (Stdio::Pipe, Stdio::Pipe, Stdio::Pipe);
        command.nice = NICE;
        let mut child = processes.spawn(command)?;
        let (input, to_write) = Input::new();
        let (messages, output) = mpsc::channel(OUTPUT_CAPACITY);
        let said = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdin) = child.take_stdin() {
            scope.spawn("language input", to_write.write(stdin));
        }
        if let Some(stdout) = child.take_stdout() {
            scope.spawn("language output", read(stdout, messages));
        }
        if let Some(stderr) = child.take_stderr() {
            scope.spawn("language errors", listen(stderr, Arc::clone(&said)));
        }
        Ok(Self { child, input, output, said, environment: context.environment.clone() })
    }

    /// Hands a message over. `false`: the server takes nothing.
    pub(super) fn send(&self, message: &Value) -> bool {
        self.input.send(encode(message))
    }

    pub(super) fn input(&self) -> Input {
        self.input.clone()
    }

    /// What it does next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Happened {
        match self.output.recv().await {
            Some(Ok(message)) => Happened::Message(message),
            Some(Err(reason)) => Happened::Ended(reason),
            None => {
                let exit = self.child.wait().await;
                Happened::Ended(self.last_words(exit))
            }
        }
    }

    /// Asks it to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if let Err(error) = self.child.signal_group(signal) {
            tracing::warn!(%error, "a language server cannot be ended");
        }
    }

    fn last_words(&self, exit: Exit) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<&str> = said.iter().map(String::as_str).collect();
        let how = match (exit.code, exit.signal) {
            (Some(code), _) => format!("it ended with code {code}"),
            (None, signal) => format!("it ended by signal {}", signal.unwrap_or_default()),
        };
        let text = if words.is_empty() { how } else { format!("{how}: {}", words.join("\n")) };
        self.environment.redact(&text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Also after its own end: what it started may go on.
        self.kill();
    }
}

fn environment_of(context: &Context, bins: &[PathBuf]) -> Vec<(OsString, OsString)> {
    let mut env = context.environment.of(Use::Setup, &crate::context::By::kernel(), &[]);
    if let Some((_, path)) = env.iter_mut().find(|it| it.0 == "PATH") {
        let all = bins.iter().map(|it| it.as_os_str().to_owned());
        let all: Vec<OsString> = all.chain([path.clone()]).collect();
        *path = all.join(OsStr::new(":"));
    }
    if let Some(python) = bins.iter().find(|it| is_python_of_its_own(it)) {
        env.push(("VIRTUAL_ENV".into(), python.parent().unwrap_or(python).into()));
    }
    env
}

fn is_python_of_its_own(bin: &Path) -> bool {
    bin.join("python").exists()
}

/// What waits for the server to read it.
#[derive(Clone)]
pub(super) struct Input {
    messages: mpsc::Sender<Vec<u8>>,
    /// Bytes of all of them.
    waiting: Arc<watch::Sender<usize>>,
}

/// The other end.
struct ToWrite {
    messages: mpsc::Receiver<Vec<u8>>,
    waiting: Arc<watch::Sender<usize>>,
}

impl Input {
    fn new() -> (Self, ToWrite) {
        let (sender, messages) = mpsc::channel(INPUT_CAPACITY);
        let waiting = Arc::new(watch::Sender::new(0));
        (Self { messages: sender, waiting: Arc::clone(&waiting) }, ToWrite { messages, waiting })
    }

    fn send(&self, bytes: Vec<u8>) -> bool {
        let length = bytes.len();
        self.waiting.send_modify(|it| *it += length);
        self.messages.try_send(bytes).is_ok()
    }

    /// Resolves when the server has read enough of what it was handed. Cancel-safe.
    pub(super) async fn has_room(&self) {
        // The sender is here.
        let mut waiting = self.waiting.subscribe();
        let _open = waiting.wait_for(|it| *it < INPUT_BYTES_MAX).await;
    }
}

impl ToWrite {
    async fn write(mut self, mut stdin: impl AsyncWrite + Unpin) {
        while let Some(bytes) = self.messages.recv().await {
            // One that hangs is noticed by what it does not answer.
            let Ok(Ok(())) = timeout(WRITE_TIMEOUT, stdin.write_all(&bytes)).await else { return };
            self.waiting.send_modify(|it| *it -= bytes.len());
        }
    }
}

impl Drop for ToWrite {
    fn drop(&mut self) {
        // Whoever waits for room finds out that nothing is taken any more.
        self.waiting.send_replace(0);
    }
}

async fn read(mut stdout: ChildOutput, messages: mpsc::Sender<Result<Value, String>>) {
    let mut frames = Frames::default();
    let mut chunk = vec![0; CHUNK_BYTES.min(MESSAGE_BYTES_MAX)];
    loop {
        let Ok(length @ 1..) = stdout.read(&mut chunk).await else { return };
        frames.push(&chunk[..length]);
        loop {
            let next = match frames.next() {
                Ok(Some(message)) => Ok(message),
                Ok(None) => break,
                Err(garbled) => Err(garbled.to_string()),
            };
            let is_over = next.is_err();
            if messages.send(next).await.is_err() || is_over {
                return;
            }
        }
    }
}

/// Keeps the last lines.
async fn listen(mut stderr: ChildOutput, said: Arc<Mutex<VecDeque<String>>>) {
    let mut chunk = vec![0; 4096];
    let mut line = Vec::new();
    while let Ok(length @ 1..) = stderr.read(&mut chunk).await {
        for byte in &chunk[..length] {
            if *byte != b'\n' {
                if line.len() < SAID_BYTES_MAX {
                    line.push(*byte);
                }
                continue;
            }
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            line.clear();
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if !text.is_empty() {
                said.push_back(text);
            }
            let over = said.len().saturating_sub(SAID_LINES_MAX);
            said.drain(..over);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_listened_to_while_much_waits() {
        let (input, to_write) = Input::new();
        let (stdin, mut server) = tokio::io::duplex(64);
        let scope = TaskScope::default();
        scope.spawn("language input", to_write.write(stdin));
        assert!(input.send(vec![b'x'; INPUT_BYTES_MAX - 1]));
        input.has_room().await;
        assert!(input.send(vec![b'y'; 10]));
        let mut room = Box::pin(input.has_room());
        assert!(futures_util::poll!(&mut room).is_pending());
        let mut all = vec![0; INPUT_BYTES_MAX - 1];
        server.read_exact(&mut all).await.unwrap();
        room.await;
        assert!(input.send(vec![b'z'; INPUT_BYTES_MAX]));
        let mut room = Box::pin(input.has_room());
        assert!(futures_util::poll!(&mut room).is_pending());
        // A server that is gone takes nothing, and is not waited for.
        drop(server);
        room.await;
        input.messages.closed().await;
        assert!(!input.send(vec![b'.']));
    }
}
