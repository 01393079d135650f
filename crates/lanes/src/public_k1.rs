//! Batched affine additions on secp256k1 in eight lanes of AVX-512 IFMA, for PUBLIC points and digits only.
//!
//! `jinku-curves` owns the mathematics and the exceptional cases; this is its inner loop where the CPU has 52-bit multiply-add.
//! **Variable time**: which table lines are read depends on the digits.
//!
//! A field element is five limbs of 52 bits, the highest of 48, and may exceed 2^256 a little; every limb stays below 2^52, since
//! the multiplier reads no higher bit. p = 2^256 − C with C = 2^32 + 977.

/// A table entry: the words of x, then of y, least significant first; one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct PublicMultiple(pub [u64; 8]);

/// The work of [`add_public_multiples`].
pub struct PublicAdditions<'a> {
    /// Multiples 1, 2, … of each window's base, window after window.
    pub table: &'a [PublicMultiple],
    /// Multiples kept of each window.
    pub multiples: usize,
    /// Signed digits, window after window, `stride` apart; |digit| ≤ `multiples`.
    pub digits: &'a [i16],
    /// Lanes between the digits of two windows.
    pub stride: usize,
}

/// Each lane's point has moved on by its digits' multiples, or nothing was touched and the answer is false.
///
/// False where the CPU has no AVX-512 IFMA, where the lengths do not fit each other, and where a lane meets an exceptional
/// addition (equal or opposite points): the caller then takes its general way. Coordinates are any 256-bit residues. `invert`
/// replaces eight residues, none of them zero modulo p, by their inverses.
pub fn add_public_multiples(
    work: &PublicAdditions<'_>,
    x: &mut [[u64; 4]],
    y: &mut [[u64; 4]],
    invert: &dyn Fn(&mut [[u64; 4]; 8]),
) -> bool {
    let windows = work.digits.len().checked_div(work.stride).unwrap_or(0);
    let fits = x.len() == y.len()
        && !x.is_empty()
        && x.len() <= work.stride
        && work.digits.len() == windows * work.stride
        && work.multiples > 0
        && work.table.len() == windows * work.multiples
        && work
            .digits
            .iter()
            .all(|digit| usize::from(digit.unsigned_abs()) <= work.multiples);
    if !fits {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    if ifma::available() {
        return ifma::run(work, x, y, invert);
    }
    let _ = invert;
    false
}

#[cfg(target_arch = "x86_64")]
mod ifma {
    use core::arch::x86_64::*;

    use super::{PublicAdditions, PublicMultiple};

    type V = __m512i;
    type F = [V; 5];

    const MASK: u64 = (1 << 52) - 1;
    const TOP: u64 = (1 << 48) - 1;
    const C: u64 = 0x1_0000_03d1;
    const P: [u64; 5] = [MASK + 1 - C, MASK, MASK, MASK, TOP];
    /// Running products kept apart, so that their multiplications overlap.
    const CHAINS: usize = 4;

    /// Eight elements in memory, limb-major.
    #[derive(Clone, Copy)]
    #[repr(C, align(64))]
    struct Eight([[u64; 8]; 5]);

    const ZERO: Eight = Eight([[0; 8]; 5]);

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

    pub(super) fn available() -> bool {
        std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512ifma")
    }

    impl Eight {
        fn put(&mut self, lane: usize, words: &[u64; 4]) {
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
        fn get(&self, lane: usize) -> [u64; 4] {
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

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn splat(word: u64) -> V {
        _mm512_set1_epi64(word as i64)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn one() -> F {
        [splat(1), splat(0), splat(0), splat(0), splat(0)]
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(memory: &Eight) -> F {
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
    fn store(vectors: &F, memory: &mut Eight) {
        for (vector, row) in vectors.iter().zip(&mut memory.0) {
            // SAFETY: the pointer is to a row of eight words, borrowed mutably; the store has no alignment need.
            unsafe { _mm512_storeu_si512(row.as_mut_ptr().cast(), *vector) }
        }
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

    /// Four words of 64 bits as five limbs.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn unpack(a: V, b: V, c: V, d: V) -> F {
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
    fn carry(t: F) -> F {
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
    fn mul(a: &F, b: &F) -> F {
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

    /// For tests: the residues of 16p + a − b and of a·b, of raw limbs below 2^52.
    #[cfg(test)]
    pub(super) fn probe(a: [u64; 5], b: [u64; 5]) -> Option<([u64; 4], [u64; 4])> {
        #[target_feature(enable = "avx512f,avx512ifma")]
        fn both(a: &Eight, b: &Eight) -> (Eight, Eight) {
            let (a, b) = (load(a), load(b));
            let mut less = a;
            for i in 0..5 {
                less[i] = _mm512_sub_epi64(_mm512_add_epi64(a[i], splat(P[i] << 4)), b[i]);
            }
            let (mut difference, mut product) = (ZERO, ZERO);
            store(&carry(less), &mut difference);
            store(&mul(&a, &b), &mut product);
            (difference, product)
        }
        let spread = |limbs: [u64; 5]| Eight(limbs.map(|limb| [limb; 8]));
        // SAFETY: the features are there.
        let (difference, product) = available().then(|| unsafe { both(&spread(a), &spread(b)) })?;
        let normal =
            |eight: &Eight| eight.0.iter().all(|row| row[3] <= MASK) && eight.0[4][3] < 1 << 50;
        assert!(
            normal(&difference) && normal(&product),
            "a limb is too large for the multiplier"
        );
        Some((difference.get(5), product.get(5)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Value modulo p by 320-bit schoolbook arithmetic on 32-bit digits.
    fn modulo(mut digits: Vec<u64>) -> [u64; 4] {
        // 2^256 = C: fold whole 256-bit parts until one is left.
        loop {
            normalise(&mut digits);
            while digits.len() > 8 && digits.last() == Some(&0) {
                digits.pop();
            }
            if digits.len() <= 8 {
                break;
            }
            let high = digits.split_off(8);
            digits.resize(high.len() + 10, 0);
            for (i, digit) in high.iter().enumerate() {
                digits[i] += digit * 977;
                digits[i + 1] += digit;
            }
        }
        digits.resize(8, 0);
        let mut words: [u64; 4] = core::array::from_fn(|i| digits[2 * i] | digits[2 * i + 1] << 32);
        let p = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];
        if words[1..] == p[1..] && words[0] >= p[0] {
            words = [words[0] - p[0], 0, 0, 0];
        }
        words
    }

    fn normalise(digits: &mut Vec<u64>) {
        let mut carry = 0;
        for digit in digits.iter_mut() {
            let sum = *digit + carry;
            (*digit, carry) = (sum & 0xffff_ffff, sum >> 32);
        }
        digits.extend([carry & 0xffff_ffff, carry >> 32]);
    }

    /// 26-bit halves of the limbs as 32-bit digits.
    fn digits(limbs: [u64; 5]) -> Vec<u64> {
        let mut out = vec![0u64; 10];
        for (i, limb) in limbs.iter().enumerate() {
            for bit in 0..52 {
                let at = 52 * i + bit;
                out[at / 32] += (limb >> bit & 1) << (at % 32);
            }
        }
        out
    }

    fn product(a: &[u64], b: &[u64]) -> Vec<u64> {
        let mut out = vec![0u64; a.len() + b.len() + 2];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                let term = x * y;
                out[i + j] += term & 0xffff_ffff;
                out[i + j + 1] += term >> 32;
            }
        }
        out
    }

    fn edges() -> Vec<[u64; 5]> {
        const M: u64 = (1 << 52) - 1;
        const T: u64 = (1 << 48) - 1;
        let p = [0xf_fffe_ffff_fc2f, M, M, M, T];
        let mut out = vec![
            [0; 5],
            [1, 0, 0, 0, 0],
            p,
            [p[0] - 1, M, M, M, T],
            [p[0] + 1, M, M, M, T],
            [M, M, M, M, T],
        ];
        out.extend([
            [M, M, M, M, T + 4096],
            [0, 0, 0, 0, T + 4096],
            [M, 0, M, 0, T],
            [0, M, 0, M, 0],
            [0, 0, 0, 0, 1 << 48],
        ]);
        let mut x = 1u64;
        for _ in 0..24 {
            out.push(core::array::from_fn(|i| {
                x = x.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
                let word = if x >> 61 == 0 { M } else { x >> 12 };
                if i == 4 { word & T } else { word }
            }));
        }
        out
    }

    #[test]
    fn products_and_differences_are_exact_at_the_edges() {
        for a in edges() {
            for b in edges() {
                let Some((difference, times)) = ifma_probe(a, b) else {
                    return;
                };
                let reduced = |words: [u64; 4]| {
                    modulo(
                        words
                            .iter()
                            .flat_map(|w| [w & 0xffff_ffff, w >> 32])
                            .collect(),
                    )
                };
                assert_eq!(
                    reduced(times),
                    modulo(product(&digits(a), &digits(b))),
                    "{a:x?} * {b:x?}"
                );
                // difference + b is a.
                let mut sum: Vec<u64> = difference
                    .iter()
                    .flat_map(|w| [w & 0xffff_ffff, w >> 32])
                    .collect();
                sum.resize(10, 0);
                sum.iter_mut()
                    .zip(digits(b))
                    .for_each(|(digit, other)| *digit += other);
                assert_eq!(modulo(sum), modulo(digits(a)), "{a:x?} - {b:x?}");
            }
        }
    }

    fn ifma_probe(a: [u64; 5], b: [u64; 5]) -> Option<([u64; 4], [u64; 4])> {
        #[cfg(target_arch = "x86_64")]
        return ifma::probe(a, b);
        #[cfg(not(target_arch = "x86_64"))]
        return (a == b).then_some(([0; 4], [0; 4])).filter(|_| false);
    }

    #[test]
    fn work_that_does_not_fit_is_refused_and_nothing_moves() {
        let table = [PublicMultiple([3; 8]); 4];
        let start = ([[1u64; 4]; 2], [[2u64; 4]; 2]);
        let refused = |digits: &[i16], stride: usize, multiples: usize, lanes: usize| {
            let (mut x, mut y) = start;
            let work = PublicAdditions {
                table: &table,
                multiples,
                digits,
                stride,
            };
            let done = add_public_multiples(&work, &mut x[..lanes], &mut y[..lanes], &|_| {});
            !done && (x, y) == start
        };
        assert!(refused(&[1, 1, 1], 2, 2, 2), "digits of half a window");
        assert!(refused(&[1, 3, 1, 1], 2, 2, 2), "a digit beyond the table");
        assert!(
            refused(&[1, -3, 1, 1], 2, 2, 2),
            "a digit beyond the table, negative"
        );
        assert!(refused(&[1, 1], 2, 2, 2), "a table of other length");
        assert!(refused(&[1, 1, 1, 1], 1, 2, 2), "more lanes than digits");
        assert!(refused(&[1, 1], 0, 2, 2), "no stride");
        assert!(refused(&[], 2, 0, 2), "no multiples");
        assert!(refused(&[1, 1, 1, 1], 2, 2, 0), "no lanes");
    }
}
