//! Machines that are emptied, as administrators start, see and stop it, and as the next gateway finds
//! it.

use crate::world::{Client, World};
use protocol::WorkspaceId;
use serde_json::{Value, json};

const MACHINE: &str = "mach_00000000000000000000000000";
const DRAIN: &str = "/api/v1/machines/mach_00000000000000000000000000/drain";

/// An administrator, somebody else, and a workspace on a machine that is not there.
struct Scene {
    world: World,
    admin: Client,
    bea: Client,
    workspace: WorkspaceId,
}

impl Scene {
    /// Whether the gateway's own machine takes new workspaces.
    async fn new(own_takes_new: bool) -> Self {
        let world = World::new_with(|it| it.takes_new_workspaces = own_takes_new).await;
        let admin = world.owner().await;
        let bea = world.account(&admin, "bea").await;
        let workspace = WorkspaceId::from_random(1);
        let machine = format!(
            "INSERT INTO machines (id, name, public_key, state, version, joined_at_ms, seen_at_ms,
             certificate_expires_at_ms) VALUES ('{MACHINE}', 'attic', '', 'joined', '', 1, 1, 1)"
        );
        world.execute(&[machine.as_str()]).await;
        Self { world, admin, bea, workspace }
    }

    async fn with_workspace(mut self) -> Self {
        self.workspace = self.world.workspace(&self.bea).await;
        let id = &self.workspace;
        let placed =
            format!("UPDATE workspaces SET machine = '{MACHINE}', epoch = 1 WHERE id = '{id}'");
        self.world.execute(&[placed.as_str()]).await;
        self
    }

    async fn phase(&self) -> Value {
        self.admin.get("/api/v1/machines").await.json()[0]["draining"].clone()
    }
}

// covers: S0.94
#[tokio::test]
async fn a_machine_with_nothing_on_it_is_empty_at_once() {
    let scene = Scene::new(false).await;
    let mut watch = scene.world.watch().await;
    assert_eq!(scene.admin.send("POST", DRAIN, Some(json!({}))).await.status, 202);
    watch.until("SELECT COUNT(*) AS n FROM drains WHERE state = 'done'", 1).await;
    let resumed = json!({"draining": false});
    let machine = format!("/api/v1/machines/{MACHINE}");
    assert_eq!(scene.admin.send("PATCH", &machine, Some(resumed)).await.status, 200);
    assert_eq!(scene.phase().await, false);
}

#[tokio::test]
async fn a_drain_is_seen_waits_for_its_machine_and_is_stopped_by_whoever_resumes_it() {
    let scene = Scene::new(true).await.with_workspace().await;
    for (method, body) in [("GET", None), ("POST", Some(json!({}))), ("DELETE", None)] {
        assert_eq!(scene.bea.send(method, DRAIN, body).await.status, 403, "{method}");
    }
    assert_eq!(scene.admin.get(DRAIN).await.json(), Value::Null);
    assert_eq!(scene.admin.send("DELETE", DRAIN, None).await.status, 409);
    let answer = scene.admin.send("POST", DRAIN, Some(json!({"stop": true}))).await;
    assert_eq!((answer.status, &answer.json()["state"]), (202, &json!("emptying")));
    assert_eq!(scene.phase().await, true);
    let mut watch = scene.world.watch().await;
    let waits = "SELECT COUNT(*) AS n FROM drains WHERE error LIKE '%does not answer%'";
    watch.until(waits, 1).await;
    let shown = scene.admin.get(DRAIN).await.json();
    let workspace = json!({"workspace": scene.workspace, "state": "waiting", "progress": null});
    assert_eq!((&shown["stop"], &shown["workspaces"]), (&json!(true), &json!([workspace])));

    let answer = scene.admin.send("DELETE", DRAIN, None).await;
    assert_eq!((answer.status, &answer.json()["state"]), (202, &json!("cancelled")));
    assert_eq!(scene.phase().await, true, "it still takes nothing new");
    assert_eq!(scene.admin.send("POST", DRAIN, Some(json!({}))).await.status, 202);
    let machine = format!("/api/v1/machines/{MACHINE}");
    let resumed = json!({"draining": false});
    assert_eq!(scene.admin.send("PATCH", &machine, Some(resumed)).await.status, 200);
    assert_eq!(scene.admin.get(DRAIN).await.json()["state"], "cancelled");
    let rows = scene.world.audit_rows().await;
    let done = |verb: &str| format!("{verb} {MACHINE} ok");
    let count = |verb: &str| rows.iter().filter(|it| it.starts_with(&done(verb))).count();
    let counts = ["machine.empty", "machine.empty_cancel", "machine.drain"].map(count);
    assert_eq!(counts, [2, 1, 1], "{rows:?}");
}

