//! When the programs of the workspace were ended last: what they were in the middle of writing then
//! stays as it was.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::clock;

/// Longest time between two writes of one program to one file, in milliseconds; who takes longer is
/// not waited for either.
const WRITING_MS: u64 = 10_000;

/// Cheap to clone; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Endings {
    /// In milliseconds since 1970.
    last: Arc<Mutex<Option<RangeInclusive<u64>>>>,
}

impl Endings {
    /// Programs end from now on.
    pub fn begin(&self) {
        let since_ms = clock::now_ms().saturating_sub(WRITING_MS);
        *self.last() = Some(since_ms..=u64::MAX);
    }

    /// None of them is left.
    pub fn end(&self) {
        let mut last = self.last();
        *last = last.take().map(|it| *it.start()..=clock::now_ms().min(*it.end()));
    }

    /// Whether who wrote a file that changed last at `changed_ms` may have been ended in the middle
    /// of it.
    pub fn may_have_cut(&self, changed_ms: u64) -> bool {
        self.last().as_ref().is_some_and(|it| it.contains(&changed_ms))
    }

    fn last(&self) -> MutexGuard<'_, Option<RangeInclusive<u64>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
