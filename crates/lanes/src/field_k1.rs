//! Eight elements of the field of secp256k1 side by side, in vectors of AVX-512 IFMA, for public and secret values alike: no
//! branch and no address depends on an element.
//!
//! An element is five limbs of 52 bits, the highest of 48, and may exceed 2^256 a little; every limb stays below 2^52, since the
//! multiplier reads no higher bit. p = 2^256 − C with C = 2^32 + 977.
//!
//! `unsafe` stands here for unaligned vector loads and stores through raw pointers into rows of exactly the vector's size.

use core::arch::x86_64::*;

use zeroize::Zeroize;

pub(crate) type V = __m512i;
pub(crate) type F = [V; 5];

pub(crate) const MASK: u64 = (1 << 52) - 1;
const TOP: u64 = (1 << 48) - 1;
const C: u64 = 0x1_0000_03d1;
pub(crate) const P: [u64; 5] = [MASK + 1 - C, MASK, MASK, MASK, TOP];
/// Eight elements in memory, limb-major.
#[derive(Clone, Copy, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Eight(pub(crate) [[u64; 8]; 5]);

pub(crate) const ZERO: Eight = Eight([[0; 8]; 5]);

/// Four words, least significant first, as limbs.
pub(crate) fn limbs(words: &[u64; 4]) -> [u64; 5] {
    let [a, b, c, d] = *words;
    [
        a & MASK,
        (a >> 52 | b << 12) & MASK,
        (b >> 40 | c << 24) & MASK,
        (c >> 28 | d << 36) & MASK,
        d >> 16,
    ]
}

/// The least residue of one below 2^256: with C added, 2^256 is reached where p was.
pub(crate) fn reduced(words: [u64; 4]) -> [u64; 4] {
    let mut over = words;
    let mut carry = C;
    for word in &mut over {
        let (sum, more) = word.overflowing_add(carry);
        (*word, carry) = (sum, u64::from(more));
    }
    if carry == 1 { over } else { words }
}

impl Eight {
    pub(crate) fn put(&mut self, lane: usize, words: &[u64; 4]) {
        for (row, limb) in self.0.iter_mut().zip(limbs(words)) {
            row[lane] = limb;
        }
    }

    /// The residue below 2^256.
    pub(crate) fn get(&self, lane: usize) -> [u64; 4] {
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

/// Whether this CPU has the two features that these functions are compiled for.
pub(crate) fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512ifma")
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn splat(word: u64) -> V {
    _mm512_set1_epi64(word as i64)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn one() -> F {
    [splat(1), splat(0), splat(0), splat(0), splat(0)]
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load(memory: &Eight) -> F {
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
pub(crate) fn store(vectors: &F, memory: &mut Eight) {
    for (vector, row) in vectors.iter().zip(&mut memory.0) {
        // SAFETY: the pointer is to a row of eight words, borrowed mutably; the store has no alignment need.
        unsafe { _mm512_storeu_si512(row.as_mut_ptr().cast(), *vector) }
    }
}

/// Four words of 64 bits as five limbs.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn unpack(a: V, b: V, c: V, d: V) -> F {
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
pub(crate) fn carry(t: F) -> F {
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

/// The product.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn mul(a: &F, b: &F) -> F {
    reduce(&columns([splat(0); 10], a, b))
}

/// a·b + c.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn mul_add(a: &F, b: &F, c: &F) -> F {
    let zero = splat(0);
    let [c0, c1, c2, c3, c4] = *c;
    let start = [c0, c1, c2, c3, c4, zero, zero, zero, zero, zero];
    reduce(&columns(start, a, b))
}

/// a·b + c·d.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn mul_pair(a: &F, b: &F, c: &F, d: &F) -> F {
    reduce(&columns(columns([splat(0); 10], a, b), c, d))
}

/// The columns of a product, added to `t`: low halves of limb i times limb j at i + j, high halves one column up.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn columns(mut t: [V; 10], a: &F, b: &F) -> [V; 10] {
    for i in 0..5 {
        for j in 0..5 {
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
        }
    }
    t
}

/// The element that ten columns stand for, each below 2^57: at most two products of ten terms below 2^52 each, and a limb.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(t: &[V; 10]) -> F {
    let zero = splat(0);
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

/// a to the power p − 2, whose bits are 223 ones, a zero, 22 ones, 0000 1 0 11 0 1.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn invert(a: &F) -> F {
    // ones_k is a to the power of k ones in binary.
    let ones_2 = square_mul(a, 1, a);
    let ones_3 = square_mul(&ones_2, 1, a);
    let ones_6 = square_mul(&ones_3, 3, &ones_3);
    let ones_9 = square_mul(&ones_6, 3, &ones_3);
    let ones_11 = square_mul(&ones_9, 2, &ones_2);
    let ones_22 = square_mul(&ones_11, 11, &ones_11);
    let ones_44 = square_mul(&ones_22, 22, &ones_22);
    let ones_88 = square_mul(&ones_44, 44, &ones_44);
    let ones_176 = square_mul(&ones_88, 88, &ones_88);
    let ones_220 = square_mul(&ones_176, 44, &ones_44);
    let ones_223 = square_mul(&ones_220, 3, &ones_3);
    let head = square_mul(&ones_223, 23, &ones_22);
    let head = square_mul(&head, 5, a);
    let head = square_mul(&head, 3, &ones_2);
    square_mul(&head, 2, a)
}

/// a to the power 2^count, times b.
#[target_feature(enable = "avx512f,avx512ifma")]
fn square_mul(a: &F, count: u32, b: &F) -> F {
    let mut power = *a;
    for _ in 0..count {
        power = mul(&power, &power);
    }
    mul(&power, b)
}

#[cfg(test)]
mod tests;
