//! Tunnels of bytes, and the handle that cuts them.

use stdx::TaskScope;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

/// What bodies and tunnels of a request live by. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Owns the tasks of tunnels.
    pub scope: TaskScope,
    /// Cancelled: tunnels close and bodies break off at once.
    pub cancel: CancellationToken,
}

/// Copies bytes both ways until both directions have ended; a half-closed side is shut down and
/// the other direction goes on. Returns the bytes copied from `a` to `b` and from `b` to `a`.
/// Dropping the future closes both.
pub async fn splice<A, B>(mut a: A, mut b: B) -> std::io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    tokio::io::copy_bidirectional(&mut a, &mut b).await
}
