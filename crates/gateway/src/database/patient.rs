//! Waits for the database's answers for a while only: a server that stands still, or a network that
//! swallows everything, tells nobody that there will be none.

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, BoxStream};
use sqlx::any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Either, Error, Execute, Executor, SqlStr, Transaction,
};
use std::io;
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take for the next piece of an answer. Longer than any statement of a
/// request takes, waits for locks included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take to say that it is good, when it comes back to the pool.
const RETURN_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool or a transaction whose answers are waited for so long. A connection that did not answer
/// comes back to the pool and is closed there, see [`answers`].
#[derive(Clone, Debug)]
pub(crate) struct Patient<T>(T);

impl<T> Patient<T> {
    pub(super) const fn new(inner: T) -> Self {
        Self(inner)
    }
}

impl Patient<AnyPool> {
    /// Begins a transaction.
    pub(super) async fn begin_in_time(&self) -> Result<Patient<Transaction<'static, Any>>, Error> {
        Ok(Patient(in_time(self.0.begin()).await?))
    }
}

impl Patient<Transaction<'static, Any>> {
    /// Ends the transaction. Whether it was kept is not known when there is no answer.
    pub(super) async fn commit(self) -> Result<(), Error> {
        in_time(self.0.commit()).await
    }
}

impl<T> Deref for Patient<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Patient<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// Whether a connection that comes back is to be kept. The pool itself would wait for its answer for
/// as long as the connection stays open, and count it as in use meanwhile.
pub(super) async fn answers(connection: &mut AnyConnection) -> Result<bool, Error> {
    timeout(RETURN_TIMEOUT, connection.ping()).await.unwrap_or_else(|_| Err(late()))?;
    Ok(true)
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ANSWER_TIMEOUT, answer).await.unwrap_or_else(|_| Err(late()))
}

fn each_in_time<'e, T: Send + 'e>(
    answers: BoxStream<'e, Result<T, Error>>,
) -> BoxStream<'e, Result<T, Error>> {
    stream::unfold(Some(answers), |answers| async {
        let mut answers = answers?;
        match timeout(ANSWER_TIMEOUT, answers.next()).await {
            Ok(answer) => answer.map(|it| (it, Some(answers))),
            Err(_) => Some((Err(late()), None)),
        }
    })
    .boxed()
}

fn late() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database does not answer"))
}

/// The methods of an executor, each over what `$inner` gives.
macro_rules! patiently {
    ($this:ident => $inner:expr) => {
        type Database = Any;

        fn fetch_many<'e, 'q: 'e, E>(
            $this,
            query: E,
        ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, Any>,
        {
            each_in_time($inner.fetch_many(query))
        }

        fn fetch_optional<'e, 'q: 'e, E>(
            $this,
            query: E,
        ) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, Any>,
        {
            in_time($inner.fetch_optional(query)).boxed()
        }

        fn prepare_with<'e>(
            $this,
            sql: SqlStr,
            parameters: &'e [AnyTypeInfo],
        ) -> BoxFuture<'e, Result<AnyStatement, Error>>
        where
            'c: 'e,
        {
            in_time($inner.prepare_with(sql, parameters)).boxed()
        }
    };
}

impl<'c> Executor<'c> for &'c Patient<AnyPool> {
    patiently!(self => {
        let pool: &'c AnyPool = &self.0;
        pool
    });
}

impl<'c> Executor<'c> for &'c mut Patient<Transaction<'static, Any>> {
    patiently!(self => {
        let connection: &'c mut AnyConnection = &mut self.0;
        connection
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;
    use std::future::pending;

    fn is_late<T>(answer: &Result<T, Error>) -> bool {
        matches!(answer, Err(Error::Io(error)) if error.kind() == io::ErrorKind::TimedOut)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_an_error() {
        assert!(is_late(&in_time(pending::<Result<(), Error>>()).await));
        let rows = stream::iter([Ok(1), Ok(2)]).chain(stream::once(pending())).boxed();
        let mut rows = each_in_time(rows);
        assert_eq!(rows.try_next().await.unwrap(), Some(1));
        assert_eq!(rows.try_next().await.unwrap(), Some(2));
        assert!(is_late(&rows.try_next().await));
        assert_eq!(rows.try_next().await.unwrap(), None, "and then it is over");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_many_pieces_may_take_long() {
        let slow = stream::unfold(0, |number| async move {
            tokio::time::sleep(ANSWER_TIMEOUT / 2).await;
            (number < 10).then_some((Ok(number), number + 1))
        });
        assert_eq!(each_in_time(slow.boxed()).try_collect::<Vec<_>>().await.unwrap().len(), 10);
    }
}
