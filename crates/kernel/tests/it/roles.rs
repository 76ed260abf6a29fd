//! What a role may do, judged by the kernel itself: whatever stands before it may be wrong.

use crate::world::{DEADLINE, Socket, World};
use futures_util::{SinkExt, StreamExt};
use http::{Method, StatusCode};
use kernel::http::routes::{Least, ROUTES};
use protocol::header::Role;
use protocol::pty::{FromPty, ToPty};
use protocol::workspace::Settings;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

/// Every route, also those that come later, is closed to the roles below its own, whatever the
/// request says beside its role.
// covers: S0.48, S0.51
#[tokio::test]
async fn every_route_is_closed_below_its_role() {
    let world = World::running().await;
    world.write("a.txt", "kept");
    for (method, path, least) in ROUTES {
        let needed = match least {
            Least::Anyone => continue,
            Least::Role(needed) => *needed,
            Least::Watcher => Role::Editor,
        };
        let path = path.replace("{name}", "main").replace("{pid}", "1").replace("{*path}", "a.txt");
        for role in [Role::Viewer, Role::Editor].into_iter().filter(|it| *it < needed) {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let body = Some(json!({"path": "a.txt", "from": "a.txt", "to": "b.txt"}));
            let answer = world.request(method.clone(), &path, role.as_str(), body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} as {role:?}");
            // The query, and a method hidden in it, change nothing about that.
            let sly = format!("{path}?_method=GET&role=owner");
            let answer = world.request(method, &sly, role.as_str(), None).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{sly} as {role:?}");
        }
    }
    assert_eq!(std::fs::read_to_string(world.path("a.txt")).unwrap(), "kept");
    world.end().await;
}

/// A viewer's frames change nothing, however they are made.
// covers: S0.7, S0.48, S0.50
#[tokio::test]
async fn no_frame_of_a_viewer_reaches_a_shell() {
    let world = World::running().await;
    world.set(Settings { viewers_see_terminals: true, ..Settings::default() });
    let mut editor = world.attach("main").await;
    editor.prompt().await;
    for path in ["/api/v1/terminals/main", "/api/v1/pty", "/api/v1/ws"] {
        let mut viewer = world.socket(&format!("{path}?cols=20&rows=5"), "viewer").await;
        for text in [
            json!({"type": "input", "data": "touch made-by-viewer\n"}).to_string(),
            json!({"type": "resize", "cols": 33, "rows": 7}).to_string(),
            json!({"type": "settings", "viewers_see_terminals": true}).to_string(),
            json!({"type": "input", "data": "\u{3}", "role": "owner"}).to_string(),
            "touch made-by-viewer\n".to_owned(),
        ] {
            viewer.send(Message::text(text)).await.unwrap();
        }
        for bytes in [&b"touch made-by-viewer\n"[..], b"\x00touch made-by-viewer\n", b"\x03"] {
            viewer.send(Message::binary(bytes.to_vec())).await.unwrap();
        }
        viewer.send(Message::Ping(b"here".to_vec().into())).await.unwrap();
        // Whatever stood before the ping has been taken when it is answered.
        while !matches!(next(&mut viewer).await, Some(Message::Pong(_))) {}
    }
    assert_eq!(editor.run("stty size; ls").await, "24 80");
    drop(editor);
    world.end().await;
}

#[tokio::test]
async fn a_viewer_who_may_no_longer_watch_is_sent_away_at_once() {
    let world = World::running().await;
    let seen = Settings { viewers_see_terminals: true, ..Settings::default() };
    world.set(seen);
    let mut editor = world.attach("main").await;
    editor.prompt().await;
    let mut viewer = world.attach_with("main", "", "viewer").await;
    let mut pty = world.socket("/api/v1/pty", "viewer").await;
    assert!(matches!(told(&mut pty).await, Some(Ok(FromPty::Status { read_only: true, .. }))));
    world.set(Settings::default());
    assert_eq!(viewer.closed().await, 4403);
    assert_eq!(until_closed(&mut pty).await, 4403);
    assert_eq!(editor.run("echo still-$((1+1))-here").await, "still-2-here");
    drop((editor, viewer));
    world.end().await;
}

