//! The two hashes that extended keys need.

use hmac::{Hmac, KeyInit, Mac};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// HMAC-SHA-512 of the concatenated parts, split as BIP-32 does: (I_L, I_R).
pub(crate) struct Halves {
    pub(crate) left: Zeroizing<[u8; 32]>,
    pub(crate) right: Zeroizing<[u8; 32]>,
}

pub(crate) fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> Halves {
    // HMAC takes a key of any length, so the constructor has no failing case.
    let mut mac = match Hmac::<Sha512>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(never) => unreachable!("HMAC accepts every key length: {never}"),
    };
    for part in parts {
        mac.update(part);
    }
    let mut digest = mac.finalize().into_bytes();
    let mut halves = Halves {
        left: Zeroizing::new([0; 32]),
        right: Zeroizing::new([0; 32]),
    };
    halves.left.copy_from_slice(&digest[..32]);
    halves.right.copy_from_slice(&digest[32..]);
    digest.as_mut_slice().zeroize();
    halves
}

/// RIPEMD-160(SHA-256(data)), the key identifier of BIP-32.
pub(crate) fn hash160(data: &[u8]) -> [u8; 20] {
    Ripemd160::digest(Sha256::digest(data)).into()
}
