//! The eight lanes of AVX-512 IFMA.
//!
//! `unsafe` stands here for unaligned vector loads through raw pointers into rows of exactly the vector's size or twice that, and
//! for the call into functions compiled for the features, after the CPU was asked.

use core::arch::x86_64::*;

use zeroize::{Zeroize, Zeroizing};

use super::{Coordinates, MULTIPLES, WINDOW, WINDOWS};
use crate::field_k1::{
    Eight, F, P, V, ZERO, available, carry, invert, limbs, load, mul, mul_add, mul_pair, one,
    reduced, splat, store,
};

/// n, the order of the base point (SEC 2 section 2.4.1).
const ORDER: [u64; 4] = [
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    u64::MAX,
];

/// Eight points (X/Z, Y/Z) in memory, and what the shared inversion needs.
#[derive(Clone, Zeroize)]
struct Cell {
    x: Eight,
    y: Eight,
    z: Eight,
    prefix: Eight,
    valid: u8,
}

/// The odd multiples of one window's base: five limbs of x, five of y, sixteen points a row.
#[derive(Clone)]
#[repr(C, align(64))]
struct Window([[u64; MULTIPLES]; 10]);

/// The windows' multiples and the leading one. A value is only made after the CPU was asked for the features.
pub(super) struct Table {
    windows: Vec<Window>,
    lead: [[u64; 5]; 2],
}

impl Table {
    pub(super) fn new(points: impl FnOnce() -> Vec<Coordinates>) -> Option<Self> {
        let points = available().then(points)?;
        let (lead, points) = points.split_last()?;
        if points.len() != WINDOWS * MULTIPLES {
            return None;
        }
        let mut windows = vec![Window([[0; MULTIPLES]; 10]); WINDOWS];
        for (at, point) in points.iter().enumerate() {
            let both = point.iter().flat_map(|bytes| limbs(&words(bytes)));
            for (row, limb) in windows[at / MULTIPLES].0.iter_mut().zip(both) {
                row[at % MULTIPLES] = limb;
            }
        }
        let lead = lead.map(|bytes| limbs(&words(&bytes)));
        Some(Self { windows, lead })
    }

    /// `out` holds the multiples by `keys`, with zeros where a key is none.
    pub(super) fn multiply(&self, keys: &[[u8; 32]], out: &mut [Coordinates]) {
        let empty = Cell {
            x: ZERO,
            y: ZERO,
            z: ZERO,
            prefix: ZERO,
            valid: 0,
        };
        let mut cells = Zeroizing::new(vec![empty; keys.len().div_ceil(8)]);
        let mut scalars = Zeroizing::new([[0u64; 8]; 4]);
        for (cell, keys) in cells.iter_mut().zip(keys.chunks(8)) {
            for (lane, key) in keys.iter().enumerate() {
                for (row, word) in scalars.iter_mut().zip(words(key)) {
                    row[lane] = word;
                }
            }
            // SAFETY: `self` proves that the CPU has the features.
            unsafe { multiply_eight(self, &scalars, cell) }
        }
        // SAFETY: `self` proves that the CPU has the features.
        unsafe { make_affine(&mut cells) }
        // From here on all is public.
        for (at, point) in out.iter_mut().enumerate() {
            let (cell, lane) = (&cells[at / 8], at % 8);
            let valid = cell.valid >> lane & 1 == 1;
            let both = [&cell.x, &cell.y].map(|eight| bytes(reduced(eight.get(lane))));
            *point = if valid { both } else { [[0; 32]; 2] };
        }
    }
}

/// 32 big-endian bytes as words, least significant first.
fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let mut out = [0u64; 4];
    for (word, chunk) in out.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_be_bytes(*chunk);
    }
    out
}

fn bytes(words: [u64; 4]) -> [u8; 32] {
    let mut out = [0u8; 32];
    for (chunk, word) in out
        .as_chunks_mut::<8>()
        .0
        .iter_mut()
        .zip(words.iter().rev())
    {
        *chunk = word.to_be_bytes();
    }
    out
}

