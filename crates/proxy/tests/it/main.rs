//! The forwarder between real sockets: a hyper server in front, raw upstreams of a few lines behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attacks;
mod bodies;
mod reuse;
mod tunnels;
mod world;
