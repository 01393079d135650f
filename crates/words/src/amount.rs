//! An amount is an integer in the smallest unit of its asset, 0 to 2^256−1. Reading what people type ("1.5eth") is the
//! platform's task (`jinku.core.Amount.parse`); here stand the figures that documents carry.

use std::fmt;
use std::str::FromStr;

use crate::caip::AssetId;
use crate::error::{Code, Result, WordsError};

/// An unsigned 256-bit integer, limbs from least to most significant; all its sums are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Uint256([u64; 4]);

impl Uint256 {
    /// Zero.
    pub const ZERO: Self = Self([0; 4]);
    /// 2^256 − 1.
    pub const MAX: Self = Self([u64::MAX; 4]);

    /// The integer in 32 big-endian bytes.
    #[must_use]
    pub fn from_be_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0u64; 4];
        for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
            *limb = chunk
                .iter()
                .fold(0, |acc, &byte| acc << 8 | u64::from(byte));
        }
        Self(limbs)
    }

    /// 32 big-endian bytes.
    #[must_use]
    pub fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = [0u8; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(self.0.iter().rev()) {
            chunk.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    /// The value when it fits 64 bits.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        (self.0[1..] == [0; 3]).then_some(self.0[0])
    }

    /// The sum, or None beyond 2^256 − 1.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let mut limbs = [0u64; 4];
        let mut carry = false;
        for (i, limb) in limbs.iter_mut().enumerate() {
            let (sum, over) = self.0[i].overflowing_add(other.0[i]);
            let (sum, over_carry) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = over || over_carry;
        }
        (!carry).then_some(Self(limbs))
    }

    /// The difference, or None below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let mut limbs = [0u64; 4];
        let mut borrow = false;
        for (i, limb) in limbs.iter_mut().enumerate() {
            let (difference, under) = self.0[i].overflowing_sub(other.0[i]);
            let (difference, under_borrow) = difference.overflowing_sub(u64::from(borrow));
            *limb = difference;
            borrow = under || under_borrow;
        }
        (!borrow).then_some(Self(limbs))
    }

    /// The product, or None beyond 2^256 − 1.
    #[must_use]
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        self.multiply_add(factor, 0)
    }

    /// Quotient and rest, or None for a divisor of zero.
    #[must_use]
    pub fn checked_div(self, divisor: u64) -> Option<(Self, u64)> {
        let (mut limbs, mut rest) = (self.0, 0u128);
        for limb in limbs.iter_mut().rev() {
            let wide = rest << 64 | u128::from(*limb);
            *limb = low_half(wide.checked_div(u128::from(divisor))?);
            rest = wide % u128::from(divisor);
        }
        Some((Self(limbs), low_half(rest)))
    }

    /// `self · factor + more`, or None beyond the range.
    fn multiply_add(self, factor: u64, more: u64) -> Option<Self> {
        let mut limbs = [0u64; 4];
        let mut carry = u128::from(more);
        for (limb, &old) in limbs.iter_mut().zip(&self.0) {
            let wide = u128::from(old) * u128::from(factor) + carry;
            *limb = low_half(wide);
            carry = wide >> 64;
        }
        (carry == 0).then_some(Self(limbs))
    }
}

/// The low 64 bits.
#[allow(clippy::cast_possible_truncation)]
const fn low_half(wide: u128) -> u64 {
    wide as u64
}

impl From<u64> for Uint256 {
    fn from(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }
}

impl PartialOrd for Uint256 {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Uint256 {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl FromStr for Uint256 {
    type Err = WordsError;

    /// The integer of a decimal string `0|[1-9][0-9]*`.
    fn from_str(text: &str) -> Result<Self> {
        let digits = text.as_bytes();
        let well_formed =
            matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.iter().all(u8::is_ascii_digit);
        if !well_formed {
            let expected = "0 or digits without a leading zero, sign, point or exponent";
            return Err(WordsError::new(
                Code::AmountInvalid,
                "a figure is malformed",
                format!("{text:?}"),
                expected,
            ));
        }
        let too_large = || {
            WordsError::new(
                Code::AmountInvalid,
                "a figure is too large",
                text,
                "at most 2^256 - 1",
            )
        };
        if digits.len() > 78 {
            return Err(too_large());
        }
        digits
            .iter()
            .try_fold(Self::ZERO, |sum, &digit| {
                sum.multiply_add(10, u64::from(digit - b'0'))
            })
            .ok_or_else(too_large)
    }
}

impl fmt::Display for Uint256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHUNK: u128 = 10_000_000_000_000_000_000;
        let mut limbs = self.0;
        let mut chunks = Vec::with_capacity(5);
        while limbs != [0; 4] {
            let mut rest = 0u128;
            for limb in limbs.iter_mut().rev() {
                let wide = rest << 64 | u128::from(*limb);
                *limb = low_half(wide / CHUNK);
                rest = wide % CHUNK;
            }
            chunks.push(rest);
        }
        let Some(first) = chunks.pop() else {
            return f.write_str("0");
        };
        write!(f, "{first}")?;
        chunks
            .iter()
            .rev()
            .try_for_each(|chunk| write!(f, "{chunk:019}"))
    }
}

/// So much of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// The asset.
    pub asset: AssetId,
    /// The integer in the asset's smallest unit.
    pub value: Uint256,
}

impl Amount {
    /// The sum.
    ///
    /// # Errors
    /// `amount.invalid` for another asset or a sum beyond 2^256 − 1.
    pub fn plus(&self, other: &Self) -> Result<Self> {
        self.combine(other, Uint256::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// `amount.invalid` for another asset or a difference below zero.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        self.combine(other, Uint256::checked_sub)
    }

    fn combine(
        &self,
        other: &Self,
        by: impl Fn(Uint256, Uint256) -> Option<Uint256>,
    ) -> Result<Self> {
        let invalid = |what: &str, found: String, expected: String| {
            WordsError::new(Code::AmountInvalid, what, found, expected)
        };
        if self.asset != other.asset {
            let (found, expected) = (other.asset.to_string(), self.asset.to_string());
            return Err(invalid(
                "two amounts are of different assets",
                found,
                expected,
            ));
        }
        let out_of_range = || {
            invalid(
                "an amount is out of range",
                String::new(),
                "0 to 2^256 - 1".to_owned(),
            )
        };
        let value = by(self.value, other.value).ok_or_else(out_of_range)?;
        Ok(Self {
            asset: self.asset.clone(),
            value,
        })
    }
}
