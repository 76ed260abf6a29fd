//! Machines that join, and those that only say so.

use crate::registry::Channel;
use crate::world::{Answer, Client, DEADLINE, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::id::MachineId;
use protocol::machine::{BEGIN, PING, server_name};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// What a machine has after it joined, or says that it has.
struct Papers {
    id: String,
    tls: Arc<ServerConfig>,
}

fn tls(authority: Option<&[u8]>, certificate: &[u8], key: &KeyPair) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn rustls::server::danger::ClientCertVerifier> = match authority {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(authority.to_vec())).unwrap();
            let roots = Arc::new(roots);
            WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider))
                .build()
                .unwrap()
        }
        None => Arc::new(NoClientAuth),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![CertificateDer::from(certificate.to_vec())], key);
    Arc::new(config.unwrap())
}

async fn token(owner: &Client, body: Value) -> String {
    let answer = owner.send("POST", "/api/v1/machines/invitations", Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

async fn send_join(world: &World, token: &str, key: &KeyPair) -> Answer {
    let body = json!({"token": token, "name": "box", "version": "1",
                      "public_key": STANDARD.encode(key.public_key_raw())});
    world.stranger().send("POST", "/api/v1/machines/join", Some(body)).await
}

async fn join(world: &World, owner: &Client) -> Papers {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let answer = send_join(world, &token(owner, json!({})).await, &key).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let joined = answer.json();
    let der = |name: &str| STANDARD.decode(joined[name].as_str().unwrap()).unwrap();
    let tls = tls(Some(&der("authority")), &der("certificate"), &key);
    Papers { id: joined["id"].as_str().unwrap().to_owned(), tls }
}

type Dialled = tokio_rustls::server::TlsStream<TcpStream>;

/// Dials as a machine: the status, and the connection if trust came about.
async fn dial(world: &World, id: &str, tls: &Arc<ServerConfig>) -> (u16, Option<Dialled>) {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = format!(
        "GET /api/v1/machines/{id}/dial HTTP/1.1\r\nHost: localhost:{}\r\n\
         Connection: upgrade\r\nUpgrade: stead-dial\r\n\r\n",
        world.address.port()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(DEADLINE, stream.read_u8()).await.unwrap().unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    if status != 101 {
        return (status, None);
    }
    let accepted = timeout(DEADLINE, TlsAcceptor::from(Arc::clone(tls)).accept(stream)).await;
    (status, accepted.expect("an end in time").ok())
}

/// Answers pings, and a pulse to whoever takes the connection, until the gateway ends it.
async fn serve(mut stream: Dialled) {
    loop {
        match stream.read_u8().await {
            Ok(PING) => stream.write_u8(PING).await.unwrap(),
            Ok(BEGIN) => break,
            Ok(other) => panic!("{other}"),
            Err(_) => return,
        }
    }
    let pulse = json!({"version": "9", "resources": null, "awake": 0}).to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    if stream.write_all(format!("{head}{pulse}\n").as_bytes()).await.is_err() {
        return;
    }
    let mut buffer = [0; 1024];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}

async fn machines(client: &Client) -> Value {
    client.get("/api/v1/machines").await.json()
}

async fn until(client: &Client, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        let found = machines(client).await;
        if wanted(&found) {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "{found}");
    }
}

// covers: S0.93
#[tokio::test]
async fn a_token_is_good_once_for_a_while_and_by_an_administrator() {
    let world = World::new().await;
    let owner = world.owner().await;
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let good = token(&owner, json!({"name": "rack 7"})).await;
    let (left, right) =
        tokio::join!(send_join(&world, &good, &key), send_join(&world, &good, &key));
    let mut statuses = [left.status, right.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
    assert_eq!(send_join(&world, &good, &key).await.status, 403);
    let all = machines(&owner).await;
    let (name, state) = (&all[0]["name"], &all[0]["state"]);
    assert_eq!((all.as_array().unwrap().len(), name, state), (1, &json!("rack 7"), &json!("lost")));

    let late = token(&owner, json!({})).await;
    world.execute(&["UPDATE machine_tokens SET expires_at_ms = 1"]).await;
    assert_eq!(send_join(&world, &late, &key).await.status, 403);
    let demoted = token(&owner, json!({})).await;
    world.execute(&["UPDATE principals SET administrator = 0"]).await;
    assert_eq!(send_join(&world, &demoted, &key).await.status, 403);
    world.execute(&["UPDATE principals SET administrator = 1"]).await;
    assert_eq!(send_join(&world, &demoted, &key).await.status, 201, "a refusal uses nothing up");

    let spoilt = token(&owner, json!({})).await;
    let body = json!({"token": spoilt, "name": "box", "version": "1", "public_key": "bm8="});
    let answer = world.stranger().send("POST", "/api/v1/machines/join", Some(body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"));
    assert!(!world.stored().await.contains(&spoilt), "the database has no token");
}

#[tokio::test]
async fn a_stranger_gives_no_connection() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (one, other) = (join(&world, &owner).await, join(&world, &owner).await);
    let path = format!("/api/v1/machines/{}/dial", one.id);
    assert_eq!(world.stranger().get(&path).await.status, 426);
    let unknown = MachineId::from_random(7).to_string();
    assert_eq!(dial(&world, &unknown, &one.tls).await.0, 403);
    assert_eq!(dial(&world, "mach_1", &one.tls).await.0, 404);

    // A certificate of an authority of one's own, for the right name.
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let signer = Issuer::new(authority, KeyPair::generate_for(&PKCS_ED25519).unwrap());
    let id = MachineId::parse(&one.id).unwrap();
    let forged = CertificateParams::new(vec![server_name(&id)]).unwrap();
    let forged = forged.signed_by(&key, &signer).unwrap();
    let forged = tls(None, forged.der(), &key);
    for tls in [&forged, &other.tls] {
        let (status, stream) = dial(&world, &one.id, tls).await;
        assert_eq!(status, 101);
        assert!(stream.is_none(), "the gateway does not believe it");
    }
    assert_eq!(machines(&owner).await[0]["state"], "lost");
    let (_, stream) = dial(&world, &one.id, &one.tls).await;
    let serving = serve(stream.expect("this one is believed"));
    let found = tokio::select! {
        found = until(&owner, |it| it[0]["state"] == "ready") => found,
        () = serving => panic!("it was cut"),
    };
    assert_eq!((&found[0]["version"], &found[1]["state"]), (&json!("9"), &json!("lost")));
}

#[tokio::test]
async fn a_machine_that_lost_its_certificate_joins_again_as_itself_unless_it_was_removed() {
    let world = World::new().await;
    let owner = world.owner().await;
    let papers = join(&world, &owner).await;
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let again = token(&owner, json!({"machine": papers.id})).await;
    let removed = token(&owner, json!({"machine": papers.id})).await;
    let answer = send_join(&world, &again, &key).await;
    assert_eq!(answer.json()["id"], json!(papers.id));
    assert_eq!(machines(&owner).await.as_array().unwrap().len(), 1);
    let path = format!("/api/v1/machines/{}", papers.id);
    assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
    assert_eq!(send_join(&world, &removed, &key).await.status, 403);
    assert_eq!(dial(&world, &papers.id, &papers.tls).await.0, 403);
    let invite = Some(json!({"machine": papers.id}));
    let answer = owner.send("POST", "/api/v1/machines/invitations", invite).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn administrators_are_shown_machines_anew_whenever_something_changes() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    assert_eq!(bea.open("/api/v1/machines/ws").await, 403);
    let mut channel = Channel::open(&world, &owner, "/api/v1/machines/ws").await;
    let first = channel.next().await;
    assert_eq!((&first["machines"], &first["own"]["takes_new"]), (&json!([]), &json!(true)));
    let papers = join(&world, &owner).await;
    channel.until("it has joined", |it| it["machines"][0]["state"] == "lost").await;
    let (_, stream) = dial(&world, &papers.id, &papers.tls).await;
    let serving = serve(stream.expect("it is believed"));
    tokio::select! {
        _ = channel.until("it is here", |it| it["machines"][0]["state"] == "ready") => {}
        () = serving => panic!("it was cut"),
    }
    let path = format!("/api/v1/machines/{}", papers.id);
    assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
    channel.until("it is gone", |it| it["machines"] == json!([])).await;
    owner.send("POST", "/api/v1/leave", None).await;
    while !channel.next().await.is_null() {}
}

#[tokio::test]
async fn what_is_removed_at_one_gateway_is_cut_at_the_other() {
    let world = World::on_postgres().await;
    let owner = world.owner().await;
    let other = world.beside().await;
    let papers = join(&world, &owner).await;
    let (_, stream) = dial(&other, &papers.id, &papers.tls).await;
    let there = owner.clone().at(&other);
    let serving = serve(stream.expect("the other gateway has the same authority"));
    let mut serving = Box::pin(serving);
    tokio::select! {
        _ = until(&there, |it| it[0]["state"] == "ready") => {}
        () = &mut serving => panic!("it was cut"),
    }
    let path = format!("/api/v1/machines/{}", papers.id);
    let removing = async {
        assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = removing => {}
        ended = timeout(DEADLINE, &mut serving) => ended.expect("it is cut"),
    }
    assert_eq!(dial(&other, &papers.id, &papers.tls).await.0, 403);
    assert_eq!(machines(&there).await, json!([]));
}

#[tokio::test]
async fn the_workspaces_of_a_lost_machine_are_unreachable_and_not_stopped() {
    let world = World::new().await;
    let owner = world.owner().await;
    let papers = join(&world, &owner).await;
    let workspace = world.workspace(&owner).await;
    let placed = format!(
        "UPDATE workspaces SET machine = '{}', epoch = 1 WHERE id = '{workspace}'",
        papers.id
    );
    world.execute(&[&placed]).await;
    let world = world.restart().await;
    let owner = world.program();
    let path = format!("/api/v1/workspaces/{workspace}");
    let shown = owner.get(&path).await.json();
    assert_eq!((&shown["unreachable"], &shown["machine"]), (&json!(true), &json!("box")));
    let listed = owner.get("/api/v1/workspaces").await.json();
    assert_eq!(listed[0]["unreachable"], true);
    let answer = owner.send("POST", &format!("{path}/session/start"), Some(json!({}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert!(answer.text().contains("`box`"), "{}", answer.text());
    assert_eq!(world.provider.stored.lock().unwrap().get(&workspace), Some(&false), "not here");
}
