//! Where somebody is signed in, and ending that at once.

use crate::world::{DEADLINE, PASSWORD, World};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_person_sees_its_browsers_and_ends_one_or_all_others() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
    let body = json!({"login_name": "bea", "password": PASSWORD});
    let browser = world.stranger().with_origin().with("user-agent", firefox);
    let second = world.browser(&browser.send("POST", "/api/v1/sign-in", Some(body)).await);
    let third = world.browser(&world.sign_in("bea", PASSWORD).await);
    let list = bea.get("/api/v1/sign-ins").await.json();
    let devices: Vec<&Value> = list.as_array().unwrap().iter().map(|it| &it["device"]).collect();
    assert_eq!(devices.len(), 3);
    assert_eq!((&list[0]["current"], &list[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!(list[0]["address"], "127.0.0.1");
    let found = list.as_array().unwrap().iter().find(|it| it["device"] == "Firefox on Linux");
    let id = found.unwrap()["id"].as_str().unwrap();
    // Nobody ends what is somebody else's, nor learns that it exists.
    assert_eq!(owner.send("DELETE", &format!("/api/v1/sign-ins/{id}"), None).await.status, 404);
    assert_eq!(bea.send("DELETE", &format!("/api/v1/sign-ins/{id}"), None).await.status, 204);
    assert_eq!(second.get("/api/v1/me").await.status, 401);
    assert_eq!(third.get("/api/v1/me").await.status, 200);
    assert_eq!(bea.send("DELETE", "/api/v1/sign-ins", None).await.status, 204);
    assert_eq!(third.get("/api/v1/me").await.status, 401);
    assert_eq!(bea.get("/api/v1/me").await.status, 200);
    assert_eq!(owner.get("/api/v1/me").await.status, 200);
    let command_line = owner.get("/api/v1/sign-ins").await.json();
    assert_eq!(
        (&command_line[1]["device"], &command_line[1]["command_line"]),
        (&json!("Command line"), &json!(true))
    );
}

#[tokio::test]
async fn what_is_open_ends_with_its_sign_in() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    let body = json!({"role": "editor"});
    let made = owner.send("POST", &format!("{path}/invitations"), Some(body)).await;
    let bea = world.join(&made, "bea").await;
    let account = bea.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let account = format!("/api/v1/accounts/{account}");
    let token = bea.send("POST", "/api/v1/tokens", Some(json!({"name": "t"}))).await.json();
    let bearer = format!("Bearer {}", token["secret"].as_str().unwrap());
    let program = world.stranger().with("authorization", &bearer);
    for (method, end, body, signs_out_token) in [
        ("DELETE", format!("{account}/sign-ins"), None, false),
        ("PATCH", account.clone(), Some(json!({"disabled": true})), true),
    ] {
        let browser = world.browser(&world.sign_in("bea", PASSWORD).await);
        let mut sockets = Vec::new();
        for client in [&browser, &program] {
            let stream = TcpStream::connect(world.address).await.unwrap();
            let request = client.websocket(&format!("{path}/ws"));
            let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
            sockets.push(socket);
        }
        assert!(owner.send(method, &end, body).await.status < 300, "{end}");
        let drained = async { while let Some(Ok(_)) = sockets[0].next().await {} };
        tokio::time::timeout(DEADLINE, drained).await.expect("the browser's socket ends");
        assert_eq!(browser.get("/api/v1/me").await.status, 401);
        if signs_out_token {
            let drained = async { while let Some(Ok(_)) = sockets[1].next().await {} };
            tokio::time::timeout(DEADLINE, drained).await.expect("the program's socket ends");
        }
        let status = program.get("/api/v1/me").await.status;
        assert_eq!(status, if signs_out_token { 401 } else { 200 });
    }
    assert_eq!(owner.send("PATCH", &account, Some(json!({"disabled": false}))).await.status, 200);
    assert_eq!(program.get("/api/v1/me").await.status, 200, "tokens come back with the account");
}
