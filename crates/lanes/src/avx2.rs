//! 4 lanes of x86-64 AVX2.
//!
//! `unsafe` stands here for two reasons only: unaligned vector loads and stores through raw pointers into arrays of exactly the
//! vector's size, and the calls into functions compiled for `avx2`, which are sound because a value of [`Avx2`] is only made
//! after the CPU was asked.

use core::arch::x86_64::*;

use crate::engine::{Block, Engine, Sponge, State};
use crate::kernel::{define_keccak, define_sha512};

const L: usize = 4;
type V = __m256i;

/// Proof that this CPU has avx2.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// The proof, where the CPU and the operating system support it.
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Engine<L> for Avx2 {
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
#[target_feature(enable = "avx2")]
fn load<const N: usize>(words: &[[u64; L]; N]) -> [V; N] {
    core::array::from_fn(|i| {
        // SAFETY: the pointer is to an initialised array as large as one vector; the load has no alignment need.
        unsafe { _mm256_loadu_si256(words[i].as_ptr().cast()) }
    })
}

#[inline]
#[target_feature(enable = "avx2")]
fn store<const N: usize>(vectors: &[V; N], words: &mut [[u64; L]; N]) {
    for (vector, out) in vectors.iter().zip(words) {
        // SAFETY: the pointer is to an array as large as one vector, borrowed mutably; the store has no alignment need.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), *vector) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(a: V, b: V) -> V {
    _mm256_add_epi64(a, b)
}
#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: V, b: V) -> V {
    _mm256_xor_si256(a, b)
}
#[inline]
#[target_feature(enable = "avx2")]
fn xor3(a: V, b: V, c: V) -> V {
    xor(xor(a, b), c)
}
#[inline]
#[target_feature(enable = "avx2")]
fn choose(e: V, f: V, g: V) -> V {
    xor(g, _mm256_and_si256(e, xor(f, g)))
}
#[inline]
#[target_feature(enable = "avx2")]
fn majority(a: V, b: V, c: V) -> V {
    xor(b, _mm256_and_si256(xor(a, b), xor(b, c)))
}
#[inline]
#[target_feature(enable = "avx2")]
fn chi(a: V, b: V, c: V) -> V {
    xor(a, _mm256_andnot_si256(b, c))
}
#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
    _mm256_or_si256(_mm256_srli_epi64::<RIGHT>(a), _mm256_slli_epi64::<LEFT>(a))
}
#[inline]
#[target_feature(enable = "avx2")]
fn shift<const RIGHT: i32>(a: V) -> V {
    _mm256_srli_epi64::<RIGHT>(a)
}
#[inline]
#[target_feature(enable = "avx2")]
fn splat(x: u64) -> V {
    _mm256_set1_epi64x(x as i64)
}

define_sha512!(#[target_feature(enable = "avx2")]);
define_keccak!(#[target_feature(enable = "avx2")]);

#[target_feature(enable = "avx2")]
fn compress(state: &mut State<L>, block: &Block<L>) {
    let done = compress_vectors(&load(state), load(block));
    store(&done, state);
}

#[target_feature(enable = "avx2")]
fn iterate(inner: &State<L>, outer: &State<L>, u: &mut State<L>, t: &mut State<L>, rounds: u32) {
    let (mut uv, mut tv) = (load(u), load(t));
    iterate_vectors(&load(inner), &load(outer), &mut uv, &mut tv, rounds);
    store(&uv, u);
    store(&tv, t);
}

#[target_feature(enable = "avx2")]
fn permute(sponge: &mut Sponge<L>) {
    let mut vectors = load(sponge);
    permute_vectors(&mut vectors);
    store(&vectors, sponge);
}
