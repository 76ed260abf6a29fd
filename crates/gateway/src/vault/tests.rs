//! Keys in files and in the configuration: first start, loss, change, and what is interrupted.

use super::rotate::rotate;
use super::*;
use crate::database::{Change, Owner, VariableRow, set_variable};
use crate::test_database;
use protocol::environment::{Use, VariableKind};
use protocol::{PrincipalId, WorkspaceId};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

struct World {
    directory: TempDir,
    url: String,
    database: Database,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = test_database::fresh(directory.path()).await;
        Self { database: Database::open(&url).await.unwrap(), directory, url }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("secret.key")
    }

    fn source(&self) -> SecretKey {
        SecretKey::File(self.path())
    }

    async fn vault(&self) -> Result<Vault, VaultError> {
        Vault::open(&self.database, self.source()).await
    }

    /// Seals `count` variables.
    async fn fill(&self, vault: &Vault, from: u32, count: u32) {
        for index in from..from + count {
            let (owner, name) = (owner(), format!("KEY_{index}"));
            let mut write = self.database.write().await.unwrap();
            let value = format!("value {index}");
            let (key_id, sealed) =
                vault.seal(&mut write, place(&owner, &name), value.as_bytes()).await.unwrap();
            let (kind, uses) = (VariableKind::Secret, vec![Use::Agents]);
            let (size, updated_at_ms, updated_by) = (1, 1, None);
            let row =
                VariableRow { name, kind, uses, sealed, key_id, size, updated_at_ms, updated_by };
            let by = PrincipalId::from_random(1);
            let change = Change { owner: &owner, by: &by, now_ms: 1 };
            set_variable(&mut write, change, &row).await.unwrap();
            commit(write).await.unwrap();
        }
    }

    /// Opens everything; gives the keys that are in use.
    async fn check(&self, vault: &Vault, count: usize) -> Vec<String> {
        let owner = owner();
        let rows = self.database.variables(&owner).await.unwrap();
        assert_eq!(rows.len(), count);
        for row in &rows {
            let place = place(&owner, &row.name);
            let value = vault.unseal_text(place, &row.key_id, &row.sealed).await.unwrap();
            assert_eq!(value, row.name.replace("KEY_", "value "));
        }
        let mut keys: Vec<String> = rows.into_iter().map(|it| it.key_id).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    fn ring(&self) -> Ring {
        Ring::parse(&fs::read_to_string(self.path()).unwrap()).unwrap()
    }
}

fn owner() -> Owner {
    Owner::Workspace(WorkspaceId::from_random(1))
}

fn place<'a>(owner: &'a Owner, name: &'a str) -> Place<'a> {
    Place { table: "environment", owner: owner.as_str(), name, kind: "secret" }
}

#[tokio::test]
async fn the_first_start_makes_a_key_that_only_its_owner_reads() {
    let world = World::new().await;
    let vault = world.vault().await.unwrap();
    assert_eq!(fs::metadata(world.path()).unwrap().permissions().mode() & 0o777, 0o600);
    world.fill(&vault, 0, 3).await;
    let before = fs::read(world.path()).unwrap();
    let vault = world.vault().await.unwrap();
    assert_eq!(fs::read(world.path()).unwrap(), before);
    world.check(&vault, 3).await;
    let names: Vec<_> = fs::read_dir(world.directory.path()).unwrap().collect();
    assert!(names.iter().all(|it| !it.as_ref().unwrap().path().to_string_lossy().contains("key.")));
}

#[tokio::test]
async fn without_its_key_or_with_another_one_nothing_starts_and_nothing_is_lost() {
    let world = World::new().await;
    world.fill(&world.vault().await.unwrap(), 0, 2).await;
    let needed = world.ring().newest().id.clone();
    let kept = fs::read(world.path()).unwrap();
    fs::remove_file(world.path()).unwrap();
    let error = world.vault().await.err().unwrap();
    assert!(matches!(&error, VaultError::Missing { key, .. } if *key == needed), "{error}");
    assert!(!world.path().exists(), "no key is made in its place");
    fs::write(world.path(), Ring::draw().to_text().expose()).unwrap();
    let error = world.vault().await.err().unwrap();
    assert!(matches!(&error, VaultError::Wrong { key, .. } if *key == needed), "{error}");
    fs::write(world.path(), "not a key").unwrap();
    let error = world.vault().await.err().unwrap();
    assert!(matches!(error, VaultError::File(KeyFileError::Invalid { .. })), "{error}");
    fs::write(world.path(), kept).unwrap();
    world.check(&world.vault().await.unwrap(), 2).await;
}

#[tokio::test]
async fn a_key_of_the_gateway_from_before_is_sealed() {
    let world = World::new().await;
    let vault = world.vault().await.unwrap();
    let mut write = world.database.write().await.unwrap();
    sqlx::query("INSERT INTO keys (name, secret, created_at_ms) VALUES ('old', $1, 1)")
        .bind("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .execute(&mut *write)
        .await
        .unwrap();
    commit(write).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.database.key(&vault, "old", 1).await.unwrap(), [0; 32]);
    }
    let row: (String, String) = {
        use sqlx::Row;
        let mut write = world.database.write().await.unwrap();
        let row = sqlx::query("SELECT secret, key_id FROM keys WHERE name = 'old'")
            .fetch_one(&mut *write)
            .await
            .unwrap();
        (row.get("secret"), row.get("key_id"))
    };
    assert!(!row.0.contains("AAAAAAAA") && row.1 == world.ring().newest().id);
}

