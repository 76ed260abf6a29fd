//! Steps of a move: a workspace of this machine goes to another one, or comes here.
//!
//! Nothing here decides where a workspace lives. Whoever moves it asks step by step; each step can be
//! asked again after an interruption of either side, and is durable once it is answered.

mod arrival;
mod departure;
mod hold;
mod tree;

pub(crate) use hold::{Hold, is_startable};

use crate::host::{Host, HostError};
use crate::storage::Storage;
use arrival::Arrival;
use bytes::Bytes;
use hold::{HoldError, HoldState};
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::transfer::{Announced, Answer, Copy, Step};
use rustix::io::Errno;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio::sync::OwnedMutexGuard;
use tokio::task::spawn_blocking;
use tree::Tree;

/// Entries of a directory that are looked at for when it last changed: enough for any that a person
/// made, and no work for those that a program filled.
const LOOKED_AT_MAX: usize = 10_000;

/// What is kept open of each workspace that moves, so that steps go on where the last one ended.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    open: Mutex<HashMap<WorkspaceId, Arc<tokio::sync::Mutex<Option<Open>>>>>,
}

/// One step at a time.
type Turn = OwnedMutexGuard<Option<Open>>;

#[derive(Debug)]
enum Open {
    Leaving(MoveId, Tree),
    Coming(MoveId, Box<Arrival>),
}

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    #[error("the workspace has no storage on this host")]
    NotFound,
    /// Trying again does not help.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Full(String),
    /// What came is not what was sent; it may be sent again.
    #[error("{0}")]
    Broken(String),
    #[error("what has come was not read back yet")]
    Unchecked,
    #[error(transparent)]
    Hold(#[from] HoldError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl TransferError {
    /// The other machine sends what no Stead sends.
    fn malformed(what: &str) -> Self {
        Self::Refused(format!("the other machine sends what cannot be a workspace: {what}"))
    }

    fn sizes() -> Self {
        Self::malformed("its sizes")
    }

    fn changed(path: &str) -> Self {
        Self::Refused(format!("`{path}` was changed while the workspace was held"))
    }
}

