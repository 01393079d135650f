//! The two curves, and points on them that are no secret.

use std::fmt;

use crate::field::Field;
use crate::k1::FieldK1;
use crate::r1::FieldR1;

mod sealed {
    pub trait Sealed: Copy + Send + Sync + 'static {}
}

/// One of the two curves of this crate.
pub trait Curve: sealed::Sealed {
    #[doc(hidden)]
    type F: Field;
    #[doc(hidden)]
    const ORDER: [u64; 4];
    #[doc(hidden)]
    const A_IS_MINUS_THREE: bool;
    #[doc(hidden)]
    const B: [u8; 32];
    #[doc(hidden)]
    const GENERATOR: ([u8; 32], [u8; 32]);
}

/// secp256k1 (SEC 2 section 2.4.1).
#[derive(Clone, Copy, Debug)]
pub struct K1;
/// NIST P-256, secp256r1 (SP 800-186 section 3.2.1.3).
#[derive(Clone, Copy, Debug)]
pub struct R1;

impl sealed::Sealed for K1 {}
impl sealed::Sealed for R1 {}

/// 32 bytes of 64 hex digits, at compile time.
const fn hex32(text: &str) -> [u8; 32] {
    let digits = text.as_bytes();
    assert!(digits.len() == 64);
    let mut out = [0u8; 32];
    let mut i = 0;
    while i < 64 {
        let digit = match digits[i] {
            d @ b'0'..=b'9' => d - b'0',
            d => d - b'a' + 10,
        };
        out[i / 2] = out[i / 2] << 4 | digit;
        i += 1;
    }
    out
}

impl Curve for K1 {
    type F = FieldK1;
    const ORDER: [u64; 4] = [
        0xbfd2_5e8c_d036_4141,
        0xbaae_dce6_af48_a03b,
        0xffff_ffff_ffff_fffe,
        u64::MAX,
    ];
    const A_IS_MINUS_THREE: bool = false;
    const B: [u8; 32] = hex32("0000000000000000000000000000000000000000000000000000000000000007");
    const GENERATOR: ([u8; 32], [u8; 32]) = (
        hex32("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
        hex32("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
    );
}

impl Curve for R1 {
    type F = FieldR1;
    const ORDER: [u64; 4] = [
        0xf3b9_cac2_fc63_2551,
        0xbce6_faad_a717_9e84,
        u64::MAX,
        0xffff_ffff_0000_0000,
    ];
    const A_IS_MINUS_THREE: bool = true;
    const B: [u8; 32] = hex32("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    const GENERATOR: ([u8; 32], [u8; 32]) = (
        hex32("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        hex32("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    );
}

/// Bytes that are no point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOnCurve;

impl fmt::Display for NotOnCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these bytes are no point of the curve; expected 33-byte compressed SEC1 or affine coordinates")
    }
}

impl std::error::Error for NotOnCurve {}

/// A finite point that is PUBLIC: everything done with it runs in variable time.
#[derive(Clone, Copy)]
pub struct PublicPoint<C: Curve> {
    pub(crate) x: C::F,
    pub(crate) y: C::F,
}

impl<C: Curve> PublicPoint<C> {
    /// The base point of the curve.
    pub fn generator() -> Self {
        let (x, y) = C::GENERATOR;
        Self::from_xy(&x, &y).unwrap_or(Self {
            x: C::F::ZERO,
            y: C::F::ZERO,
        })
    }

    /// The point with these big-endian affine coordinates.
    ///
    /// # Errors
    /// [`NotOnCurve`] where a coordinate is not below the prime or the equation does not hold.
    pub fn from_xy(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, NotOnCurve> {
        let (x, y) = C::F::from_be(x).zip(C::F::from_be(y)).ok_or(NotOnCurve)?;
        let valid = y.square().sub(right_side::<C>(x)).is_zero();
        valid.then_some(Self { x, y }).ok_or(NotOnCurve)
    }

    /// The point of a 33-byte compressed SEC1 encoding (SEC 1 section 2.3.4).
    ///
    /// # Errors
    /// [`NotOnCurve`] where the prefix is not 2 or 3, or no point has this x.
    pub fn from_compressed(bytes: &[u8; 33]) -> Result<Self, NotOnCurve> {
        let [prefix @ (2 | 3), rest @ ..] = bytes else {
            return Err(NotOnCurve);
        };
        let x = C::F::from_be(rest).ok_or(NotOnCurve)?;
        let y = right_side::<C>(x).sqrt().ok_or(NotOnCurve)?;
        Ok(Self {
            x,
            y: if y.is_odd() == (*prefix == 3) {
                y
            } else {
                y.neg()
            },
        })
    }

    /// The big-endian affine coordinates.
    pub fn to_xy(&self) -> ([u8; 32], [u8; 32]) {
        (self.x.to_be(), self.y.to_be())
    }

    /// The negative.
    pub fn negate(&self) -> Self {
        Self {
            x: self.x,
            y: self.y.neg(),
        }
    }
}

/// x³ + ax + b.
fn right_side<C: Curve>(x: C::F) -> C::F {
    let cube = x.square().mul(x);
    let linear = if C::A_IS_MINUS_THREE {
        x.add(x).add(x).neg()
    } else {
        C::F::ZERO
    };
    let b = C::F::from_be(&C::B).unwrap_or(C::F::ZERO);
    cube.add(linear).add(b)
}
