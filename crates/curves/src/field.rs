//! Prime-field arithmetic on four 64-bit limbs, little-endian. Variable time: public values only.

use jinku_lanes::PublicAdditions;

/// An element of a prime field of 256 bits.
pub trait Field: Copy + Send + Sync + 'static {
    /// The prime, least significant limb first.
    const MODULUS: [u64; 4];
    /// Neutral element of addition.
    const ZERO: Self;
    /// Neutral element of multiplication.
    const ONE: Self;

    /// The element with these words in memory, as [`Field::words`] gave them.
    fn from_words(words: [u64; 4]) -> Self;
    /// The words in memory.
    fn words(self) -> [u64; 4];
    /// The element of that big-endian value, if it is below the prime.
    fn from_be(bytes: &[u8; 32]) -> Option<Self>;
    /// The value below the prime, big-endian.
    fn to_be(self) -> [u8; 32];
    /// Whether the value is zero.
    fn is_zero(self) -> bool;
    /// Whether the value below the prime is odd.
    fn is_odd(self) -> bool;
    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Product.
    fn mul(self, other: Self) -> Self;
    /// Square.
    fn square(self) -> Self;

    /// Negative.
    fn neg(self) -> Self {
        Self::ZERO.sub(self)
    }

    /// The power, by windows of four bits.
    fn pow(self, exponent: [u64; 4]) -> Self {
        let mut powers = [Self::ONE; 16];
        for i in 1..16 {
            powers[i] = powers[i - 1].mul(self);
        }
        let mut result = Self::ONE;
        for nibble in (0..64).rev() {
            for _ in 0..4 {
                result = result.square();
            }
            let digit = (exponent[nibble / 16] >> (nibble % 16 * 4)) & 15;
            if digit != 0 {
                result = result.mul(powers[digit as usize]);
            }
        }
        result
    }

    /// The inverse, zero for zero (Fermat).
    fn invert(self) -> Self {
        let mut exponent = Self::MODULUS;
        exponent[0] -= 2;
        self.pow(exponent)
    }

    /// Work done in vector lanes, where this field has them and the CPU too; else false and nothing changed.
    fn add_in_vectors(
        _work: &PublicAdditions<'_>,
        _x: &mut [[u64; 4]],
        _y: &mut [[u64; 4]],
    ) -> bool {
        false
    }

    /// A square root where there is one; the prime is 3 modulo 4.
    fn sqrt(self) -> Option<Self> {
        let [a, b, c, d] = Self::MODULUS;
        let exponent = [
            (a >> 2 | b << 62).wrapping_add(1),
            b >> 2 | c << 62,
            c >> 2 | d << 62,
            d >> 2,
        ];
        let exponent = match exponent[0] {
            0 => [0, exponent[1] + 1, exponent[2], exponent[3]],
            _ => exponent,
        };
        let root = self.pow(exponent);
        root.square().sub(self).is_zero().then_some(root)
    }
}

/// `a + b + carry` and the carry out.
#[inline(always)]
pub(crate) fn adc(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = u128::from(a)
        .wrapping_add(u128::from(b))
        .wrapping_add(u128::from(carry));
    (sum as u64, (sum >> 64) as u64)
}

/// `a - b - borrow` and the borrow out (0 or 1).
#[inline(always)]
pub(crate) fn sbb(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let (d, one) = a.overflowing_sub(b);
    let (d, two) = d.overflowing_sub(borrow);
    (d, u64::from(one | two))
}

/// `sum + a * b + carry`, low and high; it cannot overflow 128 bits.
#[inline(always)]
pub(crate) fn mac(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    let total = product
        .wrapping_add(u128::from(sum))
        .wrapping_add(u128::from(carry));
    (total as u64, (total >> 64) as u64)
}

/// The product of two values, eight limbs.
#[inline(always)]
pub(crate) fn wide_mul(a: &[u64; 4], b: &[u64; 4]) -> [u64; 8] {
    let mut t = [0u64; 8];
    let mut carry;
    (t[0], carry) = mac(0, a[0], b[0], 0);
    (t[1], carry) = mac(0, a[0], b[1], carry);
    (t[2], carry) = mac(0, a[0], b[2], carry);
    (t[3], t[4]) = mac(0, a[0], b[3], carry);
    (t[1], carry) = mac(t[1], a[1], b[0], 0);
    (t[2], carry) = mac(t[2], a[1], b[1], carry);
    (t[3], carry) = mac(t[3], a[1], b[2], carry);
    (t[4], t[5]) = mac(t[4], a[1], b[3], carry);
    (t[2], carry) = mac(t[2], a[2], b[0], 0);
    (t[3], carry) = mac(t[3], a[2], b[1], carry);
    (t[4], carry) = mac(t[4], a[2], b[2], carry);
    (t[5], t[6]) = mac(t[5], a[2], b[3], carry);
    (t[3], carry) = mac(t[3], a[3], b[0], 0);
    (t[4], carry) = mac(t[4], a[3], b[1], carry);
    (t[5], carry) = mac(t[5], a[3], b[2], carry);
    (t[6], t[7]) = mac(t[6], a[3], b[3], carry);
    t
}

/// `a - b` and the borrow out.
#[inline(always)]
pub(crate) fn sub_limbs(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], u64) {
    let (d0, borrow) = sbb(a[0], b[0], 0);
    let (d1, borrow) = sbb(a[1], b[1], borrow);
    let (d2, borrow) = sbb(a[2], b[2], borrow);
    let (d3, borrow) = sbb(a[3], b[3], borrow);
    ([d0, d1, d2, d3], borrow)
}

/// `a + b` and the carry out.
#[inline(always)]
pub(crate) fn add_limbs(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], u64) {
    let (s0, carry) = adc(a[0], b[0], 0);
    let (s1, carry) = adc(a[1], b[1], carry);
    let (s2, carry) = adc(a[2], b[2], carry);
    let (s3, carry) = adc(a[3], b[3], carry);
    ([s0, s1, s2, s3], carry)
}

/// The limbs of 32 big-endian bytes.
pub(crate) fn limbs_from_be(bytes: &[u8; 32]) -> [u64; 4] {
    let words = bytes.as_chunks::<8>().0;
    [3, 2, 1, 0].map(|i| u64::from_be_bytes(words[i]))
}

/// 32 big-endian bytes of the limbs.
pub(crate) fn limbs_to_be(limbs: &[u64; 4]) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    for (chunk, limb) in bytes
        .as_chunks_mut::<8>()
        .0
        .iter_mut()
        .zip(limbs.iter().rev())
    {
        *chunk = limb.to_be_bytes();
    }
    bytes
}

/// Whether `a` is below `b`.
pub(crate) fn below(a: &[u64; 4], b: &[u64; 4]) -> bool {
    sub_limbs(a, b).1 == 1
}

/// Each value is replaced by its inverse, by one inversion; none is zero.
pub(crate) fn invert_all<F: Field, const N: usize>(values: &mut [F; N]) {
    let mut prefix = [F::ONE; N];
    let mut product = F::ONE;
    for (before, value) in prefix.iter_mut().zip(values.iter()) {
        *before = product;
        product = product.mul(*value);
    }
    let mut inverse = product.invert();
    for i in (0..N).rev() {
        let value = values[i];
        values[i] = inverse.mul(prefix[i]);
        inverse = inverse.mul(value);
    }
}
