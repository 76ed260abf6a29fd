//! What takes the place of an app that is not there.

use super::Preview;
use crate::world::{Client, World};
use protocol::state::SessionStatus;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// A port of this machine that nothing listens on.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

fn as_page(client: &Client) -> Client {
    client.clone().with("sec-fetch-dest", "iframe").with("sec-fetch-mode", "navigate")
}

// covers: S0.81
#[tokio::test]
async fn a_port_that_nothing_listens_on_is_named() {
    let preview = Preview::new().await;
    let port = free_port().await;
    let visitor = preview.visitor(Some(port)).await;
    let answer = visitor.get("/").await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "preview_unavailable"));
    let error = &answer.json()["error"];
    assert_eq!(error["details"]["reason"], "nothing_listens");
    assert!(error["message"].as_str().unwrap().contains(&port.to_string()), "{error}");

    let page = as_page(&visitor).get("/").await;
    assert_eq!((page.status, page.header("cache-control")), (502, "no-store"));
    assert!(page.text().contains(&format!("Nothing listens on port {port} yet")));
    assert!(page.text().contains(r#"fetch("/.stead/ready""#), "{}", page.text());
    assert!(!page.text().contains("src="), "the page brings what it needs");
}

// covers: S0.40, S0.81
#[tokio::test]
async fn a_stopped_workspace_says_so_and_is_not_woken_by_being_looked_at() {
    let preview = Preview::new().await;
    preview.world.provider.set_status(SessionStatus::Stopped, None);
    let port = free_port().await;
    let visitor = preview.visitor(Some(port)).await;
    let reason = |answer: crate::world::Answer| {
        assert_eq!(answer.status, 502, "{}", answer.text());
        answer.json()["error"]["details"]["reason"].clone()
    };
    assert_eq!(reason(visitor.get("/").await), "no_session");

    let asleep = |it: &World| {
        let mut stored = it.provider.stored.lock().unwrap();
        std::mem::replace(stored.get_mut(&preview.workspace).unwrap(), false)
    };
    assert!(asleep(&preview.world));
    assert_eq!(reason(visitor.get("/").await), "no_session");
    let page = as_page(&visitor).get("/").await;
    assert!(page.text().contains("No session runs"), "{}", page.text());
    assert!(!asleep(&preview.world), "the kernel sleeps on");
}

#[tokio::test]
async fn an_app_that_hangs_up_is_told_from_one_that_is_not_there() {
    let preview = Preview::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    preview.world.scope.spawn("rude app", async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 1024];
            assert!(0 < stream.read(&mut bytes).await.unwrap());
        }
    });
    let visitor = preview.visitor(Some(port)).await;
    let answer = visitor.get("/").await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.json()["error"]["details"]["reason"], "closed");
    let page = as_page(&visitor).get("/").await;
    assert!(page.text().contains("The app closed the connection"), "{}", page.text());
    assert!(!page.text().contains("/.stead/ready"), "a page that reloads would never end");
}

#[tokio::test]
async fn the_page_learns_when_the_app_is_there() {
    let preview = Preview::new().await;
    let visitor = preview.visitor(None).await;
    assert_eq!(visitor.get("/.stead/ready").await.status, 204);
    preview.world.provider.set_status(SessionStatus::Running, None);
    assert_eq!(visitor.get("/.stead/ready").await.status, 504);
    assert_eq!(preview.stranger(None).get("/.stead/ready").await.status, 401);
    preview.world.provider.set_status(SessionStatus::Running, Some(preview.port));
    assert_eq!(preview.owner.get(&preview.path("/.stead/ready")).await.status, 204);
}
