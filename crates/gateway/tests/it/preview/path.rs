//! The path routes: the app in an opaque origin, below the gateway's own.

use super::{Preview, next, open_socket};
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

// covers: S0.70, S0.80
#[tokio::test]
async fn every_method_reaches_the_app_below_the_path() {
    let preview = Preview::new().await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        for (rest, uri) in [("", "/"), ("/", "/"), ("/a%20b/c?d=e", "/a%20b/c?d=e")] {
            let answer = preview.owner.send(method, &preview.path(rest), None).await;
            assert_eq!(answer.status, 200, "{method} {rest}: {}", answer.text());
            let heard = answer.json();
            assert_eq!(
                (heard["method"].as_str(), heard["uri"].as_str()),
                (Some(method), Some(uri))
            );
            for name in ["cookie", "authorization", "stead-role"] {
                assert!(heard["headers"].get(name).is_none(), "{heard}");
            }
        }
    }
    assert_eq!(preview.owner.send("HEAD", &preview.path("/"), None).await.status, 200);
    let program = preview.world.program().get(&preview.path("/x")).await.json();
    assert!(program["headers"].get("authorization").is_none(), "{program}");
}

// covers: S0.57, S0.70
#[tokio::test]
async fn an_app_below_the_path_cannot_touch_the_gateways_origin() {
    let preview = Preview::new().await;
    let answer = preview.owner.get(&preview.path("/page")).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "<h1>the app</h1>"));
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("sandbox ") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1);
    assert_eq!((answer.header("set-cookie"), answer.header("stead-role")), ("", ""));
    let location = preview.owner.get(&preview.path("/redirect")).await;
    let own = format!("http://localhost:{}", preview.world.address.port());
    assert_eq!(location.header("location"), format!("{own}{}", preview.path("/page?x")));
    let worker = preview.owner.clone().with("service-worker", "script");
    assert_eq!(worker.get(&preview.path("/sw.js")).await.status, 403);
    assert_eq!(preview.world.stranger().get(&preview.path("/page")).await.status, 401);
}

// covers: S0.27, S0.71
#[tokio::test]
async fn sockets_work_below_the_path() {
    let preview = Preview::new().await;
    let (mut socket, _) = open_socket(&preview.owner, &preview.path("/socket")).await;
    let own = format!("http://localhost:{}", preview.port);
    assert_eq!(next(&mut socket).await, Some(Message::text(own)));
    for message in [Message::text("text"), Message::binary(vec![0, 255, 1])] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(next(&mut socket).await, Some(message));
    }
}

// covers: S0.40, S0.81
#[tokio::test]
async fn without_an_app_there_is_a_clear_error() {
    let preview = Preview::new().await;
    preview.world.provider.set_status(protocol::state::SessionStatus::Stopped, None);
    let answer = preview.owner.get(&preview.path("/")).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "preview_unavailable"));
    assert_eq!(answer.json()["error"]["details"]["reason"], "no_session");
}
