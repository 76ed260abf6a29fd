//! The audit log: what is in it, and what happens when it cannot be written.

use crate::world::World;
use gateway::{AuditReport, audit_verify};
use protocol::audit::KernelEntry;
use serde_json::json;
use sqlx::{AnyConnection, Connection, Row};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

// covers: S0.52, S0.86
#[tokio::test]
async fn what_is_done_is_written_down_with_its_outcome_in_a_chain() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    owner.send("PUT", &format!("{path}/files/a%20b/secret.txt?x=1"), Some(json!({}))).await;
    let paths = json!({"from": "a/b", "to": "c"});
    owner.send("POST", &format!("{path}/fs/rename"), Some(paths.clone())).await;
    owner.send("POST", &format!("{path}/fs/copy"), Some(paths)).await;
    owner.send("POST", &format!("{path}/session/run"), None).await;
    owner.send("POST", &format!("{path}/session/run"), None).await;
    owner.send("POST", &format!("{path}/processes/7/signal"), Some(json!({"signal": "INT"}))).await;
    *world.provider.refuse.lock().unwrap() = Some("connect");
    world.provider.stored.lock().unwrap().clear();
    owner.get(&format!("{path}/tree")).await;
    let mut rows = world.audit_rows().await;
    assert!(rows.remove(0).starts_with("login.create login_"));
    assert_eq!(
        rows,
        [
            "workspace.create empty begun",
            "workspace.create empty ok",
            r#"file.write a b/secret.txt begun {"bytes":2}"#,
            r#"file.write a b/secret.txt ok {"bytes":2}"#,
            r#"file.rename a/b begun {"to":"c"}"#,
            r#"file.rename a/b ok {"to":"c"}"#,
            r#"file.copy a/b begun {"to":"c"}"#,
            r#"file.copy a/b ok {"to":"c"}"#,
            "session.start - begun",
            "session.start - ok",
            "session.start - begun",
            r#"session.start - refused {"status":409}"#,
            r#"process.signal 7 begun {"signal":"INT"}"#,
            r#"process.signal 7 ok {"signal":"INT"}"#,
        ]
    );
    let report = verify(&world, &[]).await;
    assert!(
        matches!(report, AuditReport::Whole { rows: 15, confirmed: Some(15), .. }),
        "{report:?}"
    );
}

#[tokio::test]
async fn an_outcome_that_nobody_heard_is_unknown() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let cookie = owner.headers["cookie"].to_str().unwrap();
    let port = world.address.port();
    let head = format!(
        "PUT /api/v1/workspaces/{id}/files/never HTTP/1.1\r\nHost: localhost:{port}\r\n\
         Origin: http://localhost:{port}\r\nCookie: {cookie}\r\nContent-Length: 4\r\n\r\nfour"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    rows_until(&world, "file.write never begun").await;
    drop(stream);
    let rows = rows_until(&world, "file.write never unknown").await;
    assert_eq!(rows.len(), 5, "{rows:?}");
    let world = world.restart().await;
    assert!(world.audit_rows().await.last().unwrap().contains("the client went away"));
}

// covers: S0.53
#[tokio::test]
async fn what_was_interrupted_is_found_by_the_next_start() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.workspace(&owner).await;
    world.stop().await;
    // As if the gateway had ended between the two rows of a change.
    world
        .execute(&["DELETE FROM audit WHERE seq = 3", "INSERT INTO audit_open (seq) VALUES (2)"])
        .await;
    std::fs::remove_file(world.directory.path().join("audit-head.json")).unwrap();
    let world = world.restart().await;
    let rows = world.audit_rows().await;
    let last = "workspace.create empty unknown {\"why\":\"the gateway ended before the answer\"}";
    assert_eq!(rows.last().unwrap(), last);
    assert!(matches!(verify(&world, &[]).await, AuditReport::Whole { rows: 3, .. }));
}

#[tokio::test]
async fn a_damaged_note_of_the_end_is_kept_and_a_check_does_not_pass_without_it() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.workspace(&owner).await;
    world.stop().await;
    let head = world.directory.path().join("audit-head.json");
    std::fs::write(&head, "{\"seq\": 4").unwrap();
    let world = world.restart().await;
    let kept = loop {
        let mut files = std::fs::read_dir(world.directory.path()).unwrap();
        let kept = files.find_map(|it| {
            let path = it.unwrap().path();
            path.to_string_lossy().contains("audit-head.damaged-").then_some(path)
        });
        if let Some(kept) = kept {
            break kept;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "{\"seq\": 4");
    // The gateway writes the file again; not over a directory.
    while std::fs::create_dir(&head).is_err() {
        std::fs::remove_file(&head).ok();
    }
    let owner = owner.at(&world);
    let checked = owner.send("POST", "/api/v1/audit/check", None).await.json();
    assert_eq!(checked["check"]["result"], json!({"kind": "failed"}), "{checked}");
}

// covers: S0.52
#[tokio::test]
async fn what_a_kernel_tells_becomes_one_row_each_over_restarts() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let entry = |number: u64| KernelEntry {
        number,
        time_ms: 7,
        session_id: None,
        principal: Some("usr_x".into()),
        operator: Some("browser".into()),
        verb: "terminal.detach".into(),
        object: Some(format!("t{number}")),
        details: json!({"typed_bytes": 3}).as_object().unwrap().clone(),
    };
    owner.get(&format!("/api/v1/workspaces/{id}/tree")).await;
    world.provider.outbox.send_replace(vec![entry(1), entry(2)]);
    rows_until(&world, "terminal.detach t2 ok").await;
    let world = world.restart().await;
    world.provider.outbox.send_replace(vec![entry(1), entry(2), entry(3)]);
    rows_until(&world, "terminal.detach t3 ok").await;
    let rows = world.audit_rows().await;
    let told = rows.iter().filter(|it| it.starts_with("terminal.detach"));
    assert_eq!(told.count(), 3, "{rows:?}");
    let workspaces = column(&world, "SELECT workspace AS it FROM audit WHERE time_ms = 7").await;
    assert_eq!(workspaces, vec![Some(id.to_string()); 3]);
}