impl From<serde_json::Error> for TransferError {
    fn from(error: serde_json::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<Errno> for TransferError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

impl From<TransferError> for HostError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::NotFound => Self::NotFound,
            TransferError::Refused(why) => Self::Refused(why),
            TransferError::Hold(error) => Self::Refused(error.to_string()),
            TransferError::Full(why) => Self::StorageFull(why),
            TransferError::Broken(why) => Self::Failed(why),
            // It was checked before a restart, and is checked again.
            TransferError::Unchecked => Self::Failed(error.to_string()),
            TransferError::Io(error) => error.into(),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Transfers {
    async fn turn(&self, id: &WorkspaceId) -> Turn {
        let turn = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            // What nobody moves any more is not kept.
            open.retain(|it, turn| {
                let is_wanted = it == id || 1 < Arc::strong_count(turn);
                is_wanted || !matches!(turn.try_lock().as_deref(), Ok(None))
            });
            Arc::clone(open.entry(id.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

impl Host {
    /// Does a step of a move.
    pub async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), HostError> {
        let mut turn = self.transfers().turn(id).await;
        match step {
            Step::Hold => {
                self.note(id, by, hold::hold).await?;
                self.stop_in_order(id).await;
                Ok((Answer::Done, Bytes::new()))
            }
            Step::Open { trial } => {
                *turn = None;
                self.open_again(id, by, trial).await?;
                Ok((Answer::Done, Bytes::new()))
            }
            Step::Seal => {
                self.note(id, by, hold::seal).await?;
                self.stop(id).await;
                Ok((Answer::Done, Bytes::new()))
            }
            Step::Discard => {
                *turn = None;
                self.discard(id, by).await?;
                Ok((Answer::Done, Bytes::new()))
            }
            Step::Take { seal } => {
                *turn = None;
                self.note(id, by, move |_, _| Ok(hold::take(seal))).await?;
                self.stop_in_order(id).await;
                Ok((Answer::Done, Bytes::new()))
            }
            Step::DiscardSealed => {
                *turn = None;
                self.discard_sealed(id).await?;
                Ok((Answer::Done, Bytes::new()))
            }
            Step::Look => Ok((self.look(id).await?, Bytes::new())),
            Step::Export
            | Step::Read { .. }
            | Step::Import { .. }
            | Step::Write { .. }
            | Step::Check { .. }
            | Step::Commit => self.move_bytes(turn, (id, by), step, bytes).await,
        }
    }

    /// Changes the note about who holds the workspace.
    async fn note(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        decide: impl FnOnce(Option<&Hold>, &MoveId) -> Result<HoldState, HoldError> + Send + 'static,
    ) -> Result<(), HostError> {
        let (host, id, by) = (self.clone(), id.clone(), by.clone());
        let noting = spawn_blocking(move || {
            let (storage, _) = host.storage();
            if !storage.exists(&id) {
                return Err(TransferError::NotFound);
            }
            let place = storage.workspace(&id);
            let now = Hold::read(&place)?;
            let next = decide(now.as_ref(), &by)?;
            if now.is_none_or(|it| it.by != by || it.state != next) {
                Hold::write(&by, next, &place)?;
            }
            Ok(())
        });
        Ok(joined(noting.await)??)
    }

    /// What is here of a workspace.
    async fn look(&self, id: &WorkspaceId) -> Result<Answer, HostError> {
        let awake = self.is_awake(id);
        let (host, id) = (self.clone(), id.clone());
        let looking = spawn_blocking(move || {
            let (storage, _) = host.storage();
            if !storage.exists(&id) {
                return Ok(None);
            }
            let place = storage.workspace(&id);
            let found = Hold::read(&place)?;
            let held = !hold::is_startable(found.as_ref());
            let sealed = hold::is_sealed(found.as_ref());
            let changed_at_ms = changed_at_ms(&place)?;
            Ok::<_, io::Error>(Some(Copy { held, sealed, awake, changed_at_ms }))
        });
        Ok(Answer::Found { copy: joined(looking.await)??, epoch: 0 })
    }

    /// Lets go of a workspace. With a trial it stays held unless a kernel answers there.
    async fn open_again(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        trial: bool,
    ) -> Result<(), HostError> {
        let place = self.storage().0.workspace(id);
        let held = Hold::read(&place)?;
        if trial {
            // A copy that is not ours, or not there, proves nothing.
            let Some(held) = held else { return Err(HostError::NotFound) };
            let next = hold::release(Some(&held), by).map_err(TransferError::from)?;
            if held.state != next {
                self.start_held(id).await?;
            }
        }
        self.note(id, by, hold::release).await?;
        let (host, id, by) = (self.clone(), id.clone(), by.clone());
        let tidying = spawn_blocking(move || {
            let (storage, _) = host.storage();
            if on_the_way(storage, &id).is_some_and(|it| it == by) {
                storage.discard(&storage.remove_move(&id)?)?;
            }
            Ok::<_, io::Error>(())
        });
        Ok(joined(tidying.await)??)
    }

    /// Deletes what the move has here, and nothing else.
    async fn discard(&self, id: &WorkspaceId, by: &MoveId) -> Result<(), HostError> {
        let (host, owned, owned_by) = (self.clone(), id.clone(), by.clone());
        let looking = spawn_blocking(move || {
            let (id, by, (storage, _)) = (owned, owned_by, host.storage());
            // What has no note was begun by this one, or by one that is long over.
            if on_the_way(storage, &id).is_none_or(|it| it == by) {
                storage.discard(&storage.remove_move(&id)?)?;
            }
            let hold = Hold::read(&storage.workspace(&id))?;
            Ok::<_, io::Error>(hold::may_delete(hold.as_ref(), &by))
        });
        if joined(looking.await)?? {
            self.remove(id).await?;
        }
        Ok(())
    }

    /// Deletes the copy here if it never starts again. Whoever takes it for the workspace meanwhile
    /// waits for this step, or comes first: then it is not sealed any more.
    async fn discard_sealed(&self, id: &WorkspaceId) -> Result<(), HostError> {
        let (host, owned) = (self.clone(), id.clone());
        let looking = spawn_blocking(move || {
            let (storage, _) = host.storage();
            if !storage.exists(&owned) {
                return Err(TransferError::NotFound);
            }
            let hold = Hold::read(&storage.workspace(&owned))?;
            if hold::is_sealed(hold.as_ref()) { Ok(()) } else { Err(HoldError::Startable.into()) }
        });
        joined(looking.await)??;
        self.remove(id).await
    }

    /// A step that reads or writes what moves.
    async fn move_bytes(
        &self,
        mut turn: Turn,
        (id, by): (&WorkspaceId, &MoveId),
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), HostError> {
        let (host, id, by) = (self.clone(), id.clone(), by.clone());
        let moving = spawn_blocking(move || {
            let (storage, reserve) = host.storage();
            let at = At { storage, reserve, id: &id, by: &by };
            match step {
                Step::Export => {
                    let announced = at.leaving(&mut turn)?.announced;
                    Ok((Answer::Announced { announced }, Bytes::new()))
                }
                Step::Read { chunk } => {
                    let bytes = at.leaving(&mut turn)?.read_chunk(chunk)?;
                    Ok((Answer::Chunk { sum: tree::sum(&bytes) }, bytes.into()))
                }
                Step::Import { announced } => at.import(&mut turn, announced),
                Step::Write { chunk, sum } => {
                    let free = storage.free_bytes()?;
                    if free < reserve {
                        let why = format!("{free} bytes are left on the other machine");
                        return Err(TransferError::Full(why));
                    }
                    let arrival = at.coming(&mut turn)?;
                    arrival.write(chunk, (&bytes, &sum))?;
                    Ok((Answer::Have { chunks: arrival.have() }, Bytes::new()))
                }
                Step::Check { chunk } => {
                    let (chunks, good) = at.coming(&mut turn)?.check(chunk)?;
                    Ok((Answer::Checked { chunks, good }, Bytes::new()))
                }
                Step::Commit => {
                    at.commit(&mut turn)?;
                    Ok((Answer::Done, Bytes::new()))
                }
                Step::Hold
                | Step::Open { .. }
                | Step::Seal
                | Step::Discard
                | Step::Take { .. }
                | Step::DiscardSealed
                | Step::Look => Err(TransferError::NotFound),
            }
        });
        Ok(joined(moving.await)??)
    }
}

/// A workspace and its move, on a thread that may block.
struct At<'a> {
    storage: &'a Storage,
    reserve: u64,
    id: &'a WorkspaceId,
    by: &'a MoveId,
}

impl At<'_> {
    /// The workspace as it leaves.
    fn leaving<'a>(&self, turn: &'a mut Turn) -> Result<&'a mut Tree, TransferError> {
        let place = self.storage.workspace(self.id);
        let hold = Hold::read(&place)?;
        if !hold.is_some_and(|it| it.by == *self.by && it.state == HoldState::Held) {
            let found = self.storage.exists(self.id);
            return Err(if found { HoldError::Over.into() } else { TransferError::NotFound });
        }
        if !matches!(&**turn, Some(Open::Leaving(by, _)) if by == self.by) {
            let on_the_way = self.storage.on_the_way(self.id);
            let known = departure::known(&on_the_way, &place, self.by)?;
            let tree = if let Some(tree) = known {
                tree
            } else {
                self.storage.discard(&self.storage.remove_move(self.id)?)?;
                let base = self.storage.directories(self.id).and_then(|it| it.id_base);
                departure::look(&on_the_way, (&place, base), self.by)?
            };
            **turn = Some(Open::Leaving(self.by.clone(), tree));
        }
        match &mut **turn {
            Some(Open::Leaving(_, tree)) => Ok(tree),
            Some(Open::Coming(..)) | None => Err(TransferError::NotFound),
        }
    }

    /// The workspace as it comes.
    fn coming<'a>(&self, turn: &'a mut Turn) -> Result<&'a mut Arrival, TransferError> {
        if !matches!(&**turn, Some(Open::Coming(by, _)) if by == self.by) {
            let known = Arrival::known(&self.storage.on_the_way(self.id), self.by)?;
            let arrival = known.ok_or(TransferError::NotFound)?;
            **turn = Some(Open::Coming(self.by.clone(), Box::new(arrival)));
        }
        match &mut **turn {
            Some(Open::Coming(_, arrival)) => Ok(arrival),
            Some(Open::Leaving(..)) | None => Err(TransferError::NotFound),
        }
    }

    fn import(
        &self,
        turn: &mut Turn,
        announced: Announced,
    ) -> Result<(Answer, Bytes), TransferError> {
        if self.storage.exists(self.id) {
            let hold = Hold::read(&self.storage.workspace(self.id))?;
            if hold.is_some_and(|it| it.by == *self.by) {
                // It is in its place.
                return Ok((Answer::Have { chunks: announced.chunks() }, Bytes::new()));
            }
            let why = "the other machine has storage of this workspace already";
            return Err(TransferError::Refused(why.to_owned()));
        }
        let known = self.coming(turn).map(|it| (it.announced() == announced).then(|| it.have()));
        let chunks = match known {
            Ok(Some(chunks)) => chunks,
            Ok(None) | Err(TransferError::NotFound) => {
                **turn = None;
                self.storage.discard(&self.storage.remove_move(self.id)?)?;
                let both = (self.id, self.by);
                let arrival = Arrival::begin(self.storage, self.reserve, both, announced);
                if arrival.is_err() {
                    self.storage.discard(&self.storage.remove_move(self.id)?)?;
                }
                **turn = Some(Open::Coming(self.by.clone(), Box::new(arrival?)));
                0
            }
            Err(error) => return Err(error),
        };
        Ok((Answer::Have { chunks }, Bytes::new()))
    }

    fn commit(&self, turn: &mut Turn) -> Result<(), TransferError> {
        if !self.storage.exists(self.id) {
            self.coming(turn)?;
            let Some(Open::Coming(_, arrival)) = turn.take() else {
                return Err(TransferError::NotFound);
            };
            arrival.commit(self.storage, self.id)?;
        }
        let hold = Hold::read(&self.storage.workspace(self.id))?;
        if hold.is_none_or(|it| it.by != *self.by) {
            return Err(HoldError::Other.into());
        }
        // Only the list of what came is left.
        let left = self.storage.remove_move(self.id)?;
        self.storage.discard(&left)?;
        Ok(())
    }
}

/// When something last changed in a workspace's storage, by its directories and what is directly in
/// them: the kernel's records change with whatever is done through it.
fn changed_at_ms(place: &Path) -> io::Result<u64> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for part in ["files", "home", "state"] {
        let part = place.join(part);
        newest = newest.max(fs::symlink_metadata(&part)?.modified()?);
        for entry in fs::read_dir(&part)?.take(LOOKED_AT_MAX) {
            newest = newest.max(entry?.metadata()?.modified()?);
        }
    }
    let since = newest.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Whose move a workspace is on its way by.
fn on_the_way(storage: &Storage, id: &WorkspaceId) -> Option<MoveId> {
    #[derive(serde::Deserialize)]
    struct Note {
        by: MoveId,
    }
    let notes = [departure::NOTE, arrival::NOTE].into_iter();
    let texts = notes.filter_map(|it| fs::read(storage.on_the_way(id).join(it)).ok());
    texts.into_iter().find_map(|it| serde_json::from_slice::<Note>(&it).ok()).map(|it| it.by)
}

fn joined<T>(result: Result<T, tokio::task::JoinError>) -> Result<T, HostError> {
    result.map_err(|error| HostError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests;
