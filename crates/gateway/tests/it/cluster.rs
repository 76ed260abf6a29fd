//! Several gateways on one PostgreSQL are one installation: each answers for every workspace, what
//! one takes away ends at the others, and one may be killed.

use crate::world::{Client, DEADLINE, World};
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use gateway::{AuditReport, audit_verify};
use protocol::header::Role;
use protocol::{PrincipalId, WorkspaceId};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Shorter than the time after which a gateway looks without having heard anything.
const AT_ONCE: Duration = Duration::from_secs(4);

/// Two gateways before the same kernels, a workspace, and somebody who may edit it.
struct Pair {
    one: World,
    other: World,
    owner: Client,
    editor: Client,
    editor_id: PrincipalId,
    workspace: WorkspaceId,
}

impl Pair {
    async fn new() -> Self {
        let one = World::on_postgres().await;
        // A gateway that starts takes the first link of an earlier one back.
        let owner = one.owner().await;
        let other = one.twin().await;
        let workspace = one.workspace(&owner).await;
        let (editor, editor_id) =
            one.person(&owner, "Grace", Some((&workspace, Role::Editor))).await;
        Self { one, other, owner, editor, editor_id, workspace }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}{rest}", self.workspace)
    }

    /// A channel of the editor through the other gateway, which has greeted.
    async fn channel(&self) -> Channel {
        self.channel_of(&self.editor).await
    }

    async fn channel_of(&self, client: &Client) -> Channel {
        let client = client.clone().at(&self.other);
        let stream = TcpStream::connect(self.other.address).await.unwrap();
        let request = client.websocket(&self.path("/ws"));
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        assert!(socket.next().await.unwrap().is_ok());
        Channel(socket)
    }

    fn member(&self) -> String {
        self.path(&format!("/members/{}", self.editor_id))
    }
}

struct Channel(WebSocketStream<TcpStream>);

impl Channel {
    /// How long it takes to its end.
    async fn ends(mut self) -> Duration {
        let start = Instant::now();
        let ending = async {
            while self.0.next().await.is_some_and(|it| it.is_ok_and(|it| !it.is_close())) {}
        };
        timeout(DEADLINE, ending).await.expect("the channel ends");
        start.elapsed()
    }

    /// Asserts that it goes on.
    async fn goes_on(&mut self) {
        self.0.send(Message::text("still here")).await.unwrap();
        let answer = timeout(DEADLINE, self.0.next()).await.unwrap();
        assert_eq!(answer.unwrap().unwrap(), Message::text("still here"));
    }
}

#[tokio::test]
async fn each_gateway_answers_for_every_workspace_and_person() {
    let it = Pair::new().await;
    let owner = it.owner.clone().at(&it.other);
    let list = owner.get("/api/v1/workspaces").await.json();
    assert_eq!(list[0]["id"], it.workspace.as_str());
    assert_eq!(owner.get(&it.path("/state")).await.status, 200);
    let second = it.other.workspace(&owner).await;
    let state = format!("/api/v1/workspaces/{second}/state");
    assert_eq!(it.owner.get(&state).await.status, 200);
    // Each has a command line of its own.
    assert_eq!(it.one.program().get("/api/v1/me").await.status, 200);
    assert_eq!(it.other.program().get("/api/v1/me").await.status, 200);
}

