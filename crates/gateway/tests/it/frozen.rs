//! A PostgreSQL that stands still with its connections open: nothing answers and nothing closes.

use crate::database;
use crate::world::{Client, World};
use futures_util::StreamExt;
use protocol::WorkspaceId;
use protocol::header::Role;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Longer than the gateway waits for an answer and for a connection that comes back to its pool.
const PATIENCE: Duration = Duration::from_secs(90);

/// What stands before the PostgreSQL.
struct Door {
    /// Whether answers pass. Those that do not wait here.
    passes: watch::Sender<bool>,
    /// When the second of these follows the first on one connection, nothing passes from then on.
    trap: Mutex<Option<[String; 2]>>,
    /// Connections that are open when it opens again stay as they are, as behind a firewall that
    /// has forgotten them.
    forgets: AtomicBool,
}

impl Door {
    /// The door, and the URL of an empty database behind it.
    async fn open(scope: &TaskScope) -> (Arc<Self>, String) {
        let url = database::postgres().await;
        let (server, name) = url.rsplit_once('/').unwrap();
        let (user, server) = server.rsplit_once('@').unwrap();
        let server: SocketAddr = server.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{user}@{}/{name}", listener.local_addr().unwrap());
        let trap = Mutex::default();
        let (passes, forgets) = (watch::Sender::new(true), AtomicBool::new(false));
        let door = Arc::new(Self { passes, trap, forgets });
        let (this, tasks) = (Arc::clone(&door), scope.clone());
        scope.spawn("door", async move {
            while let Ok((client, _)) = listener.accept().await {
                let this = Arc::clone(&this);
                tasks.spawn("connection", async move {
                    let server = TcpStream::connect(server).await.unwrap();
                    this.carry(client, server).await;
                });
            }
        });
        (door, url)
    }

    async fn carry(&self, mut client: TcpStream, mut server: TcpStream) {
        let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let asking = async {
            let mut armed = false;
            while let Ok(count @ 1..) = from_client.read(&mut asked).await {
                self.spring(&asked[..count], &mut armed);
                if to_server.write_all(&asked[..count]).await.is_err() {
                    break;
                }
            }
        };
        let answering = async {
            while let Ok(count @ 1..) = from_server.read(&mut answered).await {
                let mut passes = self.passes.subscribe();
                let stood = !*passes.borrow();
                passes.wait_for(|it| *it).await.unwrap();
                if stood && self.forgets.load(Ordering::Acquire) {
                    std::future::pending::<()>().await;
                }
                if to_client.write_all(&answered[..count]).await.is_err() {
                    break;
                }
            }
        };
        // A client that is gone is gone for the server too, also while nothing passes.
        tokio::select! {
            () = asking => {}
            () = answering => {}
        }
    }

    fn spring(&self, asked: &[u8], armed: &mut bool) {
        let mut trap = self.trap.lock().unwrap();
        let Some([about, statement]) = &*trap else { return };
        let has = |text: &str| asked.windows(text.len()).any(|at| at == text.as_bytes());
        *armed |= has(about);
        if *armed && has(statement) {
            *trap = None;
            self.passes.send_replace(false);
        }
    }

    /// From the next such statement on nothing answers, if what it is about was said before.
    fn freeze_at(&self, about: &str, statement: &str) {
        *self.trap.lock().unwrap() = Some([about, statement].map(ToOwned::to_owned));
    }

    fn thaw(&self) {
        self.passes.send_replace(true);
    }
}

struct Frozen {
    scope: TaskScope,
    door: Arc<Door>,
    world: World,
    owner: Client,
    workspace: WorkspaceId,
}

impl Frozen {
    async fn new() -> Self {
        let scope = TaskScope::default();
        let (door, url) = Door::open(&scope).await;
        let world = World::on(url).await;
        let owner = world.owner().await;
        let workspace = world.workspace(&owner).await;
        Self { scope, door, world, owner, workspace }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}{rest}", self.workspace)
    }

    async fn rename(&self, name: &str) -> (u16, String) {
        let answer = self.owner.send("PATCH", &self.path(""), Some(json!({"name": name}))).await;
        (answer.status, answer.text())
    }

    /// Renames until that is done: it goes on by itself.
    async fn goes_on(&self) {
        let done = async {
            while self.rename("after").await.0 != 200 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, done).await.expect("it goes on by itself");
        assert_eq!(self.owner.get(&self.path("")).await.json()["name"], "after");
    }

    async fn end(self) {
        self.world.stop().await;
        // The door itself waits for connections for ever.
        let _ended = self.scope.shutdown(Duration::ZERO).await;
    }
}

// covers: S0.53, S0.54
#[tokio::test]
async fn a_change_without_an_answer_is_told_as_unknown_and_everything_goes_on() {
    let it = Frozen::new().await;
    it.door.freeze_at("unknown-name", "COMMIT");
    let (status, said) = timeout(PATIENCE, it.rename("unknown-name")).await.expect("an answer");
    assert_eq!(status, 503, "{said}");
    assert!(said.contains("look before you try again"), "{said}");
    let (status, said) = timeout(PATIENCE, it.rename("refused")).await.expect("an answer");
    assert_eq!(status, 503, "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    it.door.thaw();
    it.goes_on().await;
    it.end().await;
}

#[tokio::test]
async fn a_question_without_an_answer_is_refused_and_everything_goes_on() {
    let it = Frozen::new().await;
    it.door.freeze_at("registry_only", "SELECT");
    let tokens = timeout(PATIENCE, it.owner.get("/api/v1/tokens")).await.expect("an answer");
    assert_eq!(tokens.status, 503, "{}", tokens.text());
    it.door.thaw();
    it.goes_on().await;
    it.end().await;
}

#[tokio::test]
async fn connections_that_never_answer_again_are_replaced() {
    let it = Frozen::new().await;
    it.door.forgets.store(true, Ordering::Release);
    it.door.freeze_at("unknown-name", "COMMIT");
    let (status, said) = timeout(PATIENCE, it.rename("unknown-name")).await.expect("an answer");
    assert_eq!(status, 503, "{said}");
    it.door.thaw();
    it.goes_on().await;
    it.end().await;
}

#[tokio::test]
async fn a_role_that_was_taken_away_without_an_answer_ends_what_it_allowed() {
    let it = Frozen::new().await;
    let editor = Some((&it.workspace, Role::Editor));
    let (editor, id) = it.world.person(&it.owner, "Grace", editor).await;
    let stream = TcpStream::connect(it.world.address).await.unwrap();
    let request = editor.websocket(&it.path("/ws"));
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    assert!(socket.next().await.unwrap().is_ok());

    it.door.freeze_at(id.as_str(), "COMMIT");
    let member = it.path(&format!("/members/{id}"));
    let removed = timeout(PATIENCE, it.owner.send("DELETE", &member, None)).await.unwrap();
    assert_eq!(removed.status, 503, "{}", removed.text());
    assert!(removed.text().contains("look before"), "{}", removed.text());
    it.door.thaw();
    // The PostgreSQL had kept it. The answer said that nobody knew, and now everybody does.
    let ending =
        async { while socket.next().await.is_some_and(|it| it.is_ok_and(|it| !it.is_close())) {} };
    timeout(PATIENCE, ending).await.expect("the channel ends");
    assert_eq!(editor.get(&it.path("/state")).await.status, 404);
    it.end().await;
}
