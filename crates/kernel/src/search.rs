//! Search by content, and replacing across files.
//!
//! `pattern.rs` understands what is looked for and what it becomes, `scope.rs` where; `look.rs` looks
//! into one file, `run.rs` is one search from beginning to end, with a few threads of its own
//! (`files/sweep.rs`). `replace.rs` changes files
//! by the one way in which requests change them, and `undo.rs` keeps what they were.
//!
//! A search is bounded in every direction: threads, memory, matches, time. Links are not followed, and
//! what is no regular file is not opened for long enough to wait for it. When the client goes away the
//! threads end at the next match or block of a file.

mod error;
mod http;
mod look;
mod pattern;
mod replace;
mod rewrite;
mod run;
mod scope;
mod undo;

pub use http::{openapi, router};
pub use rewrite::{Changes, Rewrite};

use crate::context::Context;
use crate::documents::Documents;
use crate::files::Files;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// Searches at the same time; a further one waits for its turn.
const SEARCHES_MAX: usize = 2;

/// The search of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    shared: Arc<Shared>,
}

struct Shared {
    context: Context,
    files: Files,
    documents: Documents,
    turns: Arc<Semaphore>,
    /// One replacement after the other: each keeps what it takes to undo it.
    replacing: Arc<Mutex<()>>,
}

impl Search {
    pub fn new(context: &Context, files: &Files, documents: &Documents) -> Self {
        let shared = Shared {
            context: context.clone(),
            files: files.clone(),
            documents: documents.clone(),
            turns: Arc::new(Semaphore::new(SEARCHES_MAX)),
            replacing: Arc::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Searches that could begin at once; all of them when none runs.
    pub fn idle(&self) -> usize {
        self.shared.turns.available_permits()
    }

    /// Resolves when no search runs.
    pub async fn settled(&self) {
        let all = u32::try_from(SEARCHES_MAX).unwrap_or(u32::MAX);
        drop(self.shared.turns.acquire_many(all).await);
    }
}
