//! The hand-off socket: how host and gateway get sockets that live in the sandbox's network.
//!
//! A client connects to the kernel's second Unix socket (stream) and writes one request of three
//! bytes: operation, port in big endian (0 where it means nothing). The kernel answers with one
//! status byte; with [`STATUS_OK`] a descriptor rides along (`SCM_RIGHTS`). One request after the
//! other on a connection; the connection may be kept.

/// Give me a TCP connection to this port of the sandbox's loopback (IPv4, then IPv6).
pub const OP_CONNECT: u8 = 1;
/// Give me the listener to which the workspace's programs send their outbound traffic.
pub const OP_EGRESS_LISTENER: u8 = 2;

/// A descriptor comes with this byte.
pub const STATUS_OK: u8 = 0;
/// Nothing listens on the port.
pub const STATUS_REFUSED: u8 = 1;
/// The operation or its port is not allowed.
pub const STATUS_INVALID: u8 = 2;
/// The kernel could not do it (out of descriptors, deadline passed).
pub const STATUS_FAILED: u8 = 3;

/// Bytes of a request.
pub const REQUEST_LENGTH: usize = 3;
