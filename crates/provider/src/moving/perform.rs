//! The steps of each phase.

use super::Outcome;
use crate::seam::{Provider, ProviderError};
use async_trait::async_trait;
use bytes::Bytes;
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::moving::MovePhase;
use protocol::transfer::{Announced, Answer, Step};
use std::sync::Arc;

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub left_out: u64,
}

/// Whoever wants to know.
#[async_trait]
pub trait Watch: Send + Sync {
    /// Told after each chunk; `false` interrupts.
    async fn told(&self, progress: Progress) -> bool;
}

/// A machine, or why it cannot be asked: it is away, or gone for good.
pub type Site = Result<Arc<dyn Provider>, Outcome>;

/// A move with its two machines.
pub struct Moving {
    pub id: MoveId,
    pub workspace: WorkspaceId,
    pub from: Site,
    pub to: Site,
}

impl From<ProviderError> for Outcome {
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it is may pass")]
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::NotFound | ProviderError::StorageFull(_) | ProviderError::Refused(_) => {
                Self::Refused(error.to_string())
            }
            other => Self::Away(other.to_string()),
        }
    }
}

/// One that answers a step with what belongs to another one.
fn odd() -> Outcome {
    Outcome::Away("the other machine speaks another version".to_owned())
}

impl Moving {
    /// Does what the phase is about.
    pub async fn perform(&self, phase: MovePhase, watch: &dyn Watch) -> Outcome {
        let done = match phase {
            MovePhase::Preparing => self.prepare(watch).await,
            MovePhase::Copying => self.copy(watch).await,
            MovePhase::Verifying => self.verify(watch).await,
            MovePhase::Starting => self.ask(&self.to, Step::Open { trial: true }).await.map(drop),
            MovePhase::Clearing => self.let_go(&self.from, Step::Discard).await,
            MovePhase::Returning => self.seal().await,
            MovePhase::Releasing => self.let_go(&self.from, Step::Open { trial: false }).await,
            MovePhase::Abandoning => self.let_go(&self.to, Step::Discard).await,
            MovePhase::Done | MovePhase::Cancelled | MovePhase::Failed => Ok(()),
        };
        done.err().unwrap_or(Outcome::Done)
    }

    async fn ask(&self, at: &Site, step: Step) -> Result<Answer, Outcome> {
        Ok(self.send(at, step, Bytes::new()).await?.0)
    }

    async fn send(&self, at: &Site, step: Step, bytes: Bytes) -> Result<(Answer, Bytes), Outcome> {
        let provider = at.as_ref().map_err(Outcome::clone)?;
        Ok(provider.transfer(&self.workspace, &self.id, step, bytes).await?)
    }

    /// The storage is held, and both machines know what there is.
    async fn prepare(&self, watch: &dyn Watch) -> Result<(), Outcome> {
        self.ask(&self.from, Step::Hold).await?;
        self.meet(watch).await.map(drop)
    }

    /// What there is, and the chunk that is missing next.
    async fn meet(&self, watch: &dyn Watch) -> Result<(Announced, u64), Outcome> {
        let Answer::Announced { announced } = self.ask(&self.from, Step::Export).await? else {
            return Err(odd());
        };
        let import = Step::Import { announced };
        let Answer::Have { chunks } = self.ask(&self.to, import).await? else {
            return Err(odd());
        };
        told(watch, announced, chunks).await?;
        Ok((announced, chunks))
    }

    /// While one chunk is written the next one is read.
    async fn copy(&self, watch: &dyn Watch) -> Result<(), Outcome> {
        let (announced, mut have) = self.meet(watch).await?;
        let mut ahead = None;
        while have < announced.chunks() {
            let ready = ahead.take().filter(|(number, _)| *number == have);
            let (chunk, bytes) = match ready {
                Some((_, ready)) => ready,
                None => self.read(have).await?,
            };
            let write = self.send(&self.to, Step::Write { chunk: have, sum: chunk }, bytes);
            let next = have + 1;
            let (written, read) = if next < announced.chunks() {
                let (written, read) = tokio::join!(write, self.read(next));
                (written, Some(read))
            } else {
                (write.await, None)
            };
            let Answer::Have { chunks } = written?.0 else { return Err(odd()) };
            have = chunks;
            ahead = read.transpose()?.map(|it| (next, it));
            told(watch, announced, have).await?;
        }
        Ok(())
    }

    async fn read(&self, chunk: u64) -> Result<(String, Bytes), Outcome> {
        let read = self.send(&self.from, Step::Read { chunk }, Bytes::new()).await?;
        let (Answer::Chunk { sum }, bytes) = read else { return Err(odd()) };
        Ok((sum, bytes))
    }

    /// Everything is read back, and is put in its place.
    async fn verify(&self, watch: &dyn Watch) -> Result<(), Outcome> {
        let Answer::Announced { announced } = self.ask(&self.from, Step::Export).await? else {
            return Err(odd());
        };
        // It may be in its place since before an interruption.
        if self.ask(&self.to, Step::Commit).await.is_ok() {
            return Ok(());
        }
        let mut checked = 0;
        while checked < announced.chunks() {
            let check = Step::Check { chunk: checked };
            let Answer::Checked { chunks, good } = self.ask(&self.to, check).await? else {
                return Err(odd());
            };
            // What is not as it came, or is not all there, is sent again.
            if !good || chunks == checked {
                return Err(Outcome::Again);
            }
            if chunks < checked {
                return Err(Outcome::Away("it has to be read back from its beginning".to_owned()));
            }
            checked = chunks;
            told(watch, announced, checked).await?;
        }
        self.ask(&self.to, Step::Commit).await.map(drop)
    }

    /// The new copy starts no more, unless it has.
    async fn seal(&self) -> Result<(), Outcome> {
        let provider = self.to.as_ref().map_err(Outcome::clone)?;
        match provider.transfer(&self.workspace, &self.id, Step::Seal, Bytes::new()).await {
            Ok(_) | Err(ProviderError::NotFound) => Ok(()),
            Err(ProviderError::Refused(_)) => Err(Outcome::Started),
            Err(error) => Err(error.into()),
        }
    }

    /// A machine has nothing of the move any more. One that refuses has nothing of it.
    async fn let_go(&self, at: &Site, step: Step) -> Result<(), Outcome> {
        let provider = at.as_ref().map_err(Outcome::clone)?;
        match provider.transfer(&self.workspace, &self.id, step, Bytes::new()).await {
            Ok(_) | Err(ProviderError::NotFound | ProviderError::Refused(_)) => Ok(()),
            Err(error) => Err(Outcome::Away(error.to_string())),
        }
    }
}

async fn told(watch: &dyn Watch, announced: Announced, chunks: u64) -> Result<(), Outcome> {
    let progress = Progress {
        bytes_done: announced.bytes_of(chunks),
        bytes_total: announced.total_bytes(),
        left_out: announced.left_out,
    };
    if watch.told(progress).await { Ok(()) } else { Err(Outcome::Interrupted) }
}