#[tokio::test]
async fn a_row_that_was_changed_removed_or_cut_off_is_found() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.workspace(&owner).await;
    world.stop().await;
    let AuditReport::Whole { rows: 3, head, .. } = verify(&world, &[]).await else { panic!() };

    world.execute(&["DELETE FROM audit WHERE seq = 3"]).await;
    assert_eq!(verify(&world, &[]).await, AuditReport::Cut { rows: 2, expected: 3 });
    let world = world.restart().await;
    let rows = world.audit_rows().await;
    assert_eq!(rows.len(), 3);
    assert!(rows[2].starts_with(r#"audit.cut 3 failed {"expected_hash":"#), "{rows:?}");
    assert!(matches!(verify(&world, &[]).await, AuditReport::Whole { rows: 3, .. }));
    let known = [(3, head)];
    assert_eq!(verify(&world, &known).await, AuditReport::Rewritten { seq: 3 });

    world.execute(&["UPDATE audit SET principal = 'usr_other' WHERE seq = 2"]).await;
    assert_eq!(verify(&world, &[]).await, AuditReport::Broken { seq: 2 });
    world.execute(&["DELETE FROM audit WHERE seq = 1"]).await;
    assert_eq!(verify(&world, &[]).await, AuditReport::Broken { seq: 1 });
}

// covers: S0.53, S0.54
#[tokio::test]
async fn while_the_database_is_locked_nothing_changes_and_reading_goes_on() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    let mut lock = AnyConnection::connect(&world.database_url).await.unwrap();
    let (begin, hold) = if world.is_postgres() {
        ("BEGIN", "LOCK TABLE audit, audit_open IN EXCLUSIVE MODE")
    } else {
        ("BEGIN IMMEDIATE", "SELECT 1")
    };
    for statement in [begin, hold] {
        sqlx::query(statement).execute(&mut lock).await.unwrap();
    }

    let write = owner.send("PUT", &format!("{path}/files/a"), Some(json!({}))).await;
    assert_eq!((write.status, write.code().as_str()), (503, "unavailable"));
    assert_eq!(owner.get("/api/v1/audit/state").await.json()["writable"], false);
    let rename = owner.send("PATCH", &path, Some(json!({"name": "x"}))).await;
    assert_eq!(rename.status, 503);
    assert_eq!(owner.get(&format!("{path}/tree")).await.status, 200);
    assert_eq!(owner.get(&path).await.json()["name"], "w");
    // A channel opens all the same; its row is written when that is possible again.
    let stream = TcpStream::connect(world.address).await.unwrap();
    let terminal = owner.websocket(&format!("{path}/terminals/main"));
    tokio_tungstenite::client_async(terminal, stream).await.unwrap();

    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    let write = owner.send("PUT", &format!("{path}/files/a"), Some(json!({}))).await;
    assert_eq!(write.status, 200);
    let rows = world.audit_rows().await;
    let count = |start: &str| rows.iter().filter(|it| it.starts_with(start)).count();
    assert_eq!((count("file.write"), count("terminal.attach main ok")), (2, 1), "{rows:?}");
    assert_eq!(count("workspace.update"), 0);
}

// covers: S0.53, S0.54
#[tokio::test]
async fn without_an_audit_log_a_kernel_hears_of_no_change() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    world.execute(&["DROP TABLE audit"]).await;
    let path = format!("/api/v1/workspaces/{id}");
    let write = owner.send("PUT", &format!("{path}/files/a"), Some(json!({}))).await;
    assert_eq!(write.status, 503);
    let made = json!({"name": "w2", "source": {"kind": "empty"}});
    assert_eq!(owner.send("POST", "/api/v1/workspaces", Some(made)).await.status, 503);
    assert_eq!(owner.get("/api/v1/workspaces").await.json().as_array().unwrap().len(), 1);
}

/// Verb, object and outcome of every row.
pub(crate) async fn rows(world: &World) -> Vec<String> {
    let mut connection = AnyConnection::connect(&world.database_url).await.unwrap();
    let rows = sqlx::query("SELECT verb, object, outcome FROM audit ORDER BY seq")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let object: Option<String> = row.get("object");
            let (verb, outcome): (String, String) = (row.get("verb"), row.get("outcome"));
            format!("{verb} {} {outcome}", object.as_deref().unwrap_or("-"))
        })
        .collect()
}

async fn verify(world: &World, known: &[(u64, String)]) -> AuditReport {
    let head = world.directory.path().join("audit-head.json");
    audit_verify(&world.database_url, Some(&head), known, |_| {}).await.unwrap()
}

/// Every row as verb, object and outcome, once one of them is as wanted.
async fn rows_until(world: &World, wanted: &str) -> Vec<String> {
    let text = "SELECT verb || ' ' || COALESCE(object, '-') || ' ' || outcome AS it FROM audit";
    loop {
        let rows: Vec<String> = column(world, text).await.into_iter().flatten().collect();
        if rows.iter().any(|it| it == wanted) {
            return rows;
        }
        tokio::task::yield_now().await;
    }
}

async fn column(world: &World, text: &'static str) -> Vec<Option<String>> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&world.database_url).await.unwrap();
    let rows = sqlx::query(text).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|it| it.get("it")).collect()
}
