//! The routes of files against a real directory, as a client uses and misuses them.

mod content;
mod escape;
mod live;
mod tree;

use super::*;
use crate::http::caller::Caller;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use protocol::header::Role;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use tower::ServiceExt;

/// Here no documents are open.
impl axum::extract::FromRef<Files> for Writing {
    fn from_ref(files: &Files) -> Self {
        Self { files: files.clone(), documents: None }
    }
}

/// A workspace with a secret beside it.
struct World {
    directory: tempfile::TempDir,
    files: Files,
    router: Router,
    told: Arc<Mutex<Vec<String>>>,
}

/// An answer, read whole.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl World {
    fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    fn at(directory: tempfile::TempDir) -> Self {
        let root = directory.path().join("workspace");
        fs::create_dir_all(&root).unwrap();
        fs::write(directory.path().join("secret"), "the secret").unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        let files = Files::open(&root, None, move |it| {
            let by = it.author.by().principal.unwrap_or_default();
            tell.lock().unwrap().push(format!("{it} by {by}"));
        })
        .unwrap();
        let caller = Caller {
            name: None,
            principal: Some("ann".to_owned()),
            role: Role::Editor,
            operator: None,
            request_id: None,
            preview_origin: None,
        };
        let router = router().with_state(files.clone()).layer(axum::Extension(caller));
        Self { directory, files, router, told }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("workspace").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names in a directory of the workspace, sorted.
    fn names(&self, name: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(name))
            .unwrap()
            .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn link(&self, target: &str, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(Method::try_from(method).unwrap()).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], "").await
    }

    async fn put(&self, name: &str, headers: &[(&str, &str)], text: &str) -> Answer {
        self.send("PUT", &format!("/api/v1/files/{name}"), headers, text.to_owned()).await
    }

    async fn delete(&self, name: &str) -> Answer {
        self.send("DELETE", &format!("/api/v1/files/{name}"), &[], "").await
    }

    async fn post(&self, route: &str, body: serde_json::Value) -> Answer {
        self.send("POST", &format!("/api/v1/fs/{route}"), &[], body.to_string()).await
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The error's code, or `ok`.
    fn code(&self) -> String {
        if self.status.is_success() {
            return "ok".to_owned();
        }
        let code = self.json()["error"]["code"].as_str().unwrap_or("none").to_owned();
        format!("{} {code}", self.status.as_u16())
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}
