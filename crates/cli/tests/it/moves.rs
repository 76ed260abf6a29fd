//! A workspace moves between two real machines that are killed meanwhile.

use crate::machine::{Machine, machines};
use crate::runtime::{Runtime, TOKEN};
use crate::world::{World, eventually};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::moving::MovePhase;
use protocol::transfer::{Answer, Step};
use provider::moving::{Moving, Outcome, Place, Progress, Watch, after, before};
use provider::{
    Address, BoxedStream, HttpProvider, KernelStatus, PortError, Provider, ProviderError,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stdx::noise::Noise;
use stdx::{Secret, TaskScope};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// A machine whose process is killed now and then while it is asked something.
struct Mortal {
    runtime: Mutex<Runtime>,
    asks: HttpProvider,
    noise: Mutex<Noise>,
    /// One step in so many.
    dies: usize,
}

impl Mortal {
    fn new(runtime: Runtime, seed: u64, dies: usize, scope: &TaskScope) -> Arc<Self> {
        let dial = Address::parse(&runtime.url(), None).unwrap();
        let bearer = Some(Secret::new(TOKEN.to_owned()));
        let asks = HttpProvider::new(Arc::new(dial), bearer, Duration::from_secs(5), scope);
        let (runtime, noise) = (Mutex::new(runtime), Mutex::new(Noise::new(seed)));
        Arc::new(Self { runtime, asks, noise, dies })
    }

    fn place(&self, id: &WorkspaceId) -> PathBuf {
        self.runtime.lock().unwrap().data().join("workspaces").join(id.body())
    }

    fn has(&self, id: &WorkspaceId) -> bool {
        self.place(id).exists()
    }
}

#[async_trait]
impl Provider for Mortal {
    async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        let asking = self.asks.transfer(id, by, step, bytes);
        let moment = {
            let mut noise = self.noise.lock().unwrap();
            (noise.below(self.dies) == 0).then(|| noise.below(30_000) as u64)
        };
        let Some(moment) = moment else { return asking.await };
        // The moment is by chance; whatever the step has come to by then has to do.
        let answer = tokio::time::timeout(Duration::from_micros(moment), asking).await;
        let mut runtime = self.runtime.lock().unwrap();
        runtime.kill();
        runtime.restart();
        let late = |_| Err(ProviderError::Unavailable("killed".to_owned()));
        answer.unwrap_or_else(late)
    }

    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.asks.create(id).await
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        self.asks.exists(id).await
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.asks.remove(id).await
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        self.asks.connect(id).await
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        self.asks.connect_port(id, port).await
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        self.asks.status().await
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.asks.health().await
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.asks.deaths()
    }
}

struct Nobody;

#[async_trait]
impl Watch for Nobody {
    async fn told(&self, _: Progress) -> bool {
        true
    }
}

/// Mode, owner, time and contents, by path.
type Everything = BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)>;

/// Everything that is kept of the files, by path; owners from the range's first on.
fn everything(place: &Path) -> Everything {
    let base = fs::metadata(place.join("files")).unwrap().uid();
    let mut found = BTreeMap::new();
    let mut waiting = vec![place.join("files"), place.join("home")];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let contents = if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
            Vec::new()
        } else if meta.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if meta.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let within = path.strip_prefix(place).unwrap().to_owned();
        let time = (meta.mtime(), meta.mtime_nsec());
        found.insert(within, (meta.mode(), meta.uid() - base, time.0, time.1, contents));
    }
    found
}

fn assert_same(before: &Everything, after: &Everything) {
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (path, kept) in before {
        assert!(after.get(path) == Some(kept), "{} is another", path.display());
    }
}

