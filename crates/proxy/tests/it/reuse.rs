//! Connections are used again, given up when they are dead, and never kept too long.

use crate::world::{DEADLINE, Peer, World, echo};
use proxy::Limits;
use std::time::Duration;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let world = World::new(echo).await;
    for _ in 0..5 {
        assert!(world.exchange(GET).await.starts_with("HTTP/1.1 200"));
        assert!(world.exchange(POST).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(world.upstream.connections(), 1);
    assert_eq!(world.pool.idle_count(), 1);
}

/// Answers one request; takes the second and ends without a word, as a server does whose patience
/// ended while the request was on its way. Later connections answer.
async fn tired(mut peer: Peer, number: usize) {
    if number > 0 {
        return echo(peer, number).await;
    }
    peer.request().await.unwrap();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    peer.request().await;
}

#[tokio::test]
async fn a_question_is_asked_again_when_an_idle_connection_was_dead() {
    let world = World::new(tired).await;
    assert!(world.exchange(GET).await.ends_with("ok"));
    assert!(world.exchange(GET).await.starts_with("HTTP/1.1 200"));
    assert_eq!(world.upstream.connections(), 2);
}

#[tokio::test]
async fn an_order_is_never_given_twice() {
    let world = World::new(tired).await;
    assert!(world.exchange(GET).await.ends_with("ok"));
    let answer = world.exchange(POST).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert_eq!(world.upstream.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_upstream_closed_is_not_used() {
    let world = World::new(|mut peer: Peer, number| async move {
        peer.request().await.unwrap();
        peer.send(&format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}")).await;
    })
    .await;
    for number in 0..3 {
        // Even an order is safe to send: the close is seen before a byte of it is sent, or it is
        // sent over a fresh connection.
        assert!(world.exchange(GET).await.ends_with(&number.to_string()));
    }
}

#[tokio::test]
async fn revoked_keys_keep_no_connection() {
    let world = World::new(echo).await;
    world.exchange(GET).await;
    assert_eq!(world.pool.idle_count(), 1);
    world.pool.revoke(|key| *key == world.upstream.address);
    assert_eq!(world.pool.idle_count(), 0);
    world.exchange(GET).await;
    assert_eq!(world.upstream.connections(), 2);
}

#[tokio::test]
async fn no_more_connections_are_kept_than_allowed() {
    let limits = Limits { idle_per_key_max: 2, ..Limits::default() };
    let world = World::with_limits(limits, echo).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = world.client().await;
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n").await;
        clients.push(client);
    }
    while world.upstream.connections() < 5 {
        tokio::task::yield_now().await;
    }
    for client in &mut clients {
        client.send("x").await;
        client.until("\r\n\r\nx").await;
    }
    assert_eq!(world.pool.idle_count(), 2);
}

#[tokio::test]
async fn idle_connections_are_closed_in_time() {
    let limits = Limits { idle_timeout: Duration::from_millis(50), ..Limits::default() };
    let world = World::with_limits(limits, echo).await;
    world.exchange(GET).await;
    let emptied = async {
        while 0 < world.pool.idle_count() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, emptied).await.unwrap();
}

#[tokio::test]
async fn an_upstream_that_keeps_nothing_is_believed() {
    let world = World::new(|mut peer: Peer, _| async move {
        while peer.request().await.is_some() {
            peer.send("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n")
                .await;
        }
    })
    .await;
    world.exchange(GET).await;
    assert_eq!(world.pool.idle_count(), 0);
}

#[tokio::test]
async fn silence_ends_at_the_deadline_if_there_is_one() {
    let limits = Limits { head_timeout: Some(Duration::from_millis(50)), ..Limits::default() };
    let world = World::with_limits(limits, |mut peer: Peer, _| async move {
        peer.rest().await;
    })
    .await;
    let answer = world.exchange(GET).await;
    assert!(answer.ends_with("the upstream did not answer in time"), "{answer}");
}
