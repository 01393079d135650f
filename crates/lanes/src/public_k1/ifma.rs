//! The eight lanes of AVX-512 IFMA.
//!
//! `unsafe` stands here for unaligned vector loads and stores through raw pointers into rows of exactly the vector's size, and for the
//! one call into functions compiled for the features, after the CPU was asked.

use core::arch::x86_64::*;

use super::{PublicAdditions, PublicMultiple};
use crate::field_k1::{Eight, F, P, V, ZERO, carry, load, mul, one, splat, store, unpack};

/// Running products kept apart, so that their multiplications overlap.
const CHAINS: usize = 4;

/// What one vector of lanes holds between the passes.
#[derive(Clone, Copy)]
struct Cell {
    x: Eight,
    y: Eight,
    divisor: Eight,
    prefix: Eight,
    numerator: Eight,
    /// Lanes whose digit is zero.
    idle: u8,
}

pub(super) fn run(
    work: &PublicAdditions<'_>,
    x: &mut [[u64; 4]],
    y: &mut [[u64; 4]],
    invert: &dyn Fn(&mut [[u64; 4]; 8]),
) -> bool {
    let empty = Cell {
        x: ZERO,
        y: ZERO,
        divisor: ZERO,
        prefix: ZERO,
        numerator: ZERO,
        idle: 0,
    };
    let mut cells = vec![empty; x.len().div_ceil(8)];
    for (lane, (x, y)) in x.iter().zip(y.iter()).enumerate() {
        cells[lane / 8].x.put(lane % 8, x);
        cells[lane / 8].y.put(lane % 8, y);
    }
    for window in 0..work.digits.len() / work.stride {
        let table = &work.table[window * work.multiples..(window + 1) * work.multiples];
        let digits = &work.digits[window * work.stride..][..x.len()];
        // SAFETY: `available` found the features before `run` was called.
        if !unsafe { add_window(table, digits, &mut cells, invert) } {
            return false;
        }
    }
    for (lane, (x, y)) in x.iter_mut().zip(y.iter_mut()).enumerate() {
        *x = cells[lane / 8].x.get(lane % 8);
        *y = cells[lane / 8].y.get(lane % 8);
    }
    true
}

/// Every cell has moved on by its digits of one window; false where a lane needs the general way.
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_window(
    table: &[PublicMultiple],
    digits: &[i16],
    cells: &mut [Cell],
    invert: &dyn Fn(&mut [[u64; 4]; 8]),
) -> bool {
    let mut running = [one(); CHAINS];
    let mut odd = 0u8;
    for (at, cell) in cells.iter_mut().enumerate() {
        let mut eight = [0i16; 8];
        let some = &digits[at * 8..digits.len().min(at * 8 + 8)];
        eight[..some.len()].copy_from_slice(some);
        odd |= prepare(table, &eight, cell);
        let chain = at % CHAINS;
        store(&running[chain], &mut cell.prefix);
        running[chain] = mul(&running[chain], &load(&cell.divisor));
    }
    if odd != 0 {
        return false;
    }
    let mut inverse = invert_chains(&running, invert);
    for (at, cell) in cells.iter_mut().enumerate().rev() {
        let chain = at % CHAINS;
        let divisor = load(&cell.divisor);
        let quotient = mul(&inverse[chain], &load(&cell.prefix));
        inverse[chain] = mul(&inverse[chain], &divisor);
        finish(cell, &divisor, &quotient);
    }
    true
}

/// Divisor and numerator of the slope stand in the cell; the answer marks lanes whose divisor may be zero.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn prepare(table: &[PublicMultiple], digits: &[i16; 8], cell: &mut Cell) -> u8 {
    let (x2, y2) = gather(table, digits);
    let (mut idle, mut negative) = (0u8, 0u8);
    for (lane, digit) in digits.iter().enumerate() {
        idle |= u8::from(*digit == 0) << lane;
        negative |= u8::from(*digit < 0) << lane;
    }
    let (x1, y1) = (load(&cell.x), load(&cell.y));
    let mut divisor = x2;
    let mut numerator = y2;
    for i in 0..5 {
        let bias = splat(P[i] << 4);
        divisor[i] = _mm512_sub_epi64(_mm512_add_epi64(x2[i], bias), x1[i]);
        let rest = _mm512_sub_epi64(bias, y1[i]);
        let sum = _mm512_add_epi64(rest, y2[i]);
        numerator[i] = _mm512_mask_sub_epi64(sum, negative, rest, y2[i]);
    }
    let mut divisor = carry(divisor);
    // Zero modulo p is 0 or p here; its lowest limb tells, but for one false alarm in 2^51.
    let zero = _mm512_cmpeq_epi64_mask(divisor[0], splat(0))
        | _mm512_cmpeq_epi64_mask(divisor[0], splat(P[0]));
    let unit = one();
    for i in 0..5 {
        divisor[i] = _mm512_mask_mov_epi64(divisor[i], idle, unit[i]);
    }
    store(&divisor, &mut cell.divisor);
    store(&carry(numerator), &mut cell.numerator);
    cell.idle = idle;
    zero & !idle
}

