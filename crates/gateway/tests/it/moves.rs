//! Moves between machines as people start, see and stop them, and as the next gateway finds them.

use crate::world::{Client, World};
use protocol::WorkspaceId;
use serde_json::{Value, json};

const MACHINE: &str = "mach_00000000000000000000000000";

/// An administrator, a workspace of somebody else, and a machine that is not there.
struct Scene {
    world: World,
    admin: Client,
    bea: Client,
    workspace: WorkspaceId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let admin = world.owner().await;
        let bea = world.account(&admin, "bea").await;
        let workspace = world.workspace(&bea).await;
        let machine = format!(
            "INSERT INTO machines (id, name, public_key, state, version, joined_at_ms, seen_at_ms,
             certificate_expires_at_ms) VALUES ('{MACHINE}', 'attic', '', 'joined', '', 1, 1, 1)"
        );
        world.execute(&[machine.as_str()]).await;
        Self { world, admin, bea, workspace }
    }

    fn path(&self) -> String {
        format!("/api/v1/workspaces/{}/move", self.workspace)
    }

    /// A move that some gateway carries out.
    async fn under_way(&self, phase: &str, gateway: &str) {
        let row = format!(
            "INSERT INTO moves (workspace, id, source, target, phase, bytes_done, bytes_total,
             left_out, error, cancelled, started_at_ms, changed_at_ms, gateway)
             VALUES ('{}', 'move_00000000000000000000000000', '', '{MACHINE}', '{phase}', 4, 8, 0,
             NULL, 0, 1, 1, '{gateway}')",
            self.workspace
        );
        self.world.execute(&[row.as_str()]).await;
    }
}

#[tokio::test]
async fn a_move_that_a_machine_refuses_goes_back_and_says_why() {
    let scene = Scene::new().await;
    let body = json!({"machine": MACHINE});
    assert_eq!(scene.bea.send("POST", &scene.path(), Some(body.clone())).await.status, 403);
    assert_eq!(scene.bea.get(&scene.path()).await.json(), Value::Null);
    let mut watch = scene.world.watch().await;
    let answer = scene.admin.send("POST", &scene.path(), Some(body)).await;
    assert_eq!((answer.status, &answer.json()["phase"]), (202, &json!("preparing")));
    // The other machine may have something to delete; that nobody can be asked for now.
    watch.until("SELECT COUNT(*) AS n FROM moves WHERE phase = 'abandoning'", 1).await;
    assert_eq!(scene.admin.send("DELETE", &scene.path(), None).await.status, 409);
    scene.world.execute(&["UPDATE machines SET state = 'removed'"]).await;
    watch.until("SELECT COUNT(*) AS n FROM moves WHERE phase = 'failed'", 1).await;
    let shown = scene.bea.get(&scene.path()).await.json();
    assert_eq!((&shown["from"], &shown["to"]), (&Value::Null, &json!(MACHINE)));
    assert!(shown["error"].as_str().unwrap().contains("cannot be moved"), "{shown}");
    assert_eq!(scene.admin.get("/api/v1/moves").await.json(), json!([shown]));
    assert_eq!(scene.bea.get("/api/v1/moves").await.status, 403);
    let rows = scene.world.audit_rows().await;
    let verbs = |verb: &str| rows.iter().filter(|it| it.contains(verb)).count();
    assert_eq!((verbs("workspace.moved"), verbs("workspace.move ")), (1, 2), "{rows:?}");
}

#[tokio::test]
async fn where_it_cannot_go_is_said_at_once() {
    let scene = Scene::new().await;
    let unknown = format!("/api/v1/workspaces/{}/move", WorkspaceId::from_random(7));
    let to = |machine: Value| Some(json!({"machine": machine}));
    for (path, machine, status) in [
        (scene.path(), json!(null), 409),
        (scene.path(), json!("mach_00000000000000000000000001"), 404),
        (unknown, json!(MACHINE), 404),
        ("/api/v1/workspaces/x/move".to_owned(), json!(MACHINE), 404),
    ] {
        let answer = scene.admin.send("POST", &path, to(machine.clone())).await;
        assert_eq!(answer.status, status, "{path} {machine}");
    }
    scene.world.execute(&["UPDATE machines SET state = 'draining'"]).await;
    let answer = scene.admin.send("POST", &scene.path(), to(json!(MACHINE))).await;
    assert_eq!(answer.status, 409);
    scene.world.execute(&["UPDATE machines SET state = 'removed'"]).await;
    let answer = scene.admin.send("POST", &scene.path(), to(json!(MACHINE))).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn while_it_moves_it_is_neither_moved_nor_deleted_and_can_be_cancelled() {
    let scene = Scene::new().await;
    scene.under_way("copying", "another").await;
    let body = json!({"machine": MACHINE});
    assert_eq!(scene.admin.send("POST", &scene.path(), Some(body)).await.status, 409);
    let workspace = format!("/api/v1/workspaces/{}", scene.workspace);
    assert_eq!(scene.bea.send("DELETE", &workspace, None).await.code(), "conflict");
    assert_eq!(scene.bea.send("DELETE", &scene.path(), None).await.status, 403);
    let answer = scene.admin.send("DELETE", &scene.path(), None).await;
    assert_eq!((answer.status, &answer.json()["cancelled"]), (202, &json!(true)));
    scene.world.execute(&["UPDATE moves SET phase = 'clearing'"]).await;
    assert_eq!(scene.admin.send("DELETE", &scene.path(), None).await.status, 409);
    assert_eq!(scene.bea.send("DELETE", &workspace, None).await.status, 204);
}

#[tokio::test]
async fn the_next_gateway_goes_on_with_a_move() {
    let scene = Scene::new().await;
    // Whoever began it is gone, and what it left has no way forward.
    scene.under_way("copying", "gone").await;
    let world = scene.world.restart().await;
    let mut watch = world.watch().await;
    watch.until("SELECT COUNT(*) AS n FROM moves WHERE phase = 'abandoning'", 1).await;
    let home = "SELECT COUNT(*) AS n FROM workspaces WHERE machine <> '' OR epoch <> 0";
    watch.until(home, 0).await;
}
