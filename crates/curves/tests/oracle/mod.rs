//! What libsecp256k1 and the `p256` crate say, and small arithmetic on scalars.

use jinku_curves::{Curve, K1, PublicTweakTable, R1};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::sec1::ToSec1Point;
use secp256k1::{All, PublicKey, Scalar, Secp256k1, SecretKey};

const N_K1: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];
const N_R1: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

pub(crate) fn plus(mut value: [u8; 32], add: u8) -> [u8; 32] {
    let mut carry = add;
    for byte in value.iter_mut().rev() {
        let (sum, over) = byte.overflowing_add(carry);
        (*byte, carry) = (sum, u8::from(over));
    }
    value
}

pub(crate) fn minus(value: [u8; 32], less: u8) -> [u8; 32] {
    let mut out = value;
    let mut borrow = less;
    for byte in out.iter_mut().rev() {
        let (d, under) = byte.overflowing_sub(borrow);
        (*byte, borrow) = (d, u8::from(under));
    }
    out
}

pub(crate) fn small(value: u8) -> [u8; 32] {
    plus([0; 32], value)
}

/// n − t, for 0 < t < n.
pub(crate) fn complement(n: [u8; 32], t: [u8; 32]) -> [u8; 32] {
    let mut out = [0u8; 32];
    let mut borrow = 0i16;
    for i in (0..32).rev() {
        let d = i16::from(n[i]) - i16::from(t[i]) - borrow;
        borrow = i16::from(d < 0);
        out[i] = d.rem_euclid(256) as u8;
    }
    out
}

/// What the independent library says `parent + tweak·G` is.
pub(crate) trait Oracle: Curve {
    const N: [u8; 32];
    fn table() -> &'static PublicTweakTable<Self>;
    fn multiple(scalar: &[u8; 32]) -> [u8; 33];
    fn sum(parent: &[u8; 33], tweak: &[u8; 32]) -> Option<[u8; 33]>;
}

pub(crate) fn secp() -> Secp256k1<All> {
    Secp256k1::new()
}

impl Oracle for K1 {
    const N: [u8; 32] = N_K1;
    fn table() -> &'static PublicTweakTable<Self> {
        PublicTweakTable::<K1>::shared()
    }
    fn multiple(scalar: &[u8; 32]) -> [u8; 33] {
        SecretKey::from_byte_array(*scalar)
            .expect("in range")
            .public_key(&secp())
            .serialize()
    }
    fn sum(parent: &[u8; 33], tweak: &[u8; 32]) -> Option<[u8; 33]> {
        let parent = PublicKey::from_slice(parent).expect("point");
        let tweak = Scalar::from_be_bytes(*tweak).ok()?;
        parent
            .add_exp_tweak(&secp(), &tweak)
            .ok()
            .map(|key| key.serialize())
    }
}

impl Oracle for R1 {
    const N: [u8; 32] = N_R1;
    fn table() -> &'static PublicTweakTable<Self> {
        PublicTweakTable::<R1>::shared()
    }
    fn multiple(scalar: &[u8; 32]) -> [u8; 33] {
        let scalar = Option::<p256::Scalar>::from(p256::Scalar::from_repr((*scalar).into()))
            .expect("in range");
        compress(p256::ProjectivePoint::GENERATOR * scalar).expect("finite")
    }
    fn sum(parent: &[u8; 33], tweak: &[u8; 32]) -> Option<[u8; 33]> {
        let parent = p256::PublicKey::from_sec1_bytes(parent)
            .expect("point")
            .to_projective();
        let tweak = Option::<p256::Scalar>::from(p256::Scalar::from_repr((*tweak).into()))?;
        compress(parent + p256::ProjectivePoint::GENERATOR * tweak)
    }
}

fn compress(point: p256::ProjectivePoint) -> Option<[u8; 33]> {
    p256::AffinePoint::from(point)
        .to_sec1_point(true)
        .as_bytes()
        .try_into()
        .ok()
}