/// The sum's coordinates: slope = numerator · inverse.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish(cell: &mut Cell, divisor: &F, inverse: &F) {
    let (x1, y1) = (load(&cell.x), load(&cell.y));
    let slope = mul(&load(&cell.numerator), inverse);
    let square = mul(&slope, &slope);
    // x2 = x1 + divisor, so x3 = slope² − x1 − x2 = slope² − 2·x1 − divisor.
    let mut x3 = square;
    let mut run = square;
    for i in 0..5 {
        let taken = _mm512_add_epi64(_mm512_add_epi64(x1[i], x1[i]), divisor[i]);
        x3[i] = _mm512_sub_epi64(_mm512_add_epi64(square[i], splat(P[i] << 4)), taken);
    }
    let x3 = carry(x3);
    for i in 0..5 {
        run[i] = _mm512_sub_epi64(_mm512_add_epi64(x1[i], splat(P[i] << 4)), x3[i]);
    }
    let mut y3 = mul(&slope, &carry(run));
    for i in 0..5 {
        y3[i] = _mm512_sub_epi64(_mm512_add_epi64(y3[i], splat(P[i] << 4)), y1[i]);
    }
    let y3 = carry(y3);
    let moved = !cell.idle;
    let (mut x, mut y) = (x1, y1);
    for i in 0..5 {
        x[i] = _mm512_mask_mov_epi64(x1[i], moved, x3[i]);
        y[i] = _mm512_mask_mov_epi64(y1[i], moved, y3[i]);
    }
    store(&x, &mut cell.x);
    store(&y, &mut cell.y);
}

/// The inverses of all chains' products by one call of `invert`.
#[target_feature(enable = "avx512f,avx512ifma")]
fn invert_chains(products: &[F; CHAINS], invert: &dyn Fn(&mut [[u64; 4]; 8])) -> [F; CHAINS] {
    let mut prefix = [one(); CHAINS];
    let mut product = one();
    for (before, factor) in prefix.iter_mut().zip(products) {
        *before = product;
        product = mul(&product, factor);
    }
    let mut memory = ZERO;
    store(&product, &mut memory);
    let mut lanes: [[u64; 4]; 8] = core::array::from_fn(|lane| memory.get(lane));
    invert(&mut lanes);
    lanes
        .iter()
        .enumerate()
        .for_each(|(lane, words)| memory.put(lane, words));
    let mut inverse = load(&memory);
    let mut out = [one(); CHAINS];
    for i in (0..CHAINS).rev() {
        out[i] = mul(&inverse, &prefix[i]);
        inverse = mul(&inverse, &products[i]);
    }
    out
}

/// The entries that the digits name (the first one for a zero), limb-major.
#[inline]
#[target_feature(enable = "avx512f")]
fn gather(table: &[PublicMultiple], digits: &[i16; 8]) -> (F, F) {
    let mut rows = [_mm512_setzero_si512(); 8];
    for (row, digit) in rows.iter_mut().zip(digits) {
        let at = usize::from(digit.unsigned_abs()).saturating_sub(1);
        let entry = &table[at.min(table.len() - 1)];
        // SAFETY: the reference is to eight initialised words; the load has no alignment need.
        *row = unsafe { _mm512_loadu_si512(entry.0.as_ptr().cast()) };
    }
    let [a, b, c, d, e, f, g, h] = transpose(&rows);
    (unpack(a, b, c, d), unpack(e, f, g, h))
}

/// Row i of the answer holds word i of every row.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(r: &[V; 8]) -> [V; 8] {
    let mut low = [_mm512_setzero_si512(); 4];
    let mut high = low;
    for i in 0..4 {
        low[i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
        high[i] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
    }
    let (even, odd) = (quarters(&low), quarters(&high));
    [
        even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3],
    ]
}

/// Pairs of words, gathered from four vectors by their place in each.
#[inline]
#[target_feature(enable = "avx512f")]
fn quarters(v: &[V; 4]) -> [V; 4] {
    let a = _mm512_shuffle_i64x2::<0x88>(v[0], v[1]);
    let b = _mm512_shuffle_i64x2::<0xdd>(v[0], v[1]);
    let c = _mm512_shuffle_i64x2::<0x88>(v[2], v[3]);
    let d = _mm512_shuffle_i64x2::<0xdd>(v[2], v[3]);
    [
        _mm512_shuffle_i64x2::<0x88>(a, c),
        _mm512_shuffle_i64x2::<0x88>(b, d),
        _mm512_shuffle_i64x2::<0xdd>(a, c),
        _mm512_shuffle_i64x2::<0xdd>(b, d),
    ]
}