// covers: S0.10, S0.55
#[tokio::test]
async fn what_is_taken_away_at_one_ends_at_the_other_at_once() {
    let it = Pair::new().await;
    let editor = it.editor.clone().at(&it.other);

    let channel = it.channel().await;
    let role = json!({"role": "viewer"});
    assert_eq!(it.owner.send("PATCH", &it.member(), Some(role)).await.status, 200);
    assert!(channel.ends().await < AT_ONCE, "another role");
    let write = editor.send("PUT", &it.path("/files/a"), Some(json!({}))).await;
    assert_eq!(write.status, 403);

    let channel = it.channel().await;
    assert_eq!(it.owner.send("DELETE", &it.member(), None).await.status, 204);
    assert!(channel.ends().await < AT_ONCE, "no role");
    assert_eq!(editor.get(&it.path("/state")).await.status, 404);

    let me = editor.get("/api/v1/me").await;
    assert_eq!(me.status, 200);
    assert_eq!(it.editor.send("POST", "/api/v1/leave", None).await.status, 204);
    let gone = async { while editor.get("/api/v1/me").await.status != 401 {} };
    timeout(AT_ONCE, gone).await.expect("signed out at the other gateway too");
}

// covers: S0.10
#[tokio::test]
async fn whoever_is_faster_than_the_news_keeps_what_was_opened_with_the_new_role() {
    // What was told last is told once more, as if it were heard only now.
    const AGAIN: &str = "INSERT INTO changes (seq, gateway, change, time_ms)
        SELECT seq + 1, gateway, change, time_ms FROM changes ORDER BY seq DESC LIMIT 1";
    let it = Pair::new().await;
    let added = it.one.account(&it.owner, "alan").await;
    let body = json!({"login_name": "alan", "role": "viewer"});
    let answer = it.owner.send("POST", &it.path("/members"), Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = added.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let seat = it.path(&format!("/members/{id}"));
    for (index, next) in [Some("editor"), Some("owner"), Some("viewer"), None].iter().enumerate() {
        let (mut channel, witness) = (it.channel_of(&added).await, it.channel().await);
        it.one.execute(&[AGAIN]).await;
        // What is told after it is felt at the other gateway, and so it was felt too.
        let role = ["viewer", "editor"][index % 2];
        let body = json!({ "role": role });
        assert_eq!(it.owner.send("PATCH", &it.member(), Some(body)).await.status, 200);
        witness.ends().await;
        channel.goes_on().await;
        let (method, body) = match next {
            Some(role) => ("PATCH", Some(json!({ "role": role }))),
            None => ("DELETE", None),
        };
        assert!(it.owner.send(method, &seat, body).await.status < 300);
        assert!(channel.ends().await < AT_ONCE, "{next:?}");
    }
    assert_eq!(added.at(&it.other).get(&it.path("/state")).await.status, 404);
}

#[tokio::test]
async fn a_preview_that_was_granted_at_one_opens_once_at_the_other() {
    let it = Pair::new().await;
    let asked = it.owner.send("POST", &it.path("/preview/grant"), Some(json!({"path": "/"}))).await;
    let url = asked.json()["url"].as_str().unwrap().to_owned();
    let ports = (it.one.address.port().to_string(), it.other.address.port().to_string());
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let host = host.replace(&ports.0, &ports.1);
    let open = async || {
        let browser = it.other.stranger().with("host", &host);
        browser.get(&format!("/{path}")).await.headers.contains_key("set-cookie")
    };
    assert!(open().await, "{url}");
    assert!(!open().await, "a grant is good once");
}

#[tokio::test]
async fn a_deleted_workspace_ends_at_every_gateway() {
    let it = Pair::new().await;
    let channel = it.channel().await;
    assert_eq!(it.owner.send("DELETE", &it.path(""), None).await.status, 204);
    assert!(channel.ends().await < AT_ONCE);
    let owner = it.owner.clone().at(&it.other);
    assert_eq!(owner.get(&it.path("")).await.status, 404);
}

#[tokio::test]
async fn what_was_told_while_nobody_listened_is_felt_all_the_same() {
    let it = Pair::new().await;
    let channel = it.channel().await;
    // Every connection to the database breaks, those that listen too.
    let cut = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    it.one.execute(&[cut]).await;
    let remove = async || it.owner.send("DELETE", &it.member(), None).await.status;
    // A connection that broke in the middle of a request is told.
    let removed = async { while ![204, 404].contains(&remove().await) {} };
    timeout(DEADLINE, removed).await.unwrap();
    it.one.execute(&[cut]).await;
    channel.ends().await;
    let editor = it.editor.clone().at(&it.other);
    let refused = async { while editor.get(&it.path("/state")).await.status != 404 {} };
    timeout(DEADLINE, refused).await.unwrap();
}

#[tokio::test]
async fn one_is_killed_and_the_others_go_on_and_clear_up() {
    // The outcome of what came before may still be on its way.
    const OPEN_WRITES: &str =
        "SELECT COUNT(*) FROM audit_open JOIN audit USING (seq) WHERE verb = 'file.write'";
    let home = World::on_postgres().await;
    let owner = home.owner().await;
    let (killed, left) = (home.twin().await, home.twin().await);
    let id = home.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    // A change at the gateway that is killed goes on for ever, and another workspace is half made.
    let at_killed = owner.clone().at(&killed);
    let never = format!("{path}/files/never");
    let waiting = at_killed.begin("PUT", &never, None);
    tokio::pin!(waiting);
    let mut watch = home.watch().await;
    tokio::select! {
        _ = &mut waiting => panic!("it never answers"),
        () = watch.until(OPEN_WRITES, 1) => {}
    }
    let half = WorkspaceId::from_random(stdx::random::bits());
    home.execute(&[&format!(
        "INSERT INTO workspaces (id, name, source, owner, phase, created_at_ms, opened_at_ms, gateway)
         SELECT '{half}', 'half', 'empty', owner, 'creating', 1, 1,
                (SELECT o.gateway FROM audit_open o JOIN audit USING (seq) WHERE verb = 'file.write')
         FROM workspaces"
    )])
    .await;
    // Another one that starts leaves it alone as long as its gateway runs.
    let late = home.twin().await;
    watch.until("SELECT COUNT(*) FROM workspaces WHERE phase = 'creating'", 1).await;
    watch.until("SELECT COUNT(*) FROM gateways", 4).await;
    killed.kill();
    for gateway in [&left, &late] {
        let owner = owner.clone().at(gateway);
        let write = owner.send("PUT", &format!("{path}/files/a"), Some(json!({}))).await;
        assert_eq!(write.status, 200, "{}", write.text());
    }
    // As if it had been silent for long.
    home.execute(&["UPDATE gateways SET seen_at_ms = 0
                    WHERE id = (SELECT gateway FROM workspaces WHERE phase = 'creating')"])
        .await;
    watch.until("SELECT COUNT(*) FROM workspaces WHERE phase = 'creating'", 0).await;
    watch.until("SELECT COUNT(*) FROM audit_open", 0).await;
    watch.until("SELECT COUNT(*) FROM audit WHERE outcome = 'unknown'", 1).await;
    watch.until("SELECT COUNT(*) FROM gateways", 3).await;
    late.stop().await;
    watch.until("SELECT COUNT(*) FROM gateways", 2).await;
}

// covers: S0.53
#[tokio::test]
async fn the_audit_chain_of_several_gateways_is_one() {
    let it = Pair::new().await;
    let clients = [it.owner.clone(), it.owner.clone().at(&it.other)];
    let writes = (0..40).map(|index| {
        let (client, path) = (&clients[index % 2], it.path(&format!("/files/{index}")));
        async move { client.send("PUT", &path, Some(json!({}))).await.status }
    });
    let mut refused = join_all(writes).await;
    refused.retain(|it| *it != 200);
    assert!(refused.is_empty(), "a busy server lets wait and does not refuse: {refused:?}");
    it.other.stop().await;
    let rows = it.one.audit_rows().await;
    let written = rows.iter().filter(|it| it.starts_with("file.write")).count();
    assert_eq!(written, 80, "each with its outcome");
    let report = audit_verify(&it.one.database_url, None, &[], |_| {}).await.unwrap();
    assert!(matches!(report, AuditReport::Whole { .. }), "{report:?}");
}
