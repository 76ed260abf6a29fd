//! Shares as visitors, owners and intruders meet them, with a real app behind.

mod attacks;
mod gate;
mod life;
mod manage;
mod shapes;

use crate::preview::Preview;
use crate::world::{Answer, Client};
use http::header::{COOKIE, HOST};
use protocol::header::Role;
use protocol::id::ShareId;
use protocol::{PrincipalId, share};
use serde_json::{Value, json};

/// A workspace in which an app runs, whose owner `ada` shares it.
struct Shared {
    preview: Preview,
}

impl Shared {
    async fn new() -> Self {
        let preview = Preview::new().await;
        let this = Self { preview };
        this.preview.world.execute(&["UPDATE principals SET login_name = 'ada'"]).await;
        this
    }

    fn path(&self) -> String {
        format!("/api/v1/workspaces/{}/shares", self.preview.workspace)
    }

    async fn try_share(&self, body: Value) -> Answer {
        self.preview.owner.send("POST", &self.path(), Some(body)).await
    }

    /// Makes a share; the answer says its address.
    async fn share(&self, body: Value) -> Value {
        let answer = self.try_share(body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    async fn change(&self, share: &Value, body: Value) -> Answer {
        let path = format!("{}/{}", self.path(), share["id"].as_str().unwrap());
        self.preview.owner.send("PATCH", &path, Some(body)).await
    }

    async fn end(&self, share: &Value) {
        let path = format!("{}/{}", self.path(), share["id"].as_str().unwrap());
        let answer = self.preview.owner.send("DELETE", &path, None).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// The share as its owner sees it now.
    async fn seen(&self, share: &Value) -> Value {
        let all = self.preview.owner.get(&self.path()).await.json();
        let mut all = all.as_array().unwrap().iter();
        all.find(|it| it["id"] == share["id"]).unwrap().clone()
    }

    /// A browser that nobody is signed in with, at the gateway.
    fn browser(&self) -> Client {
        self.preview.world.stranger().with("accept", "text/html")
    }

    /// A client of the share's own origin.
    fn at(&self, share: &Value) -> Client {
        self.preview.world.stranger().with(HOST.as_str(), &self.host(share))
    }

    fn host(&self, share: &Value) -> String {
        let id = ShareId::parse(share["id"].as_str().unwrap()).unwrap();
        format!("{}.localhost:{}", share::label(&id), self.preview.world.address.port())
    }

    /// A browser that was let in at an address, with its cookie, at the share's origin.
    async fn visitor(&self, share: &Value) -> Client {
        self.arrive(share, &self.browser().get(path_of(&share["url"])).await).await
    }

    /// Follows a gate's answer to the share's origin.
    async fn arrive(&self, share: &Value, sent: &Answer) -> Client {
        assert_eq!(sent.status, 303, "{}", sent.text());
        let origin = format!("http://{}", self.host(share));
        let link = sent.header("location").strip_prefix(&origin).unwrap();
        let swapped = self.at(share).get(link).await;
        assert_eq!(swapped.status, 303, "{}", swapped.text());
        self.at(share).with(COOKIE.as_str(), &swapped.cookie())
    }

    /// Somebody with an account and this user name, who is no member; a browser of theirs.
    async fn somebody(&self, name: &str) -> (Client, PrincipalId) {
        let world = &self.preview.world;
        let (client, id) = world.person(&self.preview.owner, name, None::<(_, Role)>).await;
        let named = format!("UPDATE principals SET login_name = '{name}' WHERE id = '{id}'");
        world.execute(&[&named]).await;
        (client.with("accept", "text/html"), id)
    }
}

/// The path of an address of the gateway.
fn path_of(url: &Value) -> &str {
    let (_, rest) = url.as_str().unwrap().split_once("://").unwrap();
    &rest[rest.find('/').unwrap()..]
}

/// The token of a share's address.
fn token(share: &Value) -> &str {
    path_of(&share["url"]).strip_prefix("/s/").unwrap()
}

fn link() -> Value {
    json!({})
}

fn with_password() -> Value {
    json!({ "mode": "password", "password": "open sesame" })
}
