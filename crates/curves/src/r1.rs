//! The field of NIST P-256, p = 2^256 − 2^224 + 2^192 + 2^96 − 1 (SP 800-186 section 3.2.1.3).
//!
//! Elements stand in Montgomery form (times 2^256) and below the prime.

use crate::field::{
    Field, adc, add_limbs, below, limbs_from_be, limbs_to_be, mac, sub_limbs, wide_mul,
};

const P: [u64; 4] = [u64::MAX, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];
/// 2^512 modulo p.
const R2: [u64; 4] = [
    3,
    0xffff_fffb_ffff_ffff,
    0xffff_ffff_ffff_fffe,
    0x4_ffff_fffd,
];

/// An element of the field in Montgomery form.
#[derive(Clone, Copy)]
pub struct FieldR1([u64; 4]);

/// Montgomery reduction. −1/p is 1 modulo 2^64, so the multiplier is the limb itself, and of p's limbs only the highest needs a
/// real multiplication.
#[inline(always)]
fn reduce(mut t: [u64; 8]) -> FieldR1 {
    let mut above = 0;
    macro_rules! cancel {
        ($($i:literal)*) => { $(
            let m = t[$i];
            let carry;
            (t[$i + 1], carry) = adc(t[$i + 1], m << 32, 0);
            let (low, carry) = adc(t[$i + 2], m >> 32, carry);
            t[$i + 2] = low;
            let (low, carry) = mac(t[$i + 3], m, P[3], carry);
            t[$i + 3] = low;
            (t[$i + 4], above) = adc(t[$i + 4], carry, above);
        )* };
    }
    cancel!(0 1 2 3);
    FieldR1(subtract_once([t[4], t[5], t[6], t[7]], above))
}

/// The value below p of `above * 2^256 + limbs`, which is below 2p.
#[inline(always)]
fn subtract_once(limbs: [u64; 4], above: u64) -> [u64; 4] {
    let (less, borrow) = sub_limbs(&limbs, &P);
    if above >= borrow { less } else { limbs }
}

impl Field for FieldR1 {
    const MODULUS: [u64; 4] = P;
    const ZERO: Self = Self([0; 4]);
    const ONE: Self = Self([1, 0xffff_ffff_0000_0000, u64::MAX, 0xffff_fffe]);

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
        below(&limbs, &P).then(|| reduce(wide_mul(&limbs, &R2)))
    }

    fn to_be(self) -> [u8; 32] {
        let [a, b, c, d] = self.0;
        limbs_to_be(&reduce([a, b, c, d, 0, 0, 0, 0]).0)
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self.0 == [0; 4]
    }

    fn is_odd(self) -> bool {
        self.to_be()[31] & 1 == 1
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, carry) = add_limbs(&self.0, &other.0);
        Self(subtract_once(sum, carry))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (less, borrow) = sub_limbs(&self.0, &other.0);
        let mask = 0u64.wrapping_sub(borrow);
        Self(add_limbs(&less, &P.map(|limb| limb & mask)).0)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        reduce(wide_mul(&self.0, &other.0))
    }

    #[inline(always)]
    fn square(self) -> Self {
        self.mul(self)
    }
}
