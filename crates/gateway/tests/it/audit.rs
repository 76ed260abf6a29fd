//! The audit log, and what happens when it cannot be written.

use crate::world::World;
use gateway::{AuditReport, audit_verify};
use serde_json::json;
use sqlx::{AnyConnection, Connection, Row};

// covers: S0.86
#[tokio::test]
async fn what_is_done_is_written_down_in_a_chain() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    owner.send("PUT", &format!("{path}/files/secret.txt?x=1"), Some(json!({}))).await;
    owner.send("POST", &format!("{path}/session/start"), None).await;
    owner.get(&format!("{path}/tree")).await;
    let mut verbs = rows(&world).await;
    assert!(verbs.remove(0).starts_with("login.create login_"));
    assert_eq!(
        verbs,
        [
            "workspace.create empty begun",
            "workspace.create empty ok",
            "file.write /files/secret.txt forwarded",
            "session.start /session/start forwarded",
        ]
    );
    let report = audit_verify(&world.database_url()).await.unwrap();
    assert!(matches!(report, AuditReport::Whole { rows: 5, .. }), "{report:?}");
}

#[tokio::test]
async fn a_row_that_was_changed_or_removed_is_found() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.workspace(&owner).await;
    world.execute(&["UPDATE audit SET principal = 'usr_other' WHERE seq = 2"]).await;
    let report = audit_verify(&world.database_url()).await.unwrap();
    assert_eq!(report, AuditReport::Broken { seq: 2 });
    world.execute(&["DELETE FROM audit WHERE seq = 1"]).await;
    let report = audit_verify(&world.database_url()).await.unwrap();
    assert_eq!(report, AuditReport::Broken { seq: 1 });
}

// covers: S0.54
#[tokio::test]
async fn while_the_database_is_locked_nothing_changes_and_reading_goes_on() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    let mut lock = AnyConnection::connect(&world.database_url()).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();

    let write = owner.send("PUT", &format!("{path}/files/a"), Some(json!({}))).await;
    assert_eq!((write.status, write.code().as_str()), (503, "unavailable"));
    let rename = owner.send("PATCH", &path, Some(json!({"name": "x"}))).await;
    assert_eq!(rename.status, 503);
    assert_eq!(owner.get(&format!("{path}/tree")).await.status, 200);
    assert_eq!(owner.get(&path).await.json()["name"], "w");

    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    let write = owner.send("PUT", &format!("{path}/files/a"), Some(json!({}))).await;
    assert_eq!(write.status, 200);
}

// covers: S0.54
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
    let mut connection = AnyConnection::connect(&world.database_url()).await.unwrap();
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
