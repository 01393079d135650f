//! Eight elements of the field side by side, in vectors of AVX-512 IFMA.
//!
//! `unsafe` stands here for unaligned vector loads and stores through raw pointers into rows of exactly the vector's size.

use core::arch::x86_64::*;

pub(super) type V = __m512i;
pub(super) type F = [V; 5];

pub(super) const MASK: u64 = (1 << 52) - 1;
const TOP: u64 = (1 << 48) - 1;
const C: u64 = 0x1_0000_03d1;
pub(super) const P: [u64; 5] = [MASK + 1 - C, MASK, MASK, MASK, TOP];
/// Eight elements in memory, limb-major.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Eight(pub(super) [[u64; 8]; 5]);

pub(super) const ZERO: Eight = Eight([[0; 8]; 5]);

impl Eight {
    pub(super) fn put(&mut self, lane: usize, words: &[u64; 4]) {
        let [a, b, c, d] = *words;
        let limbs = [
            a & MASK,
            (a >> 52 | b << 12) & MASK,
            (b >> 40 | c << 24) & MASK,
            (c >> 28 | d << 36) & MASK,
            d >> 16,
        ];
        for (row, limb) in self.0.iter_mut().zip(limbs) {
            row[lane] = limb;
        }
    }

    /// The residue below 2^256.
    pub(super) fn get(&self, lane: usize) -> [u64; 4] {
        let [a, b, c, d, e] = self.0.map(|row| row[lane]);
        let words = [
            a | b << 52,
            b >> 12 | c << 40,
            c >> 24 | d << 28,
            d >> 36 | e << 16,
        ];
        let (low, over) = words[0].overflowing_add((e >> 48).wrapping_mul(C));
        let mut out = [low, words[1], words[2], words[3]];
        let mut carry = over;
        for word in &mut out[1..] {
            (*word, carry) = word.overflowing_add(u64::from(carry));
        }
        out[0] = out[0].wrapping_add(u64::from(carry).wrapping_mul(C));
        out
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn splat(word: u64) -> V {
    _mm512_set1_epi64(word as i64)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn one() -> F {
    [splat(1), splat(0), splat(0), splat(0), splat(0)]
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(memory: &Eight) -> F {
    // Loops, not closures: those would be compiled without the feature and called through memory.
    let mut vectors = [_mm512_setzero_si512(); 5];
    for (vector, row) in vectors.iter_mut().zip(&memory.0) {
        // SAFETY: the pointer is to an initialised row of eight words; the load has no alignment need.
        *vector = unsafe { _mm512_loadu_si512(row.as_ptr().cast()) };
    }
    vectors
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(vectors: &F, memory: &mut Eight) {
    for (vector, row) in vectors.iter().zip(&mut memory.0) {
        // SAFETY: the pointer is to a row of eight words, borrowed mutably; the store has no alignment need.
        unsafe { _mm512_storeu_si512(row.as_mut_ptr().cast(), *vector) }
    }
}

/// Four words of 64 bits as five limbs.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn unpack(a: V, b: V, c: V, d: V) -> F {
    let mask = splat(MASK);
    let second = _mm512_or_si512(_mm512_slli_epi64::<12>(b), _mm512_srli_epi64::<52>(a));
    let third = _mm512_or_si512(_mm512_slli_epi64::<24>(c), _mm512_srli_epi64::<40>(b));
    let fourth = _mm512_or_si512(_mm512_slli_epi64::<36>(d), _mm512_srli_epi64::<28>(c));
    [
        _mm512_and_si512(a, mask),
        _mm512_and_si512(second, mask),
        _mm512_and_si512(third, mask),
        _mm512_and_si512(fourth, mask),
        _mm512_srli_epi64::<16>(d),
    ]
}

/// Limbs below 2^63 became limbs below 2^52 of the same residue. The bits from 256 on (below 2^15) are folded first.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn carry(t: F) -> F {
    let top = _mm512_srli_epi64::<48>(t[4]);
    let mut r = t;
    r[4] = _mm512_and_si512(t[4], splat(TOP));
    r[0] = _mm512_madd52lo_epu64(t[0], top, splat(C));
    ripple(r)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn ripple(mut r: F) -> F {
    let mask = splat(MASK);
    for i in 0..4 {
        r[i + 1] = _mm512_add_epi64(r[i + 1], _mm512_srli_epi64::<52>(r[i]));
        r[i] = _mm512_and_si512(r[i], mask);
    }
    r
}

/// The product. Columns stay below 2^57: at most ten terms below 2^52 each, and what the folds add.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn mul(a: &F, b: &F) -> F {
    let zero = splat(0);
    let mut t = [zero; 10];
    for i in 0..5 {
        for j in 0..5 {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
        }
    }
    // 2^260 is 16·C modulo p. The multiplier takes a column's low 52 bits; what stands above goes one limb up.
    let fold = splat(C << 4);
    let mut r = [t[0], t[1], t[2], t[3], t[4], zero];
    for i in 0..5 {
        let above = _mm512_srli_epi64::<52>(t[5 + i]);
        r[i] = _mm512_madd52lo_epu64(r[i], t[5 + i], fold);
        r[i + 1] = _mm512_madd52hi_epu64(r[i + 1], t[5 + i], fold);
        r[i + 1] = _mm512_madd52lo_epu64(r[i + 1], above, fold);
    }
    let top = _mm512_add_epi64(_mm512_srli_epi64::<48>(r[4]), _mm512_slli_epi64::<4>(r[5]));
    r[4] = _mm512_and_si512(r[4], splat(TOP));
    r[0] = _mm512_madd52lo_epu64(r[0], top, splat(C));
    r[1] = _mm512_madd52hi_epu64(r[1], top, splat(C));
    ripple([r[0], r[1], r[2], r[3], r[4]])
}
