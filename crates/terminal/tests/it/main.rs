//! Terminals over a PTY in memory: clients, programs and the actor between them.

mod pty;
mod secrets;

use protocol::id::TerminalId;
use protocol::state::Exit;
use protocol::terminal::FromTerminal;
use pty::{Program, memory_pty};
use std::time::Duration;
use stdx::{Needles, TaskScope};
use terminal::{AttachRequest, Attachment, Chunk, Ended, Frame, InputError, Spec, Terminal};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

/// Far beyond what anything here takes; reaching it is a hang.
const DEADLINE: Duration = Duration::from_secs(60);

struct World {
    scope: TaskScope,
    terminal: Terminal,
    program: Program,
    exit: oneshot::Sender<Exit>,
    secrets: watch::Sender<Needles>,
}

fn world() -> World {
    let secrets = watch::Sender::new(Needles::default());
    let scope = TaskScope::default();
    let (pty, program) = memory_pty();
    let (exit, exited) = oneshot::channel();
    let spec = Spec {
        id: TerminalId::from_random(7),
        name: "main".to_owned(),
        cols: 80,
        rows: 24,
        clipboard: true,
        secrets: secrets.subscribe(),
    };
    let exited = async move {
        match exited.await {
            Ok(exit) => exit,
            Err(_) => std::future::pending().await,
        }
    };
    let terminal = Terminal::spawn(&scope, spec, pty, exited);
    World { scope, terminal, program, exit, secrets }
}

fn sized(cols: u16, rows: u16) -> AttachRequest {
    AttachRequest { cols: Some(cols), rows: Some(rows), ..AttachRequest::default() }
}

async fn next(client: &mut Attachment) -> Frame {
    let frame = timeout(DEADLINE, client.next()).await.expect("a frame comes in time");
    frame.expect("the stream goes on")
}

/// Reads frames until one is what `wanted` looks for.
async fn until<T>(client: &mut Attachment, wanted: impl Fn(&Frame) -> Option<T>) -> T {
    loop {
        if let Some(found) = wanted(&next(client).await) {
            return found;
        }
    }
}

/// Reads output until it ends with `end`; returns all of it.
async fn output_until(client: &mut Attachment, end: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    while !output.ends_with(end) {
        if let Frame::Output { bytes, .. } = next(client).await {
            output.extend_from_slice(&bytes);
        }
    }
    output
}

/// Reads what every client gets first.
async fn shown(client: &mut Attachment) {
    until(client, |frame| matches!(frame, Frame::Screen { .. }).then_some(())).await;
}

fn new_size(frame: &Frame) -> Option<(u16, u16)> {
    match frame {
        Frame::Control(FromTerminal::Size { cols, rows, .. }) => Some((*cols, *rows)),
        Frame::Control(_) | Frame::Output { .. } | Frame::Screen { .. } => None,
    }
}

#[tokio::test]
async fn what_is_typed_reaches_the_program_and_its_output_the_client() {
    let mut world = world();
    let mut client = world.terminal.attach(sized(100, 30));
    let Frame::Control(FromTerminal::Attached { cols, rows, resumed, .. }) =
        next(&mut client).await
    else {
        panic!("the first frame is `attached`")
    };
    assert_eq!((cols, rows, resumed), (100, 30, false));
    assert!(matches!(next(&mut client).await, Frame::Screen { offset: 0, .. }));
    client.input(b"ls\r").await.unwrap();
    assert_eq!(world.program.read(3).await, b"ls\r");
    world.program.write(b"file\r\n").await;
    assert_eq!(output_until(&mut client, b"\n").await, b"file\r\n");
    world.terminal.write(b"by request").await.unwrap();
    assert_eq!(world.program.read(10).await, b"by request");
}

