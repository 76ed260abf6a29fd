//! What the log says, and what it keeps to itself.

use crate::oidc::{Liar, SECRET, Way};
use crate::world::World;
use serde_json::json;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing::subscriber::set_default;
use tracing_subscriber::fmt::MakeWriter;

// covers: S0.82
#[tokio::test]
async fn the_log_has_no_stack_trace_and_no_secret() {
    let (log, guard) = Log::listen();
    let world = World::new().await;
    let grant = world.grant();
    world.stranger().with("accept", "text/html").get(&format!("/enter/{grant}")).await;
    let owner = world.owner().await;
    let cookie = owner.headers["cookie"].to_str().unwrap().split('=').nth(1).unwrap().to_owned();
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    owner.send("PUT", &format!("{path}/files/a?token=in-the-query"), Some(json!({}))).await;
    world.program().get(&format!("{path}/tree?path=in-the-query")).await;
    owner.get(&format!("/indexes/userspace/workspaces/{id}/preview/in-the-path")).await;
    owner.send("POST", &format!("{path}/preview/grant"), Some(json!({"port": 3000}))).await;
    owner.get("/api/v1/nothing").await;
    let asleep = world.workspace(&owner).await;
    *world.provider.refuse.lock().unwrap() = Some("connect");
    assert_eq!(owner.get(&format!("/api/v1/workspaces/{asleep}/state")).await.status, 503);
    drop(guard);

    let text = log.text();
    assert!(text.contains("route=/api/v1/workspaces/{id}/files/{*path}"), "{text}");
    for defect in ["panicked", "stack backtrace", " ERROR "] {
        assert!(!text.contains(defect), "{defect}: {text}");
    }
    for secret in [grant.as_str(), &cookie, &world.cli_token, "in-the-query", "in-the-path"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn the_log_has_nothing_of_what_a_provider_and_a_browser_exchange() {
    let (log, guard) = Log::listen();
    let scope = stdx::TaskScope::default();
    let liar = Liar::start(&scope).await;
    let world = World::with_oidc(vec![liar.settings()]).await;
    let mut secrets = vec![SECRET.to_owned(), "s3cret".to_owned()];
    for twist in ["true", "lie", "error"] {
        let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
        secrets.extend(["state", "nonce", "code_challenge"].map(|it| way.asked[it].clone()));
        let code = liar.code(&way, |it| {
            if twist == "lie" {
                it.claims["iss"] = json!("https://evil.example");
            }
            secrets.push(it.claims["email"].as_str().unwrap().to_owned());
        });
        secrets.push(code.clone());
        match twist {
            "error" => drop(way.arrive_with("error=server_error").await),
            _ => drop(way.arrive(&code).await),
        }
    }
    drop(guard);
    let text = log.text();
    for told in ["not_invited", "from another issuer", "`server_error`"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}: {text}");
    }
}

/// Lines of the log, kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps everything that is logged until the guard goes.
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        (log, set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
