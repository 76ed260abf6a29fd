//! What those who may not see secrets get to see.

use super::*;

const SECRET: &str = "hunter2-hunter3";
const MASK: &str = "***************";

fn secret_world() -> World {
    let world = world();
    world.secrets.send_replace(Needles::of([SECRET]));
    world
}

fn redacted() -> AttachRequest {
    AttachRequest { read_only: true, redacted: true, ..AttachRequest::default() }
}

/// One client's bytes, screens included, until they end with `end`.
async fn bytes_until(client: &mut Attachment, end: &str) -> String {
    let mut all = Vec::new();
    while !all.ends_with(end.as_bytes()) {
        if let Frame::Output { bytes, .. } | Frame::Screen { bytes, .. } = next(client).await {
            all.extend_from_slice(&bytes);
        }
    }
    String::from_utf8(all).expect("text")
}

async fn screen(client: &mut Attachment) -> String {
    until(client, |frame| match frame {
        Frame::Screen { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        Frame::Output { .. } | Frame::Control(_) => None,
    })
    .await
}

#[tokio::test]
async fn a_secret_is_masked_for_viewers_at_every_split_and_editors_see_all() {
    let mut world = secret_world();
    let mut viewer = world.terminal.attach(redacted());
    let mut editor = world.terminal.attach(sized(80, 24));
    shown(&mut viewer).await;
    shown(&mut editor).await;
    for cut in 0..=SECRET.len() {
        let (one, two) = SECRET.split_at(cut);
        world.program.write(format!("<{one}").as_bytes()).await;
        // The editor has it: it was read on its own.
        let mut seen = output_until(&mut editor, one.as_bytes()).await;
        world.program.write(format!("{two}>\r\n").as_bytes()).await;
        seen.extend(output_until(&mut editor, b"\n").await);
        assert!(seen.ends_with(format!("<{SECRET}>\r\n").as_bytes()));
        let masked = output_until(&mut viewer, b"\n").await;
        assert_eq!(String::from_utf8_lossy(&masked), format!("<{MASK}>\r\n"), "cut at {cut}");
    }
    let last = next(&mut world.terminal.attach(redacted())).await;
    let Frame::Control(FromTerminal::Attached { offset, .. }) = last else { panic!("{last:?}") };
    assert_eq!(offset, world.terminal.offset());
    assert!(!world.terminal.redacted_text().contains("hunter"));
    assert!(world.terminal.text().contains(SECRET));
}

#[tokio::test(start_paused = true)]
async fn a_pause_shows_no_part_of_a_secret_and_a_wrong_mask_is_mended() {
    let mut world = secret_world();
    let mut viewer = world.terminal.attach(redacted());
    shown(&mut viewer).await;
    world.program.write(b"$ hunter2").await;
    assert_eq!(bytes_until(&mut viewer, "*******").await, "$ *******");
    world.program.write(b"-hunter3\r\n").await;
    assert_eq!(bytes_until(&mut viewer, "\n").await, "********\r\n");
    world.program.write(b"$ hunt").await;
    assert_eq!(bytes_until(&mut viewer, "****").await, "$ ****");
    world.program.write(b"ing").await;
    let screen = screen(&mut viewer).await;
    assert!(screen.contains("$ hunting") && !screen.contains("hunter"), "{screen:?}");
    world.program.write(b" more").await;
    assert_eq!(bytes_until(&mut viewer, "more").await, " more");
}

#[tokio::test]
async fn a_secret_that_is_drawn_in_parts_is_masked_on_the_screen() {
    let mut world = secret_world();
    let mut viewer = world.terminal.attach(redacted());
    shown(&mut viewer).await;
    for (drawn, end) in [
        ("\x1b[2;10H-hunter3 \x1b[2;3Hhunter2\x1b[9;1H", "#"),
        // As a line editor goes on in the next row.
        (&*format!("\r\n{}hunter \r2-hunter3\r\n", "-".repeat(74)), "@"),
        ("\x1b[31mhunter2\x1b[0m-hun\x1b[1mter3\x1b[0m", "%"),
    ] {
        world.program.write(format!("{drawn}{end}").as_bytes()).await;
        let seen = bytes_until_text(&mut viewer, end).await;
        let plain: String = plain(&seen);
        assert!(!plain.contains("hunter3"), "{seen:?}");
    }
}

/// Reads until `end` was seen.
async fn bytes_until_text(client: &mut Attachment, end: &str) -> String {
    let mut all = String::new();
    while !all.contains(end) {
        if let Frame::Output { bytes, .. } | Frame::Screen { bytes, .. } = next(client).await {
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    all
}

/// Without sequences.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(letter);
        }
    }
    out
}

#[tokio::test]
async fn what_was_printed_before_is_masked_when_it_becomes_a_secret() {
    let mut world = world();
    world.program.write(format!("{SECRET}\x1b]0;at {SECRET}\x07").as_bytes()).await;
    let mut early = world.terminal.attach(redacted());
    bytes_until_text(&mut early, SECRET).await;
    let outdated = early.outdated();
    world.secrets.send_replace(Needles::of([SECRET]));
    timeout(DEADLINE, outdated).await.expect("it must attach anew");
    let mut late = world.terminal.attach(redacted());
    let title = |frame: &Frame| match frame {
        Frame::Control(FromTerminal::Title { title }) => Some(title.clone()),
        Frame::Screen { bytes, .. } => {
            assert!(!String::from_utf8_lossy(bytes).contains("hunter"));
            None
        }
        Frame::Control(_) | Frame::Output { .. } => None,
    };
    assert_eq!(until(&mut late, title).await, format!("at {MASK}"));
    world.secrets.send_replace(Needles::of([SECRET, "something"]));
    assert!(screen(&mut late).await.contains(MASK));
    let mut outdated = std::pin::pin!(late.outdated());
    assert!(futures_poll(&mut outdated).await.is_none(), "it shows what it should");
}

/// What a future has to say now.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        out = future => Some(out),
        () = std::future::ready(()) => None,
    }
}

#[tokio::test]
async fn a_mirror_follows_sizes_resumes_and_the_end() {
    let World { scope: _scope, terminal, mut program, exit, secrets: _secrets } = secret_world();
    let mut viewer = terminal.attach(redacted());
    shown(&mut viewer).await;
    program.write(b"first\n").await;
    output_until(&mut viewer, b"\n").await;
    let resume = Some((terminal.id().clone(), 3));
    let mut again = terminal.attach(AttachRequest { resume, ..redacted() });
    let first = next(&mut again).await;
    assert!(matches!(
        first,
        Frame::Control(FromTerminal::Attached { resumed: true, offset: 3, .. })
    ));
    assert_eq!(output_until(&mut again, b"\n").await, b"st\n");
    let _editor = terminal.attach(sized(100, 30));
    assert_eq!(until(&mut viewer, new_size).await, (100, 30));
    program.write(b"hunter").await;
    drop(program);
    exit.send(Exit { code: Some(3), signal: None }).unwrap();
    let ended = until(&mut viewer, |frame| match frame {
        Frame::Control(FromTerminal::Exit { exit }) => Some(*exit),
        Frame::Output { bytes, .. } => {
            assert_eq!(&bytes[..], b"******");
            None
        }
        Frame::Control(_) | Frame::Screen { .. } => None,
    });
    assert_eq!(ended.await.code, Some(3));
    assert!(viewer.next().await.is_none());
}
