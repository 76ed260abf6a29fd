//! A remote runtime that is slow, lies, or leads elsewhere.

use super::register;
use crate::world::World;
use std::sync::{Arc, Mutex};
use stdx::TaskScope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Says the same to whoever asks, and remembers what it was asked.
struct Liar {
    url: String,
    asked: Arc<Mutex<String>>,
    scope: TaskScope,
}

impl Liar {
    /// `None` never answers.
    async fn new(answer: Option<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/below", listener.local_addr().unwrap());
        let (asked, scope) = (Arc::<Mutex<String>>::default(), TaskScope::default());
        let heard = Arc::clone(&asked);
        scope.spawn("liar", async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                heard.lock().unwrap().push_str(&String::from_utf8_lossy(&request[..read]));
                if let Some(answer) = &answer {
                    drop(stream.write_all(answer).await);
                } else {
                    kept.push(stream);
                }
            }
        });
        Self { url, asked, scope }
    }

    async fn code(&self) -> String {
        let world = World::new().await;
        let owner = world.owner().await;
        let made = register(&owner, &self.url, "stead_secret-word").await;
        assert_eq!(made["status"], "unavailable", "{made}");
        let told = made.to_string();
        assert!(!told.contains("secret-word") && !told.contains("127.0.0.1"), "{told}");
        world.stop().await;
        self.scope.kill();
        made["diagnostics"][0]["code"].as_str().unwrap().to_owned()
    }
}

async fn code_of(answer: impl Into<Vec<u8>>) -> String {
    Liar::new(Some(answer.into())).await.code().await
}

fn body(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

// covers: S4.172
#[tokio::test]
async fn an_answer_that_is_none_is_told_by_its_code() {
    for (answer, code) in [
        (body("200 OK", "{}"), "remote_runtime_malformed_response"),
        (body("200 OK", "<html>"), "remote_runtime_malformed_response"),
        (body("401 No", "{}"), "remote_runtime_auth_failed"),
        (body("418 Tea", "{}"), "remote_runtime_http_rejected"),
        (body("501 No", "{}"), "remote_runtime_unsupported"),
        (body("500 Oh", "{}"), "remote_runtime_http_error"),
        ("nonsense\r\n\r\n".to_owned(), "remote_runtime_network_error"),
        (String::new(), "remote_runtime_network_error"),
    ] {
        assert_eq!(code_of(answer.clone()).await, code, "{answer}");
    }
}

#[tokio::test]
async fn nobody_is_led_elsewhere_and_the_token_goes_to_one_place() {
    let elsewhere = Liar::new(Some(body("200 OK", "{}").into_bytes())).await;
    let answer = format!(
        "HTTP/1.1 307 Go\r\nlocation: {}/v1/runtime\r\ncontent-length: 0\r\n\r\n",
        elsewhere.url
    );
    let liar = Liar::new(Some(answer.into_bytes())).await;
    assert_eq!(liar.code().await, "remote_runtime_http_rejected");
    assert_eq!(*elsewhere.asked.lock().unwrap(), "", "nobody came");
    let asked = liar.asked.lock().unwrap().clone();
    assert!(asked.contains("GET /below/v1/runtime HTTP/1.1"), "{asked}");
    assert!(asked.contains("Bearer stead_secret-word"));
    let lines = asked.lines().filter(|it| it.contains(" /below"));
    assert!(lines.into_iter().all(|it| !it.contains("secret-word")), "no secret in a URL");
    elsewhere.scope.kill();
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(17 * 1024 * 1024, b' ');
    assert_eq!(code_of(endless).await, "remote_runtime_malformed_response");
}

#[tokio::test]
async fn one_that_does_not_answer_is_waited_for_no_longer_than_ten_seconds() {
    let started = tokio::time::Instant::now();
    let liar = Liar::new(None).await;
    assert_eq!(liar.code().await, "remote_runtime_timeout");
    let waited = started.elapsed().as_secs();
    assert!((9..25).contains(&waited), "{waited} s");
}
