//! 16 lanes of x86-64 AVX-512F: two vectors side by side.
//!
//! One set of eight lanes waits for its own results most of the time (each round of SHA-512 depends on the one before); a second
//! set fills the gaps. `unsafe` stands here as in `avx512`: for vector loads and stores through raw pointers into arrays of exactly
//! two vectors' size, and for the calls into functions compiled for `avx512f`, after the CPU was asked.

use core::arch::x86_64::*;

use crate::avx512::Avx512;
use crate::engine::{Block, Engine, Sponge, State};
use crate::kernel::define_sha512;

const L: usize = 16;
type V = (__m512i, __m512i);

/// Two sets of eight lanes, on a CPU that has AVX-512F.
#[derive(Clone, Copy)]
pub(crate) struct Avx512Pair(pub(crate) Avx512);

impl Engine<L> for Avx512Pair {
    fn compress(self, state: &mut State<L>, block: &Block<L>) {
        // SAFETY: the token in `self` proves that the CPU has the feature.
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
        // SAFETY: the token in `self` proves that the CPU has the feature.
        unsafe { iterate(inner, outer, u, t, rounds) }
    }

    fn permute(self, sponge: &mut Sponge<L>) {
        // Keccak's 25 words fill the registers: a second set would only spill.
        for half in 0..2 {
            let mut eight: Sponge<8> = [[0; 8]; 25];
            for (row, out) in sponge.iter().zip(&mut eight) {
                out.copy_from_slice(&row[half * 8..half * 8 + 8]);
            }
            self.0.permute(&mut eight);
            for (row, out) in eight.iter().zip(sponge.iter_mut()) {
                out[half * 8..half * 8 + 8].copy_from_slice(row);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load<const N: usize>(words: &[[u64; L]; N]) -> [V; N] {
    let mut out = [(_mm512_setzero_si512(), _mm512_setzero_si512()); N];
    for (pair, row) in out.iter_mut().zip(words) {
        let (low, high) = row.split_at(8);
        // SAFETY: each half is eight initialised words; the loads have no alignment need.
        *pair = unsafe {
            (
                _mm512_loadu_si512(low.as_ptr().cast()),
                _mm512_loadu_si512(high.as_ptr().cast()),
            )
        };
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store<const N: usize>(vectors: &[V; N], words: &mut [[u64; L]; N]) {
    for (pair, row) in vectors.iter().zip(words) {
        let (low, high) = row.split_at_mut(8);
        // SAFETY: each half is eight words, borrowed mutably; the stores have no alignment need.
        unsafe {
            _mm512_storeu_si512(low.as_mut_ptr().cast(), pair.0);
            _mm512_storeu_si512(high.as_mut_ptr().cast(), pair.1);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(a: V, b: V) -> V {
    (_mm512_add_epi64(a.0, b.0), _mm512_add_epi64(a.1, b.1))
}
#[inline]
#[target_feature(enable = "avx512f")]
fn xor(a: V, b: V) -> V {
    (_mm512_xor_si512(a.0, b.0), _mm512_xor_si512(a.1, b.1))
}
#[inline]
#[target_feature(enable = "avx512f")]
fn xor3(a: V, b: V, c: V) -> V {
    (
        _mm512_ternarylogic_epi64::<0x96>(a.0, b.0, c.0),
        _mm512_ternarylogic_epi64::<0x96>(a.1, b.1, c.1),
    )
}
#[inline]
#[target_feature(enable = "avx512f")]
fn choose(e: V, f: V, g: V) -> V {
    (
        _mm512_ternarylogic_epi64::<0xca>(e.0, f.0, g.0),
        _mm512_ternarylogic_epi64::<0xca>(e.1, f.1, g.1),
    )
}
#[inline]
#[target_feature(enable = "avx512f")]
fn majority(a: V, b: V, c: V) -> V {
    (
        _mm512_ternarylogic_epi64::<0xe8>(a.0, b.0, c.0),
        _mm512_ternarylogic_epi64::<0xe8>(a.1, b.1, c.1),
    )
}
#[inline]
#[target_feature(enable = "avx512f")]
fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
    (
        _mm512_ror_epi64::<RIGHT>(a.0),
        _mm512_ror_epi64::<RIGHT>(a.1),
    )
}
#[inline]
#[target_feature(enable = "avx512f")]
fn shift<const RIGHT: u32>(a: V) -> V {
    (
        _mm512_srli_epi64::<RIGHT>(a.0),
        _mm512_srli_epi64::<RIGHT>(a.1),
    )
}
#[inline]
#[target_feature(enable = "avx512f")]
fn splat(x: u64) -> V {
    let one = _mm512_set1_epi64(x as i64);
    (one, one)
}

define_sha512!(#[target_feature(enable = "avx512f")]);

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
