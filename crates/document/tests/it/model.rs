//! Random interleavings of typing, programs, saves, crashes and reconnects.
//!
//! A failing seed is repeated with `STEAD_MODEL_SEED=<seed>`, which also prints every step; a long run
//! is `STEAD_MODEL_RUNS=<count>`.

use crate::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Worlds in an ordinary run of the tests: some seconds.
const RUNS: u64 = 300;
const STEPS: usize = 300;

fn number(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "long runs are asked for by hand")]
    std::env::var(name).ok()?.parse().ok()
}

fn run(seed: u64, trace: bool) -> Result<usize, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(seed, trace);
        for _ in 0..STEPS {
            world.step();
        }
        world.finish();
        world.check().map(|()| world.steps)
    }));
    outcome.unwrap_or_else(|_| Err("it panicked".to_owned()))
}

#[test]
fn nothing_typed_or_written_is_lost_or_doubled() {
    if let Some(seed) = number("STEAD_MODEL_SEED") {
        run(seed, true).unwrap();
        return;
    }
    let runs = number("STEAD_MODEL_RUNS").unwrap_or(RUNS);
    let first = number("STEAD_MODEL_FIRST").unwrap_or(0);
    let (mut steps, mut failed) = (0, Vec::new());
    for seed in first..first + runs {
        match run(seed, false) {
            Ok(count) => steps += count,
            Err(error) => failed.push(format!("seed {seed}: {error}")),
        }
    }
    println!("{runs} worlds, {steps} steps");
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n"));
}

/// Each showed something once: a writer whose knowledge was guessed too late or too early, because
/// blanks weighed as much as words, or because pieces of a stretch were taken for the stretch; a save
/// that came over a write of the last moment; a word that was deleted and came back; a save that was
/// taken for made after a crash; a word that was torn because its line was written anew around it; the
/// end of a text that a program which ended with the kernel had not come to; an old content that a log
/// gave the time of a later one that was the same; the beginning of a word, where a file was cut, that
/// was a word far below.
#[test]
fn seeds_that_failed_once_pass() {
    for seed in [
        2, 23, 27, 46, 55, 80, 171, 174, 266, 504, 680, 703, 722, 903, 1011, 1112, 2123, 2125,
        2482, 3074, 3176, 3270, 4518, 5085, 5220, 5559, 5615, 5688, 7421, 8364, 8675, 8865, 9077,
        9522, 9748, 10267, 10903, 11769, 11908, 13754, 13851, 13902, 14560, 15826, 15880, 16600,
        17264, 17337, 17835, 18222, 90732, 91869, 134_626, 221_206, 7544, 21013, 117_837, 121_120,
        158_466, 196_638, 322_796, 359, 1003, 1591, 3503, 5851, 8663, 431_271, 535_061, 1_334_835,
        1_412_007,
    ] {
        run(seed, false).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}
