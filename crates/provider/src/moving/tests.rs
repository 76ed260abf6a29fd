//! A move between two machines that fail, restart and are asked late, against what must always hold.

use super::*;
use crate::seam::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use async_trait::async_trait;
use bytes::Bytes;
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::transfer::{Announced, Answer, CHUNK_BYTES, Step};
use std::sync::{Arc, Mutex};
use stdx::noise::Noise;
use tokio::sync::broadcast;

const CHUNKS: u64 = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hold {
    None,
    Held,
    Sealed,
    Free,
}

/// A machine as a move sees it.
#[derive(Debug, Default)]
struct Model {
    copy: Option<Hold>,
    /// Chunks that have come, and how many were read back.
    coming: Option<(u64, u64)>,
}

impl Model {
    fn is_startable(&self) -> bool {
        matches!(self.copy, Some(Hold::None | Hold::Free))
    }

    fn step(&mut self, step: &Step) -> Result<Answer, ProviderError> {
        let refused = || ProviderError::Refused("not as things stand".to_owned());
        let announced =
            Announced { content_bytes: CHUNKS * CHUNK_BYTES, entries: 1, ..Announced::default() };
        match step {
            Step::Hold => match self.copy {
                Some(Hold::None | Hold::Held) => self.copy = Some(Hold::Held),
                Some(Hold::Sealed) => {}
                Some(Hold::Free) => return Err(refused()),
                None => return Err(ProviderError::NotFound),
            },
            Step::Export | Step::Read { .. } if self.copy != Some(Hold::Held) => {
                return Err(refused());
            }
            Step::Export => return Ok(Answer::Announced { announced }),
            Step::Read { .. } => return Ok(Answer::Chunk { sum: String::new() }),
            Step::Import { .. } if self.copy.is_some() => {
                return Ok(Answer::Have { chunks: CHUNKS });
            }
            Step::Import { .. } => {
                return Ok(Answer::Have { chunks: self.coming.get_or_insert((0, 0)).0 });
            }
            Step::Write { chunk, .. } => {
                let coming = self.coming.as_mut().ok_or(ProviderError::NotFound)?;
                if *chunk == coming.0 && coming.0 < CHUNKS {
                    *coming = (coming.0 + 1, 0);
                }
                return Ok(Answer::Have { chunks: coming.0 });
            }
            Step::Look | Step::Take { .. } | Step::DiscardSealed => {
                unreachable!("no move asks for these")
            }
            Step::Check { chunk } => {
                let coming = self.coming.as_mut().ok_or(ProviderError::NotFound)?;
                if *chunk == 0 {
                    coming.1 = 0;
                }
                if *chunk == coming.1 {
                    coming.1 = (chunk + 7).min(coming.0);
                }
                return Ok(Answer::Checked { chunks: coming.1, good: true });
            }
            Step::Commit => {
                if self.copy.is_none() {
                    let coming = self.coming.ok_or(ProviderError::NotFound)?;
                    if coming != (CHUNKS, CHUNKS) {
                        return Err(ProviderError::Unavailable("not checked".to_owned()));
                    }
                    self.copy = Some(Hold::Held);
                }
                self.coming = None;
            }
            Step::Open { trial } => match self.copy {
                None => return Err(ProviderError::NotFound),
                Some(Hold::None) if *trial => return Err(ProviderError::NotFound),
                Some(Hold::Sealed) => return Err(refused()),
                Some(Hold::None | Hold::Held | Hold::Free) => self.copy = Some(Hold::Free),
            },
            Step::Seal => match self.copy {
                None => return Err(ProviderError::NotFound),
                Some(Hold::None | Hold::Free) => return Err(refused()),
                Some(Hold::Held | Hold::Sealed) => self.copy = Some(Hold::Sealed),
            },
            Step::Discard => {
                self.coming = None;
                if matches!(self.copy, Some(Hold::Held | Hold::Sealed)) {
                    self.copy = None;
                }
            }
        }
        Ok(Answer::Done)
    }
}

/// Everything there is: two machines, chance, and whether anybody ever saw two that start.
struct World {
    machines: Mutex<[Model; 2]>,
    noise: Mutex<Noise>,
    /// One step in so many fails.
    fails: usize,
}

struct Machine {
    world: Arc<World>,
    number: usize,
}

impl World {
    fn chance(&self, one_in: usize) -> bool {
        0 < one_in && self.noise.lock().unwrap().below(one_in) == 0
    }

    fn judge(&self) {
        let machines = self.machines.lock().unwrap();
        let startable = machines.iter().filter(|it| it.is_startable()).count();
        assert!(startable <= 1, "both start: {machines:?}");
        assert!(machines.iter().any(|it| it.copy.is_some()), "it is lost: {machines:?}");
    }
}

