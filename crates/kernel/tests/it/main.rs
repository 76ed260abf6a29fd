//! A real kernel with real shells and servers, spoken to over its socket.

mod channel;
mod dev_server;
mod http;
mod lifecycle;
mod terminals;
mod world;
