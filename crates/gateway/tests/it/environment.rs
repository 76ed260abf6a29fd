//! Variables and secrets: who sets them, who sees what of them, and which kernels are given them.

use crate::world::{Client, World};
use protocol::WorkspaceId;
use protocol::header::Role;
use serde_json::{Value, json};

const SECRET: &str = "hunter2-hunter3";

struct It {
    world: World,
    owner: Client,
    workspace: WorkspaceId,
}

impl It {
    async fn new() -> Self {
        let world = World::new().await;
        let owner = world.owner().await;
        let workspace = world.workspace(&owner).await;
        Self { world, owner, workspace }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}/{rest}", self.workspace)
    }

    async fn set(&self, client: &Client, name: &str, body: Value) -> (u16, Value) {
        let path = self.path(&format!("environment/{name}"));
        let answer = client.send("PUT", &path, Some(body)).await;
        (answer.status, answer.json())
    }

    async fn set_secret(&self, name: &str, value: &str) {
        let body = json!({"value": value, "kind": "secret"});
        assert_eq!(self.set(&self.owner, name, body).await.0, 200);
    }

    async fn person(&self, name: &str, role: Role) -> (Client, String) {
        let (client, id) =
            self.world.person(&self.owner, name, Some((&self.workspace, role))).await;
        (client, id.to_string())
    }

    /// What is news to a kernel that had `last`. Every connection begins with what is set, and the
    /// gateway opens one of its own now and then to follow the kernel's audit log.
    fn news(&self, last: &str) -> Vec<String> {
        let mut given = self.given();
        given.retain(|it| it != last);
        given.dedup();
        given
    }

    /// What kernels were given since the last call: whose, and `NAME=value`.
    fn given(&self) -> Vec<String> {
        let given = std::mem::take(&mut *self.world.provider.given.lock().unwrap());
        let shown = |it: &Value| {
            let all = it["variables"].as_array().unwrap().iter();
            let all = all.map(|it| format!("{}={}", text(&it["name"]), text(&it["value"])));
            let whose = it["person"].as_str().unwrap_or("workspace").to_owned();
            format!("{whose}: {}", all.collect::<Vec<_>>().join(" "))
        };
        given.iter().map(shown).collect()
    }

    fn is_awake(&self) -> bool {
        self.world.provider.stored.lock().unwrap()[&self.workspace]
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

// covers: S2.33, S2.34
#[tokio::test]
async fn a_secret_is_set_by_the_owner_named_to_editors_and_shown_to_nobody() {
    let it = It::new().await;
    let (editor, _) = it.person("Grace", Role::Editor).await;
    let (viewer, _) = it.person("Vera", Role::Viewer).await;
    it.set_secret("API_KEY", SECRET).await;
    let plain = json!({"value": "production", "kind": "plain", "uses": ["dev_server"]});
    it.set(&it.owner, "NODE_ENV", plain).await;
    for client in [&it.owner, &editor] {
        let shown = client.get(&it.path("environment")).await;
        assert!(!shown.text().contains("hunter"), "{}", shown.text());
        let all = shown.json();
        let names: Vec<_> = all["variables"].as_array().unwrap().iter().collect();
        assert_eq!((text(&names[0]["name"]), &names[0]["value"]), ("API_KEY", &Value::Null));
        assert_eq!(names[0]["uses"], json!(["terminals", "dev_server", "agents", "setup"]));
        assert_eq!(
            (text(&names[1]["value"]), &names[1]["uses"]),
            ("production", &json!(["dev_server"]))
        );
        assert_eq!(names[1]["updated_by"]["name"], "Ada");
        assert!(0 < all["changed_at_ms"].as_u64().unwrap());
    }
    let may = async |client: &Client| {
        client.get(&it.path("environment")).await.json()["may_change"].as_bool()
    };
    assert_eq!((may(&it.owner).await, may(&editor).await), (Some(true), Some(false)));
    assert_eq!(viewer.get(&it.path("environment")).await.status, 403);
    let body = json!({"value": "x", "kind": "plain"});
    assert_eq!(it.set(&editor, "X", body.clone()).await.0, 403);
    assert_eq!(it.set(&viewer, "X", body).await.0, 403);
    let stored = it.world.stored().await;
    assert!(!stored.contains("hunter") && !stored.contains("production"));
    // What is written down: the name.
    assert!(stored.contains("environment.set") && stored.contains("API_KEY"));
}

#[tokio::test]
async fn a_secret_is_changed_in_place_and_never_becomes_plain() {
    let it = It::new().await;
    it.set_secret("KEY", SECRET).await;
    let (status, _) = it.set(&it.owner, "KEY", json!({"kind": "secret", "uses": ["agents"]})).await;
    assert_eq!(status, 200);
    it.owner.get(&it.path("state")).await;
    assert_eq!(it.news(""), [format!("workspace: KEY={SECRET}")], "the value stays");
    let (status, body) = it.set(&it.owner, "KEY", json!({"kind": "plain"})).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("conflict")));
    it.set(&it.owner, "MODE", json!({"kind": "plain", "value": "was plain"})).await;
    assert_eq!(it.set(&it.owner, "MODE", json!({"kind": "secret"})).await.0, 200);
    let shown = it.owner.get(&it.path("environment")).await.text();
    assert!(!shown.contains("was plain"), "{shown}");
    assert!(it.given().last().unwrap().contains("MODE=was plain"));
}

