//! A device from its making to its answers, and what it refuses. One program of tests: each one is linked whole.

mod common;
mod files;
mod pins;
mod process;
mod refusals;