#[async_trait]
impl Provider for Machine {
    async fn transfer(
        &self,
        _: &WorkspaceId,
        _: &MoveId,
        step: Step,
        _: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        let away = || Err(ProviderError::Unavailable("killed".to_owned()));
        if self.world.chance(self.world.fails) {
            return away();
        }
        let full = matches!(step, Step::Write { .. }) && self.world.chance(200);
        if full {
            return Err(ProviderError::StorageFull("full".to_owned()));
        }
        // A kernel that does not come up is not let go of.
        if matches!(step, Step::Open { trial: true }) && self.world.chance(3) {
            return away();
        }
        let answer = self.world.machines.lock().unwrap()[self.number].step(&step);
        self.world.judge();
        if self.world.chance(self.world.fails) {
            if let Some(coming) = &mut self.world.machines.lock().unwrap()[self.number].coming {
                coming.1 = 0;
            }
            return away();
        }
        answer.map(|it| (it, Bytes::new()))
    }

    async fn create(&self, _: &WorkspaceId) -> Result<(), ProviderError> {
        Err(ProviderError::NotFound)
    }

    async fn exists(&self, _: &WorkspaceId) -> Result<bool, ProviderError> {
        Err(ProviderError::NotFound)
    }

    async fn remove(&self, _: &WorkspaceId) -> Result<(), ProviderError> {
        Err(ProviderError::NotFound)
    }

    async fn connect(&self, _: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        Err(ProviderError::NotFound)
    }

    async fn connect_port(&self, _: &WorkspaceId, _: u16) -> Result<BoxedStream, PortError> {
        Err(PortError::NoKernel)
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        Ok(Vec::new())
    }

    async fn health(&self) -> Result<(), ProviderError> {
        Ok(())
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        broadcast::channel(1).1
    }
}

struct Curious(Arc<World>);

#[async_trait]
impl Watch for Curious {
    async fn told(&self, progress: Progress) -> bool {
        assert!(progress.bytes_done <= progress.bytes_total);
        !self.0.chance(30)
    }
}

/// Runs one move to its end. Where it ends, and how.
async fn run(seed: u64, fails: usize, cancels: usize) -> (MovePhase, Place) {
    let machines = [Model { copy: Some(Hold::None), ..Model::default() }, Model::default()];
    let noise = Mutex::new(Noise::new(seed));
    let world = Arc::new(World { machines: Mutex::new(machines), noise, fails });
    let machine = |number| {
        let machine: Arc<dyn Provider> = Arc::new(Machine { world: Arc::clone(&world), number });
        Ok(machine)
    };
    let moving = Moving {
        id: MoveId::from_random(1),
        workspace: WorkspaceId::from_random(1),
        from: machine(0),
        to: machine(1),
    };
    let watch = Curious(Arc::clone(&world));
    let (mut phase, mut place, mut cancelled) = (MovePhase::Preparing, Place::Source, false);
    let mut past = vec![phase];
    for _ in 0..10_000 {
        if phase.is_over() {
            break;
        }
        cancelled |= world.chance(cancels) && phase.can_cancel();
        if let Some(next) = before(phase, cancelled) {
            phase = next;
            continue;
        }
        // A gateway that was thought gone does what it was about to do, and nobody listens to it.
        if world.chance(4) {
            let late = past[world.noise.lock().unwrap().below(past.len())];
            moving.perform(late, &watch).await;
        }
        let outcome = moving.perform(phase, &watch).await;
        // The gateway is killed before it writes anything down.
        if world.chance(5) {
            continue;
        }
        if let Some((next, placed)) = after(phase, cancelled, &outcome) {
            (phase, place) = (next, placed.unwrap_or(place));
            past.push(phase);
        }
    }
    let machines = world.machines.lock().unwrap();
    assert!(phase.is_over(), "seed {seed}: it stays {phase:?}, {machines:?}");
    let here = usize::from(place == Place::Target);
    assert!(machines[here].is_startable(), "seed {seed}: {place:?} {machines:?}");
    assert!(machines[1 - here].copy.is_none(), "seed {seed}: a copy is left, {machines:?}");
    (phase, place)
}

#[tokio::test]
async fn whatever_fails_one_copy_starts_at_the_end_and_never_two() {
    let (mut done, mut returned) = (0, 0);
    for seed in 0..3_000 {
        match run(seed, 8, 25).await {
            (MovePhase::Done, Place::Target) => done += 1,
            (MovePhase::Cancelled | MovePhase::Failed, Place::Source) => returned += 1,
            odd => panic!("seed {seed}: {odd:?}"),
        }
    }
    assert!(100 < done && 100 < returned, "{done} came there, {returned} went back");
}

#[tokio::test]
async fn a_move_that_nobody_cancels_and_no_disk_stops_comes_to_its_end() {
    let mut done = 0;
    for seed in 0..300 {
        let ended = run(seed, 12, 0).await;
        assert!(matches!(ended.0, MovePhase::Done | MovePhase::Failed), "seed {seed}: {ended:?}");
        done += usize::from(ended.0 == MovePhase::Done);
    }
    assert!(150 < done, "{done}");
}

#[test]
fn a_session_that_started_there_is_never_taken_back() {
    assert_eq!(
        after(MovePhase::Returning, true, &Outcome::Started),
        Some((MovePhase::Clearing, None))
    );
    for phase in [MovePhase::Clearing, MovePhase::Done, MovePhase::Abandoning] {
        assert_eq!(before(phase, true), None);
    }
    for phase in MovePhase::ALL {
        assert_eq!(phase.can_cancel(), before(phase, true).is_some(), "{phase:?}");
        assert_eq!(MovePhase::parse(phase.as_str()), Some(phase));
    }
}