#[tokio::test]
async fn bad_names_and_values_are_refused_with_a_reason_and_without_the_value() {
    let it = It::new().await;
    let too_long = "hunter2".repeat(5000);
    for (name, value, part) in [
        ("PATH", "hunter2", "reserved"),
        ("LD_PRELOAD", "hunter2", "reserved"),
        ("PORT", "hunter2", "reserved"),
        ("STEAD_X", "hunter2", "Stead's own"),
        ("9X", "hunter2", "a name has letters"),
        ("A%20B", "hunter2", "a name has letters"),
        ("A", "hunter2\0", "zero byte"),
        ("A", &too_long, "longer than"),
    ] {
        let (status, body) =
            it.set(&it.owner, name, json!({"value": value, "kind": "plain"})).await;
        let message = text(&body["error"]["message"]).to_owned();
        assert_eq!(status, 400, "{name}: {message}");
        assert!(message.contains(part) && !message.contains("hunter2"), "{message}");
    }
    let (status, body) = it.set(&it.owner, "A", json!({"value": "x", "kind": "hunter2"})).await;
    assert_eq!(status, 400);
    assert!(!body.to_string().contains("hunter2"), "{body}");
    assert_eq!(it.set(&it.owner, "A", json!({"kind": "plain"})).await.0, 400);
    let missing = it.owner.send("DELETE", &it.path("environment/NONE"), None).await;
    assert_eq!(missing.status, 404);
    let large = "x".repeat(32 * 1024);
    for index in 0..3 {
        let body = json!({"value": large, "kind": "plain"});
        assert_eq!(it.set(&it.owner, &format!("L{index}"), body).await.0, 200);
    }
    let (status, body) = it.set(&it.owner, "L3", json!({"value": large, "kind": "plain"})).await;
    assert_eq!((status, &body["error"]["code"]), (413, &json!("too_large")));
}

#[tokio::test]
async fn kernels_are_given_what_is_set_when_they_wake_and_when_it_changes() {
    let it = It::new().await;
    it.set_secret("KEY", "first-value").await;
    assert!(it.given().is_empty() && !it.is_awake(), "a kernel that sleeps is left asleep");
    it.owner.get(&it.path("state")).await;
    assert_eq!(it.news(""), ["workspace: KEY=first-value"]);
    it.set_secret("KEY", "second-value").await;
    assert_eq!(it.news("workspace: KEY=first-value"), ["workspace: KEY=second-value"]);
    let gone = it.owner.send("DELETE", &it.path("environment/KEY"), None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(it.news("workspace: KEY=second-value"), ["workspace: "]);
    it.owner.send("POST", &it.path("terminals"), Some(json!({"name": "x"}))).await;
    assert!(it.news("workspace: ").is_empty(), "the kernel has the newest");
}

#[tokio::test]
async fn a_persons_own_go_where_that_person_starts_something_and_leave_with_them() {
    let it = It::new().await;
    let (editor, id) = it.person("Grace", Role::Editor).await;
    let body = json!({"value": "graces-own", "kind": "secret"});
    let set = editor.send("PUT", "/api/v1/me/environment/TOKEN", Some(body)).await;
    assert_eq!((set.status, set.json()["may_change"].as_bool()), (200, Some(true)));
    let shown = it.owner.get("/api/v1/me/environment").await.json();
    assert_eq!(shown["variables"], json!([]), "nobody sees another person's");
    it.owner.send("POST", &it.path("terminals"), Some(json!({"name": "a"}))).await;
    editor.get(&it.path("state")).await;
    assert!(it.given().is_empty(), "looking is no reason");
    editor.send("POST", &it.path("terminals"), Some(json!({"name": "b"}))).await;
    assert_eq!(it.news(""), [format!("{id}: TOKEN=graces-own")]);
    let body = json!({"value": "another-one", "kind": "secret"});
    editor.send("PUT", "/api/v1/me/environment/TOKEN", Some(body)).await;
    let last = format!("{id}: TOKEN=another-one");
    assert_eq!(it.news(&format!("{id}: TOKEN=graces-own")), std::slice::from_ref(&last));
    it.owner.send("DELETE", &it.path(&format!("members/{id}")), None).await;
    let mut told = Vec::new();
    while told.is_empty() {
        tokio::task::yield_now().await;
        told = it.news(&last);
    }
    assert_eq!(told, [format!("{id}: ")]);
}

#[tokio::test]
async fn a_restarted_gateway_has_everything_and_a_kernel_in_anothers_place_is_given_it() {
    let it = It::new().await;
    it.set_secret("KEY", SECRET).await;
    let body = json!({"value": "adas-own", "kind": "plain"});
    it.owner.send("PUT", "/api/v1/me/environment/MINE", Some(body)).await;
    it.owner.send("POST", &it.path("terminals"), Some(json!({"name": "x"}))).await;
    let mut given = it.given();
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 2, "{given:?}");
    let It { world, owner, workspace } = it;
    let cookie = owner.headers["cookie"].clone();
    let world = world.restart().await;
    let owner = world.stranger().with("cookie", cookie.to_str().unwrap()).with_origin();
    let it = It { world, owner, workspace };
    it.owner.get(&it.path("state")).await;
    assert_eq!(it.news(""), [format!("workspace: KEY={SECRET}")]);
    it.owner.send("POST", &it.path("terminals"), Some(json!({"name": "x"}))).await;
    let given = it.news(&format!("workspace: KEY={SECRET}"));
    assert!(given.len() == 1 && given[0].ends_with(": MINE=adas-own"), "{given:?}");
}

