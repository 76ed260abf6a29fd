//! Upgraded connections: bytes both ways, whatever they mean, until somebody ends them.

use crate::world::{Peer, World};
use tokio::io::AsyncWriteExt;

const OPEN: &str = "GET /hmr?token=x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\
                    Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: vite-hmr, other\r\n\
                    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
const OPENED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                      Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
                      Sec-WebSocket-Protocol: vite-hmr\r\n\
                      Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/// Switches, greets in the same packet, then sends everything back.
async fn mirror(mut peer: Peer, _: usize) {
    let head = peer.head().await.unwrap();
    for field in [
        "get /hmr?token=x http/1.1\r\n",
        "\r\nconnection: upgrade\r\n",
        "\r\nupgrade: websocket\r\n",
        "\r\nsec-websocket-key: dghlihnhbxbszsbub25jzq==\r\n",
        "\r\nsec-websocket-protocol: vite-hmr, other\r\n",
        "\r\nsec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n",
    ] {
        assert!(head.contains(field), "{head}");
    }
    peer.send(&format!("{OPENED}early")).await;
    loop {
        let bytes = std::mem::take(&mut peer.read);
        peer.stream.write_all(&bytes).await.unwrap();
        if !peer.fill().await {
            break;
        }
    }
    peer.send("last words").await;
}

async fn opened(world: &World) -> Peer {
    let mut client = world.client().await;
    client.send(OPEN).await;
    let head = client.head().await.unwrap();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    for field in [
        "\r\nconnection: upgrade\r\n",
        "\r\nupgrade: websocket\r\n",
        "\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n",
        "\r\nsec-websocket-protocol: vite-hmr\r\n",
        "\r\nsec-websocket-extensions: permessage-deflate\r\n",
    ] {
        assert!(head.contains(field), "{head}");
    }
    assert_eq!(client.bytes(5).await, b"early");
    client
}

// covers: S0.27
#[tokio::test]
async fn bytes_pass_unchanged_until_both_sides_have_ended() {
    let world = World::new(mirror).await;
    let mut client = opened(&world).await;
    let message: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let (sent, received) = {
        let (mut reader, mut writer) = client.stream.split();
        let writing = writer.write_all(&message);
        let mut back = vec![0; message.len()];
        let reading = tokio::io::AsyncReadExt::read_exact(&mut reader, &mut back);
        let (sent, read) = tokio::join!(writing, reading);
        read.unwrap();
        (sent, back)
    };
    sent.unwrap();
    assert!(received == message);
    client.stream.shutdown().await.unwrap();
    assert_eq!(client.rest().await, "last words");
    assert!(!world.live.scope.has_failed());
}

#[tokio::test]
async fn a_tunnel_is_cut_when_access_ends() {
    let world = World::new(mirror).await;
    let mut client = opened(&world).await;
    world.live.cancel.cancel();
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn an_upstream_that_refuses_is_heard() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.head().await.unwrap();
        peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await;
    })
    .await;
    let mut client = world.client().await;
    client.send(OPEN).await;
    assert!(client.head().await.unwrap().starts_with("http/1.1 403"));
    assert_eq!(client.bytes(2).await, b"no");
}

#[tokio::test]
async fn an_upstream_that_switches_unasked_is_not_followed() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.head().await.unwrap();
        peer.send(OPENED).await;
        peer.rest().await;
    })
    .await;
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\
         HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    ] {
        let answer = world.exchange(request).await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    }
}
