//! 8 lanes of x86-64 AVX-512F, with native rotates and three-input logic.
//!
//! `unsafe` stands here for two reasons only: unaligned vector loads and stores through raw pointers into rows of exactly the
//! vector's size, and the calls into functions compiled for `avx512f` ([`define_engine!`]), which are sound because a value of [`Avx512`]
//! is only made after the CPU was asked.

use core::arch::x86_64::*;

use crate::engine::{Block, Sponge, State};
use crate::kernel::{define_engine, define_keccak, define_lanes, define_sha512, operations};

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

define_engine!(Avx512);

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_row(row: &[u64; L]) -> V {
    // SAFETY: the pointer is to an initialised row as large as one vector; the load has no alignment need.
    unsafe { _mm512_loadu_si512(row.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_row(vector: V, row: &mut [u64; L]) {
    // SAFETY: the pointer is to a row as large as one vector, borrowed mutably; the store has no alignment need.
    unsafe { _mm512_storeu_si512(row.as_mut_ptr().cast(), vector) }
}

operations! {
    #[target_feature(enable = "avx512f")]
    add(a, b) = _mm512_add_epi64(a, b);
    xor(a, b) = _mm512_xor_si512(a, b);
    xor3(a, b, c) = _mm512_ternarylogic_epi64::<0x96>(a, b, c);
    choose(e, f, g) = _mm512_ternarylogic_epi64::<0xca>(e, f, g);
    majority(a, b, c) = _mm512_ternarylogic_epi64::<0xe8>(a, b, c);
    chi(a, b, c) = _mm512_ternarylogic_epi64::<0xd2>(a, b, c);
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
    _mm512_ror_epi64::<RIGHT>(a)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn shift<const RIGHT: u32>(a: V) -> V {
    _mm512_srli_epi64::<RIGHT>(a)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn splat(x: u64) -> V {
    _mm512_set1_epi64(x as i64)
}

define_lanes!(#[target_feature(enable = "avx512f")]);
define_sha512!(#[target_feature(enable = "avx512f")]);
define_keccak!(#[target_feature(enable = "avx512f")]);