#[tokio::test]
async fn a_value_that_was_moved_in_the_database_is_not_given_to_anybody() {
    let it = It::new().await;
    it.set_secret("KEY", SECRET).await;
    it.world.execute(&["UPDATE environment SET kind = 'plain'"]).await;
    let shown = it.owner.get(&it.path("environment")).await;
    assert_eq!(shown.status, 500);
    assert!(!shown.text().contains("hunter") && shown.text().contains("tampered"));
    it.world.execute(&["UPDATE environment SET kind = 'secret', name = 'NODE_OPTIONS'"]).await;
    assert_eq!(it.owner.get(&it.path("state")).await.status, 503);
    assert!(it.given().is_empty());
}

#[tokio::test]
async fn a_text_is_shown_before_it_is_taken_over() {
    let it = It::new().await;
    it.set(&it.owner, "NODE_ENV", json!({"value": "test", "kind": "plain"})).await;
    it.set(&it.owner, "SAME", json!({"value": "same", "kind": "plain"})).await;
    let text = "NODE_ENV=production\nSAME=same\nexport API_KEY='hunter2'\nPATH=/x\nURL=\"a\nb\"\n";
    let path = it.path("environment/import");
    let import = async |body: Value| it.owner.send("POST", &path, Some(body)).await;
    let shown = import(json!({"text": text})).await;
    let expected = json!({
        "entries": [
            {"name": "NODE_ENV", "kind": "plain", "change": "changed"},
            {"name": "SAME", "kind": "plain", "change": "unchanged"},
            {"name": "API_KEY", "kind": "secret", "change": "added"},
            {"name": "URL", "kind": "plain", "change": "added"},
        ],
        "problems": [
            {"line": 4, "message": "`PATH` is reserved: it belongs to the workspace's shells"}
        ],
    });
    assert_eq!(shown.json(), expected);
    let names = async || {
        let all = it.owner.get(&it.path("environment")).await.json();
        let all = all["variables"].as_array().unwrap().clone();
        all.iter().map(|it| format!("{}:{}", it["name"], it["kind"])).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names().await, r#""NODE_ENV":"plain" "SAME":"plain""#, "nothing was changed");
    let kinds = json!({"URL": "secret"});
    let done = import(json!({"text": text, "apply": true, "kinds": kinds})).await;
    assert_eq!(done.json()["entries"][3]["kind"], "secret");
    assert_eq!(
        names().await,
        r#""API_KEY":"secret" "NODE_ENV":"plain" "SAME":"plain" "URL":"secret""#
    );
    it.owner.get(&it.path("state")).await;
    let given = it.given();
    assert!(
        given[0].contains("API_KEY=hunter2 NODE_ENV=production SAME=same URL=a\nb"),
        "{given:?}"
    );
}

#[tokio::test]
async fn git_credentials_are_kept_and_given_without_their_token_being_shown() {
    let it = It::new().await;
    let path = "/api/v1/me/git-credentials/GitHub.com";
    let body = json!({"username": "ada", "token": "ghp_hunter2"});
    let set = it.owner.send("PUT", path, Some(body)).await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(set.json()["credentials"][0]["host"], "github.com");
    assert!(!set.text().contains("hunter"));
    let renamed = it.owner.send("PUT", path, Some(json!({"username": "lovelace"}))).await;
    assert_eq!(renamed.json()["credentials"][0]["username"], "lovelace");
    it.owner.send("POST", &it.path("terminals"), Some(json!({"name": "x"}))).await;
    let given = std::mem::take(&mut *it.world.provider.given.lock().unwrap());
    let expected = json!([{"host": "github.com", "username": "lovelace", "token": "ghp_hunter2"}]);
    assert_eq!(given[0]["credentials"], expected);
    for (host, body) in [
        ("no%20host", json!({"username": "a", "token": "b"})),
        ("a.example", json!({"username": "", "token": "b"})),
        ("a.example", json!({"username": "a"})),
        ("a.example", json!({"username": "a", "token": "b\nc"})),
    ] {
        let path = format!("/api/v1/me/git-credentials/{host}");
        assert_eq!(it.owner.send("PUT", &path, Some(body)).await.status, 400);
    }
    assert_eq!(it.owner.send("DELETE", path, None).await.status, 204);
    assert_eq!(it.owner.send("DELETE", path, None).await.status, 404);
}