/// The cell holds eight multiples of the base point in projective coordinates; a lane whose key is none holds the base point's.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_eight(table: &Table, scalars: &[[u64; 8]; 4], cell: &mut Cell) {
    let (odd, negated, valid) = odd_scalars(&load_words(scalars));
    let [x, y] = table.lead;
    let mut point = [constant(&x), constant(&y), one()];
    for (at, window) in table.windows.iter().enumerate() {
        let (x, y) = pick(window, &odd, at * WINDOW + 1);
        point = add_mixed(&point, &x, &y);
    }
    store(&point[0], &mut cell.x);
    store(&negate(&point[1], negated), &mut cell.y);
    store(&point[2], &mut cell.z);
    cell.valid = valid;
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_words(rows: &[[u64; 8]; 4]) -> [V; 4] {
    let mut vectors = [_mm512_setzero_si512(); 4];
    for (vector, row) in vectors.iter_mut().zip(rows) {
        // SAFETY: the pointer is to an initialised row of eight words; the load has no alignment need.
        *vector = unsafe { _mm512_loadu_si512(row.as_ptr().cast()) };
    }
    vectors
}

#[inline]
#[target_feature(enable = "avx512f")]
fn constant(limbs: &[u64; 5]) -> F {
    let mut vectors = [_mm512_setzero_si512(); 5];
    for (vector, limb) in vectors.iter_mut().zip(limbs) {
        *vector = splat(*limb);
    }
    vectors
}

/// a − b over four words, and the lanes that borrow.
#[inline]
#[target_feature(enable = "avx512f")]
fn subtract(a: &[V; 4], b: &[V; 4]) -> ([V; 4], u8) {
    let mut out = *a;
    let mut borrow = 0u8;
    for i in 0..4 {
        let less = _mm512_sub_epi64(a[i], b[i]);
        out[i] = _mm512_mask_sub_epi64(less, borrow, less, splat(1));
        borrow =
            _mm512_cmplt_epu64_mask(a[i], b[i]) | (_mm512_cmpeq_epi64_mask(a[i], b[i]) & borrow);
    }
    (out, borrow)
}

/// Odd scalars k or n − k (1 where the key is none), the lanes of the second kind, and the lanes whose key is one.
#[inline]
#[target_feature(enable = "avx512f")]
fn odd_scalars(keys: &[V; 4]) -> ([V; 4], u8, u8) {
    let mut order = *keys;
    for (row, word) in order.iter_mut().zip(ORDER) {
        *row = splat(word);
    }
    let (_, below) = subtract(keys, &order);
    let any = _mm512_or_si512(
        _mm512_or_si512(keys[0], keys[1]),
        _mm512_or_si512(keys[2], keys[3]),
    );
    let valid = below & _mm512_test_epi64_mask(any, any);
    let even = _mm512_testn_epi64_mask(keys[0], splat(1));
    let (other, _) = subtract(&order, keys);
    let mut odd = *keys;
    for i in 0..4 {
        let chosen = _mm512_mask_mov_epi64(keys[i], even, other[i]);
        odd[i] = _mm512_mask_mov_epi64(splat(u64::from(i == 0)), valid, chosen);
    }
    (odd, even & valid, valid)
}

