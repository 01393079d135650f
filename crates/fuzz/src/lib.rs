//! One fuzz target a parser: whatever the bytes, none may panic, hang, or accept a second spelling of what it accepts.
//!
//! The same functions are driven twice: by [`driver`] on stable Rust inside `cargo test -p jinku-fuzz` (deterministic,
//! seeded, from the vectors), and by libFuzzer under `fuzz/` with nightly Rust, guided by coverage.
//!
//! ```
//! let path = jinku_fuzz::TARGETS.iter().find(|t| t.name == "path").expect("there");
//! jinku_fuzz::driver::drive(path, 1, 200).expect("no input breaks it");
//! ```

mod appraisal;
mod approver;
mod bitcoin;
mod chains;
pub mod corpus;
pub mod driver;
mod journal;
pub mod mutate;
mod policies;
mod solana;
mod targets;
pub mod wrap;

pub use targets::{TARGETS, Target, run};
