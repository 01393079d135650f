//! The field of secp256k1, p = 2^256 − 2^32 − 977 (SEC 2 section 2.4.1).
//!
//! Elements are any 256-bit residue, not always the least; comparisons and output reduce.

use jinku_lanes::{PublicAdditions, add_public_multiples};

use crate::field::{
    Field, adc, add_limbs, below, invert_all, limbs_from_be, limbs_to_be, mac, sub_limbs, wide_mul,
};

/// 2^256 − p.
const C: u64 = 0x1_0000_03d1;
const P: [u64; 4] = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];

/// An element of the field, as a 256-bit residue.
#[derive(Clone, Copy)]
pub struct FieldK1([u64; 4]);

impl FieldK1 {
    #[inline(always)]
    fn reduced(self) -> [u64; 4] {
        let (less, borrow) = sub_limbs(&self.0, &P);
        if borrow == 0 { less } else { self.0 }
    }

    #[inline(always)]
    fn fold(t: [u64; 8]) -> Self {
        let (r0, carry) = mac(t[0], t[4], C, 0);
        let (r1, carry) = mac(t[1], t[5], C, carry);
        let (r2, carry) = mac(t[2], t[6], C, carry);
        let (r3, top) = mac(t[3], t[7], C, carry);
        let (r0, carry) = mac(r0, top, C, 0);
        let (r1, carry) = adc(r1, carry, 0);
        let (r2, carry) = adc(r2, carry, 0);
        let (r3, carry) = adc(r3, carry, 0);
        // A carry here leaves a value far below 2^256 − C.
        let (r0, carry) = adc(r0, carry.wrapping_mul(C), 0);
        let (r1, carry) = adc(r1, carry, 0);
        Self([r0, r1, r2.wrapping_add(carry), r3])
    }
}

impl Field for FieldK1 {
    const MODULUS: [u64; 4] = P;
    const ZERO: Self = Self([0; 4]);
    const ONE: Self = Self([1, 0, 0, 0]);

    fn add_in_vectors(work: &PublicAdditions<'_>, x: &mut [[u64; 4]], y: &mut [[u64; 4]]) -> bool {
        add_public_multiples(work, x, y, &|lanes| {
            let mut values = lanes.map(Self);
            invert_all(&mut values);
            *lanes = values.map(|value| value.0);
        })
    }

    #[inline(always)]
    fn from_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    #[inline(always)]
    fn words(self) -> [u64; 4] {
        self.0
    }

    fn from_be(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = limbs_from_be(bytes);
        below(&limbs, &P).then_some(Self(limbs))
    }

    fn to_be(self) -> [u8; 32] {
        limbs_to_be(&self.reduced())
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self.0 == [0; 4] || self.0 == P
    }

    fn is_odd(self) -> bool {
        self.reduced()[0] & 1 == 1
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, carry) = add_limbs(&self.0, &other.0);
        let (sum, carry) = add_limbs(&sum, &[carry.wrapping_mul(C), 0, 0, 0]);
        Self(add_limbs(&sum, &[carry.wrapping_mul(C), 0, 0, 0]).0)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (less, borrow) = sub_limbs(&self.0, &other.0);
        let (less, borrow) = sub_limbs(&less, &[borrow.wrapping_mul(C), 0, 0, 0]);
        Self(sub_limbs(&less, &[borrow.wrapping_mul(C), 0, 0, 0]).0)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::fold(wide_mul(&self.0, &other.0))
    }

    #[inline(always)]
    fn square(self) -> Self {
        self.mul(self)
    }
}
