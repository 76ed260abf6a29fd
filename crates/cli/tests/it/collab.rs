//! Files and documents by the paths of S0.66–S0.69, through server and kernel.

use crate::world::World;
use futures_util::StreamExt;
use protocol::collab::FromCollab;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

// covers: S0.66, S0.67, S0.68, S0.69
#[tokio::test(flavor = "multi_thread")]
async fn files_are_made_opened_renamed_and_deleted() {
    let world = World::start(&[]);
    let id = world.running("shared");
    let files = format!("/indexes/userspace/collab/workspaces/{id}/files");
    let ask = |what: &str, body: Value| {
        let (status, answer) = world.api("POST", &format!("{files}/{what}"), Some(&body)).unwrap();
        (status, serde_json::from_slice::<Value>(&answer).unwrap())
    };
    let file = json!({"file_path": "notes/ä b?.md", "content": "one\n"});
    let made = ask("create", file.clone());
    let done = json!({"workspace_id": id, "file_path": "notes/ä b?.md", "success": true});
    assert_eq!(made, (200, done));
    assert_eq!(ask("create", file).0, 409);
    assert_eq!(ask("create", json!({"file_path": "../out.md"})).0, 400);
    assert_eq!(world.run(&id, "cat 'notes/ä b?.md'"), (0, "one\n".to_owned()));

    let uri = format!("ws://{}{files}/notes/%C3%A4%20b%3F.md", world.address());
    let mut request = uri.into_client_request().unwrap();
    let token = format!("bearer.{}", world.token());
    request.headers_mut().insert("sec-websocket-protocol", token.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let Some(Ok(Message::Text(first))) = socket.next().await else { panic!("a frame of text") };
    let snapshot: FromCollab = serde_json::from_str(&first).unwrap();
    let expected = FromCollab::Snapshot {
        workspace_id: id.clone(),
        file_path: "notes/ä b?.md".to_owned(),
        version: 1,
        content: "one\n".to_owned(),
        read_only: false,
    };
    assert_eq!(snapshot, expected);

    let rename = json!({"old_path": "notes/ä b?.md", "new_path": "b.md"});
    assert_eq!(ask("rename", rename.clone()).0, 200);
    assert_eq!(ask("rename", rename).0, 404);
    assert_eq!(ask("create", json!({"file_path": "c.md"})).0, 200);
    assert_eq!(ask("rename", json!({"old_path": "c.md", "new_path": "b.md"})).0, 409);
    assert_eq!(ask("delete", json!({"file_path": "notes"})).0, 409, "a directory is no file");
    assert_eq!(ask("delete", json!({"file_path": "b.md"})).0, 200);
    assert_eq!(ask("delete", json!({"file_path": "b.md"})).0, 404);
}