#[tokio::test]
async fn with_no_other_machine_a_full_one_is_not_drained() {
    let scene = Scene::new(false).await;
    // Where no machine takes new ones, none can be made any more.
    let owner = scene.admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let there = format!(
        "INSERT INTO workspaces (id, name, source, owner, phase, created_at_ms, opened_at_ms,
         gateway, machine, epoch) VALUES ('{}', 'site', 'empty', '{owner}', 'ready', 1, 1, '',
         '{MACHINE}', 1)",
        scene.workspace
    );
    scene.world.execute(&[there.as_str()]).await;
    let answer = scene.admin.send("POST", DRAIN, Some(json!({}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "capacity"));
    assert!(answer.text().contains("no other machine has room"), "{}", answer.text());
    assert_eq!(scene.phase().await, false);
    assert_eq!(scene.admin.get(DRAIN).await.json(), Value::Null);
}

#[tokio::test]
async fn the_next_gateway_goes_on_with_a_drain() {
    let scene = Scene::new(true).await;
    let by = scene.admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let row = format!(
        "INSERT INTO drains (machine, state, stop, error, running, started_by, started_at_ms,
         changed_at_ms, gateway) VALUES ('{MACHINE}', 'emptying', 0, NULL, '[]', '{by}', 1, 1, 'gone')"
    );
    scene.world.execute(&[row.as_str()]).await;
    let world = scene.world.restart().await;
    let mut watch = world.watch().await;
    watch.until("SELECT COUNT(*) AS n FROM drains WHERE state = 'done'", 1).await;
    let rows = world.audit_rows().await;
    assert!(rows.iter().any(|it| it.starts_with("machine.emptied")), "{rows:?}");
}

#[tokio::test]
async fn a_workspace_is_placed_anew_by_administrators_and_only_where_a_copy_answers() {
    let scene = Scene::new(true).await.with_workspace().await;
    let path = format!("/api/v1/workspaces/{}/copies", scene.workspace);
    assert_eq!(scene.bea.get(&path).await.status, 403);
    let body = json!({"machine": null, "other_copies_are_gone": true});
    assert_eq!(scene.bea.send("POST", &path, Some(body.clone())).await.status, 403);
    let shown = scene.admin.get(&path).await.json();
    assert_eq!((&shown["machine"], &shown["epoch"]), (&json!(MACHINE), &json!(1)));
    let answers: Vec<_> =
        shown["places"].as_array().unwrap().iter().map(|it| &it["answers"]).collect();
    assert_eq!(answers, [false, false], "neither the kernels of a test nor a lost machine do");
    let answer = scene.admin.send("POST", &path, Some(body.clone())).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "conflict"));
    let unknown = format!("/api/v1/workspaces/{}/copies", WorkspaceId::from_random(7));
    assert_eq!(scene.admin.send("POST", &unknown, Some(body)).await.status, 404);
    let unchanged = "SELECT COUNT(*) AS n FROM workspaces WHERE epoch = 1";
    scene.world.watch().await.until(unchanged, 1).await;
}

#[tokio::test]
async fn copies_set_aside_are_for_administrators_and_nothing_is_deleted_where_nobody_answers() {
    let scene = Scene::new(true).await.with_workspace().await;
    let at = |place: &str| format!("/api/v1/workspaces/{}/copies/{place}", scene.workspace);
    assert_eq!(scene.bea.get("/api/v1/copies").await.status, 403);
    assert_eq!(scene.bea.send("DELETE", &at("gateway"), None).await.status, 403);
    let nothing = json!({"copies": [], "silent": []});
    assert_eq!(scene.admin.get("/api/v1/copies").await.json(), nothing, "no machine was asked");

    let placed_anew = format!(
        "INSERT INTO audit (seq, time_ms, workspace, verb, object, outcome, hash)
         VALUES (1000, 5, '{}', 'workspace.place_anew', '', 'ok', '')",
        scene.workspace
    );
    scene.world.execute(&[placed_anew.as_str()]).await;
    let shown = scene.admin.get("/api/v1/copies").await.json();
    assert_eq!(shown, json!({"copies": [], "silent": [null, MACHINE]}));

    let there = scene.admin.send("DELETE", &at(MACHINE), None).await;
    assert_eq!((there.status, there.code().as_str()), (409, "conflict"), "it is looked for there");
    for unknown in ["attic", "mach_x"] {
        assert_eq!(scene.admin.send("DELETE", &at(unknown), None).await.status, 404, "{unknown}");
    }
    let silent = scene.admin.send("DELETE", &at("gateway"), None).await;
    assert!(!(200..300).contains(&silent.status), "{}", silent.text());
    let rows = scene.world.audit_rows().await;
    let own = "workspace.delete_copy the gateway's own machine";
    for outcome in ["begun", "failed"] {
        let expected = format!("{own} {outcome}");
        assert!(rows.iter().any(|it| it.starts_with(&expected)), "{expected}: {rows:?}");
    }
}
