//! 4 lanes of x86-64 AVX2.
//!
//! `unsafe` stands here for two reasons only: unaligned vector loads and stores through raw pointers into rows of exactly the
//! vector's size, and the calls into functions compiled for `avx2` ([`define_engine!`]), which are sound because a value of [`Avx2`]
//! is only made after the CPU was asked.

use core::arch::x86_64::*;

use crate::engine::{Block, Sponge, State};
use crate::kernel::{define_engine, define_keccak, define_lanes, define_sha512, operations};

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

define_engine!(Avx2);

#[inline]
#[target_feature(enable = "avx2")]
fn load_row(row: &[u64; L]) -> V {
    // SAFETY: the pointer is to an initialised row as large as one vector; the load has no alignment need.
    unsafe { _mm256_loadu_si256(row.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_row(vector: V, row: &mut [u64; L]) {
    // SAFETY: the pointer is to a row as large as one vector, borrowed mutably; the store has no alignment need.
    unsafe { _mm256_storeu_si256(row.as_mut_ptr().cast(), vector) }
}

operations! {
    #[target_feature(enable = "avx2")]
    add(a, b) = _mm256_add_epi64(a, b);
    xor(a, b) = _mm256_xor_si256(a, b);
    xor3(a, b, c) = xor(xor(a, b), c);
    choose(e, f, g) = xor(g, _mm256_and_si256(e, xor(f, g)));
    majority(a, b, c) = xor(b, _mm256_and_si256(xor(a, b), xor(b, c)));
    chi(a, b, c) = xor(a, _mm256_andnot_si256(b, c));
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

define_lanes!(#[target_feature(enable = "avx2")]);
define_sha512!(#[target_feature(enable = "avx2")]);
define_keccak!(#[target_feature(enable = "avx2")]);