#[tokio::test]
async fn a_rotation_seals_everything_anew_while_a_server_goes_on() {
    let world = World::new().await;
    let server = world.vault().await.unwrap();
    world.fill(&server, 0, 230).await;
    let key = world.database.key(&server, "preview", 1).await.unwrap();
    let done = rotate(&world.database, &world.source()).await.unwrap();
    assert_eq!((done.values, done.resumed), (231, false));
    assert_eq!(world.ring().ids(), std::slice::from_ref(&done.key));
    // The server has not been told.
    world.fill(&server, 230, 1).await;
    assert_eq!(world.check(&server, 231).await, std::slice::from_ref(&done.key));
    assert_eq!(world.database.key(&server, "preview", 1).await.unwrap(), key);
    assert_eq!(world.database.sealing_keys().await.unwrap(), [done.key]);
    let again = rotate(&world.database, &world.source()).await.unwrap();
    assert_eq!((again.values, again.resumed), (232, false));
    world.check(&world.vault().await.unwrap(), 231).await;
}

#[tokio::test]
async fn whatever_interrupts_a_rotation_the_next_one_finishes_it() {
    for stop in 0..3 {
        let world = World::new().await;
        let server = world.vault().await.unwrap();
        world.fill(&server, 0, 5).await;
        // As far as it came: the key in the file, its name in the database, some rows.
        let ring = world.ring().with_fresh_key();
        let new = ring.newest().id.clone();
        world.source().replace(&ring).await.unwrap();
        if 0 < stop {
            let mut write = world.database.write().await.unwrap();
            set_current_key(&mut write, &new, 2).await.unwrap();
            commit(write).await.unwrap();
        }
        if 1 < stop {
            // Sealed with the new key, as a change in between is.
            world.fill(&server, 1, 3).await;
        }
        let restarted = world.vault().await.unwrap();
        world.check(&restarted, 5).await;
        let done = rotate(&world.database, &world.source()).await.unwrap();
        assert!(done.resumed && done.key == new, "stopped after step {stop}");
        assert_eq!(done.values, if 1 < stop { 2 } else { 5 });
        assert_eq!(world.ring().ids(), std::slice::from_ref(&new));
        assert_eq!(world.check(&world.vault().await.unwrap(), 5).await, [new]);
    }
}

#[tokio::test]
async fn two_rotations_at_once_lose_nothing() {
    let world = World::new().await;
    let server = world.vault().await.unwrap();
    world.fill(&server, 0, 120).await;
    let source = world.source();
    let (one, two) =
        tokio::join!(rotate(&world.database, &source), rotate(&world.database, &source));
    // One may find rows that the other sealed with a newer key, and then gives up.
    assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
    let restarted = world.vault().await.unwrap();
    world.check(&restarted, 120).await;
    let last = rotate(&world.database, &source).await.unwrap();
    assert_eq!(world.ring().ids(), std::slice::from_ref(&last.key));
    assert_eq!(world.check(&world.vault().await.unwrap(), 120).await, [last.key]);
}

#[tokio::test]
async fn a_key_in_the_configuration_is_changed_by_a_second_one() {
    let world = World::new().await;
    let ring = Ring::draw();
    let given = |ring: &Ring| SecretKey::Given(ring.to_text());
    let server = Vault::open(&world.database, given(&ring)).await.unwrap();
    world.fill(&server, 0, 2).await;
    let refused = rotate(&world.database, &given(&ring)).await.unwrap_err();
    assert!(matches!(refused, RotateError::NeedsKey), "{refused}");
    let both = ring.with_fresh_key();
    let done = rotate(&world.database, &given(&both)).await.unwrap();
    assert_eq!((done.key, done.to_remove), (both.newest().id.clone(), ring.ids()));
    assert!(!world.path().exists());
    let only = both.only(&both.newest().id);
    world.check(&Vault::open(&world.database, given(&only)).await.unwrap(), 2).await;
}

#[tokio::test]
async fn what_a_lost_key_sealed_can_be_given_up() {
    let world = World::new().await;
    let vault = world.vault().await.unwrap();
    world.fill(&vault, 0, 2).await;
    let key = world.database.key(&vault, "preview", 1).await.unwrap();
    fs::remove_file(world.path()).unwrap();
    let report = secrets_reset(&world.url, &world.source()).await.unwrap();
    assert_eq!(report.lost.len(), 3, "{report:?}");
    assert!(report.lost.iter().any(|it| it.starts_with("KEY_0 of ws_")), "{report:?}");
    let vault = world.vault().await.unwrap();
    world.check(&vault, 0).await;
    assert_ne!(world.database.key(&vault, "preview", 1).await.unwrap(), key);
    let report = secrets_reset(&world.url, &world.source()).await.unwrap();
    assert_eq!(report.lost, Vec::<String>::new(), "what can be opened stays");
}
