//! Drives a target on stable Rust: seeds first, then mutations, all from one number.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::Target;
use crate::mutate::{Random, mutate};
use crate::wrap::mended;

/// One input may take no longer than this, on a busy machine and in a debug build.
pub const SLOWEST: Duration = Duration::from_secs(10);

/// An input that breaks a target.
pub struct Broken {
    /// The target.
    pub target: &'static str,
    /// The seed of the run.
    pub seed: u64,
    /// Which input of the run.
    pub number: usize,
    /// What happened.
    pub what: String,
    /// The input.
    pub input: Vec<u8>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "target {} broke at input {} of seed {}: {}\ninput (hex): {}\nas text: {}\nagain: JINKU_FUZZ_SEED={} cargo test -p jinku-fuzz {}",
            self.target,
            self.number,
            self.seed,
            self.what,
            hex::encode(&self.input),
            String::from_utf8_lossy(&self.input).escape_debug(),
            self.seed,
            self.target,
        )
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Holds when none of the target's seeds and none of `count` mutations of them breaks it; returns how many were run.
///
/// # Errors
/// The first input that panics or takes longer than [`SLOWEST`].
pub fn drive(target: &Target, seed: u64, count: usize) -> Result<usize, Box<Broken>> {
    let mut pool = (target.seeds)();
    let seeds = pool.len();
    let mut random = Random::new(seed);
    for number in 0..seeds + count {
        let input = if number < seeds {
            pool[number].clone()
        } else {
            next(target, &mut random, &pool)
        };
        let started = Instant::now();
        let caught = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        let took = started.elapsed();
        let what = match caught {
            Err(cause) => Some(format!("a panic: {}", words(&*cause))),
            Ok(()) if took > SLOWEST => Some(format!("it took {} ms", took.as_millis())),
            Ok(()) => None,
        };
        if let Some(what) = what {
            return Err(Box::new(Broken {
                target: target.name,
                seed,
                number,
                what,
                input,
            }));
        }
        // Some mutants are kept to be mutated further, so that changes add up.
        if number >= seeds && random.below(16) == 0 {
            if pool.len() < 2 * seeds + 64 {
                pool.push(input);
            } else {
                let place = seeds + random.below(pool.len() - seeds);
                pool[place] = input;
            }
        }
    }
    Ok(seeds + count)
}

fn next(target: &Target, random: &mut Random, pool: &[Vec<u8>]) -> Vec<u8> {
    let empty = Vec::new();
    let base = pool.get(random.below(pool.len())).unwrap_or(&empty);
    if random.below(2) == 0
        && let Some(input) = mended(target.wrap, random, base, pool)
    {
        return input;
    }
    mutate(random, base, pool)
}

fn words(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(no words)".to_owned())
}
