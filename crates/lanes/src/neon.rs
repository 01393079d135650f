//! 2 lanes of AArch64 NEON, which every AArch64 CPU has.
//!
//! `unsafe` stands here only for the two-word loads and stores through raw pointers and for calls
//! into functions compiled for `neon`. This backend is compiled in the checks but
//! has not run on the project's machines; its tests are those of every backend and run on the first AArch64 build.

use core::arch::aarch64::*;

use crate::engine::{Block, Engine, Sponge, State};
use crate::kernel::{define_keccak, define_sha512};

const L: usize = 2;
type V = uint64x2_t;

/// The NEON unit.
#[derive(Clone, Copy)]
pub(crate) struct Neon;

impl Engine<L> for Neon {
    fn compress(self, state: &mut State<L>, block: &Block<L>) {
        // SAFETY: NEON is part of AArch64.
        unsafe { compress(state, block) }
    }

    fn iterate(
        self,
        inner: &State<L>,
        outer: &State<L>,
        u: &mut State<L>,
        t: &mut State<L>,
        rounds: u32,
    ) {
        // SAFETY: NEON is part of AArch64.
        unsafe { iterate(inner, outer, u, t, rounds) }
    }

    fn permute(self, sponge: &mut Sponge<L>) {
        // SAFETY: NEON is part of AArch64.
        unsafe { permute(sponge) }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load<const N: usize>(words: &[[u64; L]; N]) -> [V; N] {
    core::array::from_fn(|i| {
        // SAFETY: the pointer is to an initialised array of two words.
        unsafe { vld1q_u64(words[i].as_ptr()) }
    })
}

#[inline]
#[target_feature(enable = "neon")]
fn store<const N: usize>(vectors: &[V; N], words: &mut [[u64; L]; N]) {
    for (vector, out) in vectors.iter().zip(words) {
        // SAFETY: the pointer is to an array of two words, borrowed mutably.
        unsafe { vst1q_u64(out.as_mut_ptr(), *vector) }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn add(a: V, b: V) -> V {
    vaddq_u64(a, b)
}
#[inline]
#[target_feature(enable = "neon")]
fn xor(a: V, b: V) -> V {
    veorq_u64(a, b)
}
#[inline]
#[target_feature(enable = "neon")]
fn xor3(a: V, b: V, c: V) -> V {
    veorq_u64(veorq_u64(a, b), c)
}
#[inline]
#[target_feature(enable = "neon")]
fn choose(e: V, f: V, g: V) -> V {
    vbslq_u64(e, f, g)
}
#[inline]
#[target_feature(enable = "neon")]
fn majority(a: V, b: V, c: V) -> V {
    vbslq_u64(veorq_u64(a, b), c, b)
}
#[inline]
#[target_feature(enable = "neon")]
fn chi(a: V, b: V, c: V) -> V {
    veorq_u64(a, vbicq_u64(c, b))
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

define_sha512!(#[target_feature(enable = "neon")]);
define_keccak!(#[target_feature(enable = "neon")]);

#[target_feature(enable = "neon")]
fn compress(state: &mut State<L>, block: &Block<L>) {
    let done = compress_vectors(&load(state), load(block));
    store(&done, state);
}

#[target_feature(enable = "neon")]
fn iterate(inner: &State<L>, outer: &State<L>, u: &mut State<L>, t: &mut State<L>, rounds: u32) {
    let (mut uv, mut tv) = (load(u), load(t));
    iterate_vectors(&load(inner), &load(outer), &mut uv, &mut tv, rounds);
    store(&uv, u);
    store(&tv, t);
}

#[target_feature(enable = "neon")]
fn permute(sponge: &mut Sponge<L>) {
    let mut vectors = load(sponge);
    permute_vectors(&mut vectors);
    store(&vectors, sponge);
}