// covers: S0.65, S0.7
#[tokio::test]
async fn the_plain_terminal_speaks_in_status_input_output_and_resize() {
    let world = World::running().await;
    let mut pty = world.socket("/api/v1/pty", "editor").await;
    let status = FromPty::Status { message: "attached".to_owned(), read_only: false };
    assert_eq!(told(&mut pty).await, Some(Ok(status)));
    tell(&mut pty, &ToPty::Resize { cols: 101, rows: 33 }).await;
    tell(&mut pty, &ToPty::Input { data: "stty size; echo größe-$((40+2))\n".to_owned() }).await;
    assert!(output_until(&mut pty, "größe-42").await.contains("33 101"));

    // It is the shell that everybody sees, and it stays when this client goes.
    let mut other = world.attach("main").await;
    other.run("X=here").await;
    drop(pty);
    let mut pty = world.socket("/api/v1/pty", "owner").await;
    tell(&mut pty, &ToPty::Input { data: "echo $X-$((1+1))\n".to_owned() }).await;
    output_until(&mut pty, "here-2").await;
    pty.send(Message::text("nonsense")).await.unwrap();
    assert!(status_until(&mut pty, "cannot be understood").await);
    tell(&mut pty, &ToPty::Input { data: "exit 3\n".to_owned() }).await;
    assert!(status_until(&mut pty, "ended with code 3").await);
    assert_eq!(until_closed(&mut pty).await, 1000);
    drop(other);
    world.end().await;
}

// covers: S0.65
#[tokio::test]
async fn the_plain_terminal_says_why_before_it_closes() {
    let world = World::start().await;
    let mut pty = world.socket("/api/v1/pty", "editor").await;
    assert!(matches!(told(&mut pty).await, Some(Ok(FromPty::Status { read_only: false, .. }))));
    assert_eq!(until_closed(&mut pty).await, 4404);
    let mut pty = world.socket("/api/v1/pty", "viewer").await;
    let Some(Ok(FromPty::Status { message, read_only: true })) = told(&mut pty).await else {
        panic!("a viewer is told why");
    };
    assert!(message.contains("viewers do not see"), "{message}");
    assert_eq!(until_closed(&mut pty).await, 4403);
    let mut pty = world.socket("/api/v1/pty", "root").await;
    assert_eq!(until_closed(&mut pty).await, 4403);
    world.end().await;
}

async fn next(socket: &mut Socket) -> Option<Message> {
    let next = tokio::time::timeout(DEADLINE, socket.next()).await.expect("a message in time");
    next.and_then(Result::ok)
}

/// The next frame, or the code with which the socket closed.
async fn told(socket: &mut Socket) -> Option<Result<FromPty, u16>> {
    loop {
        match next(socket).await? {
            Message::Text(text) => return Some(Ok(serde_json::from_str(&text).unwrap())),
            Message::Close(frame) => return Some(Err(frame.map_or(0, |it| it.code.into()))),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

async fn tell(socket: &mut Socket, frame: &ToPty) {
    let text = serde_json::to_string(frame).unwrap();
    socket.send(Message::text(text)).await.unwrap();
}

async fn output_until(socket: &mut Socket, text: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        match told(socket).await {
            Some(Ok(FromPty::Output { data })) => seen.push_str(&data),
            Some(Ok(FromPty::Status { .. })) => {}
            other => panic!("{other:?} after {seen:?}"),
        }
    }
    seen
}

async fn status_until(socket: &mut Socket, text: &str) -> bool {
    loop {
        match told(socket).await {
            Some(Ok(FromPty::Status { message, .. })) if message.contains(text) => return true,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return false,
        }
    }
}

async fn until_closed(socket: &mut Socket) -> u16 {
    loop {
        match told(socket).await {
            Some(Ok(_)) => {}
            Some(Err(code)) => return code,
            None => return 0,
        }
    }
}