/// The multiple that five bits from `bit` on stand for, a lane: v is the digit 2v − 31. The whole window is loaded.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn pick(window: &Window, odd: &[V; 4], bit: usize) -> (F, F) {
    let (word, shift) = (bit / 64, (bit % 64) as u64);
    let low = _mm512_srlv_epi64(odd[word], splat(shift));
    let next = odd.get(word + 1).copied().unwrap_or(_mm512_setzero_si512());
    // A shift by 64 gives zero.
    let high = _mm512_sllv_epi64(next, splat(64 - shift));
    let digit = _mm512_or_si512(low, high);
    let negative = _mm512_testn_epi64_mask(digit, splat(16));
    // |2v − 31| is 2j + 1 with j = v − 16, or 15 − v below; the permutation takes the four low bits.
    let place = _mm512_mask_xor_epi64(digit, negative, digit, splat(15));
    let mut limbs = [_mm512_setzero_si512(); 10];
    for (limb, row) in limbs.iter_mut().zip(&window.0) {
        let (low, high) = row.split_at(8);
        // SAFETY: each half is eight initialised words; the loads have no alignment need.
        let (low, high) = unsafe {
            (
                _mm512_loadu_si512(low.as_ptr().cast()),
                _mm512_loadu_si512(high.as_ptr().cast()),
            )
        };
        *limb = _mm512_permutex2var_epi64(low, place, high);
    }
    let [a, b, c, d, e, f, g, h, i, j] = limbs;
    ([a, b, c, d, e], negate(&[f, g, h, i, j], negative))
}

/// The negatives in these lanes, the elements in the others.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn negate(a: &F, lanes: u8) -> F {
    let mut out = *a;
    for i in 0..5 {
        out[i] = _mm512_mask_sub_epi64(a[i], lanes, splat(P[i] << 4), a[i]);
    }
    carry(out)
}

/// 21·a, as limbs below 2^57 that no multiplier reads yet.
#[inline]
#[target_feature(enable = "avx512f")]
fn times_21(a: &F) -> F {
    let mut out = *a;
    for limb in &mut out {
        let four = _mm512_slli_epi64::<2>(*limb);
        let sixteen = _mm512_slli_epi64::<4>(*limb);
        *limb = _mm512_add_epi64(_mm512_add_epi64(*limb, four), sixteen);
    }
    out
}

/// The sum of a projective point and an affine one, whichever they are (Renes, Costello, Batina, algorithm 8; 3b = 21).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_mixed([x1, y1, z1]: &[F; 3], x2: &F, y2: &F) -> [F; 3] {
    let xx = mul(x1, x2);
    let yy = mul(y1, y2);
    let cross = mul_pair(x1, y2, x2, y1);
    let y_sum = mul_add(y2, z1, y1);
    let x_sum = times_21(&mul_add(x2, z1, x1));
    let z21 = times_21(z1);
    let (mut plus, mut minus) = (yy, yy);
    let (mut three, mut less) = (xx, xx);
    for i in 0..5 {
        let bias = splat(P[i] << 5);
        plus[i] = _mm512_add_epi64(yy[i], z21[i]);
        minus[i] = _mm512_sub_epi64(_mm512_add_epi64(yy[i], bias), z21[i]);
        three[i] = _mm512_add_epi64(_mm512_add_epi64(xx[i], xx[i]), xx[i]);
        less[i] = _mm512_sub_epi64(bias, x_sum[i]);
    }
    let (plus, minus, three) = (carry(plus), carry(minus), carry(three));
    [
        mul_pair(&cross, &minus, &y_sum, &carry(less)),
        mul_pair(&plus, &minus, &three, &carry(x_sum)),
        mul_pair(&plus, &y_sum, &three, &cross),
    ]
}

/// Every cell's x and y are affine. No z is zero: no lane stands at infinity.
#[target_feature(enable = "avx512f,avx512ifma")]
fn make_affine(cells: &mut [Cell]) {
    let mut product = one();
    for cell in cells.iter_mut() {
        store(&product, &mut cell.prefix);
        product = mul(&product, &load(&cell.z));
    }
    let mut inverse = invert(&product);
    for cell in cells.iter_mut().rev() {
        let own = mul(&inverse, &load(&cell.prefix));
        inverse = mul(&inverse, &load(&cell.z));
        store(&mul(&load(&cell.x), &own), &mut cell.x);
        store(&mul(&load(&cell.y), &own), &mut cell.y);
    }
}