/// A document that somebody has written into.
async fn write_document(world: &World, id: &str) {
    let uri =
        format!("ws://{}/indexes/userspace/collab/workspaces/{id}/files/notes.md", world.address());
    let mut request = uri.into_client_request().unwrap();
    let token = format!("bearer.{}", world.token());
    request.headers_mut().insert("sec-websocket-protocol", token.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let first = socket.next().await.unwrap().unwrap();
    let first: Value = serde_json::from_str(first.to_text().unwrap()).unwrap();
    let update = json!({"type": "update", "version": first["version"],
        "content": "one\ntwo\n"});
    socket.send(Message::text(update.to_string())).await.unwrap();
    let _answer = socket.next().await.unwrap().unwrap();
    socket.close(None).await.unwrap();
    eventually("the document is written", || {
        (world.run(id, "cat notes.md").1 == "one\ntwo\n").then_some(())
    });
}

/// Moves of one run of the test: one that comes there, and one that is cancelled.
const SEEDS: u64 = 1;

const FILL: &str = "mkdir -p a/deep locked && head -c 9000000 /dev/urandom > large && \
    printf 'x' > a/deep/x && chmod 751 a/deep/x && ln -s /etc/passwd out && ln -s gone a/dangling \
    && mkfifo pipe && printf 'c' > locked/c && chmod 400 locked/c && chmod 555 locked && \
    printf 'one\\n' > notes.md && printf 'home' > ~/kept && git init -q . && git add -A && \
    git -c user.name=a -c user.email=a@b commit -qm first && touch -d 2001-02-03 a/deep/x";

/// Moves a workspace, killing as it goes; where it ends, and on which machine.
async fn run(seed: u64) {
    let scope = TaskScope::default();
    let (from, to) = (Runtime::worker(&[]), Runtime::worker(&[]));
    let mut world = World::behind(&from, &[]);
    let id = world.running("traveller");
    assert_eq!(world.run(&id, FILL), (0, String::new()));
    write_document(&world, &id).await;
    let history = |world: &World| world.get(&id, "document-history/notes.md");
    let history_before = history(&world);
    assert!(history_before.as_object().is_some(), "{history_before}");
    let commit = world.run(&id, "git log --format=%H");

    let mut noise = Noise::new(seed);
    let dies = 3 + noise.below(8);
    let workspace = WorkspaceId::parse(&id).unwrap();
    let from = Mortal::new(from, seed * 2, dies, &scope);
    let to = Mortal::new(to, seed * 2 + 1, dies, &scope);
    let moving = Moving {
        id: MoveId::from_random(stdx::random::bits()),
        workspace: workspace.clone(),
        from: Ok(from.clone()),
        to: Ok(to.clone()),
    };
    let (mut phase, mut place) = (MovePhase::Preparing, Place::Source);
    let cancels = seed.is_multiple_of(2);
    let mut before_it = None;
    for _ in 0..500 {
        if phase.is_over() {
            break;
        }
        let cancelled = cancels && matches!(phase, MovePhase::Verifying | MovePhase::Starting);
        if let Some(next) = before(phase, cancelled && noise.below(2) == 0) {
            phase = next;
            continue;
        }
        if phase == MovePhase::Copying && before_it.is_none() {
            before_it = Some(everything(&from.place(&workspace)));
            let refused = from.connect(&workspace).await.map(drop);
            assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
        }
        // The gateway is killed amid a phase, or right after it.
        let patience = Duration::from_millis(if noise.below(4) == 0 { 20 } else { 60_000 });
        let performed = tokio::time::timeout(patience, moving.perform(phase, &Nobody)).await;
        if let Ok(outcome) = performed
            && noise.below(6) != 0
        {
            assert!(!matches!(outcome, Outcome::Refused(_)), "{phase:?} {outcome:?}");
            if let Some((next, placed)) = after(phase, cancels, &outcome) {
                (phase, place) = (next, placed.unwrap_or(place));
            }
        }
        assert!(from.has(&workspace) || to.has(&workspace));
    }
    let (here, gone) = if place == Place::Target { (&to, &from) } else { (&from, &to) };
    assert!(
        phase.is_over() && here.has(&workspace) && !gone.has(&workspace),
        "{phase:?} {place:?}"
    );
    assert_same(&before_it.unwrap(), &everything(&here.place(&workspace)));
    let address = here.runtime.lock().unwrap().for_clients();
    world.kill();
    world.set_environment(address);
    world.restart();
    assert_eq!(history(&world), history_before);
    world.say(&["start", &id]);
    assert_eq!(world.run(&id, "git log --format=%H"), commit);
    assert_eq!(world.run(&id, "git status --porcelain notes.md"), (0, " M notes.md\n".to_owned()));
    scope.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_amid_a_move_a_workspace_is_whole_on_one_machine() {
    for seed in 1..=SEEDS {
        println!("seed {seed}");
        run(seed).await;
    }
}

/// How the last move of a workspace is.
fn last_move(world: &World, id: &str) -> Value {
    world.get(id, "move")
}

/// Moves a workspace while the gateway, with its own machine, and the other machine are killed.
fn kill_amid(world: &mut World, machine: &mut Machine, id: &str, (to, seed): (&Value, u64)) {
    let path = format!("/api/v1/workspaces/{id}/move");
    let (status, answer) =
        world.api("POST", &path, Some(&json!({"machine": to, "stop": true}))).unwrap();
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&answer));
    let mut noise = Noise::new(seed);
    for _ in 0..5 {
        let before = last_move(world, id);
        if noise.below(2) == 0 {
            world.kill();
            world.restart();
        } else {
            machine.kill();
            machine.start();
        }
        // The next one dies when something has come of this.
        eventually("the move goes on", || {
            let now = last_move(world, id);
            let is_new = now["changed_at_ms"] != before["changed_at_ms"];
            (now.is_object() && (is_new || now["phase"] == "done")).then_some(())
        });
    }
    eventually("the move is over", || {
        let now = last_move(world, id);
        assert!(now["phase"] != "failed" && now["phase"] != "cancelled", "{now}");
        (now["phase"] == "done").then_some(())
    });
}

#[test]
fn a_move_goes_on_when_gateway_and_machine_are_killed_and_comes_back_again() {
    let mut world = World::start(&[]);
    let id = world.running("traveller");
    assert_eq!(world.run(&id, FILL), (0, String::new()));
    let body = WorkspaceId::parse(&id).unwrap().body().to_owned();
    let look =
        "git log --format=%H; cat large a/deep/x notes.md ~/kept | sha256sum; ls -lR --full-time";
    let looked = world.run(&id, look);
    let mut machine = Machine::join(&world);
    let there = machines(&world)[0]["id"].clone();
    kill_amid(&mut world, &mut machine, &id, (&there, 1));
    assert!(machine.bodies().contains(&body) && !world.bodies().contains(&body));
    world.say(&["start", &id]);
    assert_eq!(world.run(&id, look), looked);
    kill_amid(&mut world, &mut machine, &id, (&Value::Null, 2));
    assert!(!machine.bodies().contains(&body) && world.bodies().contains(&body));
    world.say(&["start", &id]);
    assert_eq!(world.run(&id, look), looked);
    // There is nothing left to be cancelled, and the command line says how it went.
    let output = world.stead(&["move", &id, "--to", machines(&world)[0]["name"].as_str().unwrap()]);
    assert!(!output.status.success(), "a session runs");
    world.say(&["move", &id, "--stop", "--to", machines(&world)[0]["name"].as_str().unwrap()]);
    assert!(machine.bodies().contains(&body) && !world.bodies().contains(&body));
}
