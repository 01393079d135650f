//! 2 lanes of AArch64 NEON, which every AArch64 CPU has.
//!
//! `unsafe` stands here only for the two-word loads and stores through raw pointers and for calls into functions compiled for
//! `neon`. This backend is compiled in the checks but has not run on the project's machines; its tests are those of every backend
//! and run on the first AArch64 build.

use core::arch::aarch64::*;

use crate::engine::{Block, Sponge, State};
use crate::kernel::{define_engine, define_keccak, define_lanes, define_sha512, operations};

const L: usize = 2;
type V = uint64x2_t;

/// The NEON unit; every AArch64 CPU has it, so any value is the proof.
#[derive(Clone, Copy)]
pub(crate) struct Neon;

define_engine!(Neon);

#[inline]
#[target_feature(enable = "neon")]
fn load_row(row: &[u64; L]) -> V {
    // SAFETY: the pointer is to an initialised row as large as one vector; the load has no alignment need.
    unsafe { vld1q_u64(row.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store_row(vector: V, row: &mut [u64; L]) {
    // SAFETY: the pointer is to a row as large as one vector, borrowed mutably; the store has no alignment need.
    unsafe { vst1q_u64(row.as_mut_ptr(), vector) }
}

operations! {
    #[target_feature(enable = "neon")]
    add(a, b) = vaddq_u64(a, b);
    xor(a, b) = veorq_u64(a, b);
    xor3(a, b, c) = xor(xor(a, b), c);
    choose(e, f, g) = vbslq_u64(e, f, g);
    majority(a, b, c) = vbslq_u64(xor(a, b), c, b);
    chi(a, b, c) = xor(a, vbicq_u64(c, b));
}

#[inline]
#[target_feature(enable = "neon")]
fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
    vsriq_n_u64::<RIGHT>(vshlq_n_u64::<LEFT>(a), a)
}

#[inline]
#[target_feature(enable = "neon")]
fn shift<const RIGHT: i32>(a: V) -> V {
    vshrq_n_u64::<RIGHT>(a)
}

#[inline]
#[target_feature(enable = "neon")]
fn splat(x: u64) -> V {
    vdupq_n_u64(x)
}

define_lanes!(#[target_feature(enable = "neon")]);
define_sha512!(#[target_feature(enable = "neon")]);
define_keccak!(#[target_feature(enable = "neon")]);