// covers: S1.18, S1.26
#[tokio::test]
async fn a_terminal_lives_on_without_clients_and_handles() {
    let World { scope: _scope, terminal, mut program, exit: _exit, secrets: _secrets } = world();
    let client = terminal.attach(sized(80, 24));
    drop(client);
    program.write(b"while nobody looks").await;
    let mut client = terminal.attach(sized(80, 24));
    drop(terminal);
    let seen = until(&mut client, |frame| match frame {
        Frame::Screen { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        Frame::Output { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        Frame::Control(_) => None,
    });
    let seen = seen.await;
    assert!(seen.contains("while nobody looks") || seen.contains("\x1b["), "{seen}");
    client.input(b"x").await.unwrap();
    assert_eq!(program.read(1).await, b"x");
}

// covers: S1.27
#[tokio::test]
async fn a_client_that_returns_goes_on_where_it_left_off() {
    let mut world = world();
    let mut client = world.terminal.attach(sized(80, 24));
    world.program.write(b"first\n").await;
    output_until(&mut client, b"first\n").await;
    drop(client);
    world.program.write(b"second\n").await;
    let resume = Some((world.terminal.id().clone(), 6));
    let mut client = world.terminal.attach(AttachRequest { resume, ..sized(80, 24) });
    let first = next(&mut client).await;
    assert!(matches!(
        first,
        Frame::Control(FromTerminal::Attached { resumed: true, offset: 6, .. })
    ));
    assert_eq!(output_until(&mut client, b"\n").await, b"second\n");
}

// covers: S1.14, S1.20
#[tokio::test]
async fn many_clients_at_once_share_one_pty() {
    let mut world = world();
    world.program.write(b"prompt$ ").await;
    let mut summary = world.terminal.summary();
    let mut clients: Vec<Attachment> =
        (0..50).map(|_| world.terminal.attach(sized(80, 24))).collect();
    summary.wait_for(|it| it.attachments == 50).await.unwrap();
    clients[7].input(b"echo").await.unwrap();
    assert_eq!(world.program.read(4).await, b"echo");
    world.program.write(b"echo\n").await;
    for client in &mut clients {
        assert!(matches!(next(client).await, Frame::Control(FromTerminal::Attached { .. })));
        assert!(matches!(next(client).await, Frame::Screen { .. }));
    }
    world.program.write(b"done\n").await;
    for client in &mut clients {
        output_until(client, b"done\n").await;
    }
    drop(clients);
    summary.wait_for(|it| it.attachments == 0).await.unwrap();
}

#[tokio::test]
async fn the_size_follows_the_client_that_typed_last() {
    let mut world = world();
    world.program.resized((80, 24)).await;
    let mut desk = world.terminal.attach(sized(120, 40));
    world.program.resized((120, 40)).await;
    let mut phone = world.terminal.attach(sized(40, 20));
    shown(&mut desk).await;
    shown(&mut phone).await;
    phone.input(b"a").await.unwrap();
    world.program.resized((40, 20)).await;
    assert_eq!(until(&mut desk, new_size).await, (40, 20));
    assert_eq!(until(&mut phone, new_size).await, (40, 20));
    // What an emulator sends by itself when it is looked at is no typing.
    desk.input(b"\x1b[I").await.unwrap();
    assert_eq!(world.program.read(4).await, b"a\x1b[I");
    assert_eq!(world.terminal.summary().borrow().cols, 40);
    drop(phone);
    world.program.resized((120, 40)).await;
    assert_eq!(until(&mut desk, new_size).await, (120, 40));
}

#[tokio::test]
async fn viewers_neither_type_nor_resize() {
    let mut world = world();
    let request = AttachRequest { read_only: true, ..sized(10, 10) };
    let viewer = world.terminal.attach(request);
    viewer.resize(20, 20);
    assert_eq!(viewer.input(b"rm -rf\r").await, Err(InputError::ReadOnly));
    let editor = world.terminal.attach(sized(90, 30));
    editor.input(b"ok").await.unwrap();
    assert_eq!(world.program.read(2).await, b"ok");
    world.program.resized((90, 30)).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nobody() {
    let mut world = world();
    let mut slow = world.terminal.attach(sized(80, 24));
    let mut fast = world.terminal.attach(sized(80, 24));
    assert!(matches!(next(&mut slow).await, Frame::Control(_)));
    let lines: Vec<u8> =
        (0..400_000).flat_map(|it| format!("line {it}\r\n").into_bytes()).collect();
    let (writes, reads) = tokio::join!(world.program.write(&lines), async {
        let mut end = 0;
        while end < lines.len() as u64 {
            match next(&mut fast).await {
                Frame::Output { offset, bytes } => end = offset + bytes.len() as u64,
                Frame::Screen { offset, .. } => end = offset,
                Frame::Control(_) => {}
            }
        }
        end
    });
    assert_eq!(((), reads), (writes, lines.len() as u64));
    let behind = until(&mut slow, |frame| match frame {
        Frame::Screen { offset, .. } if 0 < *offset => Some(*offset),
        Frame::Screen { .. } | Frame::Output { .. } | Frame::Control(_) => None,
    });
    assert_eq!(behind.await, lines.len() as u64, "it goes on with a screen of now");
}

#[tokio::test]
async fn output_flows_while_the_program_does_not_read_its_input() {
    let mut world = world();
    let mut client = world.terminal.attach(sized(80, 24));
    let handle = client.input_handle();
    let paste = vec![b'p'; 1 << 20];
    let pasted = paste.len();
    let typing = async {
        handle.send(&paste).await.unwrap();
    };
    let showing = async {
        for n in 0..200 {
            world.program.write(format!("output {n}\n").as_bytes()).await;
            output_until(&mut client, format!("output {n}\n").as_bytes()).await;
        }
        // Only now does the program read.
        assert_eq!(world.program.read(pasted).await, vec![b'p'; pasted]);
    };
    timeout(DEADLINE, async { tokio::join!(typing, showing) }).await.expect("no deadlock");
}

#[tokio::test]
async fn queries_are_answered_without_any_client() {
    let mut world = world();
    world.program.write(b"\x1b[6n").await;
    assert_eq!(world.program.read(6).await, b"\x1b[1;1R");
}

#[tokio::test]
async fn the_last_output_comes_before_the_exit() {
    let World { scope, terminal, mut program, exit, secrets: _secrets } = world();
    let mut client = terminal.attach(sized(80, 24));
    program.write(b"last words").await;
    exit.send(Exit { code: Some(3), signal: None }).unwrap();
    drop(program);
    output_until(&mut client, b"last words").await;
    let exit = until(&mut client, |frame| match frame {
        Frame::Control(FromTerminal::Exit { exit }) => Some(*exit),
        Frame::Control(_) | Frame::Output { .. } | Frame::Screen { .. } => None,
    });
    assert_eq!(exit.await.code, Some(3));
    assert_eq!(client.next().await, None);
    assert_eq!(terminal.write(b"x").await, Err(Ended));
    assert_eq!(terminal.summary().borrow().ended.map(|it| it.code), Some(Some(3)));
    assert!(terminal.text().ends_with("last words"));
    assert!(scope.shutdown(DEADLINE).await);
}

// covers: S1.19
#[tokio::test(start_paused = true)]
async fn a_background_job_that_holds_the_terminal_does_not_delay_the_exit() {
    let World { scope: _scope, terminal, mut program, exit, secrets: _secrets } = world();
    program.write(b"$ job &\n$ exit\n").await;
    exit.send(Exit { code: Some(0), signal: None }).unwrap();
    let mut summary = terminal.summary();
    timeout(DEADLINE, summary.wait_for(|it| it.ended.is_some())).await.unwrap().unwrap();
    assert!(terminal.text().contains("$ exit"));
    drop(program);
}

#[tokio::test]
async fn a_kernel_that_stops_ends_the_stream_without_an_exit() {
    let World { scope, terminal, program: _program, exit: _exit, secrets: _secrets } = world();
    let mut client = terminal.attach(sized(80, 24));
    next(&mut client).await;
    next(&mut client).await;
    scope.stop();
    assert_eq!(timeout(DEADLINE, client.next()).await.unwrap(), None);
    assert_eq!(client.input(b"x").await, Err(InputError::Ended));
    assert!(scope.shutdown(DEADLINE).await);
}

#[tokio::test]
async fn the_raw_output_can_be_read_from_any_offset() {
    let World { scope: _scope, terminal, mut program, exit, secrets: _secrets } = world();
    let mut reader = terminal.subscribe_output(None);
    program.write(b"error: no").await;
    let mut bytes = Vec::new();
    while bytes.len() < 9 {
        let Some(Chunk::Output { bytes: more, .. }) = reader.next().await else { panic!() };
        bytes.extend_from_slice(&more);
    }
    assert_eq!(bytes, b"error: no");
    let mut late = terminal.subscribe_output(Some(7));
    let Some(Chunk::Output { offset, bytes }) = late.next().await else { panic!() };
    assert_eq!((offset, &bytes[..]), (7, &b"no"[..]));
    exit.send(Exit { code: Some(0), signal: None }).unwrap();
    drop(program);
    assert_eq!(timeout(DEADLINE, reader.next()).await.unwrap(), None);
}

#[tokio::test]
async fn titles_and_directories_are_in_the_summary() {
    let mut world = world();
    let mut summary = world.terminal.summary();
    world.program.write(b"\x1b]0;vim\x07\x1b]7;file://box/work/src\x07").await;
    summary.wait_for(|it| it.title == "vim").await.unwrap();
    assert_eq!(summary.borrow().working_directory.as_deref(), Some("/work/src"));
    world.terminal.set_working_directory("/work".to_owned());
    assert_eq!(summary.borrow().working_directory.as_deref(), Some("/work"));
}
