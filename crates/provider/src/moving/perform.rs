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
fn odd(_: Answer) -> Outcome {
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
        let announced = match self.ask(&self.from, Step::Export).await? {
            Answer::Announced { announced } => announced,
            other => return Err(odd(other)),
        };
        let have = match self.ask(&self.to, Step::Import { announced }).await? {
            Answer::Have { chunks } => chunks,
            other => return Err(odd(other)),
        };
        told(watch, announced, have).await?;
        Ok((announced, have))
    }

    /// While one chunk is written the next one is read.
    async fn copy(&self, watch: &dyn Watch) -> Result<(), Outcome> {
        let (announced, mut have) = self.meet(watch).await?;
        let mut ahead = None;
        while have < announced.chunks() {
            let (chunk, bytes) = match ahead.take() {
                Some((number, chunk)) if number == have => chunk,
                _ => self.read(have).await?,
            };
            let write = self.send(&self.to, Step::Write { chunk: have, sum: chunk }, bytes);
            let next = have + 1;
            let (written, read) = if next < announced.chunks() {
                let (written, read) = tokio::join!(write, self.read(next));
                (written, Some(read))
            } else {
                (write.await, None)
            };
            have = match written?.0 {
                Answer::Have { chunks } => chunks,
                other => return Err(odd(other)),
            };
            ahead = read.transpose()?.map(|it| (next, it));
            told(watch, announced, have).await?;
        }
        Ok(())
    }

    async fn read(&self, chunk: u64) -> Result<(String, Bytes), Outcome> {
        match self.send(&self.from, Step::Read { chunk }, Bytes::new()).await? {
            (Answer::Chunk { sum }, bytes) => Ok((sum, bytes)),
            (other, _) => Err(odd(other)),
        }
    }

    /// Everything is read back, and is put in its place.
    async fn verify(&self, watch: &dyn Watch) -> Result<(), Outcome> {
        let announced = match self.ask(&self.from, Step::Export).await? {
            Answer::Announced { announced } => announced,
            other => return Err(odd(other)),
        };
        // It may be in its place since before an interruption.
        if self.ask(&self.to, Step::Commit).await.is_ok() {
            return Ok(());
        }
        let mut checked = 0;
        while checked < announced.chunks() {
            match self.ask(&self.to, Step::Check { chunk: checked }).await? {
                Answer::Checked { good: false, .. } => return Err(Outcome::Again),
                // Not all of it is there.
                Answer::Checked { chunks, .. } if chunks == checked => return Err(Outcome::Again),
                Answer::Checked { chunks, .. } if chunks < checked => {
                    return Err(Outcome::Away(
                        "it has to be read back from its beginning".to_owned(),
                    ));
                }
                Answer::Checked { chunks, .. } => checked = chunks,
                other => return Err(odd(other)),
            }
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
