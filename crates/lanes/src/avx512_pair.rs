//! 16 lanes of x86-64 AVX-512F: two vectors of [`avx512`] side by side.
//!
//! One set of eight lanes waits for its own results most of the time (each round of SHA-512 depends on the one before); a second
//! set fills the gaps. `unsafe` stands here only in the calls into functions compiled for `avx512f` ([`define_engine!`]), after the
//! CPU was asked.

use core::arch::x86_64::__m512i;

use crate::avx512::{self, Avx512};
use crate::engine::{Block, Sponge, State};
use crate::kernel::{define_engine, define_lanes, define_sha512, operations};

const L: usize = 16;
type V = (__m512i, __m512i);

/// Two sets of eight lanes, on a CPU that has AVX-512F.
#[derive(Clone, Copy)]
pub(crate) struct Avx512Pair(pub(crate) Avx512);

define_engine!(Avx512Pair);

#[inline]
#[target_feature(enable = "avx512f")]
fn load_row(row: &[u64; L]) -> V {
    let ([low, high], _) = row.as_chunks::<8>() else {
        return splat(0);
    };
    (avx512::load_row(low), avx512::load_row(high))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_row(vector: V, row: &mut [u64; L]) {
    if let ([low, high], _) = row.as_chunks_mut::<8>() {
        avx512::store_row(vector.0, low);
        avx512::store_row(vector.1, high);
    }
}

operations! {
    #[target_feature(enable = "avx512f")]
    add(a, b) = (avx512::add(a.0, b.0), avx512::add(a.1, b.1));
    xor(a, b) = (avx512::xor(a.0, b.0), avx512::xor(a.1, b.1));
    xor3(a, b, c) = (avx512::xor3(a.0, b.0, c.0), avx512::xor3(a.1, b.1, c.1));
    choose(e, f, g) = (avx512::choose(e.0, f.0, g.0), avx512::choose(e.1, f.1, g.1));
    majority(a, b, c) = (avx512::majority(a.0, b.0, c.0), avx512::majority(a.1, b.1, c.1));
}

#[inline]
#[target_feature(enable = "avx512f")]
fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
    (
        avx512::rotate::<RIGHT, LEFT>(a.0),
        avx512::rotate::<RIGHT, LEFT>(a.1),
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
fn shift<const RIGHT: u32>(a: V) -> V {
    (avx512::shift::<RIGHT>(a.0), avx512::shift::<RIGHT>(a.1))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(x: u64) -> V {
    let one = avx512::splat(x);
    (one, one)
}

define_lanes!(#[target_feature(enable = "avx512f")]);
define_sha512!(#[target_feature(enable = "avx512f")]);

/// Keccak's 25 words fill the registers: a second set would only spill, so the sets go one after the other.
#[target_feature(enable = "avx512f")]
fn permute(sponge: &mut Sponge<L>) {
    for half in 0..2 {
        let mut eight: Sponge<8> = [[0; 8]; 25];
        for (row, out) in sponge.iter().zip(&mut eight) {
            out.copy_from_slice(&row[half * 8..half * 8 + 8]);
        }
        avx512::permute(&mut eight);
        for (row, out) in eight.iter().zip(sponge.iter_mut()) {
            out[half * 8..half * 8 + 8].copy_from_slice(row);
        }
    }
}
