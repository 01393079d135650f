//! Private keys of many accounts side by side, all in constant time: HMAC in vector lanes, scalars by the curves' own libraries, and
//! on secp256k1 by vector lanes where the CPU has them.

use std::sync::LazyLock;

use curve25519_dalek::EdwardsPoint;
use jinku_curves::{Outcome, PublicSum};
use jinku_hd::key::Curve;
use jinku_hd::path::HARDENED;
use jinku_lanes::{Backend, SecretBaseTable, hmac_sha512_keyed};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::{Group, PrimeField};
use secp256k1::{All, Scalar, Secp256k1, SecretKey};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// libsecp256k1's context, blinded once for this process.
pub(crate) static SECP: LazyLock<Secp256k1<All>> = LazyLock::new(|| {
    let mut context = Secp256k1::new();
    let mut seed = Zeroizing::new([0u8; 32]);
    if getrandom::fill(&mut *seed).is_ok() {
        context.seeded_randomize(&seed);
    }
    context
});

/// The multiples that keys on secp256k1 are put together from in vector lanes, computed by libsecp256k1 at first use (some ten
/// milliseconds); None where this CPU has no such lanes.
static K1_LANES: LazyLock<Option<SecretBaseTable>> = LazyLock::new(|| {
    SecretBaseTable::new(|scalars| {
        let points = scalars
            .iter()
            .filter_map(|scalar| public_of(Curve::Secp256k1, scalar));
        points.map(|point| [point.x, point.y]).collect()
    })
});

/// Fewer keys than fill a vector go to libsecp256k1.
const LANES_MIN: usize = 8;

/// Secrets and chain codes of one group of accounts, wiped when dropped.
pub(crate) struct SecretLanes {
    curve: Curve,
    keys: Zeroizing<Vec<[u8; 32]>>,
    chains: Zeroizing<Vec<[u8; 32]>>,
    /// False where a step had no valid key; such a lane is left to the one-lane path.
    valid: Vec<bool>,
}

impl SecretLanes {
    /// The halves of each lane's 64-byte node (I_L secret, I_R chain code) are taken apart; I_L must be a key.
    pub(crate) fn from_nodes(curve: Curve, nodes: &[[u8; 64]]) -> Self {
        let mut keys = Zeroizing::new(vec![[0u8; 32]; nodes.len()]);
        let mut chains = Zeroizing::new(vec![[0u8; 32]; nodes.len()]);
        for (lane, node) in nodes.iter().enumerate() {
            keys[lane].copy_from_slice(&node[..32]);
            chains[lane].copy_from_slice(&node[32..]);
        }
        let valid = keys.iter().map(|key| is_key(curve, key)).collect();
        Self {
            curve,
            keys,
            chains,
            valid,
        }
    }

    /// Each lane has moved to its child (BIP-32 CKDpriv, SLIP-10).
    pub(crate) fn step<N: Fn(usize) -> u32>(&mut self, backend: Backend, number: N) {
        let count = self.keys.len();
        let mut messages = Zeroizing::new(vec![[0u8; 37]; count]);
        for (lane, message) in messages.iter_mut().enumerate() {
            let number = number(lane);
            if number & HARDENED != 0 {
                message[1..33].copy_from_slice(&self.keys[lane]);
            } else if let Some(public) = public_of(self.curve, &self.keys[lane]) {
                message[..33].copy_from_slice(&public.compressed());
            } else {
                self.valid[lane] = false;
            }
            message[33..].copy_from_slice(&number.to_be_bytes());
        }
        let mut nodes = Zeroizing::new(vec![[0u8; 64]; count]);
        hmac_sha512_keyed(backend, &self.chains, &messages, &mut nodes);
        for (lane, node) in nodes.iter().enumerate() {
            self.valid[lane] &= child_key(self.curve, &mut self.keys[lane], &node[..32]);
            self.chains[lane].copy_from_slice(&node[32..]);
        }
    }

    /// The public points (secp256k1, P-256), by constant-time multiplication.
    pub(crate) fn points(&self, backend: Backend) -> Vec<PublicSum> {
        if self.curve == Curve::Secp256k1
            && backend == Backend::Avx512
            && self.keys.len() >= LANES_MIN
            && let Some(table) = &*K1_LANES
        {
            return self.points_in_lanes(table);
        }
        let point = |(key, valid): (&[u8; 32], &bool)| {
            public_of(self.curve, key)
                .filter(|_| *valid)
                .unwrap_or(PublicSum::EMPTY)
        };
        self.keys.iter().zip(&self.valid).map(point).collect()
    }

