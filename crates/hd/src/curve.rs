//! What extended keys ask of a curve: valid scalars, sums of scalars, public keys.
//!
//! Secret scalars go through libsecp256k1, `p256` and `ed25519-dalek`, all constant time.

use std::sync::OnceLock;

use ed25519_dalek::SigningKey;
use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use p256::elliptic_curve::{Field, Group, PrimeField};
use secp256k1::{All, PublicKey, Scalar, Secp256k1, SecretKey};
use zeroize::{Zeroize, Zeroizing};

use crate::key::Curve;

/// One libsecp256k1 context, blinded with randomness of the operating system when there is some.
fn secp() -> &'static Secp256k1<All> {
    static CONTEXT: OnceLock<Secp256k1<All>> = OnceLock::new();
    CONTEXT.get_or_init(|| {
        let mut context = Secp256k1::new();
        let mut blind = Zeroizing::new([0u8; 32]);
        if getrandom::fill(&mut blind[..]).is_ok() {
            context.seeded_randomize(&blind);
        }
        context
    })
}

/// A libsecp256k1 key that is wiped on drop (the type itself is `Copy` and does not).
struct K1Secret(SecretKey);

impl Drop for K1Secret {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

fn k1_secret(bytes: &[u8; 32]) -> Option<K1Secret> {
    SecretKey::from_byte_array(*bytes).ok().map(K1Secret)
}

/// A scalar below n.
fn r1_scalar(bytes: &[u8; 32]) -> Option<Zeroizing<p256::Scalar>> {
    let mut repr = p256::FieldBytes::from(*bytes);
    let scalar = Option::<p256::Scalar>::from(p256::Scalar::from_repr(repr)).map(Zeroizing::new);
    repr.as_mut_slice().zeroize();
    scalar
}

/// A scalar from 1 to n−1.
fn r1_secret(bytes: &[u8; 32]) -> Option<Zeroizing<p256::Scalar>> {
    r1_scalar(bytes).filter(|scalar| !bool::from(scalar.is_zero()))
}

fn r1_point(key: &[u8; 33]) -> Option<p256::AffinePoint> {
    let encoded = p256::Sec1Point::from_bytes(key).ok()?;
    Option::from(p256::AffinePoint::from_sec1_point(&encoded))
}

fn r1_bytes(point: p256::AffinePoint) -> Option<[u8; 33]> {
    point.to_sec1_point(true).as_bytes().try_into().ok()
}

impl Curve {
    /// True when the bytes are a private key: 1 to n−1, or any 32 bytes for Ed25519 (RFC 8032).
    pub(crate) fn is_secret(self, bytes: &[u8; 32]) -> bool {
        match self {
            Self::Secp256k1 => k1_secret(bytes).is_some(),
            Self::Nist256p1 => r1_secret(bytes).is_some(),
            Self::Ed25519 => true,
        }
    }

    /// The child's private key: tweak + parent mod n, or None when SLIP-10 calls for another round.
    pub(crate) fn child_secret(
        self,
        parent: &[u8; 32],
        tweak: &Zeroizing<[u8; 32]>,
    ) -> Option<Zeroizing<[u8; 32]>> {
        match self {
            Self::Secp256k1 => {
                let parent = k1_secret(parent)?;
                let mut tweak = Scalar::from_be_bytes(**tweak).ok()?;
                let child = parent.0.add_tweak(&tweak).map(K1Secret);
                tweak.non_secure_erase();
                Some(Zeroizing::new(child.ok()?.0.secret_bytes()))
            }
            Self::Nist256p1 => {
                let parent = r1_secret(parent)?;
                let tweak = r1_scalar(tweak)?;
                let child = Zeroizing::new(*parent + *tweak);
                let mut bytes = child.to_bytes();
                let out = Zeroizing::new(<[u8; 32]>::from(bytes));
                bytes.as_mut_slice().zeroize();
                (!bool::from(child.is_zero())).then_some(out)
            }
            Self::Ed25519 => Some(tweak.clone()),
        }
    }

    /// The public key: 33 bytes SEC1 compressed, or `00` and 32 bytes for Ed25519 (SLIP-10).
    pub(crate) fn public(self, secret: &[u8; 32]) -> Option<[u8; 33]> {
        match self {
            Self::Secp256k1 => Some(k1_secret(secret)?.0.public_key(secp()).serialize()),
            Self::Nist256p1 => {
                let scalar = r1_secret(secret)?;
                r1_bytes(p256::ProjectivePoint::mul_by_generator(&scalar).to_affine())
            }
            Self::Ed25519 => {
                let mut out = [0u8; 33];
                out[1..].copy_from_slice(SigningKey::from_bytes(secret).verifying_key().as_bytes());
                Some(out)
            }
        }
    }

    /// True when the bytes are a public key in the form that [`Curve::public`] gives.
    pub(crate) fn is_public(self, key: &[u8; 33]) -> bool {
        match self {
            Self::Secp256k1 => PublicKey::from_byte_array_compressed(*key).is_ok(),
            Self::Nist256p1 => key[0] != 0 && r1_point(key).is_some(),
            Self::Ed25519 => key[0] == 0,
        }
    }

    /// The child's public key: parent + tweak·G. Public data only; variable time.
    pub(crate) fn child_public(self, parent: &[u8; 33], tweak: &[u8; 32]) -> Option<[u8; 33]> {
        match self {
            Self::Secp256k1 => {
                let parent = PublicKey::from_byte_array_compressed(*parent).ok()?;
                let tweak = Scalar::from_be_bytes(*tweak).ok()?;
                Some(parent.add_exp_tweak(secp(), &tweak).ok()?.serialize())
            }
            Self::Nist256p1 => {
                let parent = p256::ProjectivePoint::from(r1_point(parent)?);
                let sum = parent + p256::ProjectivePoint::mul_by_generator(&*r1_scalar(tweak)?);
                (sum != p256::ProjectivePoint::IDENTITY)
                    .then(|| r1_bytes(sum.to_affine()))
                    .flatten()
            }
            Self::Ed25519 => None,
        }
    }
}
