//! 8 lanes of x86-64 AVX-512F, with native rotates and three-input logic.
//!
//! `unsafe` stands here for two reasons only: unaligned vector loads and stores through raw pointers into arrays of exactly the
//! vector's size, and the calls into functions compiled for `avx512f`, which are sound because a value of [`Avx512`] is only made
//! after the CPU was asked.

use core::arch::x86_64::*;

use crate::engine::{Block, Engine, Sponge, State};
use crate::kernel::{define_keccak, define_sha512};

const L: usize = 8;
type V = __m512i;

/// Proof that this CPU has avx512f.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// The proof, where the CPU and the operating system support it.
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

impl Engine<L> for Avx512 {
    fn compress(self, state: &mut State<L>, block: &Block<L>) {
        // SAFETY: `self` proves that the CPU has the feature.
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
        // SAFETY: `self` proves that the CPU has the feature.
        unsafe { iterate(inner, outer, u, t, rounds) }
    }

    fn permute(self, sponge: &mut Sponge<L>) {
        // SAFETY: `self` proves that the CPU has the feature.
        unsafe { permute(sponge) }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load<const N: usize>(words: &[[u64; L]; N]) -> [V; N] {
    core::array::from_fn(|i| {
        // SAFETY: the pointer is to an initialised array as large as one vector; the load has no alignment need.
        unsafe { _mm512_loadu_si512(words[i].as_ptr().cast()) }
    })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store<const N: usize>(vectors: &[V; N], words: &mut [[u64; L]; N]) {
    for (vector, out) in vectors.iter().zip(words) {
        // SAFETY: the pointer is to an array as large as one vector, borrowed mutably; the store has no alignment need.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), *vector) }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(a: V, b: V) -> V {
    _mm512_add_epi64(a, b)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn xor(a: V, b: V) -> V {
    _mm512_xor_si512(a, b)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn xor3(a: V, b: V, c: V) -> V {
    _mm512_ternarylogic_epi64::<0x96>(a, b, c)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn choose(e: V, f: V, g: V) -> V {
    _mm512_ternarylogic_epi64::<0xca>(e, f, g)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn majority(a: V, b: V, c: V) -> V {
    _mm512_ternarylogic_epi64::<0xe8>(a, b, c)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn chi(a: V, b: V, c: V) -> V {
    _mm512_ternarylogic_epi64::<0xd2>(a, b, c)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
    _mm512_ror_epi64::<RIGHT>(a)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn shift<const RIGHT: u32>(a: V) -> V {
    _mm512_srli_epi64::<RIGHT>(a)
}
#[inline]
#[target_feature(enable = "avx512f")]
fn splat(x: u64) -> V {
    _mm512_set1_epi64(x as i64)
}

define_sha512!(#[target_feature(enable = "avx512f")]);
define_keccak!(#[target_feature(enable = "avx512f")]);

#[target_feature(enable = "avx512f")]
fn compress(state: &mut State<L>, block: &Block<L>) {
    let done = compress_vectors(&load(state), load(block));
    store(&done, state);
}

#[target_feature(enable = "avx512f")]
fn iterate(inner: &State<L>, outer: &State<L>, u: &mut State<L>, t: &mut State<L>, rounds: u32) {
    let (mut uv, mut tv) = (load(u), load(t));
    iterate_vectors(&load(inner), &load(outer), &mut uv, &mut tv, rounds);
    store(&uv, u);
    store(&tv, t);
}

#[target_feature(enable = "avx512f")]
fn permute(sponge: &mut Sponge<L>) {
    let mut vectors = load(sponge);
    permute_vectors(&mut vectors);
    store(&vectors, sponge);
}
