//! Work that blocks, away from the runtime's only thread.

use std::io;

/// A blocking thread ended without an answer: it panicked, or the runtime ends.
#[derive(Debug)]
pub(crate) struct Ended(pub(crate) io::Error);

/// Runs `work` on a blocking thread, to its end even when nobody waits for it any more.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Ended> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Ended(io::Error::other(error)).into()))
}