    fn points_in_lanes(&self, table: &SecretBaseTable) -> Vec<PublicSum> {
        let mut points = vec![[[0u8; 32]; 2]; self.keys.len()];
        table.multiply(&self.keys, &mut points);
        let point = |([x, y], valid): ([[u8; 32]; 2], &bool)| match valid {
            true => PublicSum {
                x,
                y,
                outcome: Outcome::Added,
            },
            false => PublicSum::EMPTY,
        };
        points.into_iter().zip(&self.valid).map(point).collect()
    }

    /// The public keys of Ed25519 lanes (RFC 8032 section 5.1.5): constant-time multiplication, one inversion for all.
    pub(crate) fn ed25519_keys(&self) -> Vec<[u8; 32]> {
        let mut points = Zeroizing::new(Vec::with_capacity(self.keys.len()));
        for key in self.keys.iter() {
            let mut digest = Sha512::digest(key);
            let mut scalar = Zeroizing::new([0u8; 32]);
            scalar.copy_from_slice(&digest[..32]);
            digest.as_mut_slice().zeroize();
            points.push(EdwardsPoint::mul_base_clamped(*scalar));
        }
        let texts = EdwardsPoint::compress_batch_alloc(&points);
        texts.iter().map(|text| text.to_bytes()).collect()
    }

    /// The chain codes.
    pub(crate) fn chains(&self) -> &[[u8; 32]] {
        &self.chains
    }
}

/// A libsecp256k1 key that is wiped when dropped.
struct K1Key(SecretKey);

impl K1Key {
    fn new(bytes: &[u8; 32]) -> Option<Self> {
        SecretKey::from_byte_array(*bytes).ok().map(Self)
    }
}

impl Drop for K1Key {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

fn r1_scalar(bytes: &[u8; 32]) -> Option<Zeroizing<p256::Scalar>> {
    let mut wide = p256::FieldBytes::from(*bytes);
    let scalar = Option::from(p256::Scalar::from_repr(wide)).map(Zeroizing::new);
    wide.as_mut_slice().zeroize();
    scalar
}

fn is_key(curve: Curve, bytes: &[u8; 32]) -> bool {
    match curve {
        Curve::Secp256k1 => K1Key::new(bytes).is_some(),
        Curve::Nist256p1 => r1_scalar(bytes).is_some_and(|s| *s != p256::Scalar::ZERO),
        Curve::Ed25519 => true,
    }
}

/// `key` became the child's; false where there is none, and the key is then unchanged.
fn child_key(curve: Curve, key: &mut [u8; 32], left: &[u8]) -> bool {
    let mut tweak = Zeroizing::new([0u8; 32]);
    tweak.copy_from_slice(left);
    match curve {
        Curve::Ed25519 => *key = *tweak,
        Curve::Secp256k1 => {
            let (Some(parent), Ok(mut tweak)) = (K1Key::new(key), Scalar::from_be_bytes(*tweak))
            else {
                return false;
            };
            let child = parent.0.add_tweak(&tweak).map(K1Key);
            tweak.non_secure_erase();
            let Ok(child) = child else { return false };
            *key = child.0.secret_bytes();
        }
        Curve::Nist256p1 => {
            let Some((parent, tweak)) = r1_scalar(key).zip(r1_scalar(&tweak)) else {
                return false;
            };
            let child = Zeroizing::new(*parent + *tweak);
            if *child == p256::Scalar::ZERO {
                return false;
            }
            let mut bytes = child.to_repr();
            key.copy_from_slice(&bytes);
            bytes.as_mut_slice().zeroize();
        }
    }
    true
}

/// The key's public point, in constant time.
fn public_of(curve: Curve, key: &[u8; 32]) -> Option<PublicSum> {
    let mut sum = PublicSum {
        outcome: Outcome::Added,
        ..PublicSum::EMPTY
    };
    match curve {
        Curve::Secp256k1 => {
            let public = K1Key::new(key)?
                .0
                .public_key(&SECP)
                .serialize_uncompressed();
            sum.x.copy_from_slice(&public[1..33]);
            sum.y.copy_from_slice(&public[33..]);
        }
        Curve::Nist256p1 => {
            let scalar = r1_scalar(key)?;
            let point = p256::ProjectivePoint::mul_by_generator(&scalar);
            let encoded = p256::AffinePoint::from(point).to_sec1_point(false);
            sum.x.copy_from_slice(encoded.x()?);
            sum.y.copy_from_slice(encoded.y()?);
        }
        Curve::Ed25519 => return None,
    }
    Some(sum)
}
